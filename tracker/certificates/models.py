"""Certificates as they were issued, the files that their holders keep, runs that issue many, and layouts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker import clock
from tracker.accounts.models import User
from tracker.certificates.codes import grouped
from tracker.certificates.seeds import SEEDS
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Programme
from tracker.sigs.models import Membership, Sig
from tracker.text import LazyString, _l

INTERNSHIP, TASK, SERVICE = "internship", "task", "service"
KINDS: dict[str, LazyString] = {
    INTERNSHIP: _l("Internship certificate"),
    TASK: _l("Certificate of a task"),
    SERVICE: _l("Certificate of service"),
}
#: A status list holds the states of so many certificates: the least that its specification asks for.
LIST_SIZE = 131_072

QUEUED, RUNNING, DONE, CANCELLED = "queued", "running", "done", "cancelled"
WAITING, ISSUED, REFUSED = "waiting", "issued", "refused"
_LIVE = text("state IN ('queued', 'running')")
_VALID = text("revoked_at IS NULL")


class CertificateLayout(Model):
    """How the certificates of a community look, in one version: what was issued in a version stays reproducible.

    ``community`` is written as the SIGs write it; empty: of communities that have none of their own. ``logo`` is a PNG that
    we encoded ourselves or an SVG of plain shapes; empty for none. The newest version has no ``ended_at`` unless it is retired.
    """

    __tablename__ = "certificate_layout"
    __table_args__ = (
        Index("uq_certificate_layout_slug_version", "slug", "version", unique=True),
        Index("uq_certificate_layout_active", "slug", unique=True,
              sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("version >= 1", name="version_positive"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    community: Mapped[str] = mapped_column(String(60), default="")
    issuer: Mapped[str] = mapped_column(String(120))
    issuer_zh: Mapped[str] = mapped_column(String(120))
    signatory: Mapped[str] = mapped_column(String(120))
    signatory_zh: Mapped[str] = mapped_column(String(120))
    #: ``#1f3a5f``
    accent: Mapped[str] = mapped_column(String(7))
    second: Mapped[str] = mapped_column(String(7))
    design: Mapped[str] = mapped_column(String(20))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    ended_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    logo: Mapped[bytes] = mapped_column(LargeBinary, default=b"", deferred=True)

    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])

    @property
    def key(self) -> str:
        """What a snapshot names it by."""
        return f"{self.slug}-{self.version}"

    @property
    def label(self) -> str:
        return self.slug

    @property
    def path(self) -> str:
        return f"/certificates/layouts/{self.slug}/"


class CertificateRun(Model):
    """Many certificates that a maintainer had issued at once: made in the background, one line after the other."""

    __tablename__ = "certificate_run"
    __table_args__ = (
        one_of("kind", tuple(KINDS)),
        one_of("state", (QUEUED, RUNNING, DONE, CANCELLED)),
        CheckConstraint("(state IN ('done', 'cancelled')) = (finished_at IS NOT NULL)", name="ended_when_over"),
        Index("ix_certificate_run_live", "id", sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_certificate_run_sig_id_id", "sig_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(12))
    layout_id: Mapped[int] = mapped_column(ForeignKey("certificate_layout.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: Numbers who works at it; a worker that was taken for dead finds another number here.
    attempts: Mapped[int] = mapped_column(default=0)
    beat_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    sig: Mapped[Sig] = relationship()
    layout: Mapped[CertificateLayout] = relationship()
    created_by: Mapped[User] = relationship()

    @property
    def user_id(self) -> int:
        """Whose it is, for the predicates of permissions."""
        return self.created_by_id

    @property
    def outlived_layout(self) -> bool:
        """Whether it was stopped when its layout wasn't in use any more."""
        ended = self.layout.ended_at
        return (
            self.state == CANCELLED and ended is not None and self.finished_at is not None and ended <= self.finished_at
        )

    @property
    def label(self) -> str:
        return f"{self.sig.name} {self.created_at:%Y-%m-%d}"

    @property
    def path(self) -> str:
        return f"/certificates/runs/{self.id}/"


class Certificate(Model):
    """What was certified, to whom, and whether it still holds. Written once; see triggers for what may change.

    ``entitlement`` says what it certifies (``task-17``, ``internship-2-9``, ``service-4``, ``service-4-ended``): one that isn't revoked of each. Names
    of SIG, programme and title are as they were. ``name`` is as issued, and empty once the person had it erased.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        one_of("kind", tuple(KINDS)),
        CheckConstraint("issued_by_id <> user_id", name="not_ones_own"),
        CheckConstraint("revoked_by_id IS NULL OR revoked_by_id <> user_id", name="not_revoked_by_holder"),
        CheckConstraint("(kind = 'task') = (claim_id IS NOT NULL)", name="claim_of_task"),
        CheckConstraint("(kind = 'service') = (membership_id IS NOT NULL)", name="membership_of_service"),
        CheckConstraint("(kind = 'service') = (programme_id IS NULL)", name="programme_of_work"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL) AND (revoked_at IS NULL) = (reason = '')",
                        name="revoked_with_reason"),
        CheckConstraint("(erased_at IS NULL) = (name <> '')", name="named_until_erased"),
        CheckConstraint("points IS NULL OR points BETWEEN 1 AND 100000", name="points_range"),
        CheckConstraint("period_from IS NULL OR period_to IS NULL OR period_to >= period_from", name="period_in_order"),
        Index("uq_certificate_entitlement", "entitlement", unique=True, sqlite_where=_VALID, postgresql_where=_VALID),
        Index("uq_certificate_replaces_id", "replaces_id", unique=True),
        Index("ix_certificate_user_id", "user_id"),
        Index("ix_certificate_sig_id_id", "sig_id", "id"),
        Index("ix_certificate_claim_id", "claim_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(26), unique=True)
    #: SHA-256 of the code. Looked up by it, so that no answer's time tells how much of a code was right.
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    entitlement: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    layout_id: Mapped[int] = mapped_column(ForeignKey("certificate_layout.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(80))
    community: Mapped[str] = mapped_column(String(60))
    sig_name: Mapped[str] = mapped_column(String(120))
    sig_name_zh: Mapped[str] = mapped_column(String(120))
    programme_name: Mapped[str] = mapped_column(String(120))
    programme_name_zh: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(300))
    title_zh: Mapped[str] = mapped_column(String(300))
    points: Mapped[int | None]
    period_from: Mapped[dt.date | None]
    period_to: Mapped[dt.date | None]
    issued_on: Mapped[dt.date]
    issued_at: Mapped[dt.datetime] = mapped_column(UTC)
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("certificate_run.id", ondelete="RESTRICT"))
    #: The revoked one that it corrects.
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"))
    #: Of the signed PDF. Stays when the file goes.
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    #: The key that signed it.
    key_id: Mapped[str] = mapped_column(String(64))
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")
    name_hidden: Mapped[bool] = mapped_column(default=False)
    erased_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: Open Badges without the name. Written once, right after the row, whose number it carries.
    credential: Mapped[str] = mapped_column(Text, default="", deferred=True)

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    sig: Mapped[Sig] = relationship()
    programme: Mapped[Programme | None] = relationship()
    claim: Mapped[Claim | None] = relationship()
    membership: Mapped[Membership | None] = relationship()
    layout: Mapped[CertificateLayout] = relationship()
    issued_by: Mapped[User] = relationship(foreign_keys=[issued_by_id])
    replaces: Mapped[Certificate | None] = relationship(remote_side=[id])

    @property
    def status_list(self) -> int:
        """The number of the status list that it is on, from 1."""
        return self.id // LIST_SIZE + 1

    @property
    def status_index(self) -> int:
        """Its place on that list, from 0."""
        return self.id % LIST_SIZE

    @property
    def label(self) -> str:
        return grouped(self.code)

    @property
    def path(self) -> str:
        return f"/certificates/{self.code}"


class CertificateFile(Model):
    """What bears the name: the snapshot, the signed PDF, the credential. Deleted when the person has the name erased."""

    __tablename__ = "certificate_file"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"), primary_key=True)
    snapshot: Mapped[str] = mapped_column(Text)
    credential: Mapped[str] = mapped_column(Text)
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class CertificateRunLine(Model):
    """One certificate of a run: waiting, issued, or refused and why (a token of ``rules.OBSTACLES``)."""

    __tablename__ = "certificate_run_line"
    __table_args__ = (
        one_of("state", (WAITING, ISSUED, REFUSED)),
        CheckConstraint("(state = 'issued') = (certificate_id IS NOT NULL)", name="issued_has_certificate"),
        CheckConstraint("(state = 'refused') = (reason <> '')", name="refused_with_reason"),
        Index("uq_certificate_run_line_run_id_entitlement", "run_id", "entitlement", unique=True),
        Index("uq_certificate_run_line_certificate_id", "certificate_id", unique=True),
        Index("ix_certificate_run_line_run_id_state", "run_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("certificate_run.id", ondelete="RESTRICT"))
    entitlement: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(String(20), default="")
    #: Characters that no font has, where that was the reason.
    detail: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship()
    certificate: Mapped[Certificate | None] = relationship()

    @property
    def label(self) -> str:
        return self.entitlement


def plant_layouts(connection: Connection) -> None:
    """Put the layouts that come with the tracker into a database that never had them; harmless when run again.

    One that was edited or retired since stays as it is.
    """
    known = set(connection.scalars(select(CertificateLayout.slug)))
    rows = [{**seed, "version": 1, "created_at": clock.now()} for seed in SEEDS if seed["slug"] not in known]
    if rows:
        connection.execute(insert(CertificateLayout), rows)


@event.listens_for(CertificateLayout.__table__, "after_create")
def _plant(_table: Table, connection: Connection, **_options: object) -> None:
    """Also where the schema is made from the models."""
    plant_layouts(connection)


_CERTIFIED = _l("This is certified already. Revoke that certificate first, if it has to be corrected.")
explain("uq_certificate_entitlement", _CERTIFIED, columns="certificate.entitlement")
explain(
    "uq_certificate_replaces_id",
    _l("Another certificate corrects the revoked one already."),
    columns="certificate.replaces_id",
)
explain("ck_certificate_not_ones_own", _l("Nobody issues a certificate to themselves."))
explain("ck_certificate_not_revoked_by_holder", _l("Nobody revokes a certificate of their own."))
explain("certificate_of_accepted_claim", _l("Only a task that somebody else accepted is certified."))
explain(
    "certificate_in_layout_in_use", _l("This layout isn't in use any more. Look at the certificate in another one.")
)
explain("certificate_replaces_revoked", _l("It can't take the place of that certificate. Look at it again."))
explain("certificate_frozen", _l("What was certified never changes."))
explain("certificate_revoked_for_good", _l("A revocation is never undone. Issue a corrected certificate."))
explain("certificate_erased_for_good", _l("A name that was erased doesn't come back."))
explain(
    "uq_certificate_layout_slug_version",
    _l("Somebody else changed this layout meanwhile. Look at it again."),
    columns="certificate_layout.slug, certificate_layout.version",
)
explain(
    "uq_certificate_layout_active",
    _l("There is a layout with this short name already."),
    columns="certificate_layout.slug",
)
