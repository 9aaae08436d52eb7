"""Pages of things that are sent: the receiver's address, and finance's list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, render_template, request
from sqlalchemy import Select

from tracker import clock
from tracker.db import MAX_ID, db, transaction
from tracker.errors import Refused
from tracker.permissions import Permission as P
from tracker.permissions import maintained_sigs
from tracker.programmes.queries import all_programmes
from tracker.rewards.models import Reward
from tracker.rewards.rules import Viewer, obstacle
from tracker.shipping import queries, rules, service
from tracker.shipping.address import Address, open_address
from tracker.shipping.blueprint import bp
from tracker.shipping.forms import AddressForm, ShipForm, place_name
from tracker.shipping.on_reward import on_reward
from tracker.shipping.shelf import Filters, parse_filters
from tracker.sigs.queries import all_sigs
from tracker.text import Text, _l, _nl
from tracker.web.actions import Answer, perform, refused, submit
from tracker.web.files import csv_file
from tracker.web.forms import Form
from tracker.web.paging import Page, page_of
from tracker.web.routes import actor, own_path, requires

__all__ = ["bp"]

COLUMNS = (
    "reward", "sig", "programme", "quarter", "handle", "prize", "state", "approved_at", "address_given_at", "exported_at",
    "sent_at", "reference",
)  # fmt: skip
ADDRESS_COLUMNS = (
    "reward",
    "sig",
    "handle",
    "prize",
    "recipient",
    "phone",
    "country",
    "region",
    "city",
    "street",
    "postcode",
)


# -- the receiver ---------------------------------------------------------------------------------


@bp.route("/rewards/<int:reward_id>/address", methods=["GET", "POST"])
@requires(P.ADDRESS_HOLD, Reward)
def address(reward: Reward) -> Answer:
    """Say where a thing is to be sent, look at it, change it."""
    known = _known(reward) if request.method == "GET" else None
    form = AddressForm(obj=known)
    return submit(
        form, lambda: service.enter_address(actor(), reward, **form.values()),
        page=lambda: render_template(
            "shipping/address.html", line=reward, form=form, known=known, place=place_name,
            why_not=rules.why_no_address(reward.state, is_thing=reward.is_thing), shipping=on_reward(reward, actor()),
        ),
        to=lambda line: line.path, done=_l("Your address is kept, sealed. Finance is told that there is one."),
    )  # fmt: skip


def _known(reward: Reward) -> Address | None:
    """What its receiver gave; None as well where it can't be opened: then it is typed anew."""
    row = queries.find_address(reward.id)
    try:
        return open_address(row) if row else None
    except Refused:
        return None


@bp.post("/rewards/<int:reward_id>/address/remove")
@requires(P.ADDRESS_HOLD, Reward)
def remove_address(reward: Reward) -> Answer:
    path = reward.path
    return perform(
        lambda: service.remove_address(actor(), reward), form=Form(), back=path, to=lambda line: path,
        done=_l("Your address is removed."),
    )  # fmt: skip


# -- finance --------------------------------------------------------------------------------------


@bp.post("/rewards/<int:reward_id>/address/look")
@requires(P.SHIPPING_READ, Reward)
def look(reward: Reward) -> Answer:
    """The address of one line. A POST, for the look is noted and told."""
    path = reward.path
    if not (form := Form()).validate():
        return refused(form.first_error, path, 422)
    try:
        found = transaction(lambda: service.look_at_address(actor(), reward))
    except Refused as refusal:
        return refused(refusal.message, path, 409)
    return render_template("shipping/look.html", line=reward, address=found, place=place_name)


@bp.get("/rewards/shipping/")
@requires(P.SHIPPING_READ)
def index() -> str | tuple[str, int]:
    """The things that wait for an address, are to be sent, or were sent."""
    problem: Text | None = None
    try:
        filters = parse_filters(request.args)
        page = _page(filters)
    except Refused as refusal:
        problem, filters, page = refusal.message, Filters(), Page([], "", True)
    return render_template(
        "shipping/index.html", page=page, filters=filters, problem=problem, standings=rules.STANDINGS,
        counts={} if problem else queries.counts(filters), sigs=all_sigs(), programmes=all_programmes(), obstacle=_obstacle,
        deleted_from=rules.deleted_from,
    ), 422 if problem else 200  # fmt: skip


def _page(filters: Filters) -> Page[Any]:
    return page_of(
        queries.rows(filters, actor()), keys=(Reward.id,), key_of=lambda row: (row.id,), parse=lambda parts: [_id(part) for part in parts]
    )  # fmt: skip


def _id(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value <= MAX_ID:
        raise ValueError(text)
    return value


def _obstacle(row: Any) -> Text | None:
    """Why the reader can't note that the thing was sent."""
    who = actor()
    viewer = Viewer(
        id=who.id, maintains=row.sig_id in maintained_sigs(who), is_finance=who.is_finance, accepted=row.viewer_accepted
    )
    return obstacle("pay", row, viewer)


@bp.get("/rewards/shipping.csv")
@requires(P.SHIPPING_READ)
def download() -> Answer:
    """What the list shows, without addresses."""
    try:
        query = queries.rows(parse_filters(request.args), actor()).order_by(Reward.id.desc())
    except Refused as refusal:
        return refused(refusal.message, "/rewards/shipping/", 422)
    return _file("shipping", COLUMNS, _list_cells(query))


def _list_cells(query: Select[Any]) -> Iterator[Sequence[Any]]:
    """Read as they are sent."""
    for r in db.session.execute(query.execution_options(yield_per=500)):
        yield (
            r.id, r.sig_slug, r.programme, r.quarter, r.handle, r.description, r.standing, r.approved_at, r.entered_at,
            r.exported_at, r.paid_at, r.payment_reference,
        )  # fmt: skip


@bp.post("/rewards/shipping/addresses.csv")
@requires(P.SHIPPING_READ)
def addresses() -> Answer:
    """The addresses of what is ready to be sent. A POST, for each look is noted and told."""
    back = "/rewards/shipping/"
    if not (form := Form()).validate():
        return refused(form.first_error, back, 422)
    try:
        filters = parse_filters(request.args)
        found = transaction(lambda: service.export_addresses(actor(), filters=filters))
    except Refused as refusal:
        return refused(refusal.message, back, 422 if refusal.field else 409)
    return _file("addresses", ADDRESS_COLUMNS, [_cells(row, given) for row, given in found])


def _cells(row: Any, given: Address) -> Sequence[Any]:
    return (
        row.id, row.sig_slug, row.handle, row.description, given.recipient, given.phone, place_name(given.country),
        given.region, given.city, given.street, given.postcode,
    )  # fmt: skip


def _file(name: str, columns: Sequence[str], rows: Iterator[Any] | Sequence[Any]) -> Response:
    return csv_file(columns, rows, f"{name}-{clock.today('Asia/Shanghai'):%Y-%m-%d}")


@bp.post("/rewards/shipping/ship")
@requires(P.SHIPPING_DO)
def ship() -> Answer:
    """First the picked lines with a place for their numbers, then, with these, all of them or none."""
    form = ShipForm()
    back = own_path(request.args.get("back")) or "/rewards/shipping/"
    try:
        rules.check_count(len(form.lines.data))
    except Refused as refusal:
        return refused(refusal.message, back, 422)
    if "carrier" not in request.form:
        return _to_send(form, back)
    return submit(
        form, lambda: service.ship_prizes(actor(), **form.values()), page=lambda: _parcels(form, back), to=lambda lines: back,
        done=lambda lines: _nl("%(num)s thing is noted as sent. Its receiver is told.",
                               "%(num)s things are noted as sent. Their receivers are told.", len(lines)),
    )  # fmt: skip


def _to_send(form: ShipForm, back: str) -> Answer:
    """The page that asks for the numbers."""
    if form.lines.process_errors:
        return refused(form.lines.process_errors[0], back, 422)
    if not queries.picked(sorted(form.lines.data), actor()):
        return refused(_l("Pick at least one line that is ready to be sent."), back, 409)
    return _parcels(form, back)


def _parcels(form: ShipForm, back: str) -> str:
    rows = queries.picked(sorted(form.lines.data), actor())
    numbers = dict(zip(form.lines.data, form.tracking.data, strict=False))
    return render_template(
        "shipping/ship.html", form=form, rows=rows, back=back, numbers=numbers, versions=form.lines.data,
        left_out=len(form.lines.data) - len(rows), obstacle=_obstacle, count=len(rows),
    )  # fmt: skip
