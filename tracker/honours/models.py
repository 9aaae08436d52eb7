"""What the hall of honour keeps by itself: stars of the year, and the pictures that people uploaded of themselves.

Everything else it shows (roles, deeds, excellent interns) is computed from what other rooms know.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain
from tracker.sigs.models import COMMITTER, CONTRIBUTOR, MAINTAINER, Sig
from tracker.text import _l

#: The roles that the hall honours, the highest first.
HONOURED = (MAINTAINER, COMMITTER, CONTRIBUTOR)
#: Titles that a SIG awards in a year at most.
STARS_A_YEAR = 3
#: Bytes of a stored picture at most; what is made here takes a tenth of it.
MOST_STORED = 200_000
_STANDS = "withdrawn_at IS NULL"


class Star(Model):
    """Star of the year: a title that a SIG's maintainers award, with a citation in words; withdrawn with a reason, it stays.

    ``place`` numbers those that stand (1 … STARS_A_YEAR): unique numbers below a bound are how the database refuses one too
    many.
    """

    __tablename__ = "star"
    __table_args__ = (
        CheckConstraint(f"place BETWEEN 1 AND {STARS_A_YEAR}", name="place_range"),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year_range"),
        CheckConstraint("awarded_by_id <> user_id", name="not_to_oneself"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn_by_somebody"),
        Index("uq_star_place", "sig_id", "year", "place", unique=True,
              sqlite_where=text(_STANDS), postgresql_where=text(_STANDS)),
        Index("uq_star_person", "sig_id", "year", "user_id", unique=True,
              sqlite_where=text(_STANDS), postgresql_where=text(_STANDS)),
        Index("ix_star_user_id", "user_id"),
        Index("ix_star_year_id", "year", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    year: Mapped[int]
    place: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: What for, in public; plain text.
    citation: Mapped[str] = mapped_column(Text)
    awarded_at: Mapped[dt.datetime] = mapped_column(UTC)
    awarded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: Why it was withdrawn: for the person, the SIG's maintainers and administrators.
    reason: Mapped[str] = mapped_column(Text, default="")

    sig: Mapped[Sig] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    awarded_by: Mapped[User] = relationship(foreign_keys=[awarded_by_id])
    withdrawn_by: Mapped[User | None] = relationship(foreign_keys=[withdrawn_by_id])

    @property
    def is_shown(self) -> bool:
        """It stands, and its person is in the hall."""
        return self.withdrawn_at is None and self.user.in_hall and self.user.suspended_at is None

    @property
    def label(self) -> str:
        return self.sig.name

    @property
    def path(self) -> str:
        return f"/hall-of-honour/stars/{self.id}/"


class Picture(Model):
    """A picture that somebody uploaded of themselves, made anew: a square WebP without anything else in it."""

    __tablename__ = "picture"
    __table_args__ = (CheckConstraint(f"length(image) BETWEEN 1 AND {MOST_STORED}", name="image_size"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    #: SHA-256 of ``image``: in its address, so that another picture has another one.
    digest: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[dt.datetime] = mapped_column(UTC)
    image: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


_FULL = _l("The SIG has awarded all its titles of this year. Withdraw one first, or wait for the next year.")
explain("uq_star_place", _FULL, columns="star.sig_id, star.year, star.place")
explain(
    "uq_star_person", _l("This person is a star of the SIG in this year already."),
    columns="star.sig_id, star.year, star.user_id",
)  # fmt: skip
explain("ck_star_not_to_oneself", _l("Nobody awards the title to themselves."))
