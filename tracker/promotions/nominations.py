"""Applications to Member, and nominations up to the ballot.

Locks in the order person (the candidate), SIG, promotion, ballot; see ``hold``.
"""

from __future__ import annotations

from typing import Any

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.promotions import queries, rules
from tracker.promotions.models import PROPOSED, WITHDRAWN, Ballot, Promotion, Recommendation
from tracker.promotions.roster import roster_of
from tracker.promotions.rule import parse_rule
from tracker.promotions.rule_queries import dated_rule, set_of
from tracker.promotions.workflow import PROMOTION
from tracker.sigs.models import MEMBER, Area, Repository, Sig
from tracker.sigs.service import give_role
from tracker.text import _l

_SAY_WHY = _l("Say why: the person reads it.")


def hold(promotion: Promotion, *, with_sig: bool = False) -> Promotion:
    """The promotion as it is now, with its candidate locked before it; ``with_sig``: and the SIG, so that nobody's role in it
    changes meanwhile."""
    lock(User, promotion.user_id)
    if with_sig:
        lock(Sig, promotion.sig_id)
    return lock(Promotion, promotion.id)


# -- Member ------------------------------------------------------------------------------------------


def apply_for_membership(actor: Actor, sig: Sig, *, statement: str, area: Area | None = None) -> Promotion:
    """Ask to become a Member of the SIG, with what one wants to do there; its maintainers answer.

    Raises Forbidden for who isn't signed in, and Refused (also at a field) for who belongs to it or has applied already.
    """
    demand(actor, P.MEMBERSHIP_APPLY, sig)
    user = lock(User, actor.id or 0)
    statement = rules.check_text(
        statement, "statement", _l("Say what you want to do in the SIG: its maintainers read it.")
    )
    earlier = queries.open_promotion(sig.id, user.id, MEMBER, None)
    rules.check_application(
        has_any_role=bool(roster_of(sig.id).roles(user.id)), open_path=earlier.path if earlier else ""
    )
    if area is not None and area.sig_id != sig.id:
        raise Refused(_l("This area or repository belongs to another SIG."), field="area")
    now = clock.now()
    made = Promotion(
        sig_id=sig.id, sig=sig, user_id=user.id, user=user, role=MEMBER, state=PROPOSED, statement=statement,
        area_id=area.id if area else None, nominated_by_id=user.id, nominated_at=now, stands_at=now,
    )  # fmt: skip
    db.session.add(made)
    record(actor, "promotion.applied", made)
    return made


def grant_membership(actor: Actor, promotion: Promotion) -> Promotion:
    """Take an applicant in. Raises Forbidden for who doesn't maintain the SIG or applied, Refused."""
    promotion = hold(promotion)
    _check_application(promotion)
    PROMOTION.check(actor, promotion, "grant")
    if promotion.user.suspended_at is not None:
        raise Refused(_l("This account is suspended."))
    # The area of an application says where somebody wants to help; a Member has none.
    membership = give_role(promotion.sig, promotion.user, role=MEMBER, source=promotion.path)
    db.session.flush()
    promotion.membership_id = membership.id
    _decide(actor, promotion, "grant")
    record(actor, "promotion.granted", promotion, person_id=promotion.user_id)
    return promotion


def decline_membership(actor: Actor, promotion: Promotion, *, reason: str) -> Promotion:
    """Decline an application with a reason that its applicant reads. Raises as ``grant_membership``."""
    promotion = hold(promotion)
    _check_application(promotion)
    promotion.reason = rules.check_text(reason, "reason", _SAY_WHY)
    _decide(actor, promotion, "decline")
    record(actor, "promotion.declined", promotion, person_id=promotion.user_id, reason_of_promotion=promotion.id)
    return promotion


def _check_application(promotion: Promotion) -> None:
    if promotion.role != MEMBER:
        raise Refused(_l("A nomination is put to the vote; a maintainer alone doesn't decide on it."))


def _decide(actor: Actor, promotion: Promotion, action: str) -> None:
    PROMOTION.advance(actor, promotion, action)
    promotion.decided_at, promotion.decided_by_id = clock.now(), actor.id


# -- nominations -------------------------------------------------------------------------------------


def nominate(
    actor: Actor, sig: Sig, *, user: User, role: str, area: Area | None = None, repository: Repository | None = None,
    paths: str = "", statement: str, work_plan: str = "",
) -> Promotion:  # fmt: skip
    """Put ``user`` (oneself included) up for a role that is voted on, with what speaks for them.

    What the SIG's rule asks for besides (time in a role, work plan, recommendations) may follow until the ballot opens.
    Raises Forbidden for who isn't signed in, and Refused, also at a field.
    """
    demand(actor, P.PROMOTION_NOMINATE, sig)
    user = lock(User, user.id)
    own = user.id == actor.id
    dated, roster = dated_rule(sig.id, role), roster_of(sig.id)
    place = repository.id if repository else None
    earlier = queries.open_promotion(sig.id, user.id, role, place)
    rules.check_nomination(
        rules.Nomination(
            rule=parse_rule(role, dated.rule) if dated else None, has_set=set_of(sig.id) is not None, role=role, own=own,
            roles=roster.roles(actor.id),
            has_role=roster.has_role(user.id, role, area.id if area else None, place),
            open_path=earlier.path if earlier else "", suspended=user.suspended_at is not None, has_area=area is not None,
            has_repository=repository is not None, paths=paths,
            foreign=any(thing is not None and thing.sig_id != sig.id for thing in (area, repository)),
        )
    )  # fmt: skip
    statement = rules.check_text(statement, "statement", _l("Say what speaks for it: whoever votes reads it."))
    if work_plan and not own:
        raise Refused(_l("The work plan is the candidate's own: they hand it in."), field="work_plan")
    now = clock.now()
    made = Promotion(
        sig_id=sig.id, sig=sig, user_id=user.id, user=user, role=role, state=PROPOSED, area_id=area.id if area else None,
        repository_id=place, paths=paths.strip(), statement=statement, work_plan=work_plan.strip(),
        nominated_by_id=actor.id, nominated_at=now, stands_at=now if own else None,
    )  # fmt: skip
    db.session.add(made)
    if own:
        record(actor, "promotion.put_up", made)
    else:
        record(actor, "promotion.nominated", made, person_id=user.id)
    return made


def edit_nomination(
    actor: Actor, promotion: Promotion, *, version: int, area: Area | None = None, paths: str = "",
    statement: str | None = None, work_plan: str | None = None,
) -> Promotion:  # fmt: skip
    """Change what a nomination says until the ballot opens. Who nominated wrote the statement, and the work plan is the
    candidate's: each changes their own (None leaves it), both what the role is for. Where that is changed by who nominated,
    the candidate says anew whether they stand. The other side is told.

    Raises Forbidden for anybody but the candidate and who nominated, Refused, also at a field and when the nomination changed
    since ``version``.
    """
    promotion = hold(promotion)
    demand(actor, P.PROMOTION_EDIT, promotion)
    if promotion.state != PROPOSED:
        raise Refused(_l("What a nomination says is set down once the ballot is open."))
    rules.check_version(version, promotion.version)
    _edit_place(actor, promotion, area, paths.strip())
    if statement is not None:
        if actor.id != promotion.nominated_by_id:
            raise Refused(_l("What speaks for it is said by who nominated."), field="statement")
        promotion.statement = rules.check_text(
            statement, "statement", _l("Say what speaks for it: whoever votes reads it.")
        )
    if work_plan is not None:
        if actor.id != promotion.user_id:
            raise Refused(_l("The work plan is the candidate's own: they hand it in."), field="work_plan")
        promotion.work_plan = work_plan.strip()
    promotion.version += 1
    record(actor, "promotion.edited", promotion, person_id=promotion.user_id)
    return promotion


def _edit_place(actor: Actor, promotion: Promotion, area: Area | None, paths: str) -> None:
    if area is not None and area.sig_id != promotion.sig_id:
        raise Refused(_l("This area or repository belongs to another SIG."), field="area")
    if promotion.role != MEMBER:
        rules.check_place(
            promotion.role, has_area=area is not None, has_repository=promotion.repository_id is not None, paths=paths
        )
    area_id = area.id if area else None
    if (area_id, paths) != (promotion.area_id, promotion.paths) and actor.id != promotion.user_id:
        promotion.stands_at = None  # they said yes to something else
    promotion.area_id, promotion.paths = area_id, paths


def stand(actor: Actor, promotion: Promotion, *, version: int) -> Promotion:
    """Say that one stands for what the nomination says, having been nominated by somebody else.

    Raises Forbidden for anybody else, Refused, also when the nomination changed since ``version``.
    """
    promotion = hold(promotion)
    demand(actor, P.PROMOTION_STAND, promotion)
    if promotion.state != PROPOSED or promotion.stands_at is not None:
        raise Refused(_l("There is nothing to say yes to any more. Reload the page."))
    rules.check_version(version, promotion.version)
    promotion.stands_at = clock.now()
    record(actor, "promotion.stood", promotion, person_id=promotion.user_id)
    return promotion


def recommend(actor: Actor, promotion: Promotion, *, text: str) -> Promotion:
    """Put in a word for a candidate as a maintainer of the SIG, once and before the vote.

    Raises Forbidden for who doesn't maintain the SIG or is the candidate, Refused.
    """
    promotion = hold(promotion)
    demand(actor, P.PROMOTION_RECOMMEND, promotion)
    if promotion.state != PROPOSED or promotion.role == MEMBER:
        raise Refused(_l("Recommendations are given before the vote."))
    text = rules.check_text(text, "text", _l("Say what speaks for the candidate."))
    row = db.session.get(Recommendation, (promotion.id, actor.id))
    if row is None:
        row = Recommendation(promotion_id=promotion.id, user_id=actor.id)
        db.session.add(row)
    row.text, row.written_at = text, clock.now()
    record(actor, "promotion.recommended", promotion, person_id=promotion.user_id)
    return promotion


# -- withdrawn ---------------------------------------------------------------------------------------


def withdraw_promotion(actor: Actor, promotion: Promotion, *, reason: str = "") -> Promotion:
    """Stand no longer, also while the vote goes on: its ballot ends without an outcome; or withdraw an application. Raises
    Forbidden, Refused."""
    promotion = hold(promotion)
    PROMOTION.check(actor, promotion, "withdraw")
    if promotion.ballot is not None:
        ballot = lock(Ballot, promotion.ballot.id)
        if ballot.closes_at is not None and clock.now() >= ballot.closes_at:
            raise Refused(_l("The vote is over; it only has to be counted."))
        ballot.closed_at, ballot.closed_by_id, ballot.result = clock.now(), actor.id, WITHDRAWN
        db.session.flush()
    promotion.reason = reason.strip()[: rules.LONGEST_TEXT]
    _decide(actor, promotion, "withdraw")
    facts: dict[str, Any] = {"person_id": promotion.user_id, "reason_of_promotion": promotion.id}
    if promotion.role == MEMBER:
        record(actor, "promotion.application_withdrawn", promotion, **facts)
    else:
        record(actor, "promotion.withdrawn", promotion, **facts)
    return promotion


def take_back_nomination(actor: Actor, promotion: Promotion, *, reason: str = "") -> Promotion:
    """Take back what one nominated, before the vote. Raises Forbidden, Refused."""
    promotion = hold(promotion)
    promotion.reason = reason.strip()[: rules.LONGEST_TEXT]
    _decide(actor, promotion, "take_back")
    record(actor, "promotion.taken_back", promotion, person_id=promotion.user_id, reason_of_promotion=promotion.id)
    return promotion


def set_aside_nomination(actor: Actor, promotion: Promotion, *, reason: str) -> Promotion:
    """End a nomination before the vote that isn't one's own, with a reason that everybody concerned reads.

    Raises Forbidden for who neither maintains the SIG nor administers the site, for the candidate and who nominated; Refused.
    """
    promotion = hold(promotion)
    promotion.reason = rules.check_text(reason, "reason", _SAY_WHY)
    _decide(actor, promotion, "set_aside")
    record(actor, "promotion.set_aside", promotion, person_id=promotion.user_id, reason_of_promotion=promotion.id)
    return promotion
