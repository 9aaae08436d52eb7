"""What is asked about programmes and the rules in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from tracker.db import db
from tracker.errors import Missing, Refused
from tracker.programmes.models import Agreement, Programme, ProgrammeSig, Rules
from tracker.sigs.models import Sig
from tracker.text import _l


def find_programme(slug: str) -> Programme | None:
    """The programme of a slug."""
    return db.session.scalar(select(Programme).where(Programme.slug == slug))


def get_programme(slug: str) -> Programme:
    """The programme of a slug. Raises Missing."""
    if (programme := find_programme(slug)) is None:
        raise Missing(f"programme {slug}")
    return programme


def all_programmes() -> list[Programme]:
    """Every programme, by name."""
    return list(db.session.scalars(select(Programme).order_by(Programme.name, Programme.id)))


def rules_of(programme_id: int) -> Sequence[Rules]:
    """Every set of rules of a programme, newest first."""
    return db.session.scalars(
        select(Rules).where(Rules.programme_id == programme_id).order_by(Rules.valid_from.desc())
    ).all()


def wages_ended(programme_id: int) -> dt.date | None:
    """The day from which on a programme that paid wages pays none any more; None while its newest rules pay one."""
    since = None
    for rules in rules_of(programme_id):
        if rules.wage_scheme != "none":
            return since
        since = rules.valid_from
    return None


def find_rules(programme_id: int, day: dt.date) -> Rules | None:
    """The rules in force on ``day``."""
    return db.session.scalar(
        select(Rules)
        .where(Rules.programme_id == programme_id, Rules.valid_from <= day)
        .order_by(Rules.valid_from.desc())
        .limit(1)
    )


def rules_on(programme_id: int, day: dt.date) -> Rules:
    """The rules in force on ``day``, in the programme's zone.

    Raises Refused when none are: the first set begins later.
    """
    if (rules := find_rules(programme_id, day)) is None:
        raise Refused(_l("The programme has no rules for %(day)s. An administrator adds them.", day=day.isoformat()))
    return rules


def programme_of(sig_id: int) -> Programme | None:
    """The programme a SIG runs its tasks under, unless a cycle says otherwise."""
    return db.session.scalar(
        select(Programme)
        .join(ProgrammeSig, ProgrammeSig.programme_id == Programme.id)
        .where(ProgrammeSig.sig_id == sig_id)
    )


def has_signed(user_id: int, programme: Programme) -> bool:
    """Whether the person signed the agreement in its present version; True where the programme has none."""
    if programme.agreement_on is None:
        return True
    return (
        db.session.scalar(
            select(Agreement.id).where(
                Agreement.user_id == user_id,
                Agreement.programme_id == programme.id,
                Agreement.version == programme.agreement_on,
            )
        )
        is not None
    )


def has_signed_any(user_id: int, programme: Programme) -> bool:
    """Whether the person signed the agreement in any version: what was signed when the work began holds for its wage."""
    return programme.agreement_on is None or bool(
        db.session.scalar(
            select(Agreement.id).where(Agreement.user_id == user_id, Agreement.programme_id == programme.id).limit(1)
        )
    )


def signed_at(user_id: int | None, programme: Programme) -> dt.datetime | None:
    """When the person signed the present version of the agreement."""
    if user_id is None or programme.agreement_on is None:
        return None
    return db.session.scalar(
        select(Agreement.signed_at).where(
            Agreement.user_id == user_id,
            Agreement.programme_id == programme.id,
            Agreement.version == programme.agreement_on,
        )
    )


def programmes_with_sigs() -> list[tuple[Programme, list[Sig]]]:
    """Every programme by name, with the SIGs that run their tasks under it."""
    sigs: dict[int, list[Sig]] = {}
    query = select(ProgrammeSig.programme_id, Sig).join(Sig, Sig.id == ProgrammeSig.sig_id).order_by(Sig.name)
    for programme_id, sig in db.session.execute(query):
        sigs.setdefault(programme_id, []).append(sig)
    return [(programme, sigs.get(programme.id, [])) for programme in all_programmes()]
