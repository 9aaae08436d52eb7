"""What is left of a person's certificates when their name goes: everything but the name."""

from __future__ import annotations

from sqlalchemy import delete, select

from tracker import clock
from tracker.accounts.models import User
from tracker.certificates.models import Certificate, CertificateFile
from tracker.db import db


def erase_certificates(user: User) -> int:
    """Delete the name, the stored PDFs and the credentials that bear the name, for good; of how many certificates.

    They stay valid: a PDF that the holder keeps is still proven by its signature and its SHA-256. A part of closing an account,
    whose person the caller has locked; records nothing, and is harmless when run again.
    """
    query = select(Certificate).where(Certificate.user_id == user.id, Certificate.erased_at.is_(None))
    found = list(db.session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)))
    for certificate in found:
        certificate.name, certificate.erased_at = "", clock.now()
    db.session.flush()
    ids = [certificate.id for certificate in found]
    db.session.execute(delete(CertificateFile).where(CertificateFile.certificate_id.in_(ids)))
    return len(found)
