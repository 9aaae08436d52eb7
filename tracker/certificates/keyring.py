"""The site's keys for certificates: one for documents (RSA with an X.509 certificate), one for badges (Ed25519).

They are kept in ``<instance>/certificate_keys``, outside the database: a numbered file a pair, the highest is in use. When a
new pair takes over, the secrets of the one before are destroyed and its public part stays, so that what it has signed can be
proven for as long as anybody asks.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

from tracker import clock, keeping
from tracker.config import SettingError, Settings
from tracker.errors import Refused
from tracker.text import _l

FOLDER = "certificate_keys"
#: RFC 9336: a certificate for signing documents.
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
#: RSA with PKCS #1 v1.5 is what PDF/A-2 knows, and a document has exactly one such signature: no second form of it passes.
RSA_BITS = 3072
#: A document must be provable long after its key has retired; what ends a key's time is its successor, not this.
YEARS = 50
#: The first pair may sign what was earned before it was made: certificates of quarters that are over.
BEFORE = dt.timedelta(days=3660)
#: A process may still sign with the old pair while the new one is put into place, and clocks of two machines differ.
GRACE = dt.timedelta(hours=1)
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\n[^-]+-----END \1-----\n?")
_Encoding, _Private, _Public = serialization.Encoding, serialization.PrivateFormat, serialization.PublicFormat


class KeysUnusable(Refused):
    """The keys can't be used. ``why`` says it to administrators, without anything secret."""

    def __init__(self, why: str) -> None:
        super().__init__(
            _l(
                "The keys of certificates can't be used at the moment. An administrator finds out why with: tracker doctor"
            )
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What proves documents and badges of one pair; nothing of it is secret."""

    #: The first 16 hexadecimal digits of the certificate's SHA-256.
    id: str
    certificate: x509.Certificate
    #: None where only the certificate was given.
    badge: Ed25519PublicKey | None
    since: dt.datetime
    #: When the next pair took over; None while this one is in use.
    until: dt.datetime | None

    @property
    def der(self) -> bytes:
        """The certificate as documents carry it."""
        return self.certificate.public_bytes(_Encoding.DER)

    def in_use(self, at: dt.datetime) -> bool:
        """Whether this pair was the one to sign with at that moment."""
        return self.since - GRACE <= at and (self.until is None or at < self.until + GRACE)


@dataclass(frozen=True, slots=True)
class Keys:
    """The pair that is in use, with its secrets."""

    id: str
    certificate: x509.Certificate
    document: RSAPrivateKey
    badge: Ed25519PrivateKey


class _Ring:
    """The keys as this process has read them. A folder that changed is read again: a rotation reaches the processes that run."""

    def __init__(self, settings: Settings | None) -> None:
        self.settings = settings
        self.lock = threading.Lock()
        self._seen: list[tuple[str, object]] = []
        self._public: list[PublicKeys] = []
        self._current: Keys | None = None

    def read(self, *, make: bool) -> tuple[list[PublicKeys], Keys | None]:
        if self.settings is None:
            raise KeysUnusable("the keys of certificates aren't configured")
        with self.lock:
            files = key_files(self.settings)
            if not files and self._seen:
                # New ones would hide that nothing signed so far can be proven.
                raise KeysUnusable(f"{folder(self.settings)} is empty, and had keys before")
            if not files and make:
                _make(self.settings, number=1)
                files = key_files(self.settings)
            if (seen := [(file.name, keeping.mark(file)) for file in files]) != self._seen:
                self._current = None
                self._public = read_public(public_pem(_public(file) for file in files))
                self._seen = seen
            if make and self._current is None:
                self._current = _secrets(self.settings, files[-1])
            return self._public, self._current


_ring = _Ring(None)


def configure(settings: Settings) -> None:
    """Take the keys from this instance; they are read, and made, when they are needed first."""
    global _ring
    _ring = _Ring(settings)


def folder(settings: Settings) -> Path:
    """Where the keys are kept."""
    return settings.instance / FOLDER


def key_files(settings: Settings) -> list[Path]:
    """The pairs' files, oldest first."""
    return sorted(folder(settings).glob("[0-9][0-9][0-9][0-9].pem"))


def current() -> Keys:
    """The pair to sign with; made where there never was one. Raises KeysUnusable."""
    _public, keys = _ring.read(make=True)
    if keys is None:
        raise KeysUnusable("the newest keys have no secrets")
    return keys


def public_keys() -> list[PublicKeys]:
    """All pairs that ever signed, oldest first; none where nothing was signed yet. Raises KeysUnusable."""
    return _ring.read(make=False)[0]


def public_pem(keys: Iterable[PublicKeys]) -> str:
    """Each pair's X.509 certificate, then its Ed25519 key: what ``read_public`` reads, and anybody's OpenSSL."""
    return "".join(_public_text(pair.certificate, pair.badge) for pair in keys)


def read_public(text: str) -> list[PublicKeys]:
    """The pairs of a PEM text, in its order; what is secret in it is left alone. Raises KeysUnusable."""
    found: list[tuple[x509.Certificate, Ed25519PublicKey | None]] = []
    try:
        for block in _PEM.finditer(text):
            if block[1] == "CERTIFICATE":
                found.append((x509.load_pem_x509_certificate(block[0].encode()), None))
            elif block[1] == "PUBLIC KEY" and found:
                badge = serialization.load_pem_public_key(block[0].encode())
                if isinstance(badge, Ed25519PublicKey):
                    found[-1] = (found[-1][0], badge)
    except ValueError as error:
        raise KeysUnusable("a certificate or key among the public keys can't be read") from error
    starts = [certificate.not_valid_before_utc for certificate, _badge in found]
    return [
        PublicKeys(key_id(certificate), certificate, badge, since, until)
        for (certificate, badge), since, until in zip(found, starts, [*starts[1:], None], strict=False)
    ]


def key_id(certificate: x509.Certificate) -> str:
    """The name of a pair, the same everywhere."""
    return hashlib.sha256(certificate.public_bytes(_Encoding.DER)).hexdigest()[:16]


def rotate(settings: Settings) -> str:
    """Make a new pair, and destroy the secrets of all before; the id of the new one.

    Killed in the middle, it is run again. Raises SettingError where somebody else does this now, KeysUnusable.
    """
    _have_folder(settings)
    with keeping.alone(folder(settings) / ".lock") as free:
        if not free:
            raise SettingError("the keys of certificates are being changed by somebody else just now")
        before = [(file, public_pem([_public(file)])) for file in key_files(settings)]
        _make(settings, number=int(before[-1][0].stem) + 1 if before else 1)
        for file, public in before:
            keeping.write(file, public, replace=True)
        return _public(key_files(settings)[-1]).id


def has_secrets(file: Path) -> bool:
    return "PRIVATE KEY" in _text(file)


def is_encrypted(file: Path) -> bool:
    return "-----BEGIN ENCRYPTED PRIVATE KEY-----" in _text(file)


# -- files ----------------------------------------------------------------------------------------


def _make(settings: Settings, *, number: int) -> None:
    """A new pair as the file of that number; where another process was quicker, its pair stands."""
    document, badge = generate_private_key(65537, RSA_BITS), Ed25519PrivateKey.generate()
    how: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if settings.certificate_passphrase:
        how = serialization.BestAvailableEncryption(settings.certificate_passphrase.encode())
    certificate = _certificate(document, settings.base_url, first=number == 1)
    text = _public_text(certificate, badge.public_key()) + "".join(
        key.private_bytes(_Encoding.PEM, _Private.PKCS8, how).decode() for key in (document, badge)
    )
    _have_folder(settings)
    keeping.write(folder(settings) / f"{number:04}.pem", text)
    keeping.keep(settings.instance)


def _have_folder(settings: Settings) -> None:
    settings.instance.mkdir(parents=True, exist_ok=True)
    keeping.folder(folder(settings))


def _certificate(key: RSAPrivateKey, base_url: str, *, first: bool) -> x509.Certificate:
    """Signed by itself: nobody vouches for the site but the site, at the address in it."""
    now = clock.now().replace(microsecond=0)
    host = urlsplit(base_url).hostname or "localhost"
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, host[:64]),
                      x509.NameAttribute(NameOID.COMMON_NAME, f"Certificates of {host}"[:64])])  # fmt: skip
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE if first else now)
        .not_valid_after(now + dt.timedelta(days=366 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(base_url)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _public_text(certificate: x509.Certificate, badge: Ed25519PublicKey | None) -> str:
    text = certificate.public_bytes(_Encoding.PEM)
    if badge is not None:
        text += badge.public_bytes(_Encoding.PEM, _Public.SubjectPublicKeyInfo)
    return text.decode("ascii")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KeysUnusable(f"{file} can't be read: {type(error).__name__}") from error


def _public(file: Path) -> PublicKeys:
    found = read_public(_text(file))
    if len(found) != 1:
        raise KeysUnusable(f"{file} doesn't hold a pair of keys")
    return found[0]


def _secrets(settings: Settings, file: Path) -> Keys:
    text, public = _text(file), _public(file)
    blocks = [block[0].encode() for block in _PEM.finditer(text) if block[1].endswith("PRIVATE KEY")]
    # A pair from before the passphrase was set is read without it; a rotation brings one that needs it.
    passphrase = settings.certificate_passphrase.encode() if is_encrypted(file) else None
    try:
        document, badge = (serialization.load_pem_private_key(block, passphrase or None) for block in blocks)
    except (ValueError, TypeError) as error:
        raise KeysUnusable(
            f"{file} can't be opened: TRACKER_CERTIFICATE_PASSPHRASE isn't the one it was made with"
        ) from error
    if not isinstance(document, RSAPrivateKey) or not isinstance(badge, Ed25519PrivateKey):
        raise KeysUnusable(f"{file} doesn't hold the keys of certificates")
    return Keys(public.id, public.certificate, document, badge)
