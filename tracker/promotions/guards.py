"""What the database refuses of promotions beyond keys and checks; part of the one list of tracker.triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

#: Who stands for what; and what a nomination says, once it is put to the vote.
STANDS_AS = ("sig_id", "user_id", "role", "repository_id", "nominated_by_id", "nominated_at")
SAYS = ("area_id", "paths", "stands_at", "version")
#: What an erased account may leave of words: see ``erasure``.
_KEPT = "('', '–')"
DECIDED_BY = ("decided_at", "decided_by_id", "lapse", "membership_id")
OPENED_AS = ("promotion_id", "rule_id", "opened_by_id", "opened_at", "electors", "closes_at")
COUNTED_AS = ("meeting_id", "closed_at", "closed_by_id", "result", "why", "in_favour", "against", "abstained")


def promotion_guards(trigger: Callable[..., T], frozen: Callable[..., T]) -> Iterator[T]:
    """Votes by electors alone, before the close; the count is that of the votes; one appointment, of who passed.

    ``trigger`` and ``frozen`` are those of tracker.triggers, which is above this room.
    """
    yield frozen("promotion_frozen", "1 = 1", STANDS_AS, "promotion")
    yield frozen("promotion_says", "OLD.state <> 'proposed'", SAYS, "promotion")
    yield frozen("promotion_decided", "OLD.state NOT IN ('proposed', 'voting')", DECIDED_BY, "promotion")
    yield trigger(
        "promotion_words", "promotion", ("UPDATE OF statement, work_plan",),
        f"OLD.state <> 'proposed' AND ((NEW.statement <> OLD.statement AND NEW.statement NOT IN {_KEPT})"
        f" OR (NEW.work_plan <> OLD.work_plan AND NEW.work_plan NOT IN {_KEPT}))",
    )  # fmt: skip
    yield trigger(
        "promotion_reason", "promotion", ("UPDATE OF reason",),
        f"OLD.state NOT IN ('proposed', 'voting') AND NEW.reason <> OLD.reason AND NEW.reason NOT IN {_KEPT}",
    )  # fmt: skip
    # A rule that a ballot was opened by isn't replaced for its day.
    yield trigger(
        "promotion_rule_used", "promotion_rule", ("INSERT",),
        "EXISTS (SELECT 1 FROM ballot JOIN promotion_rule AS earlier ON earlier.id = ballot.rule_id"
        " WHERE earlier.set_id = NEW.set_id AND earlier.role = NEW.role AND earlier.valid_from = NEW.valid_from)",
    )  # fmt: skip
    yield frozen("role_ending_frozen", "1 = 1", ("membership_id", "by_id", "at"), "role_ending")
    yield trigger(
        "role_ending_reason", "role_ending", ("UPDATE OF reason",),
        f"NEW.reason <> OLD.reason AND NEW.reason NOT IN {_KEPT}",
    )  # fmt: skip
    yield trigger(
        "promotion_with_ballot", "promotion", ("UPDATE OF state",),
        "NEW.state = 'voting' AND NOT EXISTS (SELECT 1 FROM ballot WHERE promotion_id = NEW.id AND electors ="
        " (SELECT count(*) FROM ballot_elector WHERE ballot_id = ballot.id))",
    )  # fmt: skip
    yield trigger(
        "promotion_by_its_ballot", "promotion", ("UPDATE OF state",),
        "OLD.state = 'voting' AND NEW.state <> 'voting' AND NOT EXISTS (SELECT 1 FROM ballot WHERE promotion_id = NEW.id AND"
        " ((NEW.state IN ('appointed', 'lapsed') AND result = 'passed') OR (NEW.state = 'rejected' AND result = 'failed')"
        " OR (NEW.state = 'withdrawn' AND result = 'withdrawn')))",
    )  # fmt: skip
    yield trigger(
        "promotion_appoints", "promotion", ("UPDATE OF membership_id, state",),
        "(NEW.state = 'appointed' AND NEW.role <> 'member' AND OLD.state = 'proposed') OR (NEW.membership_id IS NOT NULL AND"
        " NOT EXISTS (SELECT 1 FROM membership WHERE id = NEW.membership_id AND user_id = NEW.user_id AND sig_id = NEW.sig_id"
        " AND role = NEW.role AND COALESCE(repository_id, 0) = COALESCE(NEW.repository_id, 0)))",
    )  # fmt: skip
    yield from _ballot_guards(trigger, frozen)


def _ballot_guards(trigger: Callable[..., T], frozen: Callable[..., T]) -> Iterator[T]:
    yield trigger(
        "ballot_of_a_nomination", "ballot", ("INSERT",),
        "NEW.result <> '' OR NOT EXISTS"
        " (SELECT 1 FROM promotion WHERE id = NEW.promotion_id AND state = 'proposed' AND role <> 'member')",
    )  # fmt: skip
    yield frozen("ballot_frozen", "1 = 1", OPENED_AS, "ballot")
    # JSON has no equality of its own on PostgreSQL's json; as text it has.
    yield trigger(
        "ballot_rule_frozen", "ballot", ("UPDATE OF rule",), "CAST(NEW.rule AS VARCHAR) <> CAST(OLD.rule AS VARCHAR)"
    )
    yield frozen("ballot_closed_frozen", "OLD.closed_at IS NOT NULL", COUNTED_AS, "ballot")
    yield trigger(
        "ballot_closes_in_time", "ballot", ("UPDATE OF closed_at, result",),
        "NEW.result IN ('passed', 'failed') AND NEW.closes_at IS NOT NULL AND NEW.closed_at < NEW.closes_at",
    )  # fmt: skip
    counts = " OR ".join(
        f"NEW.{column} <> (SELECT count(*) FROM vote WHERE ballot_id = NEW.id AND choice = '{choice}')"
        for column, choice in (("in_favour", "for"), ("against", "against"), ("abstained", "abstain"))
    )
    yield trigger(
        "ballot_counts_votes", "ballot", ("UPDATE OF closed_at, result, in_favour, against, abstained",),
        f"NEW.result IN ('passed', 'failed') AND ({counts})",
    )  # fmt: skip
    yield trigger(
        "ballot_elector_fits", "ballot_elector", ("INSERT",),
        "NEW.user_id = (SELECT user_id FROM promotion JOIN ballot ON ballot.promotion_id = promotion.id"
        " WHERE ballot.id = NEW.ballot_id)"
        " OR (SELECT count(*) FROM ballot_elector WHERE ballot_id = NEW.ballot_id) >="
        " (SELECT electors FROM ballot WHERE id = NEW.ballot_id)",
    )  # fmt: skip
    yield trigger(
        "vote_by_candidate", "vote", ("INSERT", "UPDATE"),
        "NEW.user_id = (SELECT user_id FROM promotion JOIN ballot ON ballot.promotion_id = promotion.id"
        " WHERE ballot.id = NEW.ballot_id)",
    )  # fmt: skip
    yield trigger(
        "vote_after_close", "vote", ("INSERT", "UPDATE OF choice, cast_at"),
        "EXISTS (SELECT 1 FROM ballot WHERE id = NEW.ballot_id"
        " AND (closed_at IS NOT NULL OR (closes_at IS NOT NULL AND NEW.cast_at >= closes_at)))",
    )  # fmt: skip
    yield trigger(
        "vote_reason_after_close", "vote", ("UPDATE OF reason",),
        f"NEW.reason <> OLD.reason AND NEW.reason NOT IN {_KEPT}"
        " AND EXISTS (SELECT 1 FROM ballot WHERE id = NEW.ballot_id AND closed_at IS NOT NULL)",
    )  # fmt: skip
    yield frozen("vote_frozen", "1 = 1", ("ballot_id", "user_id"), "vote")
