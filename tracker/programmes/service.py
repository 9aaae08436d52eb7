"""What is done with programmes: adding them and their dated rules, assigning SIGs, signing the agreement."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.programmes import rules as fair
from tracker.programmes.models import Agreement, Programme, ProgrammeSig, Rules
from tracker.sigs.models import Sig
from tracker.text import _l


def create_programme(
    actor: Actor, *, slug: str, name: str, name_zh: str = "", time_zone: str, agreement_on: dt.date | None = None,
    agreement_text: str = "",
) -> Programme:  # fmt: skip
    """Add a programme; months and quarters are cut in ``time_zone``.

    Raises Forbidden for who doesn't administer the site, Refused when the slug is taken.
    """
    demand(actor, P.SITE_ADMIN)
    if db.session.scalar(select(Programme.id).where(Programme.slug == slug)):
        raise Refused(_l("There is a programme “%(slug)s” already.", slug=slug), field="slug")
    programme = Programme(
        slug=slug,
        name=name,
        name_zh=name_zh,
        time_zone=time_zone,
        agreement_on=agreement_on,
        agreement_text=agreement_text,
    )
    db.session.add(programme)
    record(actor, "programme.created", programme)
    return programme


class Change(Protocol):
    """A proposal that ``actor`` approves: by somebody else than who made it."""

    @property
    def proposed_by_id(self) -> int: ...


def add_rules(
    actor: Actor, programme: Programme, *, valid_from: dt.date, change: Change | None = None, **columns: Any
) -> Rules:
    """Add a set of rules in force from ``valid_from``; ``columns`` as Rules has them, money in fen.

    Rules are added by two people: ``change`` is the proposal that this approves. Without one it is an import, by the system
    or an administrator. Raises Forbidden, and Refused when the numbers don't make sense, a set begins on that day already, or
    one that begins later exists (rules are added in order: what was in force stays).
    """
    if change is None:
        demand(actor, P.SITE_ADMIN)
    else:
        demand(actor, P.RULES_APPROVE, change)
    programme = lock(Programme, programme.id)
    newest = db.session.scalar(
        select(Rules.valid_from).where(Rules.programme_id == programme.id).order_by(Rules.valid_from.desc()).limit(1)
    )
    fair.check_rules(valid_from, newest, columns)
    rules = Rules(programme=programme, valid_from=valid_from, **columns)
    db.session.add(rules)
    record(actor, "programme.rules_added", programme, valid_from=valid_from.isoformat())
    return rules


def assign_sig(actor: Actor, programme: Programme, sig: Sig) -> Programme:
    """Let a SIG run its tasks under ``programme`` from now on; cycles that exist keep theirs. Raises Forbidden."""
    demand(actor, P.SITE_ADMIN)
    sig = lock(Sig, sig.id)
    row = db.session.get(ProgrammeSig, sig.id)
    if row is None:
        db.session.add(ProgrammeSig(sig_id=sig.id, programme_id=programme.id))
    else:
        row.programme_id = programme.id
    record(actor, "programme.sig_assigned", programme, sig=sig.name)
    return programme


def sign_agreement(actor: Actor, programme: Programme) -> Agreement:
    """Sign the agreement in its present version; signing again changes nothing.

    Raises Forbidden for who has no account, Refused when the programme has no agreement.
    """
    if actor.id is None:
        raise Forbidden("only a person signs")
    user = lock(User, actor.id)
    if programme.agreement_on is None:
        raise Refused(_l("%(programme)s has no agreement to sign.", programme=programme.name))
    signed = db.session.scalar(
        select(Agreement).where(
            Agreement.user_id == user.id,
            Agreement.programme_id == programme.id,
            Agreement.version == programme.agreement_on,
        )
    )
    if signed is not None:
        return signed
    agreement = Agreement(user=user, programme_id=programme.id, version=programme.agreement_on, signed_at=clock.now())
    db.session.add(agreement)
    record(actor, "programme.agreement_signed", programme, version=programme.agreement_on.isoformat())
    return agreement
