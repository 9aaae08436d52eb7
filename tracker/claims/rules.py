"""What is fair about claims: pure functions over plain facts. The numbers are a programme's rules, never constants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.claims.models import LIVE
from tracker.claims.next_steps import CLAIMANT as CLAIMANT
from tracker.claims.next_steps import NOBODY as NOBODY
from tracker.claims.next_steps import REVIEWER as REVIEWER
from tracker.claims.next_steps import SEAT as SEAT
from tracker.claims.next_steps import NextStep as NextStep
from tracker.claims.next_steps import next_step as next_step
from tracker.errors import Refused
from tracker.text import Text, _day, _l, _nl


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a seat of the task."""

    name: str
    since: dt.date


@dataclass(frozen=True, slots=True)
class Held:
    """A live claim of the person in the programme that counts against the limit."""

    claim_id: int
    reference: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A claim of the person on this very task, live or ended."""

    claim_id: int
    state: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Strike:
    """A task given up: released or lapsed."""

    claim_id: int
    reference: str
    state: str
    on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What a programme's rules say about claiming; days are calendar days."""

    limit: int
    strike_limit: int
    strike_window_days: int
    cooldown_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the guards of applying look at; all days in the programme's zone.

    ``seats_promised``: free seats that people of the waitlist, who pass every guard, are about to get.
    """

    today: dt.date
    numbers: Numbers
    email_verified: bool = True
    profile_gaps: Sequence[str] = ()
    published: bool = True
    cycle_open: bool = True
    cycle_planned: bool = False
    claims_until: dt.date
    seats: int = 1
    holders: Sequence[Holder] = ()
    seats_promised: int = 0
    waiting: int = 0
    held: Sequence[Held] = ()
    is_mentor: bool = False
    earlier: Sequence[Earlier] = ()
    strikes: Sequence[Strike] = ()
    agreement_on: dt.date | None = None
    agreed: bool = True

    @property
    def seats_free(self) -> int:
        return max(self.seats - len(self.holders) - self.seats_promised, 0)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a reader goes on from a condition."""

    text: Text
    path: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One guard of applying: ``text`` says that it is met, or why not and what to do next."""

    code: str
    met: bool
    text: Text
    links: tuple[Link, ...] = ()
    #: The form field where it can be met, where there is one.
    field: str | None = None


#: Ended claims after which the same person doesn't get the task again.
SPENT = ("failed", "released", "lapsed")
#: Claims that stand, and so leave no room for a second one.
STANDING = (*LIVE, "accepted")
#: Guards that joining the waitlist leaves out.
NOT_FOR_WAITING = ("limit", "seat")


# -- strikes --------------------------------------------------------------------------------------


def strikes_in_window(strikes: Sequence[Strike], today: dt.date, numbers: Numbers) -> list[Strike]:
    """The strikes that still count: not older than the programme's window of days."""
    first = today - dt.timedelta(days=numbers.strike_window_days)
    return [strike for strike in strikes if strike.on >= first]


def cooldown_until(strikes: Sequence[Strike], today: dt.date, numbers: Numbers) -> dt.date | None:
    """The first day on which the person may claim again; None while nothing stands against it.

    A strike that reaches the limit within the window before it starts a pause of the programme's days. The pause lasts
    to its end, also where the oldest of the strikes leaves the window meanwhile.
    """
    reaching = [
        strike.on for strike in strikes
        if len([s for s in strikes_in_window(strikes, strike.on, numbers) if s.on <= strike.on]) >= numbers.strike_limit
    ]  # fmt: skip
    if not reaching:
        return None
    until = max(reaching) + dt.timedelta(days=numbers.cooldown_days)
    return until if until > today else None


@dataclass(frozen=True, slots=True)
class Cost:
    """What releasing costs: strikes before and after, the limit, and the day a pause would end."""

    before: int
    after: int
    limit: int
    cooldown_until: dt.date | None


def release_cost(strikes: Sequence[Strike], today: dt.date, numbers: Numbers) -> Cost:
    """The cost of releasing a task today."""
    before = strikes_in_window(strikes, today, numbers)
    with_this = [*before, Strike(0, "", "released", today)]
    return Cost(len(before), len(with_this), numbers.strike_limit, cooldown_until(with_this, today, numbers))


# -- the guards of applying -----------------------------------------------------------------------


def conditions(facts: Facts) -> list[Condition]:
    """Every guard of applying, met or not, in the order in which a person would mend them.

    Source: domain.md, section 4, row "apply".
    """
    return [
        _published(facts), _window(facts), _standing(facts), _spent(facts), _mentor(facts), _email(facts),
        _profile(facts), _cooldown(facts), _agreement(facts), _limit(facts), _seat(facts),
    ]  # fmt: skip


def failed(facts: Facts, *, waitlist: bool = False) -> list[Condition]:
    """The guards that aren't met; for the waitlist without seat and limit."""
    return [c for c in conditions(facts) if not c.met and not (waitlist and c.code in NOT_FOR_WAITING)]


def check_apply(facts: Facts) -> None:
    """Raises Refused with the first guard that isn't met."""
    for condition in failed(facts):
        raise Refused(condition.text, field=condition.field)


def check_waitlist(facts: Facts) -> None:
    """Raises Refused with the first guard that isn't met, or because a seat is free."""
    for condition in failed(facts, waitlist=True):
        raise Refused(condition.text, field=condition.field)
    if facts.seats_free:
        raise Refused(_l("A seat of this task is free. Claim it instead of waiting."))


def _published(facts: Facts) -> Condition:
    if facts.published:
        return Condition("published", True, _l("The task is published"))
    return Condition(
        "published", False, _l("The task isn't open for claims any more. Pick another one on the board."),
        (Link(_l("To the board"), "/tasks/"),),
    )  # fmt: skip


def _window(facts: Facts) -> Condition:
    if facts.cycle_open and facts.today <= facts.claims_until:
        return Condition("window", True, _l("Claims are open until %(date)s", date=_day(facts.claims_until)))
    board = (Link(_l("To the board"), "/tasks/"),)
    if facts.cycle_planned:
        return Condition("window", False, _l("The quarter that this task was carried into isn't open yet."), board)
    if not facts.cycle_open:
        return Condition("window", False, _l("The quarter of this task is closed. Pick a task of the next one."), board)
    return Condition(
        "window", False,
        _l("Claims closed on %(date)s. Pick a task whose window is still open.", date=_day(facts.claims_until)), board,
    )  # fmt: skip


def _standing(facts: Facts) -> Condition:
    mine = next((e for e in facts.earlier if e.state in STANDING), None)
    if mine is None:
        return Condition("own", True, _l("You have no other claim on this task"))
    link = (Link(_l("To your claim"), f"/claims/{mine.claim_id}/"),)
    if mine.state == "accepted":
        text = _l("Your work on this task was accepted on %(date)s. Pick another one.", date=_day(mine.on))
    elif mine.state == "waiting":
        text = _l("You are on the waitlist of this task since %(date)s.", date=_day(mine.on))
    else:
        text = _l("You have a claim on this task since %(date)s. Go on there.", date=_day(mine.on))
    return Condition("own", False, text, link)


def _spent(facts: Facts) -> Condition:
    spent = next((e for e in facts.earlier if e.state in SPENT), None)
    if spent is None:
        return Condition("first", True, _l("You haven't given this task up before"))
    texts = {
        "failed": _l("Your work on this task was failed on %(date)s, so it goes to others. Pick another one.",
                     date=_day(spent.on)),
        "released": _l("You released this task on %(date)s, so it goes to others. Pick another one.",
                       date=_day(spent.on)),
        "lapsed": _l("Your claim on this task lapsed on %(date)s, so it goes to others. Pick another one.",
                     date=_day(spent.on)),
    }  # fmt: skip
    return Condition("first", False, texts[spent.state], (Link(_l("To that claim"), f"/claims/{spent.claim_id}/"),))


def _mentor(facts: Facts) -> Condition:
    if not facts.is_mentor:
        return Condition("mentor", True, _l("You don't mentor it"))
    return Condition("mentor", False, _l("You mentor this task, and nobody reviews their own work. Pick another one."))


def _email(facts: Facts) -> Condition:
    if facts.email_verified:
        return Condition("email", True, _l("E-mail verified"))
    return Condition(
        "email", False, _l("Your e-mail address isn't verified yet. Follow the link in the mail we sent you, or ask for it again."),
        (Link(_l("To your profile"), "/account/"),),
    )  # fmt: skip


_FIELDS = {"display_name": _l("display name"), "affiliation": _l("affiliation")}


def _profile(facts: Facts) -> Condition:
    if not facts.profile_gaps:
        return Condition("profile", True, _l("Profile complete"))
    return Condition(
        "profile", False,
        _nl("Your profile still needs: %(names)s. Fill it in, then come back.",
            "Your profile still needs: %(names)s. Fill them in, then come back.", len(facts.profile_gaps),
            names=Listed([_FIELDS.get(name, name) for name in facts.profile_gaps])),
        (Link(_l("To your profile"), "/account/"),),
    )  # fmt: skip


def _cooldown(facts: Facts) -> Condition:
    counted = len(strikes_in_window(facts.strikes, facts.today, facts.numbers))
    until = cooldown_until(facts.strikes, facts.today, facts.numbers)
    if until is None:
        if not counted:
            return Condition("cooldown", True, _l("No strikes, no cooldown"))
        return Condition(
            "cooldown", True,
            _nl("%(num)s strike of %(limit)s, no cooldown", "%(num)s strikes of %(limit)s, no cooldown", counted,
                limit=facts.numbers.strike_limit),
        )  # fmt: skip
    return Condition(
        "cooldown", False,
        _nl("You gave up %(num)s task within %(days)s days, so you pause. You can claim again on %(date)s.",
            "You gave up %(num)s tasks within %(days)s days, so you pause. You can claim again on %(date)s.",
            max(counted, facts.numbers.strike_limit), days=facts.numbers.strike_window_days, date=_day(until)),
        (Link(_l("Your strikes"), "/claims/"),),
    )  # fmt: skip


def _agreement(facts: Facts) -> Condition:
    if facts.agreement_on is None:
        return Condition("agreement", True, _l("No agreement needed"))
    if facts.agreed:
        return Condition("agreement", True, _l("Agreement signed"))
    return Condition(
        "agreement", False,
        _l("The task pays a wage: read the agreement of %(date)s and sign it by ticking the box.",
           date=_day(facts.agreement_on)),
        field="agree",
    )  # fmt: skip


def _limit(facts: Facts) -> Condition:
    used, limit = len(facts.held), facts.numbers.limit
    if used < limit:
        return Condition("limit", True, _l("%(used)s of %(limit)s live claims used", used=used, limit=limit))
    return Condition(
        "limit", False,
        _nl("You hold %(num)s task, the most this programme allows: %(tasks)s. Finish or release it first.",
            "You hold %(num)s tasks, the most this programme allows: %(tasks)s. Finish or release one first.", used,
            tasks=", ".join(held.reference for held in facts.held)),
        tuple(Link(held.reference, f"/claims/{held.claim_id}/") for held in facts.held),
    )  # fmt: skip


def _seat(facts: Facts) -> Condition:
    if facts.seats_free:
        return Condition(
            "seat", True,
            _nl("%(free)s of %(num)s seat free", "%(free)s of %(num)s seats free", facts.seats, free=facts.seats_free),
        )  # fmt: skip
    who = Listed([_l("%(name)s since %(date)s", name=h.name, date=_day(h.since)) for h in facts.holders[:5]])
    if len(facts.holders) < facts.seats:
        text: Text = _l("The free seat goes to the first of the waitlist. You can join it behind them.")
    else:
        text = _nl("The seat is taken: %(who)s. You can join the waitlist.",
                   "All %(num)s seats are taken: %(who)s. You can join the waitlist.", facts.seats, who=who)  # fmt: skip
    return Condition("seat", False, text)


class Listed:
    """Texts with commas between, turned into words where they are shown."""

    def __init__(self, parts: Sequence[Text]) -> None:
        self.parts = parts

    def __str__(self) -> str:
        return ", ".join(str(part) for part in self.parts)


def check_promise(promised_on: dt.date | None, today: dt.date, expected_on: dt.date | None) -> None:
    """A promised day lies between today and the task's expected completion. Raises Refused at the field."""
    if promised_on is None:
        return
    if promised_on < today:
        raise Refused(_l("%(date)s is past. Pick today or a later day.", date=_day(promised_on)), field="promised_on")
    if expected_on is not None and promised_on > expected_on:
        raise Refused(
            _l("%(date)s is after the expected completion. Pick a date up to %(last)s.",
               date=_day(promised_on), last=_day(expected_on)),
            field="promised_on",
        )  # fmt: skip


def lowest_free(taken: Sequence[int], most: int) -> int | None:
    """The smallest number from 1 to ``most`` that isn't taken; None when all are."""
    used = set(taken)
    return next((number for number in range(1, most + 1) if number not in used), None)


def check_reason(reason: str, field: str = "reason") -> str:
    """``reason`` without blanks around it. Raises Refused at the field when nothing is left."""
    if not reason.strip():
        raise Refused(_l("Say why: the person reads it."), field=field)
    return reason.strip()


def check_hand_in(summary: str, links: Sequence[str], *, needs_design: bool, design_accepted: bool) -> None:
    """Raises Refused when the report or the links are missing, or a design document isn't accepted yet."""
    if needs_design and not design_accepted:
        raise Refused(
            _l("This task needs an accepted design document before the hand-in. Send the design document first.")
        )
    if not summary.strip():
        raise Refused(_l("Write a short report of what you did."), field="summary")
    if not links:
        raise Refused(_l("Give at least one link: a pull request, a branch, a document."), field="links")
