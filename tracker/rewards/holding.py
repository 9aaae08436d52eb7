"""Holding lines while a step is taken on them: after their receivers, in one order, as they were last seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption

from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events.sentences import sentence
from tracker.permissions import Actor, allowed, maintained_sigs
from tracker.rewards import queries
from tracker.rewards.models import Reward
from tracker.rewards.rules import Viewer, obstacle
from tracker.rewards.workflow import REWARD
from tracker.text import LazyString, Text, _l

#: So many lines at fault are named in a refusal; of more only the number.
_NAMED = 5


def hold(actor: Actor, reward: Reward, action: str, version: int) -> Reward:
    """The line, held after its receiver, as the actor last saw it.

    Raises Forbidden for who may not, Refused when it changed since ``version`` or its state doesn't allow ``action``.
    """
    lock(User, reward.user_id)
    reward = lock(Reward, reward.id)
    permission = REWARD.steps[action].permission
    if permission is None or not allowed(actor, permission, reward):
        raise Forbidden(permission)
    if reward.version != version:
        raise Refused(
            _l("This line changed since you opened the page: %(what)s. Look at it again.", what=meanwhile(reward))
        )
    REWARD.check(actor, reward, action)
    return reward


def hold_all(actor: Actor, seen: Mapping[int, int], action: str) -> list[Reward]:
    """Every line of ``seen`` (id → version), held in order, as the actor last saw them.

    Raises Refused naming the lines that changed meanwhile or that the actor may not take ``action`` on; then none is.
    """
    lines = lock_all(seen, selectinload(Reward.acceptors), selectinload(Reward.programme))
    wrong: list[tuple[int, Text]] = [(gone, _l("it isn't there")) for gone in set(seen) - {line.id for line in lines}]
    for line in lines:
        why = obstacle(action, line, viewer(actor, line))
        if why is not None:
            wrong.append((line.id, why))
        elif line.version != seen[line.id]:
            wrong.append((line.id, meanwhile(line)))
    if wrong:
        raise otherwise(wrong)
    return lines


def lock_all(ids: Iterable[int], *load: ORMOption) -> list[Reward]:
    """Lines, held after their receivers, in one order and in two statements, by id; those that aren't there are left out."""
    ids = sorted(ids)
    receivers = select(Reward.user_id).where(Reward.id.in_(ids))
    db.session.execute(
        select(User.id).where(User.id.in_(receivers)).order_by(User.id).with_for_update(key_share=True)
    ).all()
    return list(
        db.session.scalars(
            select(Reward).where(Reward.id.in_(ids)).order_by(Reward.id).options(*load)
            .with_for_update(key_share=True, of=Reward).execution_options(populate_existing=True)
        )
    )  # fmt: skip


def viewer(actor: Actor, line: Reward) -> Viewer:
    """Who looks at the line, as ``rules.obstacle`` asks for it."""
    return Viewer(
        id=actor.id, maintains=line.sig_id in maintained_sigs(actor), is_finance=actor.is_finance,
        accepted=actor.id in line.acceptor_ids,
    )  # fmt: skip


def in_the_way(actor: Actor, action: str, payment: Iterable[Reward]) -> Text | None:
    """Why the actor can't ``pay`` or ``return`` the lines of one payment together; None when they can."""
    who = Viewer(id=actor.id, maintains=False, is_finance=actor.is_finance)
    for line in payment:
        if (why := obstacle(action, line, who)) is not None:
            return _l("Line %(number)s is one payment with it: %(why)s", number=line.id, why=why)
    return None


def otherwise(wrong: Iterable[tuple[int, Text]]) -> Refused:
    """The refusal of lines that aren't as a page showed them: (number, what happened) of each, the first few named."""
    told = sorted(wrong, key=lambda item: item[0])
    said = "; ".join(f"{number}: {str(why).rstrip('.')}" for number, why in told[:_NAMED])
    if len(told) > _NAMED:
        return Refused(
            _l("Nothing was done. %(count)s lines aren't as the page showed them – %(lines)s … Look at them again.",
               count=len(told), lines=said)
        )  # fmt: skip
    return Refused(_l("Nothing was done. Not as the page showed it – %(lines)s. Look again.", lines=said))


def meanwhile(reward: Reward) -> LazyString:
    """What happened to a line last, when, and its state now."""
    happened = queries.last_event(reward.id)
    if happened is None:
        return _l("it is newer than the page that you had open")
    return _l(
        "%(what)s (%(when)s). It is now “%(state)s”",
        what=sentence(happened.name, happened.facts, happened.who), state=REWARD.states[reward.state],
        when=f"{happened.at.astimezone(ZoneInfo(reward.programme.time_zone)):%Y-%m-%d %H:%M}",
    )  # fmt: skip
