"""Applications and nominations, their ballots, electors and votes, and why a role ended."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.meetings.models import Meeting
from tracker.programmes.models import Json
from tracker.promotions.rule_models import DatedRule
from tracker.sigs.models import MEMBER, ROLES, Area, Membership, Repository, Sig
from tracker.text import LazyString, _l
from tracker.text import Text as Words

PROPOSED, VOTING, APPOINTED, REJECTED, DECLINED, WITHDRAWN, LAPSED = (
    "proposed", "voting", "appointed", "rejected", "declined", "withdrawn", "lapsed",
)  # fmt: skip
OPEN = (PROPOSED, VOTING)
STATES: dict[str, LazyString] = {
    PROPOSED: _l("in preparation"),
    VOTING: _l("put to the vote"),
    APPOINTED: _l("appointed"),
    REJECTED: _l("not passed"),
    DECLINED: _l("declined"),
    WITHDRAWN: _l("withdrawn"),
    LAPSED: _l("without effect"),
}
CHOICES: dict[str, LazyString] = {"for": _l("In favour"), "against": _l("Against"), "abstain": _l("Abstain")}
PASSED, FAILED = "passed", "failed"
#: How a ballot ended; empty while it is open.
RESULTS = ("", PASSED, FAILED, WITHDRAWN)
#: Why somebody who passed, or would have been granted the role, doesn't get it: see ``rules.why_no_appointment``.
LAPSES: dict[str, LazyString] = {
    "suspended": _l("the account is suspended"),
    "has_role": _l("the person has the role already"),
    "left": _l("the person doesn't hold the role any more that the rule begins with"),
}
#: What stays of words that an erased account took along, where there must be some.
ERASED = "–"
_OPEN = "state IN ('proposed', 'voting')"


class Promotion(Model):
    """A person on the way to a role: an application to Member that a maintainer answers, or a nomination that is voted on.

    ``user_id`` is the candidate, ``nominated_by_id`` who put them up (oneself included). It says what it said when the
    ballot was opened: area, repository and work plan can't be edited afterwards.
    """

    __tablename__ = "promotion"
    __table_args__ = (
        one_of("role", tuple(ROLES)),
        one_of("state", tuple(STATES)),
        one_of("lapse", ("", *LAPSES)),
        CheckConstraint("role <> 'member' OR state NOT IN ('voting', 'rejected')", name="member_without_vote"),
        CheckConstraint("repository_id IS NULL OR role = 'committer'", name="repository_of_committer"),
        CheckConstraint("state <> 'declined' OR reason <> ''", name="declined_says_why"),
        CheckConstraint("(state IN ('proposed', 'voting')) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'appointed') = (membership_id IS NOT NULL)", name="appointed_to"),
        CheckConstraint("(state = 'lapsed') = (lapse <> '')", name="lapsed_why"),
        Index(
            "uq_promotion_open", "user_id", "sig_id", "role", text("coalesce(repository_id, 0)"), unique=True,
            sqlite_where=text(_OPEN), postgresql_where=text(_OPEN),
        ),
        Index("uq_promotion_membership_id", "membership_id", unique=True),
        Index("ix_promotion_sig_id_id", "sig_id", "id"),
        Index("ix_promotion_open", "state", "id", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=PROPOSED)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id", ondelete="RESTRICT"))
    repository_id: Mapped[int | None] = mapped_column(ForeignKey("repository.id", ondelete="RESTRICT"))
    paths: Mapped[str] = mapped_column(String(300), default="")
    #: What speaks for the person, by who nominates or applies; Markdown, as is the work plan by the candidate.
    statement: Mapped[str] = mapped_column(Text, default="")
    work_plan: Mapped[str] = mapped_column(Text, default="")
    nominated_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    nominated_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: When the candidate said that they stand; who puts up oneself does so at once.
    stands_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    decided_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: Who answered an application, or withdrew; empty where a ballot decided.
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")
    lapse: Mapped[str] = mapped_column(String(20), default="")
    #: Rises with every change of what it says, so that a page that is out of date is noticed.
    version: Mapped[int] = mapped_column(default=1)
    #: The appointment that came of it.
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))

    sig: Mapped[Sig] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    area: Mapped[Area | None] = relationship()
    repository: Mapped[Repository | None] = relationship()
    nominated_by: Mapped[User] = relationship(foreign_keys=[nominated_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    membership: Mapped[Membership | None] = relationship()
    ballot: Mapped[Ballot | None] = relationship(back_populates="promotion")

    @property
    def about_id(self) -> int:
        """Whom it is about."""
        return self.user_id

    @property
    def proposed_by_id(self) -> int:
        """Who put the candidate up."""
        return self.nominated_by_id

    @property
    def is_application(self) -> bool:
        """It asks for membership; anything else is voted on."""
        return self.role == MEMBER

    @property
    def label(self) -> str:
        """``AKG``, to which sentences add the role; no name: the diary knows people by id."""
        return self.sig.name

    @property
    def label_role(self) -> str:
        """``Contributor``, as ``ROLES`` has it in English: put into the language of who reads."""
        return self.role.capitalize()

    @property
    def path(self) -> str:
        return f"/promotions/{self.id}/"


class Recommendation(Model):
    """A maintainer's word for a candidate, before the ballot opens."""

    __tablename__ = "recommendation"
    __table_args__ = (CheckConstraint("text <> ''", name="says_what"),)

    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id", ondelete="RESTRICT"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[dt.datetime] = mapped_column(UTC)

    user: Mapped[User] = relationship()


class Ballot(Model):
    """The vote on a promotion, by ``rule`` as it was when it opened (see ``rule.as_json``).

    Either it closes by the clock at ``closes_at``, or at ``meeting_id`` when a maintainer closes it there. ``closed_at`` is
    when it was counted; from then on nothing of it changes.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        one_of("result", RESULTS),
        CheckConstraint("(closes_at IS NULL) <> (meeting_id IS NULL)", name="clock_or_meeting"),
        CheckConstraint("(closed_at IS NULL) = (result = '')", name="closed"),
        CheckConstraint("electors >= 1", name="electors_range"),
        CheckConstraint("closes_at > opened_at", name="closes_later"),
        CheckConstraint(
            "in_favour >= 0 AND against >= 0 AND abstained >= 0 AND in_favour + against + abstained <= electors",
            name="counts_range",
        ),
        Index("uq_ballot_promotion_id", "promotion_id", unique=True),
        Index("ix_ballot_due", "closes_at", sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id", ondelete="RESTRICT"))
    rule_id: Mapped[int] = mapped_column(ForeignKey("promotion_rule.id", ondelete="RESTRICT"))
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    opened_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: How many may vote: frozen, as are their rows.
    electors: Mapped[int]
    closes_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"), index=True)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: Who closed it; empty where the clock did.
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    result: Mapped[str] = mapped_column(String(10), default="")
    #: Why the rule says so: a token of ``rule.WHY``.
    why: Mapped[str] = mapped_column(String(20), default="")
    in_favour: Mapped[int] = mapped_column(default=0)
    against: Mapped[int] = mapped_column(default=0)
    abstained: Mapped[int] = mapped_column(default=0)

    promotion: Mapped[Promotion] = relationship(back_populates="ballot")
    dated_rule: Mapped[DatedRule] = relationship()
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    meeting: Mapped[Meeting | None] = relationship()


class Elector(Model):
    """Somebody who may vote in a ballot, by the role they had when it opened."""

    __tablename__ = "ballot_elector"
    __table_args__ = (one_of("role", tuple(ROLES)), Index("ix_ballot_elector_user_id", "user_id"))

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id", ondelete="RESTRICT"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))

    user: Mapped[User] = relationship()


class Vote(Model):
    """What an elector says, until the ballot closes; one row each, the last word counts."""

    __tablename__ = "vote"
    __table_args__ = (
        one_of("choice", tuple(CHOICES)),
        CheckConstraint("choice <> 'against' OR reason <> ''", name="against_says_why"),
        # Nobody votes who isn't an elector.
        ForeignKeyConstraint(["ballot_id", "user_id"], ["ballot_elector.ballot_id", "ballot_elector.user_id"],
                             ondelete="RESTRICT", name="fk_vote_elector"),
    )  # fmt: skip

    ballot_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    choice: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    cast_at: Mapped[dt.datetime] = mapped_column(UTC)


class RoleEnding(Model):
    """Why a role ended, beside its membership: the person stepped down, or a maintainer ended it."""

    __tablename__ = "role_ending"
    __table_args__ = (CheckConstraint("reason <> ''", name="says_why"),)

    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"), primary_key=True)
    #: The person themselves where they stepped down.
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    at: Mapped[dt.datetime] = mapped_column(UTC)
    reason: Mapped[str] = mapped_column(Text)


NO_ELECTOR: Words = _l("Who may vote was set down when the ballot was opened; you aren't among them.")
OWN_BALLOT: Words = _l("Nobody votes on themselves.")
AGAINST_WHY: Words = _l("A vote against needs a reason; without one it isn't cast.")
IS_CLOSED: Words = _l("The ballot is closed: votes can't be cast or changed any more.")
explain("uq_promotion_open", _l("This person is already on the way to this role. Look at the open nomination."))
explain(
    "uq_promotion_membership_id", _l("This ballot has made its appointment already."), columns="promotion.membership_id"
)
explain("uq_ballot_promotion_id", _l("The ballot was opened a moment ago."), columns="ballot.promotion_id")
explain("fk_vote_elector", NO_ELECTOR)
explain("ck_vote_against_says_why", AGAINST_WHY)
explain("vote_after_close", IS_CLOSED)
explain("vote_reason_after_close", IS_CLOSED)
explain("vote_by_candidate", OWN_BALLOT)
explain("ballot_elector_fits", OWN_BALLOT)
explain("ballot_closed_frozen", _l("The ballot is closed; its outcome stands."))
