"""A signature's place in a PDF, by pyHanko: field, ranges, and that nothing may be changed (DocMDP).

Imported only where the extra ``sign`` is installed.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from tracker.certificates import cms
from tracker.certificates.keyring import Keys


class _Signer(signers.Signer):
    """Hands pyHanko the signature as ``cms`` writes it, ready to put into the file."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self._keys = keys

    async def async_sign(self, data_digest: bytes, digest_algorithm: str, **_options: Any) -> bytes:  # type: ignore[override]
        return cms.sign(data_digest, self._keys.certificate, self._keys.document)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        raise NotImplementedError("signatures are written by cms.sign")


class _Session(signers.PdfSigner):
    """Writes the given moment instead of the machine's."""

    def __init__(self, *arguments: Any, at: dt.datetime, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._at = at

    def init_signing_session(self, *arguments: Any, **options: Any) -> Any:
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self._at
        return session


class _Writer(IncrementalPdfFileWriter):
    """Adds the signature and nothing else: what the document says of itself, and that it is PDF/A, stays as it was set."""

    def _update_meta(self) -> None:
        """No new date, no other producer."""


def signed(pdf: bytes, keys: Keys, *, reason: str, at: dt.datetime, room: int) -> bytes:
    """``pdf`` with a certifying signature that permits no changes (PAdES B-B, SHA-256), in ``room`` hexadecimal digits."""
    [name] = keys.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    meta = signers.PdfSignatureMetadata(
        field_name="Signature", name=str(name.value), reason=reason, certify=True, md_algorithm="sha256",
        docmdp_permissions=fields.MDPPerm.NO_CHANGES, subfilter=fields.SigSeedSubFilter.PADES,
    )  # fmt: skip
    output = io.BytesIO()
    writer = _Writer(io.BytesIO(pdf))
    signing = _Session(meta, _Signer(keys), at=at).async_sign_pdf(writer, bytes_reserved=room, output=output)
    # It is asynchronous for signers that ask somebody else. Ours never waits: one step takes it to its end, and no event loop is
    # begun, which a thread that has one already would refuse.
    try:
        signing.send(None)
    except StopIteration:
        return output.getvalue()
    raise RuntimeError("the signature waited for something")
