"""What is done about payee data, contracts and exclusions: by the person, by finance, and by the nightly job.

Every step holds the person first. What is sealed is in no event, no refusal and no log line.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from sqlalchemy import delete

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.payees import pdf, queries, rules, secrets
from tracker.payees.holding_up import what_holds_up
from tracker.payees.looks import look_at_agreement, look_at_contract, look_at_payee
from tracker.payees.models import AGREEMENT, Contract, Payee, PayExclusion, PurgeRequest
from tracker.payees.queries import Recipient
from tracker.payees.secrets import Dates, PayeeData
from tracker.permissions import SYSTEM, Actor, demand
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.text import Text, _day, _l

__all__ = ["add_exclusion", "ask_purge", "change_payee", "edit_contract", "end_exclusion", "look_at_agreement",
           "look_at_contract", "look_at_payee", "note_purge", "purge_payee", "remove_contract", "take_back_purge"]  # fmt: skip

T = TypeVar("T")


def _held(model: type[T], key: int) -> T | None:
    """A row as it is now, held until the transaction ends; None where there is none."""
    return db.session.get(model, key, with_for_update={"key_share": True}, populate_existing=True)


def _oneself(actor: Actor) -> int:
    """The id of a person who acts for themselves, held. Raises Forbidden."""
    if actor.id is None:
        raise Forbidden(P.ACCOUNT_USE)
    return lock(User, actor.id).id


# -- by the person --------------------------------------------------------------------------------


def change_payee(
    actor: Actor, *, legal_name: str, id_number: str, bank: str, account: str, version: int
) -> Payee:  # fmt: skip
    """Give one's payee data, or all of it anew; ``version`` is that of the page (0: there was none).

    Raises Refused at the field that can't be right, and where the data changed meanwhile or is to be removed; Forbidden.
    """
    user_id = _oneself(actor)
    data = _checked(legal_name=legal_name, id_number=id_number, bank=bank, account=account)
    if _held(PurgeRequest, user_id) is not None:
        raise Refused(_l("You asked to have your data removed. Take that back first, then give new data."))
    payee = _held(Payee, user_id)
    if version != (payee.version if payee else 0):
        raise Refused(
            _l("Your payee data changed on another page meanwhile. Open this one again and look at what is kept now.")
        )
    if payee is None:
        payee = Payee(user_id=user_id, version=0)
        db.session.add(payee)
    payee.sealed, payee.updated_at = secrets.sealed(user_id, data), clock.now()
    payee.version += 1
    record(actor, "payee.changed", payee, person_id=user_id)
    return payee


def _checked(**typed: str) -> PayeeData:
    """What was typed, in one form each. Raises Refused at the first field that can't be right."""
    found: dict[str, str] = {}
    for field, value in typed.items():
        try:
            found[field] = rules.id_number(value, clock.today()) if field == "id_number" else _SHAPES[field](value)
        except rules.Wrong as wrong:
            raise Refused(wrong.message, field=field) from None
    return PayeeData(**found)


_SHAPES = {"legal_name": rules.legal_name, "bank": rules.bank, "account": rules.account}


def ask_purge(actor: Actor) -> PurgeRequest:
    """Ask to have one's payee data and contracts removed, as soon as no payment needs them. Asking twice changes nothing.

    Raises Refused where nothing is kept, Forbidden.
    """
    user_id = _oneself(actor)
    if (asked := _held(PurgeRequest, user_id)) is not None:
        return asked
    if queries.find_payee(user_id) is None and not queries.contracts_of(user_id):
        raise Refused(_l("Nothing is kept of you here: there is nothing to remove."))
    request = PurgeRequest(user_id=user_id, asked_at=clock.now())
    db.session.add(request)
    record(actor, "payee.purge_asked", request, person_id=user_id)
    return request


def note_purge(user: User) -> bool:
    """Have the payee data and contracts of somebody removed whose account is erased: that part alone, for a person who is
    locked. False where nothing is kept of them."""
    if queries.find_payee(user.id) is None and not queries.contracts_of(user.id):
        return False
    if _held(PurgeRequest, user.id) is None:
        db.session.add(PurgeRequest(user_id=user.id, asked_at=clock.now()))
    return True


def take_back_purge(actor: Actor) -> None:
    """Keep the data after all. Raises Refused where nobody asked, or where it is gone already; Forbidden."""
    user_id = _oneself(actor)
    if (request := _held(PurgeRequest, user_id)) is None:
        raise Refused(_l("There is no wish to take back: you didn't ask, or the data is removed already."))
    record(actor, "payee.purge_taken_back", request, person_id=user_id)
    db.session.delete(request)


# -- contracts, by finance ------------------------------------------------------------------------


def edit_contract(
    actor: Actor, recipient: Recipient, programme: Programme, *, starts_on: dt.date, ends_on: dt.date | None,
    agreement: bytes | None, version: int,
) -> Contract:  # fmt: skip
    """Enter a person's contract with a programme, or its dates anew; ``version`` is that of the page (0: there was none).

    ``agreement`` is the signed one as PDF; None keeps what is there. Raises Forbidden for anybody but finance and for one's own,
    Refused at the field at fault and where the contract changed meanwhile.
    """
    demand(actor, P.PAYEE_EDIT, recipient)
    lock(User, recipient.user_id)
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_l("The last day comes before the first."), field="ends_on")
    if agreement is not None and (why := _unfit(agreement)) is not None:
        raise Refused(why, field="agreement")
    found = queries.find_contract(recipient.user_id, programme.id)
    contract = _held(Contract, found.id) if found else None
    if version != (contract.version if contract else 0):
        raise Refused(_l("Somebody else changed this contract since you opened the page. Open it again."))
    if contract is None:
        contract = Contract(user_id=recipient.user_id, programme=programme, programme_id=programme.id, version=0)
    secrets.put_dates(contract, Dates(starts_on, ends_on))
    contract.updated_at = clock.now()
    contract.version += 1
    if agreement is not None:
        AGREEMENT.put(contract, agreement)
        contract.agreement_at = contract.updated_at
    db.session.add(contract)
    record(actor, "contract.edited", contract, person_id=recipient.user_id, agreement=agreement is not None)
    return contract


def _unfit(agreement: bytes) -> Text | None:
    if len(agreement) > pdf.MOST:
        return _l("The file is too large: at most %(size)s MiB.", size="1.5")
    return pdf.problem(agreement)


def remove_contract(actor: Actor, recipient: Recipient, programme: Programme, *, reason: str, version: int) -> None:
    """Take back a contract that was entered by mistake, with its agreement. Raises Forbidden, Missing, Refused."""
    demand(actor, P.PAYEE_EDIT, recipient)
    lock(User, recipient.user_id)
    reason = rules.check_reason(reason)
    contract = lock(Contract, queries.get_contract(recipient.user_id, programme).id)
    if contract.version != version:
        raise Refused(_l("Somebody else changed this contract since you opened the page. Open it again."))
    record(actor, "contract.removed", contract, person_id=recipient.user_id, reason=reason)
    db.session.delete(contract)


# -- exclusions, by finance -----------------------------------------------------------------------


def add_exclusion(
    actor: Actor, recipient: Recipient, *, programme: Programme, kind: str, note: str, since: dt.date,
    until: dt.date | None,
) -> PayExclusion:  # fmt: skip
    """Exclude a person from the wages of a programme from ``since`` on, or to ``until``; months that are settled stay.

    The person is told with the note. Raises Forbidden for anybody but finance and for oneself, Refused at the field at fault.
    """
    demand(actor, P.PAYEE_EDIT, recipient)
    lock(User, recipient.user_id)
    note = note.strip()
    if kind == "other" and not note:
        raise Refused(_l("Say why: the person reads it."), field="note")
    if until is not None and until < since:
        raise Refused(_l("The last day comes before the first."), field="until")
    others = [(row.since, row.until) for row in queries.exclusions_of(recipient.user_id, programme.id)]
    if (taken := rules.overlap(since, until, others)) is not None:
        raise Refused(_overlaps(*taken), field="since")
    exclusion = PayExclusion(
        user_id=recipient.user_id, programme=programme, programme_id=programme.id, kind=kind, note=note, since=since,
        until=until, set_by_id=actor.id, set_at=clock.now(),
    )  # fmt: skip
    db.session.add(exclusion)
    why: dict[str, Any] = {"reason": note} if note else {"reason_code": kind}
    record(
        actor, "exclusion.added", exclusion, person_id=recipient.user_id, since=since.isoformat(),
        until=until.isoformat() if until else "", **why,
    )  # fmt: skip
    return exclusion


def _overlaps(since: dt.date, until: dt.date | None) -> Text:
    if until is None:
        return _l("The person is excluded since %(since)s already. End that exclusion first.", since=_day(since))
    return _l("The person is excluded from %(since)s to %(until)s already.", since=_day(since), until=_day(until))


def end_exclusion(actor: Actor, exclusion: PayExclusion, *, until: dt.date) -> PayExclusion:
    """Let an exclusion end with the day ``until``; what it held back is paid by the next settlement.

    Raises Forbidden for anybody but finance and for one's own, Refused when it is over already.
    """
    demand(actor, P.PAYEE_EDIT, exclusion)
    lock(User, exclusion.user_id)
    exclusion = lock(PayExclusion, exclusion.id)
    if exclusion.until is not None and exclusion.until < clock.today(exclusion.programme.time_zone):
        raise Refused(_l("This exclusion ended on %(day)s already.", day=_day(exclusion.until)))
    if until < exclusion.since:
        raise Refused(_l("It began on %(day)s: it can't end before that.", day=_day(exclusion.since)), field="until")
    others = [
        (row.since, row.until)
        for row in queries.exclusions_of(exclusion.user_id, exclusion.programme_id)
        if row.id != exclusion.id
    ]
    if (taken := rules.overlap(exclusion.since, until, others)) is not None:
        raise Refused(_overlaps(*taken), field="until")
    exclusion.until = until
    why: dict[str, Any] = {"reason": exclusion.note} if exclusion.note else {"reason_code": exclusion.kind}
    record(
        actor, "exclusion.ended", exclusion, person_id=exclusion.user_id, until=until.isoformat(), **why
    )  # fmt: skip
    return exclusion


# -- by the nightly job ---------------------------------------------------------------------------


def purge_payee(actor: Actor, user_id: int, *, retention_days: int) -> bool:
    """Remove the payee data and contracts of a person who asked for it, once nothing holds it up; False: not yet, or not asked.

    Looks and exclusions stay. Raises Forbidden for anybody but the job.
    """
    if actor is not SYSTEM:
        raise Forbidden("payee:purge")
    lock(User, user_id)
    request = _held(PurgeRequest, user_id)
    if request is None or what_holds_up(user_id, retention_days=retention_days):
        return False
    record(actor, "payee.purged", request, person_id=user_id)
    for model in (Payee, Contract):
        db.session.execute(delete(model).where(model.user_id == user_id).execution_options(synchronize_session=False))
    db.session.delete(request)
    return True
