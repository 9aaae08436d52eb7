"""What is asked about certificates that were issued, about runs and layouts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import aliased, undefer

from tracker.accounts.models import User
from tracker.certificates.models import (
    LIST_SIZE,
    Certificate,
    CertificateFile,
    CertificateLayout,
    CertificateRun,
    CertificateRunLine,
)
from tracker.certificates.rules import fits, fitting
from tracker.certificates.shelf import Filters
from tracker.cycles.quarters import bounds
from tracker.db import db, find
from tracker.errors import Missing, Refused
from tracker.events.mails import Attachment, attachments
from tracker.permissions import SYSTEM, Actor, maintained_sigs
from tracker.programmes.models import Programme
from tracker.sigs.models import Sig
from tracker.text import _l


def hash_of(code: str) -> str:
    """What a code is looked up by."""
    return hashlib.sha256(code.encode()).hexdigest()


def find_certificate(code: str) -> Certificate | None:
    """The certificate of a code as ``codes.read_code`` gives it."""
    return db.session.scalar(select(Certificate).where(Certificate.code_hash == hash_of(code)))


def replaced_by(certificate_id: int) -> str:
    """The code of the certificate that corrects a revoked one; empty where there is none."""
    return db.session.scalar(select(Certificate.code).where(Certificate.replaces_id == certificate_id)) or ""


def of_digest(sha256: str) -> Certificate | None:
    """The certificate whose signed file has this SHA-256, also where the file itself was deleted."""
    return db.session.scalar(select(Certificate).where(Certificate.sha256 == sha256))


def file_of(certificate_id: int) -> CertificateFile | None:
    """What bears the name, the PDF read along; None once it was erased."""
    query = select(CertificateFile).where(CertificateFile.certificate_id == certificate_id)
    return db.session.scalar(query.options(undefer(CertificateFile.pdf)))


def credential_of(certificate: Certificate) -> str:
    """The Open Badges credential as the public may have it: with the name unless that is hidden or erased."""
    if certificate.name_hidden or certificate.erased_at is not None:
        return str(db.session.scalar(select(Certificate.credential).where(Certificate.id == certificate.id)))
    return db.session.scalars(
        select(CertificateFile.credential).where(CertificateFile.certificate_id == certificate.id)
    ).one()


def revoked_on(number: int) -> list[int]:
    """Places on the status list ``number`` (from 1) whose certificates are revoked."""
    first = (number - 1) * LIST_SIZE
    query = select(Certificate.id).where(
        Certificate.id >= first, Certificate.id < first + LIST_SIZE, Certificate.revoked_at.is_not(None)
    )
    return [number_ - first for number_ in db.session.scalars(query.order_by(Certificate.id))]


def count_lists() -> int:
    """How many status lists there are: one at least."""
    return (db.session.scalar(select(func.max(Certificate.id))) or 0) // LIST_SIZE + 1


# -- lists ----------------------------------------------------------------------------------------


def visible_to(actor: Actor) -> Any:
    """The condition that the actor may list a certificate: their own, their SIGs', all for administrators and the system."""
    if actor is SYSTEM or actor.is_admin:
        return Certificate.id > 0
    return or_(Certificate.user_id == actor.id, Certificate.sig_id.in_(maintained_sigs(actor)))


def _conditions(filters: Filters, actor: Actor) -> list[Any]:
    found = [visible_to(actor)]
    if filters.sig:
        found.append(Sig.slug == filters.sig)
    if filters.programme:
        found.append(Programme.slug == filters.programme)
    if filters.kind:
        found.append(Certificate.kind == filters.kind)
    if filters.quarter:
        found.append(Certificate.issued_on.between(*bounds(filters.quarter)))
    if filters.state:
        revoked = Certificate.revoked_at.is_not(None)
        found.append(revoked if filters.state == "revoked" else ~revoked)
    if filters.mine:
        found.append(Certificate.user_id == actor.id)
    return found


def _joined(query: Any, filters: Filters, actor: Actor) -> Any:
    return (
        query.select_from(Certificate)
        .join(Sig, Sig.id == Certificate.sig_id)
        .join(User, User.id == Certificate.user_id)
        .outerjoin(Programme, Programme.id == Certificate.programme_id)
        .where(*_conditions(filters, actor))
    )


def rows(filters: Filters, actor: Actor) -> Select[*tuple[Any, ...]]:
    """Certificates that the actor may list; to be paged by id."""
    query: Select[*tuple[Any, ...]] = _joined(
        select(
            Certificate.id, Certificate.code, Certificate.kind, Certificate.name, Certificate.title, Certificate.title_zh,
            Certificate.sig_name.label("sig"), Certificate.sig_name_zh.label("sig_zh"), Certificate.points, Certificate.issued_on,
            Certificate.programme_name.label("programme"), Certificate.programme_name_zh.label("programme_zh"),
            Certificate.revoked_at, Certificate.reason, Certificate.erased_at, User.handle,
        ),
        filters, actor,
    )  # fmt: skip
    return query


def counts(filters: Filters, actor: Actor) -> dict[str, int]:
    """How many there are in each state under the other filters."""
    revoked = Certificate.revoked_at.is_not(None)
    query = _joined(select(revoked, func.count()), filters.with_value("state", ""), actor).group_by(revoked)
    return {("revoked" if is_revoked else "valid"): count for is_revoked, count in db.session.execute(query)}


def export(filters: Filters, actor: Actor) -> Select[*tuple[Any, ...]]:
    """The columns of the export that the actor may read, by id."""
    issuer = aliased(User)
    query: Select[*tuple[Any, ...]] = _joined(
        select(
            Certificate.code, Certificate.kind, Sig.slug, Programme.slug.label("programme"), User.handle, Certificate.name,
            Certificate.title, Certificate.points, Certificate.period_from, Certificate.period_to,
            issuer.handle.label("issued_by"), Certificate.issued_at, Certificate.revoked_at, Certificate.reason,
        ),
        filters, actor,
    ).join(issuer, issuer.id == Certificate.issued_by_id).order_by(Certificate.id)  # fmt: skip
    return query


def certificates_of(user_id: int) -> list[Certificate]:
    """A person's certificates, newest first."""
    query = select(Certificate).where(Certificate.user_id == user_id).order_by(Certificate.id.desc())
    return list(db.session.scalars(query))


# -- layouts --------------------------------------------------------------------------------------


def get_layout(slug: str) -> CertificateLayout:
    """The newest version of a layout, its logo read along. Raises Missing."""
    query = select(CertificateLayout).where(CertificateLayout.slug == slug).order_by(CertificateLayout.version.desc())
    if (found := db.session.scalar(query.limit(1).options(undefer(CertificateLayout.logo)))) is None:
        raise Missing(f"layout {slug}")
    return found


def active_layouts() -> list[CertificateLayout]:
    """Those in use, by name."""
    query = select(CertificateLayout).where(CertificateLayout.ended_at.is_(None)).order_by(CertificateLayout.slug)
    return list(db.session.scalars(query))


def newest_layouts() -> list[CertificateLayout]:
    """The newest version of each, those in use first."""
    newest = select(func.max(CertificateLayout.id)).group_by(CertificateLayout.slug)
    query = select(CertificateLayout).where(CertificateLayout.id.in_(newest))
    return list(db.session.scalars(query.order_by(CertificateLayout.ended_at.is_not(None), CertificateLayout.slug)))


def versions_of(slug: str) -> list[CertificateLayout]:
    """Every version, newest first."""
    query = select(CertificateLayout).where(CertificateLayout.slug == slug)
    return list(db.session.scalars(query.order_by(CertificateLayout.version.desc())))


def layouts_for(community: str) -> list[CertificateLayout]:
    """Those in use that a community may choose from: its own and the general ones, by name."""
    return [one for one in active_layouts() if fits(one.community, community)]


def layout_for(community: str, slug: str = "") -> CertificateLayout:
    """The layout of this name, or the one that fits best, of those for a community. Raises Refused where there is none."""
    known: Mapping[str, str] = {one.slug: one.community for one in layouts_for(community)}
    wanted = slug or fitting(known, community)
    if wanted not in known:
        raise Refused(
            _l("This community has no such layout in use. Choose another, or ask an administrator for one."),
            field="layout",
        )
    return get_layout(wanted)


# -- runs -----------------------------------------------------------------------------------------


def get_run(run_id: int) -> CertificateRun:
    """Raises Missing."""
    if (found := find(CertificateRun, run_id)) is None:
        raise Missing(f"run {run_id}")
    return found


def run_counts(run_id: int) -> dict[str, int]:
    """State → how many lines of a run."""
    query = select(CertificateRunLine.state, func.count()).where(CertificateRunLine.run_id == run_id)
    return dict(db.session.execute(query.group_by(CertificateRunLine.state)).all())


def run_lines(run_id: int, state: str = "") -> Select[*tuple[Any, ...]]:
    """Lines of a run with who they are for and what came of them; to be paged by id."""
    query = (
        select(
            CertificateRunLine.id, CertificateRunLine.state, CertificateRunLine.reason, CertificateRunLine.detail,
            CertificateRunLine.entitlement, User.display_name, User.handle, Certificate.code, Certificate.title,
        )
        .join(User, User.id == CertificateRunLine.user_id)
        .outerjoin(Certificate, Certificate.id == CertificateRunLine.certificate_id)
        .where(CertificateRunLine.run_id == run_id)
    )  # fmt: skip
    return query.where(CertificateRunLine.state == state) if state else query


def runs_of(actor: Actor, most: int = 5) -> list[Row[Any]]:
    """The newest runs of the SIGs that the actor maintains, or of all for administrators."""
    query = (
        select(CertificateRun, Sig)
        .join(Sig, Sig.id == CertificateRun.sig_id)
        .order_by(CertificateRun.id.desc())
        .limit(most)
    )
    if not actor.is_admin:
        query = query.where(CertificateRun.sig_id.in_(maintained_sigs(actor)))
    return list(db.session.execute(query))


@attachments("certificate.issued")
def _signed_pdf(facts: dict[str, Any]) -> list[Attachment]:
    """The certificate with the mail that tells of it; nothing once its holder had it erased."""
    file = file_of(facts["certificate"]) if isinstance(facts.get("certificate"), int) else None
    return [] if file is None else [Attachment(f"certificate-{facts.get('code', '')}.pdf", "application/pdf", file.pdf)]
