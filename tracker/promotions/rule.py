"""A promotion rule as plain data, read from what people write, and the outcome of a ballot by it. Pure.

The words are those of the seeds::

    contributor: {from: member, needs: [area, work_plan], electorate: [maintainer, contributor], pass: majority, at: meeting}
    committer: {from: contributor, for_months: 3, scope: repository, nominated_by: [maintainer, committer],
                electorate: [maintainer, committer], pass: {in_favour: 4, against: 0}, hours: 72}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.sigs.models import COMMITTER, CONTRIBUTOR, MAINTAINER, MEMBER
from tracker.text import LazyString, _l

#: Roles by weight: who holds a later one holds the earlier ones as well, where a rule asks for one.
RANKS = (MEMBER, CONTRIBUTOR, COMMITTER, MAINTAINER)
AREA, WORK_PLAN = "area", "work_plan"
NEEDS = (AREA, WORK_PLAN)
MAJORITY, HALF = "majority", "half"
MOST_MONTHS, MOST_VOTES, MOST_HOURS = 120, 1000, 24 * 60
FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
#: Why an outcome is what it is.
WHY: dict[str, LazyString] = {
    "majority": _l("more in favour than against"),
    "no_majority": _l("not more in favour than against"),
    "tie": _l("a tie fails"),
    "quorum": _l("less than half of the electorate voted"),
    "enough": _l("as many in favour as the rule asks for"),
    "all": _l("all of an electorate that is smaller than the votes asked for are in favour"),
    "too_few": _l("fewer in favour than the rule asks for"),
    "not_all": _l("not all of an electorate that is smaller than the votes asked for are in favour"),
    "objected": _l("more votes against than the rule allows"),
    "nobody": _l("there is no electorate"),
}


@dataclass(frozen=True, slots=True)
class Votes:
    """So many votes in favour, and at most so many against."""

    in_favour: int
    against: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one role is reached. ``threshold``: MAJORITY, HALF or Votes. ``hours`` None: at a meeting.

    ``nominated_by`` empty: by the candidate, or by anybody with a role in the SIG.
    """

    begins: str
    for_months: int = 0
    needs: tuple[str, ...] = ()
    of_repository: bool = False
    nominated_by: tuple[str, ...] = ()
    recommendations: int = 0
    electorate: tuple[str, ...]
    threshold: str | Votes
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether it passed, and why by the rule: a token of WHY."""

    passed: bool
    reason: str


def outcome(threshold: str | Votes, electors: int, votes: Iterable[str]) -> Outcome:
    """What the votes (tokens for, against, abstain) of an electorate of ``electors`` come to (domain.md, section 8).

    Majority and half are of the votes for and against, abstentions aside, with at least half of the electorate voting (an
    abstention is a vote cast); a tie fails, so half asks for as much as majority does. Votes: where the electorate is smaller
    than the votes asked for, all of it must be in favour.
    """
    cast = list(votes)
    yes, no = cast.count(FOR), cast.count(AGAINST)
    if electors < 1:
        return Outcome(False, "nobody")
    if isinstance(threshold, Votes):
        if no > threshold.against:
            return Outcome(False, "objected")
        if electors < threshold.in_favour:
            return Outcome(True, "all") if yes == electors else Outcome(False, "not_all")
        return Outcome(True, "enough") if yes >= threshold.in_favour else Outcome(False, "too_few")
    if 2 * len(cast) < electors:
        return Outcome(False, "quorum")
    if yes == no:
        return Outcome(False, "tie")
    return Outcome(True, "majority") if yes > no else Outcome(False, "no_majority")


# -- reading and writing ----------------------------------------------------------------------------

_KEYS = {
    "from",
    "for_months",
    "needs",
    "scope",
    "nominated_by",
    "recommendations_by_maintainers",
    "electorate",
    "pass",
    "at",
    "hours",
}


def parse_rule(role: str, data: Mapping[str, Any]) -> Rule:
    """The rule for ``role``. Raises ValueError naming the key that is missing, unknown or makes no sense."""
    if unknown := sorted(str(key) for key in data.keys() - _KEYS):
        raise ValueError(f"{unknown[0][:40]}: unknown")
    begins = _token(data, "from", RANKS[:-1])
    if RANKS.index(begins) >= RANKS.index(role):
        raise ValueError(f"from: {begins} isn't below {role}")
    scope = data.get("scope", "")
    if scope not in ("", "repository") or (scope and role != COMMITTER):
        raise ValueError("scope: only a committer's repository")
    return Rule(
        begins=begins,
        for_months=_number(data.get("for_months", 0), "for_months", 0, MOST_MONTHS),
        needs=_tokens(data.get("needs", ()), "needs", NEEDS if role == CONTRIBUTOR else (WORK_PLAN,)),
        of_repository=role == COMMITTER,
        nominated_by=_tokens(data.get("nominated_by", ()), "nominated_by", RANKS),
        recommendations=_number(
            data.get("recommendations_by_maintainers", 0), "recommendations_by_maintainers", 0, MOST_VOTES
        ),
        electorate=_electorate(data),
        threshold=_threshold(data.get("pass")),
        hours=_hours(data),
    )


def as_json(rule: Rule) -> dict[str, Any]:
    """As the seeds write it; ``parse_rule`` reads it back."""
    threshold = rule.threshold
    found: dict[str, Any] = {
        "from": rule.begins, "for_months": rule.for_months, "needs": list(rule.needs),
        "scope": "repository" if rule.of_repository else "", "nominated_by": list(rule.nominated_by),
        "recommendations_by_maintainers": rule.recommendations, "electorate": list(rule.electorate),
        "pass": {"in_favour": threshold.in_favour, "against": threshold.against} if isinstance(threshold, Votes) else threshold,
        **({"at": "meeting"} if rule.hours is None else {"hours": rule.hours}),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value not in (0, "", [])}


def _electorate(data: Mapping[str, Any]) -> tuple[str, ...]:
    found = _tokens(data.get("electorate", ()), "electorate", RANKS)
    if not found:
        raise ValueError("electorate: missing")
    return found


def _threshold(value: Any) -> str | Votes:
    if value in (MAJORITY, HALF):
        return str(value)
    if isinstance(value, Mapping) and value.keys() <= {"in_favour", "against"}:
        return Votes(
            _number(value.get("in_favour"), "in_favour", 1, MOST_VOTES),
            _number(value.get("against", 0), "against", 0, MOST_VOTES),
        )
    raise ValueError("pass: majority, half, or a number in favour and against")


def _hours(data: Mapping[str, Any]) -> int | None:
    if data.get("at") == "meeting" and "hours" not in data:
        return None
    if "at" in data:
        raise ValueError("at: a meeting, or hours without it")
    return _number(data.get("hours"), "hours", 1, MOST_HOURS)


def _token(data: Mapping[str, Any], key: str, known: Sequence[str]) -> str:
    value = data.get(key)
    if value not in known:
        raise ValueError(f"{key}: one of {', '.join(known)}")
    return str(value)


def _tokens(value: Any, key: str, known: Sequence[str]) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(token in known for token in value):
        raise ValueError(f"{key}: of {', '.join(known)}")
    return tuple(dict.fromkeys(value))


def _number(value: Any, key: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{key}: a whole number from {least} to {most}")
    return value
