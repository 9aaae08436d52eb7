"""pyHanko, told to sign with our key at our moment. Imported only where the extra ``sign`` is installed."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from tracker.certificates.keyring import Keys


class _Signer(signers.Signer):
    """Signs with the key as it is in memory: taken apart and checked anew each time it costs 100 ms a document."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(signing_cert=Certificate.load(keys.certificate.public_bytes(Encoding.DER)))
        self._key = keys.document

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self._key.sign(data, PKCS1v15(), hashes.SHA256())


class _Session(signers.PdfSigner):
    """Writes the given moment instead of the machine's."""

    def __init__(self, *arguments: Any, at: dt.datetime, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._at = at

    def init_signing_session(self, *arguments: Any, **options: Any) -> Any:
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self._at
        return session


def signed(pdf: bytes, keys: Keys, *, reason: str, at: dt.datetime, room: int) -> bytes:
    """``pdf`` with a certifying signature that permits no changes (PAdES B-B, SHA-256), in ``room`` hexadecimal digits."""
    meta = signers.PdfSignatureMetadata(
        field_name="Signature", reason=reason, certify=True, md_algorithm="sha256",
        docmdp_permissions=fields.MDPPerm.NO_CHANGES, subfilter=fields.SigSeedSubFilter.PADES,
    )  # fmt: skip
    output = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    _Session(meta, _Signer(keys), at=at).sign_pdf(writer, bytes_reserved=room, output=output)
    return output.getvalue()
