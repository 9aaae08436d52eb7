"""What is done with certificates: issued, revoked, their names hidden and erased. Runs and layouts have modules of their own.

Everything here runs inside ``transaction()``; the paper is made before, see ``issuing``.
"""

from __future__ import annotations

from sqlalchemy import select, update

from tracker import clock
from tracker.accounts.models import User
from tracker.certificates import badges, issuing, queries
from tracker.certificates.entitlements import Entitlement, get_entitlement
from tracker.certificates.erasure import erase_certificates
from tracker.certificates.issuing import Paper
from tracker.certificates.letterheads import add_layout, edit_layout, retire_layout
from tracker.certificates.models import Certificate, CertificateFile, CertificateLayout
from tracker.certificates.rules import NotEntitled
from tracker.certificates.runs import cancel_run, request_run
from tracker.certificates.snapshot import Snapshot
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.text import _l

__all__ = [
    "add_layout", "cancel_run", "edit_layout", "erase_names", "hide_name", "issue_certificate", "request_run", "retire_layout",
    "revoke_certificate", "show_name",
]  # fmt: skip

LONGEST_REASON = 2000


def issue_certificate(actor: Actor, paper: Paper, *, run_id: int | None = None) -> Certificate:
    """Issue a paper that was made beforehand; its holder is told, with the signed PDF.

    Reads again what it certifies. Where an earlier certificate of the same was revoked, this one corrects it, and
    hides the name where that one did.

    Raises Forbidden unless ``actor`` maintains the SIG; NotEntitled where it is their own, certified already, not earned, or
    different from what the paper says, or where its holder had the name erased; LayoutEnded, and Refused in another community's layout.
    """
    if actor.id is None:
        raise Forbidden(P.CERTIFICATE_ISSUE)
    user = lock(User, paper.user_id)
    row = get_entitlement(paper.entitlement)
    issuing.check_issue(actor, row)
    layout = lock(CertificateLayout, paper.layout_id)
    issuing.check_layout(row, layout)
    if issuing.seen(issuing.draft(row, layout)) != issuing.seen(paper.snapshot):
        raise NotEntitled("changed")
    certificate = _row(actor, user, row, paper, run_id)
    db.session.add(certificate)
    db.session.flush()
    _add_files(certificate, paper)
    record(
        actor, "certificate.issued", certificate, holder_id=user.id, certificate=certificate.id, code=certificate.code,
        kind=certificate.kind,
    )  # fmt: skip
    return certificate


def _row(actor: Actor, user: User, row: Entitlement, paper: Paper, run_id: int | None) -> Certificate:
    said = paper.snapshot
    return Certificate(
        code=said.code, code_hash=queries.hash_of(said.code), kind=said.kind, entitlement=row.key, user_id=user.id,
        sig_id=row.sig_id, programme_id=row.programme.id if row.programme else None, claim_id=row.claim_id,
        membership_id=row.membership_id, layout_id=paper.layout_id, name=said.name, community=said.community,
        sig_name=said.sig, sig_name_zh=said.sig_zh, programme_name=said.programme, programme_name_zh=said.programme_zh,
        title=said.title, title_zh=said.title_zh, points=said.points, period_from=said.period_from, period_to=said.period_to,
        issued_on=said.issued_on, issued_at=clock.now(), issued_by_id=actor.id, run_id=run_id,
        replaces_id=row.corrects[0] if row.corrects else None, sha256=paper.sha256, key_id=paper.key_id,
        name_hidden=row.hidden,
    )  # fmt: skip


def _add_files(certificate: Certificate, paper: Paper) -> None:
    """Both credentials carry the certificate's place on the status list, which its number gives."""
    status_url = status_address(certificate)
    at, said = certificate.issued_at, paper.snapshot
    certificate.credential = badges.credential(said, status_url=status_url, with_name=False, at=at)
    named = badges.credential(said, status_url=status_url, with_name=True, at=at)
    db.session.add(
        CertificateFile(certificate_id=certificate.id, snapshot=said.to_json(), credential=named, pdf=paper.pdf)
    )


def status_address(certificate: Certificate) -> str:
    """Where its state is published: ``https://…/certificates/status/1#42``."""
    return issuing.address_of(f"/certificates/status/{certificate.status_list}#{certificate.status_index}")


def revoke_certificate(actor: Actor, certificate: Certificate, *, reason: str) -> Certificate:
    """Say that a certificate doesn't hold, for good; the page, the credential's status and the files say so at once.

    Raises Forbidden, and Refused without a reason or where it is revoked already.
    """
    lock(User, certificate.user_id)
    certificate = lock(Certificate, certificate.id)
    demand(actor, P.CERTIFICATE_REVOKE, certificate)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Refused(_l("Say why: whoever checks the certificate reads it."), field="reason")
    if certificate.revoked_at is not None:
        raise Refused(_l("This certificate is revoked already, and a revocation is never changed."))
    certificate.revoked_at, certificate.revoked_by_id, certificate.reason = clock.now(), actor.id, reason
    record(actor, "certificate.revoked", certificate, holder_id=certificate.user_id, reason=reason)
    return certificate


# -- the name -------------------------------------------------------------------------------------


def hide_name(actor: Actor, certificate: Certificate) -> Certificate:
    """Have the public page say the name only to who knows it, also on the pages of those that it corrects or that correct it.

    Raises Forbidden; Refused where it is so already.
    """
    certificate = _held(actor, certificate)
    if certificate.name_hidden:
        raise Refused(_l("The name is hidden already."))
    _set_hidden(certificate, hidden=True)
    record(actor, "certificate.name_hidden", certificate)
    return certificate


def show_name(actor: Actor, certificate: Certificate) -> Certificate:
    """Have these pages show the name again. Raises Forbidden; Refused where they do."""
    certificate = _held(actor, certificate)
    if not certificate.name_hidden:
        raise Refused(_l("The name is shown already."))
    _set_hidden(certificate, hidden=False)
    record(actor, "certificate.name_shown", certificate)
    return certificate


def _held(actor: Actor, certificate: Certificate) -> Certificate:
    lock(User, certificate.user_id)  # a correction that is issued meanwhile takes over what is chosen here
    certificate = lock(Certificate, certificate.id)
    demand(actor, P.CERTIFICATE_HOLD, certificate)
    return certificate


def _set_hidden(certificate: Certificate, *, hidden: bool) -> None:
    """On every certificate of the same: one links to the other."""
    db.session.execute(
        update(Certificate)
        .where(Certificate.user_id == certificate.user_id, Certificate.entitlement == certificate.entitlement)
        .values(name_hidden=hidden)
    )


def erase_names(actor: Actor, user: User) -> int:
    """Take a person's name off all their certificates, see ``erasure``; how many. By themselves or an administrator.

    Raises Forbidden, and Refused where no certificate bears their name.
    """
    if actor.id != user.id:
        demand(actor, P.SITE_ADMIN)
    user = lock(User, user.id)
    if not (count := erase_certificates(user)):
        raise Refused(_l("No certificate bears this name."))
    record(actor, "certificate.names_erased", user, count=count)
    return count


def snapshot_of(certificate: Certificate) -> Snapshot | None:
    """What was certified; None once the name was erased."""
    text = db.session.scalar(select(CertificateFile.snapshot).where(CertificateFile.certificate_id == certificate.id))
    return None if text is None else Snapshot.from_json(text)
