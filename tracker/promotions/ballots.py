"""The vote: opened by a maintainer, cast by the electors, closed by the clock or at the meeting, and counted once.

Counting is computing: the outcome follows from the frozen rule, the frozen electorate and the votes. So the nightly job and
the worker may do it when the clock has closed a ballot; one at a meeting is closed by a maintainer there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tracker import clock
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.events.jobs import once
from tracker.meetings.consequences import when_off
from tracker.meetings.models import Meeting
from tracker.permissions import SYSTEM, Actor, demand
from tracker.permissions import Permission as P
from tracker.promotions import queries, readiness, rules
from tracker.promotions.models import FAILED, PASSED, VOTING, Ballot, Elector, Promotion, Vote
from tracker.promotions.nominations import hold
from tracker.promotions.roster import roster_of
from tracker.promotions.rule import Rule, outcome, parse_rule
from tracker.promotions.rule_models import DatedRule
from tracker.promotions.rule_queries import dated_rule
from tracker.promotions.workflow import PROMOTION
from tracker.sigs.service import give_role
from tracker.text import _l

_NO_VOTE = _l("There is no open ballot here. Reload the page.")
_NO_MEETING = _l("Choose a planned meeting of this SIG.")


# -- opening -----------------------------------------------------------------------------------------


def open_ballot(actor: Actor, promotion: Promotion, *, meeting: Meeting | None = None) -> Promotion:
    """Put a nomination to the vote by the SIG's rule of today, which is copied, among who has the roles that it names, who are
    written down; for as many hours as it says, or until it is closed at ``meeting``. Electors and candidate are told.

    Raises Forbidden for who doesn't maintain the SIG or is the candidate, Refused for what the rule asks for and isn't there.
    """
    promotion = hold(promotion, with_sig=True)
    PROMOTION.check(actor, promotion, "open")
    dated = dated_rule(promotion.sig_id, promotion.role)
    if dated is None:
        raise Refused(_l("By the rules of this SIG nobody is elected to this role."))
    rule = parse_rule(promotion.role, dated.rule)
    rules.check_opening(rules.conditions(rule, readiness.standing(promotion, rule)))
    now = clock.now()
    if rule.hours is None:
        meeting = _meeting(meeting, queries.meetings_for_vote(promotion.sig_id))
    elif meeting is not None:
        raise Refused(_l("By this rule the vote isn't held at a meeting."), field="meeting")
    _set_up(actor, promotion, dated, rule, meeting)
    PROMOTION.advance(actor, promotion, "open")
    closes_at = None if rule.hours is None else now + dt.timedelta(hours=rule.hours)
    record(
        actor, "promotion.ballot_opened", promotion, person_id=promotion.user_id,
        until=_written(closes_at or (meeting.starts_at if meeting else now), promotion),
    )  # fmt: skip
    return promotion


def _set_up(actor: Actor, promotion: Promotion, dated: DatedRule, rule: Rule, meeting: Meeting | None) -> None:
    """The ballot and the rows of its electors."""
    now = clock.now()
    people = roster_of(promotion.sig_id).electorate(rule.electorate, promotion.user_id)
    ballot = Ballot(
        promotion=promotion, promotion_id=promotion.id, rule_id=dated.id, rule=dict(dated.rule), opened_by_id=actor.id,
        opened_at=now, electors=len(people), meeting_id=meeting.id if meeting else None,
        closes_at=None if rule.hours is None else now + dt.timedelta(hours=rule.hours),
    )  # fmt: skip
    db.session.add(ballot)
    db.session.flush()
    db.session.add_all(Elector(ballot_id=ballot.id, user_id=person, role=role) for person, role in people.items())
    db.session.flush()


def _written(moment: dt.datetime, promotion: Promotion) -> str:
    """For mails: the time in the SIG's zone, with its name."""
    zone = promotion.sig.time_zone
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def _meeting(meeting: Meeting | None, known: Sequence[Meeting]) -> Meeting:
    if meeting is None or meeting.id not in {found.id for found in known}:
        raise Refused(_NO_MEETING, field="meeting")
    return meeting


def move_ballot(actor: Actor, promotion: Promotion, *, meeting: Meeting) -> Promotion:
    """Hold the vote at another meeting, one that hasn't begun: electors know of it before it can be closed there.

    Raises Forbidden for who may not close it, Refused.
    """
    promotion = hold(promotion)
    demand(actor, P.BALLOT_CLOSE, promotion)
    ballot = _open_ballot(promotion)
    if ballot.meeting_id is None:
        raise Refused(_l("By this rule the vote isn't held at a meeting."), field="meeting")
    meeting = _meeting(meeting, queries.meetings_ahead(promotion.sig_id))
    ballot.meeting_id, ballot.meeting = meeting.id, meeting
    record(actor, "promotion.ballot_moved", promotion, person_id=promotion.user_id,
           until=_written(meeting.starts_at, promotion))  # fmt: skip
    return promotion


@when_off
def tell_meeting_off(actor: Actor, meeting: Meeting) -> None:
    """The meeting falls away: whoever would have voted at it, and the candidate, learn it; the vote stays open."""
    for promotion in queries.open_at(meeting.id):
        record(actor, "promotion.ballot_off", promotion, person_id=promotion.user_id)


def _open_ballot(promotion: Promotion) -> Ballot:
    """Its ballot, locked, while it is open. Raises Refused."""
    if promotion.state != VOTING or promotion.ballot is None:
        raise Refused(_NO_VOTE)
    return lock(Ballot, promotion.ballot.id)


# -- voting ------------------------------------------------------------------------------------------


def cast_vote(actor: Actor, promotion: Promotion, *, choice: str, reason: str = "") -> Promotion:
    """Vote, or vote otherwise, until the ballot closes: ``choice`` is for, against (with a ``reason``) or abstain.

    That somebody voted is noted, how isn't. Raises Forbidden for who isn't signed in, and Refused for the candidate, for who
    isn't an elector, once it is closed, and at a field.
    """
    demand(actor, P.BALLOT_VOTE, promotion)
    found = promotion.ballot
    if found is None:
        raise Refused(_NO_VOTE)
    ballot = lock(Ballot, found.id)
    now, user_id = clock.now(), actor.id or 0
    reason = rules.check_vote(
        own=user_id == promotion.user_id, elector=queries.is_elector(ballot.id, user_id),
        over=rules.is_over(now, ballot.closes_at, ballot.closed_at), choice=choice, reason=reason,
    )  # fmt: skip
    row = db.session.get(Vote, (ballot.id, user_id), populate_existing=True)
    again = row is not None
    if row is None:
        row = Vote(ballot_id=ballot.id, user_id=user_id)
        db.session.add(row)
    row.choice, row.reason, row.cast_at = choice, reason, now
    record(actor, "promotion.vote_changed" if again else "promotion.voted", promotion, person_id=promotion.user_id)
    return promotion


# -- closing -----------------------------------------------------------------------------------------


def close_ballot(actor: Actor, promotion: Promotion) -> Promotion:
    """Close the ballot at its meeting, or count one that the clock has closed; what it comes to takes effect at once.

    Whoever passed and isn't suspended, still holds what the rule begins with and doesn't have the role meanwhile is appointed,
    from the day the vote ended. Raises Forbidden for who doesn't maintain the SIG or is the candidate, and Refused: before
    its time, when it is counted already.
    """
    promotion = hold(promotion, with_sig=True)
    demand(actor, P.BALLOT_CLOSE, promotion)
    ballot = _open_ballot(promotion)
    if actor is SYSTEM and ballot.meeting_id is not None:
        raise Forbidden("a maintainer closes it at the meeting")
    now, meeting = clock.now(), ballot.meeting
    rules.check_count(
        now, closes_at=ballot.closes_at, meeting_at=meeting.starts_at if meeting else None,
        meeting_on=meeting is not None and queries.takes_place(meeting),
    )  # fmt: skip
    passed = _count(actor, promotion, ballot)
    action = _take_effect(promotion, ballot) if passed else "reject"
    PROMOTION.advance(actor, promotion, action)
    promotion.decided_at = now
    counts: dict[str, Any] = {
        "person_id": promotion.user_id, "in_favour": ballot.in_favour, "against": ballot.against,
        "abstained": ballot.abstained, "electors": ballot.electors,
    }  # fmt: skip
    if action == "appoint":
        record(actor, "promotion.passed", promotion, **counts)
    elif action == "reject":
        record(actor, "promotion.not_passed", promotion, **counts)
    else:
        record(actor, "promotion.lapsed", promotion, **counts)
    return promotion


def _count(actor: Actor, promotion: Promotion, ballot: Ballot) -> bool:
    votes = queries.votes_of(ballot.id)
    found = outcome(parse_rule(promotion.role, ballot.rule).threshold, ballot.electors, votes)
    ballot.in_favour, ballot.against = votes.count("for"), votes.count("against")
    ballot.abstained = votes.count("abstain")
    ballot.closed_at, ballot.closed_by_id = clock.now(), actor.id
    ballot.result, ballot.why = PASSED if found.passed else FAILED, found.reason
    db.session.flush()
    return found.passed


def _take_effect(promotion: Promotion, ballot: Ballot) -> str:
    """Appoint who passed, or say why not; the step that follows."""
    ended = (ballot.closes_at or clock.now()).date()
    roster, user_id = roster_of(promotion.sig_id), promotion.user_id
    promotion.lapse = rules.why_no_appointment(
        roster.holdings(user_id), parse_rule(promotion.role, ballot.rule).begins, clock.today(),
        suspended=promotion.user.suspended_at is not None,
        has_role=roster.has_role(user_id, promotion.role, promotion.area_id, promotion.repository_id),
    )  # fmt: skip
    if promotion.lapse:
        return "lapse"
    membership = give_role(
        promotion.sig, promotion.user, role=promotion.role, area=promotion.area, repository=promotion.repository,
        paths=promotion.paths, since=ended, source=promotion.path,
    )  # fmt: skip
    db.session.flush()
    promotion.membership_id = membership.id
    return "appoint"


# -- by the job --------------------------------------------------------------------------------------


def count_due(promotion_id: int) -> bool:
    """Count a ballot that the clock has closed; False when somebody else did."""
    promotion = queries.get_promotion(promotion_id)
    ballot = promotion.ballot
    if ballot is None or ballot.closed_at is not None or ballot.closes_at is None or clock.now() < ballot.closes_at:
        return False
    try:
        close_ballot(SYSTEM, promotion)
    except Refused:
        return False
    return True


def remind_electors(promotion_id: int) -> int:
    """Remind, once, who hasn't voted that the vote ends; how many."""
    promotion = queries.get_promotion(promotion_id)
    ballot = promotion.ballot
    if ballot is None or promotion_id not in queries.to_remind():
        return 0
    silent = queries.silent_electors(ballot.id)
    ends = ballot.closes_at or (ballot.meeting.starts_at if ballot.meeting else clock.now())
    if not silent or not once(f"ballot:{ballot.id}:remind:{ends:%Y%m%d%H%M}"):
        return 0
    record(SYSTEM, "promotion.vote_missing", promotion, tell=silent, person_id=promotion.user_id,
           until=_written(ends, promotion))  # fmt: skip
    return len(silent)
