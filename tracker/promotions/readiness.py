"""Whether nominations have everything that their rules ask for, for many at once in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import joinedload

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db
from tracker.promotions import rule_queries, rules
from tracker.promotions.models import PROPOSED, Promotion, Recommendation
from tracker.promotions.roster import rosters
from tracker.promotions.rule import Rule, parse_rule
from tracker.sigs.models import MAINTAINER, MEMBER, Membership
from tracker.sigs.queries import active_on


def by_a_maintainer() -> ColumnElement[bool]:
    """The condition that a Recommendation of a Promotion counts: it is by who maintains the SIG today and isn't suspended."""
    return exists().where(
        User.id == Recommendation.user_id, User.suspended_at.is_(None),
        Membership.user_id == Recommendation.user_id, Membership.sig_id == Promotion.sig_id,
        Membership.role == MAINTAINER, active_on(clock.today()),
    )  # fmt: skip


def standings(nominated: Mapping[Promotion, Rule]) -> dict[int, rules.Standing]:
    """Promotion id → the facts that the checklist by its rule is made from, in two statements."""
    people, today = rosters({promotion.sig_id for promotion in nominated}), clock.today()
    query = (
        select(Recommendation.promotion_id, func.count())
        .join(Promotion, Promotion.id == Recommendation.promotion_id)
        .where(Promotion.id.in_([promotion.id for promotion in nominated]), by_a_maintainer())
        .group_by(Recommendation.promotion_id)
    )
    words = {row[0]: row[1] for row in db.session.execute(query)}
    found: dict[int, rules.Standing] = {}
    for promotion, rule in nominated.items():
        roster, user_id = people[promotion.sig_id], promotion.user_id
        found[promotion.id] = rules.Standing(
            role=promotion.role, holdings=roster.holdings(user_id), today=today,
            suspended=promotion.user.suspended_at is not None,
            has_role=roster.has_role(user_id, promotion.role, promotion.area_id, promotion.repository_id),
            has_area=promotion.area_id is not None, has_repository=promotion.repository_id is not None,
            has_work_plan=bool(promotion.work_plan), stands=promotion.stands_at is not None,
            recommendations=words.get(promotion.id, 0), electors=len(roster.electorate(rule.electorate, user_id)),
            own=promotion.nominated_by_id == user_id, nominator_roles=roster.roles(promotion.nominated_by_id),
        )  # fmt: skip
    return found


def standing(promotion: Promotion, rule: Rule) -> rules.Standing:
    """The facts of one nomination."""
    return standings({promotion: rule})[promotion.id]


def ready_nominations(sig_ids: Collection[int], but: int) -> list[int]:
    """Ids of nominations in these SIGs, those of the person ``but`` aside, whose ballot could be opened now; in five
    statements at most."""
    query = (
        select(Promotion)
        .options(joinedload(Promotion.user))
        .where(
            Promotion.sig_id.in_(sig_ids), Promotion.state == PROPOSED, Promotion.role != MEMBER,
            Promotion.stands_at.is_not(None), Promotion.user_id != but,
        )
        .order_by(Promotion.id)
    )  # fmt: skip
    waiting = list(db.session.scalars(query)) if sig_ids else []
    if not waiting:
        return []
    sets, dated = rule_queries.set_ids(), rule_queries.dated_rules()
    nominated: dict[Promotion, Rule] = {}
    for promotion in waiting:
        row = dated.get(sets.get(promotion.sig_id, 0), {}).get(promotion.role)
        if row is not None:
            nominated[promotion] = parse_rule(promotion.role, row.rule)
    facts = standings(nominated)
    return [
        promotion.id
        for promotion, rule in nominated.items()
        if all(condition.met for condition in rules.conditions(rule, facts[promotion.id]))
    ]
