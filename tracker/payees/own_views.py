"""A person's own page: payee data masked, contracts, exclusions, who looked, and removal."""

from __future__ import annotations

from flask import render_template, url_for

from tracker import clock
from tracker.accounts.blueprint import reader, settings
from tracker.db import db
from tracker.errors import Refused
from tracker.payees import queries, rules, secrets, service
from tracker.payees.blueprint import attachment, bp, number
from tracker.payees.forms import PayeeForm
from tracker.payees.holding_up import what_holds_up
from tracker.payees.models import EXCLUSION_KINDS, LOOK_KINDS, OWN_PAGE, Contract, Payee, PayeeLook
from tracker.payees.secrets import Dates, Masked
from tracker.permissions import Permission as P
from tracker.programmes.queries import get_programme
from tracker.sealing import Broken
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.files import csv_file
from tracker.web.i18n import time_zone
from tracker.web.paging import page_of
from tracker.web.routes import requires

LOOK_COLUMNS = ("look", "at", "who", "kind", "reason")


@bp.route(OWN_PAGE, methods=["GET", "POST"])
@requires(P.ACCOUNT_USE)
def own() -> Answer:
    form = PayeeForm()
    return submit(
        form,
        lambda: service.change_payee(reader(), **form.values()),
        page=lambda: _page(form),
        to=lambda _payee: OWN_PAGE,
        done=_l("Your payee data is kept, sealed. You are told by mail as well."),
    )


def _page(form: PayeeForm) -> str:
    me = reader().id
    payee = queries.find_payee(me)
    shown, doubt = _shown(payee)
    return render_template(
        "payees/own.html", form=form, payee=payee, shown=shown, doubt=doubt, version=payee.version if payee else 0,
        needed=queries.needed_for_payments(me), contracts=[(contract, _dates(contract)) for contract in queries.contracts_of(me)],
        exclusions=queries.all_exclusions_of(me), kinds=EXCLUSION_KINDS, look_kinds=LOOK_KINDS,
        looks=page_of(queries.looks_at(me), keys=(PayeeLook.id,), key_of=lambda row: (row.id,),
                      parse=lambda parts: [number(part) for part in parts]),
        asked=queries.asked_for_removal(me), today=clock.today(time_zone()), days=settings().payee_retention_days,
        held_up=what_holds_up(me, retention_days=settings().payee_retention_days),
    )  # fmt: skip


def _shown(payee: Payee | None) -> tuple[Masked | None, bool]:
    """The data masked, and whether the account deserves a second look; None where it can't be opened."""
    try:
        data = secrets.opened(payee) if payee is not None else None
    except Broken:
        data = None
    return (data.masked, rules.doubtful(data.account)) if data else (None, False)


def _dates(contract: Contract) -> Dates | None:
    try:
        return secrets.dates_of(contract)
    except Broken:
        return None


@bp.get("/account/payee/looks.csv")
@requires(P.ACCOUNT_USE)
def own_looks_csv() -> Answer:
    """Who looked at one's data, as a file."""
    # Read whole: what is read while the answer goes out may be cut off with the session.
    found = db.session.execute(queries.looks_at(reader().id).order_by(PayeeLook.id.desc())).all()
    rows = ((row.id, row.at, row.who, row.kind, row.reason) for row in found)
    return csv_file(LOOK_COLUMNS, rows, "looks", time_zone())


@bp.get("/account/payee/agreements/<slug>.pdf")
@requires(P.ACCOUNT_USE)
def own_agreement(slug: str) -> Answer:
    """One's own signed agreement."""
    contract = queries.get_contract(reader().id, get_programme(slug))
    if contract.agreement_at is None:
        raise Refused(_l("No signed agreement is kept with this contract."))
    return attachment(secrets.agreement_of(contract), "application/pdf", f"agreement-{slug}.pdf")


@bp.post("/account/payee/remove")
@requires(P.ACCOUNT_USE)
def ask_removal() -> Answer:
    return perform(
        lambda: service.ask_purge(reader()), to=lambda _asked: url_for("payees.own"), back=OWN_PAGE,
        done=_l("Noted. Your data is removed by the first nightly job that finds no payment in need of it."),
    )  # fmt: skip


@bp.post("/account/payee/keep")
@requires(P.ACCOUNT_USE)
def take_back_removal() -> Answer:
    return perform(
        lambda: service.take_back_purge(reader()), to=lambda _none: url_for("payees.own"), back=OWN_PAGE,
        done=_l("Your data stays."),
    )  # fmt: skip
