"""What is fair about promotions: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from dateutil.relativedelta import relativedelta

from tracker.errors import Refused
from tracker.promotions.models import AGAINST_WHY, CHOICES, IS_CLOSED, NO_ELECTOR, OWN_BALLOT
from tracker.promotions.rule import AREA, RANKS, WORK_PLAN, Rule
from tracker.sigs.models import COMMITTER, CONTRIBUTOR, ROLES
from tracker.text import LazyString, Text, _day, _l, _nl, is_blank

LONGEST_TEXT = 5000
#: Electors who haven't voted are reminded so long before the end: the nightly job comes by once within it.
REMIND_WITHIN = dt.timedelta(hours=30)


@dataclass(frozen=True, slots=True)
class Holding:
    """A role held in the SIG from ``since`` to (not including) ``until``."""

    role: str
    since: dt.date
    until: dt.date | None


def held_since(holdings: Iterable[Holding], role: str, today: dt.date) -> dt.date | None:
    """Since when the person has held ``role``, or a higher one, without a day between; None when they don't today."""
    good = [h for h in holdings if RANKS.index(h.role) >= RANKS.index(role) and h.since <= today]
    active = [h.since for h in good if h.until is None or h.until > today]
    if not active:
        return None
    since = min(active)
    while earlier := [h.since for h in good if h.since < since and (h.until is None or h.until >= since)]:
        since = min(earlier)
    return since


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of a shorter month."""
    return day + relativedelta(months=months)


# -- before a ballot opens ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a nomination stands on ``today``. ``recommendations``: by people who maintain the SIG now, the candidate aside;
    ``electors``: how many could vote now."""

    role: str
    holdings: Sequence[Holding]
    today: dt.date
    suspended: bool
    has_role: bool
    has_area: bool
    has_repository: bool
    has_work_plan: bool
    stands: bool
    recommendations: int
    electors: int
    #: Whoever nominated: the candidate themselves, and the roles that they have in the SIG today.
    own: bool
    nominator_roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of the checklist."""

    code: str
    met: bool
    text: Text


def conditions(rule: Rule, facts: Standing) -> list[Condition]:
    """What the rule asks for before the ballot can be opened, each with how it stands."""
    since = held_since(facts.holdings, rule.begins, facts.today)
    found = [Condition("from", since is not None, _from(rule.begins, since))]
    if rule.for_months:
        ready = None if since is None else months_after(since, rule.for_months)
        found.append(Condition("months", ready is not None and ready <= facts.today, _months(rule, ready)))
    if rule.nominated_by:
        # Asked again here: the SIG may have chosen other rules since the nomination.
        good = not facts.own and bool(facts.nominator_roles & set(rule.nominated_by))
        names = listed([ROLES[role] for role in rule.nominated_by])
        text = _l("Nominated by somebody else, of these roles: %(roles)s", roles=names) if good else _l(
            "Nominated by somebody else, of these roles: %(roles)s. That takes a new nomination, once who made this one takes it"
            " back or a maintainer sets it aside", roles=names
        )  # fmt: skip
        found.append(Condition("nominated", good, text))
    found += [
        Condition("new", not facts.has_role, _l("Doesn't have the role yet")),
        Condition("account", not facts.suspended, _l("The account isn't suspended")),
    ]
    if rule.of_repository:
        found.append(Condition("repository", facts.has_repository, _l("A repository is named")))
    if AREA in rule.needs:
        found.append(Condition("area", facts.has_area, _l("An area is named")))
    if WORK_PLAN in rule.needs:
        found.append(Condition("work_plan", facts.has_work_plan, _l("A work plan is handed in")))
    found.append(Condition("stands", facts.stands, _l("The candidate stands")))
    if rule.recommendations:
        text = _nl("Recommended by a Maintainer: %(have)s of %(num)s", "Recommended by Maintainers: %(have)s of %(num)s",
                   rule.recommendations, have=facts.recommendations)  # fmt: skip
        found.append(Condition("recommendations", facts.recommendations >= rule.recommendations, text))
    found.append(Condition("electors", facts.electors > 0, _l("Somebody can vote on it")))
    return found


def _from(role: str, since: dt.date | None) -> LazyString:
    if since is None:
        return _l("Is a %(role)s of the SIG, or more", role=ROLES[role])
    return _l("Is a %(role)s of the SIG, or more, since %(day)s", role=ROLES[role], day=_day(since))


def _months(rule: Rule, ready: dt.date | None) -> LazyString:
    if ready is None:
        return _nl("For at least %(num)s month", "For at least %(num)s months", rule.for_months)
    return _nl("For at least %(num)s month: from %(day)s on", "For at least %(num)s months: from %(day)s on",
               rule.for_months, day=_day(ready))  # fmt: skip


def check_opening(met: Sequence[Condition]) -> None:
    """Raises Refused naming the first condition that isn't met."""
    for condition in met:
        if not condition.met:
            raise Refused(_l("The ballot can't be opened yet. What is missing: “%(what)s”.", what=condition.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    """A nomination about to be made. ``roles``: those that whoever nominates has in the SIG today; ``own``: they put up
    themselves."""

    rule: Rule | None
    has_set: bool
    role: str
    own: bool
    roles: frozenset[str]
    has_role: bool
    open_path: str
    suspended: bool
    has_area: bool
    has_repository: bool
    paths: str
    foreign: bool


def check_nomination(facts: Nomination) -> None:
    """Raises Refused, at a field where one is at fault. What the person can still do is left to the checklist."""
    if not facts.has_set:
        raise Refused(
            _l("This SIG hasn't chosen how it promotes people yet. A maintainer chooses a set of rules first.")
        )
    if facts.rule is None:
        raise Refused(_l("By the rules of this SIG nobody is elected to this role. Choose another."), field="role")
    if facts.suspended:
        raise Refused(_l("This account is suspended."), field="user")
    if facts.has_role:
        raise Refused(_l("This person has the role already."), field="role")
    if facts.open_path:
        raise Refused(_l("This person is already on the way to this role: see %(path)s.", path=facts.open_path))
    _check_nominator(facts.rule, own=facts.own, roles=facts.roles)
    if facts.foreign:
        raise Refused(_l("This area or repository belongs to another SIG."), field="area")
    check_place(facts.role, has_area=facts.has_area, has_repository=facts.has_repository, paths=facts.paths)


def _check_nominator(rule: Rule, *, own: bool, roles: frozenset[str]) -> None:
    if rule.nominated_by:
        if own:
            raise Refused(
                _l("By the rules of this SIG somebody else nominates for this role: ask one of them."), field="user"
            )
        if not roles & set(rule.nominated_by):
            names = [ROLES[role] for role in rule.nominated_by]
            raise Refused(
                _l("By the rules of this SIG a nomination for this role is made by: %(roles)s.", roles=listed(names))
            )
    elif not own and not roles:
        raise Refused(_l("People of the SIG nominate others; you can put yourself up."), field="user")


def listed(names: Sequence[Text]) -> LazyString:
    """Names in the order given, with the commas of the language they are read in."""
    return LazyString(
        lambda: reduce(lambda one, other: str(_l("%(one)s, %(other)s", one=one, other=other)), map(str, names))
    )


def check_place(role: str, *, has_area: bool, has_repository: bool, paths: str) -> None:
    """A Contributor may have an area, a Committer has a repository. Raises Refused at the field."""
    if role == COMMITTER and not has_repository:
        raise Refused(_l("A Committer commits to a repository: say to which."), field="repository")
    if role != COMMITTER and (has_repository or paths):
        raise Refused(_l("Only a Committer has a repository. Leave it empty for the other roles."), field="repository")
    if role != CONTRIBUTOR and has_area:
        raise Refused(_l("Only a Contributor has an area. Leave it empty for the other roles."), field="area")


def check_version(seen: int, current: int) -> None:
    """Raises Refused when what the nomination says changed since the page that was answered."""
    if seen != current:
        raise Refused(
            _l("The nomination was changed since you opened the page, in another window or by somebody else. What you typed is"
               " kept: compare, then send it again.")
        )  # fmt: skip


def check_text(text: str, field: str, why: Text) -> str:
    """``text`` without blanks around it. Raises Refused at the field when nothing is left that is seen, or too much."""
    text = text.strip()
    if is_blank(text):
        raise Refused(why, field=field)
    if len(text) > LONGEST_TEXT:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_TEXT), field=field)
    return text


def check_application(*, has_any_role: bool, open_path: str) -> None:
    """Whether somebody may apply for membership. Raises Refused."""
    if has_any_role:
        raise Refused(_l("You belong to this SIG already."))
    if open_path:
        raise Refused(_l("Your application waits for an answer: see %(path)s.", path=open_path))


# -- while it is open --------------------------------------------------------------------------------


def is_over(now: dt.datetime, closes_at: dt.datetime | None, closed_at: dt.datetime | None) -> bool:
    """Whether no vote is taken any more."""
    return closed_at is not None or (closes_at is not None and now >= closes_at)


def check_vote(*, own: bool, elector: bool, over: bool, choice: str, reason: str) -> str:
    """Whether a vote is cast; returns its reason without blanks around it. Raises Refused."""
    if own:
        raise Refused(OWN_BALLOT)
    if not elector:
        raise Refused(NO_ELECTOR)
    if over:
        raise Refused(IS_CLOSED)
    if choice not in CHOICES:
        raise Refused(_l("There is no such choice."), field="choice")
    reason = reason.strip()
    if choice == "against":
        return check_text(reason, "reason", AGAINST_WHY)
    if len(reason) > LONGEST_TEXT:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_TEXT), field="reason")
    return reason


def check_count(
    now: dt.datetime, *, closes_at: dt.datetime | None, meeting_at: dt.datetime | None, meeting_on: bool
) -> None:
    """Whether a ballot can be closed and counted now. Raises Refused."""
    if closes_at is not None:
        if now < closes_at:
            raise Refused(_l("The vote goes on: it is closed by the clock, not by a person."))
        return
    if not meeting_on:
        raise Refused(_l("The meeting doesn't take place. Choose another one for the vote first."))
    if meeting_at is None or now < meeting_at:
        raise Refused(_l("The vote is closed at the meeting, not before it begins."))


def why_no_appointment(
    holdings: Iterable[Holding], begins: str, today: dt.date, *, suspended: bool, has_role: bool
) -> str:
    """Why somebody who passed isn't appointed: a token of LAPSES, empty when they are. What changed since the ballot opened
    is looked at, time aside."""
    if suspended:
        return "suspended"
    if has_role:
        return "has_role"
    return "" if held_since(holdings, begins, today) is not None else "left"
