"""The signature of a document as bytes: the one form in which this site writes it (CMS, RFC 5652, as PAdES B-B asks, in DER).

A signature covers the document and its own signed attributes, but not what lies around them in the container: versions, names
of algorithms, the certificate. So that nothing there can be changed unseen either, the container is built anew from what was
signed and must be the same, byte for byte. RSA with PKCS #1 v1.5 has one signature for one text: nothing else passes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

_INTEGER, _OCTETS, _NULL, _OID, _SEQUENCE, _SET, _CONTEXT = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31, 0xA0


def _der(tag: int, *parts: bytes) -> bytes:
    data = b"".join(parts)
    if len(data) < 0x80:
        return bytes((tag, len(data))) + data
    size = len(data).to_bytes((len(data).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(size))) + size + data


def _oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    data = bytearray((first * 40 + second,))
    for number in rest:
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(number & 0x7F | 0x80)
        data += bytes(reversed(septets))
    return _der(_OID, bytes(data))


_DATA, _SIGNED_DATA = _oid("1.2.840.113549.1.7.1"), _oid("1.2.840.113549.1.7.2")
_SHA256 = _der(_SEQUENCE, _oid("2.16.840.1.101.3.4.2.1"), _der(_NULL))
_SHA256_RSA = _der(_SEQUENCE, _oid("1.2.840.113549.1.1.11"), _der(_NULL))
_CONTENT_TYPE, _MESSAGE_DIGEST = _oid("1.2.840.113549.1.9.3"), _oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE = _oid("1.2.840.113549.1.9.16.2.47")
_VERSION_1 = _der(_INTEGER, b"\1")


class Damaged(ValueError):
    """Not a signature as this site writes it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a container holds that isn't the same for every document."""

    certificate: bytes
    #: The content of the set of signed attributes.
    attributes: bytes
    value: bytes

    @property
    def message_digest(self) -> bytes:
        """SHA-256 of what was signed, as the attributes say. Raises Damaged."""
        start = self.attributes.find(_MESSAGE_DIGEST + _der(_SET, _der(_OCTETS, bytes(32)))[:4])
        at = start + len(_MESSAGE_DIGEST) + 4
        if start < 0 or len(digest := self.attributes[at : at + 32]) != 32:
            raise Damaged
        return digest

    def container(self, certificate: x509.Certificate) -> bytes:
        """The only bytes that this signature by ``certificate`` may be written as."""
        number = certificate.serial_number
        signer = _der(
            _SEQUENCE,
            _VERSION_1,
            _der(
                _SEQUENCE,
                certificate.issuer.public_bytes(),
                _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1)),
            ),
            _SHA256,
            _der(_CONTEXT, self.attributes),
            _SHA256_RSA,
            _der(_OCTETS, self.value),
        )
        content = _der(
            _SEQUENCE, _VERSION_1, _der(_SET, _SHA256), _der(_SEQUENCE, _DATA),
            _der(_CONTEXT, certificate.public_bytes(Encoding.DER)), _der(_SET, signer),
        )  # fmt: skip
        return _der(_SEQUENCE, _SIGNED_DATA, _der(_CONTEXT, content))

    def is_by(self, certificate: x509.Certificate) -> bool:
        """Whether the attributes are signed by that certificate's key."""
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            return False
        try:
            key.verify(self.value, _der(_SET, self.attributes), PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def sign(digest: bytes, certificate: x509.Certificate, key: RSAPrivateKey) -> bytes:
    """The container for a document with that SHA-256. PAdES (EN 319 142-1, 6.3) asks for these three attributes and no time."""
    named = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    attributes = b"".join(
        _der(_SEQUENCE, name, _der(_SET, value))
        for name, value in (  # in the order of their bytes, as DER wants a set
            (_CONTENT_TYPE, _DATA),
            (_MESSAGE_DIGEST, _der(_OCTETS, digest)),
            (_SIGNING_CERTIFICATE, _der(_SEQUENCE, _der(_SEQUENCE, _der(_SEQUENCE, _der(_OCTETS, named))))),
        )
    )
    value = key.sign(_der(_SET, attributes), PKCS1v15(), hashes.SHA256())
    return Signature(b"", attributes, value).container(certificate)


def read(container: bytes) -> Signature:
    """What is in a container, which ``Signature.container`` then has to equal. Raises Damaged."""
    signed = _inside(_after(_inside(container, _SEQUENCE), _OID), _CONTEXT)
    parts = _parts(_inside(signed, _SEQUENCE), 5)
    signer = _parts(_inside(_inside(parts[4], _SET), _SEQUENCE), 6)
    return Signature(_inside(parts[3], _CONTEXT), _inside(signer[3], _CONTEXT), _inside(signer[5], _OCTETS))


def unpadded(data: bytes) -> bytes:
    """The one element that stands before nothing but zero bytes. Raises Damaged."""
    _content, rest = _open(data, _SEQUENCE)
    if rest.strip(b"\0"):
        raise Damaged
    return data[: len(data) - len(rest)]


def _open(data: bytes, tag: int | None = None) -> tuple[bytes, bytes]:
    """The content of the first element, and what follows it. Raises Damaged."""
    if len(data) < 2 or (tag is not None and data[0] != tag):
        raise Damaged
    size, start = data[1], 2
    if size >= 0x80:
        start = 2 + (size & 0x7F)
        if not 2 < start <= 5:
            raise Damaged
        size = int.from_bytes(data[2:start])
    if len(data) < start + size:
        raise Damaged
    return data[start : start + size], data[start + size :]


def _inside(data: bytes, tag: int) -> bytes:
    content, rest = _open(data, tag)
    if rest:
        raise Damaged
    return content


def _after(data: bytes, tag: int) -> bytes:
    return _open(data, tag)[1]


def _parts(data: bytes, count: int) -> list[bytes]:
    """Exactly ``count`` elements, whole. Raises Damaged."""
    found: list[bytes] = []
    while data and len(found) < count:
        _content, rest = _open(data)
        found.append(data[: len(data) - len(rest)])
        data = rest
    if data or len(found) != count:
        raise Damaged
    return found
