"""Looks: whoever of finance sees sealed data of somebody else in the clear is noted, with the reason, for that person to read.

What can't be noted isn't seen: both are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracker import clock
from tracker.db import db
from tracker.errors import Refused
from tracker.events import record
from tracker.payees import queries, rules, secrets
from tracker.payees.models import Contract, Payee, PayeeLook
from tracker.payees.queries import Recipient
from tracker.payees.secrets import Dates, PayeeData
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.text import _l


def note_looks(actor: Actor, user_ids: Iterable[int], *, kind: str, reason: str) -> int:
    """Note that the actor saw data of these people (one's own needs no note); how many looks that is.

    ``kind`` is one of models.LOOK_KINDS, ``reason`` 5 to 300 characters: a payout batch gives its number. For rooms that open
    the data of many at once; their own step is the event.
    """
    now = clock.now()
    looks = [
        PayeeLook(user_id=user_id, looker_id=actor.id, at=now, kind=kind, reason=reason)
        for user_id in sorted(set(user_ids))
        if user_id != actor.id
    ]
    db.session.add_all(looks)
    db.session.flush()
    return len(looks)


def look_at_payee(actor: Actor, recipient: Recipient, *, reason: str) -> PayeeData:
    """Payee data in the clear; the look is noted with its reason, and the person is told.

    Raises Forbidden for anybody but finance and for one's own; Refused where there is none, where it can't be opened, and for a
    reason that is too short or has the data in it.
    """
    demand(actor, P.PAYEE_READ, recipient)
    if (payee := queries.find_payee(recipient.user_id)) is None:
        raise Refused(_l("There is no payee data to look at: the person gave none, or had it removed."))
    data = secrets.opened(payee)
    reason = rules.check_reason(reason, secret=(data.legal_name, data.id_number, data.account))
    _noted(actor, payee, "payee.looked", "payee", reason)
    return data


def look_at_contract(actor: Actor, recipient: Recipient, programme: Programme, *, reason: str) -> Dates:
    """First and last day of a contract; as ``look_at_payee``. Raises Missing where there is none."""
    demand(actor, P.PAYEE_READ, recipient)
    contract = queries.get_contract(recipient.user_id, programme)
    dates = secrets.dates_of(contract)
    _noted(actor, contract, "contract.looked", "contract", rules.check_reason(reason))
    return dates


def look_at_agreement(actor: Actor, recipient: Recipient, programme: Programme, *, reason: str) -> bytes:
    """The signed agreement of a contract, a PDF; as ``look_at_contract``."""
    demand(actor, P.PAYEE_READ, recipient)
    contract = queries.get_contract(recipient.user_id, programme)
    if contract.agreement_at is None:
        raise Refused(_l("No signed agreement is kept with this contract."))
    file = secrets.agreement_of(contract)
    _noted(actor, contract, "contract.looked", "agreement", rules.check_reason(reason))
    return file


def _noted(actor: Actor, subject: Payee | Contract, name: str, kind: str, reason: str) -> None:
    note_looks(actor, [subject.user_id], kind=kind, reason=reason)
    record(actor, name, subject, person_id=subject.user_id, kind=kind, reason=reason)
