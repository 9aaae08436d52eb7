"""Pages of finance: the masked list, one person, looks with their reason, contracts and exclusions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from tracker import clock
from tracker.accounts.models import User
from tracker.db import transaction
from tracker.errors import Refused
from tracker.payees import own_views, queries, secrets, service, shelf
from tracker.payees.blueprint import attachment, bp
from tracker.payees.forms import ContractForm, EndExclusionForm, ExclusionForm, LookForm, RemoveContractForm
from tracker.payees.models import EXCLUSION_KINDS, PayExclusion
from tracker.payees.queries import ContractPlace, Recipient
from tracker.permissions import Permission as P
from tracker.programmes.queries import all_programmes, get_programme
from tracker.text import _l
from tracker.web.actions import Answer, perform, refused, submit
from tracker.web.files import csv_file
from tracker.web.i18n import language, time_zone
from tracker.web.paging import Page, page_of
from tracker.web.routes import actor, loads, requires

__all__ = ["bp", "own_views"]


@dataclass(frozen=True, slots=True)
class PayeeList:
    """The list, which isn't there for anybody but finance."""


@loads(PayeeList, P.PAYEE_LIST)
def _everybody() -> PayeeList:
    return PayeeList()


@loads(Recipient, P.PAYEE_READ)
def _recipient(handle: str) -> Recipient:
    return queries.get_recipient(handle)


@loads(ContractPlace, P.PAYEE_READ)
def _place(handle: str, slug: str) -> ContractPlace:
    return queries.get_contract_place(handle, slug)


@loads(PayExclusion, P.PAYEE_READ)
def _exclusion(handle: str, exclusion_id: int) -> PayExclusion:
    return queries.get_exclusion(handle, exclusion_id)


# -- the list -------------------------------------------------------------------------------------


@bp.get("/payees/")
@requires(P.PAYEE_LIST, PayeeList)
def index(_all: PayeeList) -> Answer:
    """People with payee data, contracts or exclusions, masked; people with money on the way and no data."""
    problem = None
    try:
        filters = shelf.parse_filters(request.args)
        found = page_of(
            shelf.people(filters, actor().id or 0), keys=(User.handle_key,), key_of=lambda row: (row.handle_key,),
            parse=lambda parts: parts, ascending=True,
        )  # fmt: skip
    except Refused as refusal:
        problem, filters, found = refusal.message, shelf.Filters(), Page([], "", True)
    return render_template(
        "payees/index.html", page=Page(shelf.lines(found.rows), found.next, found.first), filters=filters, problem=problem,
        shown=shelf.SHOWN, kinds=EXCLUSION_KINDS, programmes=all_programmes(),
    ), 422 if problem else 200  # fmt: skip


@bp.get("/payees.csv")
@requires(P.PAYEE_LIST, PayeeList)
def index_csv(_all: PayeeList) -> Answer:
    """What the list shows, as a file; masked as well."""
    try:
        filters = shelf.parse_filters(request.args)
    except Refused as refusal:
        return refused(refusal.message, "/payees/", 422)
    columns = shelf.CHINESE if request.args.get("lang", language()) == "zh" else shelf.COLUMNS
    rows = shelf.table(filters, actor().id or 0)
    return csv_file(columns, rows, f"payees-{clock.today('Asia/Shanghai'):%Y-%m-%d}", time_zone())


# -- one person -----------------------------------------------------------------------------------


@bp.get("/payees/<handle>/")
@requires(P.PAYEE_READ, Recipient)
def recipient(recipient: Recipient) -> str:
    return _page(recipient)


def _page(recipient: Recipient, *, exclusion: ExclusionForm | None = None, **looked: Any) -> str:
    """The person, masked. ``looked``: ``at`` what somebody looks (``payee``, ``contract:`` or ``file:`` with a programme's
    slug), the ``look`` form with its errors, or what was ``opened``."""
    payee = queries.find_payee(recipient.user_id)
    shown = secrets.masked(payee)
    facts: dict[str, Any] = {"at": "", "look": LookForm(formdata=None), "opened": None, **looked}
    return render_template(
        "payees/recipient.html", who=recipient, payee=payee, shown=shown, **facts,
        contracts={contract.programme_id: contract for contract in queries.contracts_of(recipient.user_id)},
        exclusions=queries.all_exclusions_of(recipient.user_id), kinds=EXCLUSION_KINDS, programmes=all_programmes(),
        exclusion=exclusion or ExclusionForm(formdata=None), needed=queries.needed_for_payments(recipient.user_id),
        asked=queries.asked_for_removal(recipient.user_id), today=clock.today(time_zone()),
    )  # fmt: skip


def _look(
    recipient: Recipient, at: str, look: Callable[..., Any], answer: Callable[[Any], Answer]
) -> Answer:  # fmt: skip
    """Note the look and answer with what it opened, once; without a reason that will do nothing is opened."""
    form = LookForm()
    if not form.validate():
        return _page(recipient, at=at, look=form), 422
    try:
        opened = transaction(lambda: look(**form.values()))
    except Refused as refusal:
        if refusal.field:
            form.reason.errors = [*form.reason.errors, str(refusal.message)]
        else:
            form.refusal = refusal.message
        return _page(recipient, at=at, look=form), 422 if refusal.field else 409
    return answer(opened)


@bp.post("/payees/<handle>/show")
@requires(P.PAYEE_READ, Recipient)
def show(recipient: Recipient) -> Answer:
    """Payee data in the clear, once."""
    return _look(
        recipient, "payee", lambda reason: service.look_at_payee(actor(), recipient, reason=reason),
        lambda data: _page(recipient, at="payee", opened=data),
    )  # fmt: skip


# -- contracts ------------------------------------------------------------------------------------


@bp.route("/payees/<handle>/contracts/<slug>", methods=["GET", "POST"])
@requires(P.PAYEE_EDIT, ContractPlace)
def contract(place: ContractPlace) -> Answer:
    """Enter a contract, or its dates anew."""
    form = ContractForm()
    return submit(
        form,
        lambda: service.edit_contract(actor(), place.recipient, place.programme, **form.values()),
        page=lambda: render_template("payees/contract.html", place=place, form=form),
        to=lambda _contract: place.recipient.path,
        done=_l("The contract is kept, sealed. The person is told."),
    )


@bp.post("/payees/<handle>/contracts/<slug>/show")
@requires(P.PAYEE_READ, ContractPlace)
def show_contract(place: ContractPlace) -> Answer:
    """The dates of a contract in the clear, once."""
    who, programme = place.recipient, place.programme
    at = f"contract:{programme.slug}"
    return _look(
        who, at, lambda reason: service.look_at_contract(actor(), who, programme, reason=reason),
        lambda dates: _page(who, at=at, opened=dates),
    )  # fmt: skip


@bp.post("/payees/<handle>/contracts/<slug>/agreement")
@requires(P.PAYEE_READ, ContractPlace)
def agreement(place: ContractPlace) -> Answer:
    """The signed agreement, as a file."""
    who, programme = place.recipient, place.programme
    name = f"agreement-{programme.slug}-{who.user.handle}.pdf"
    return _look(
        who, f"file:{programme.slug}",
        lambda reason: service.look_at_agreement(actor(), who, programme, reason=reason),
        lambda agreement: attachment(agreement, "application/pdf", name),
    )  # fmt: skip


@bp.post("/payees/<handle>/contracts/<slug>/remove")
@requires(P.PAYEE_EDIT, ContractPlace)
def remove_contract(place: ContractPlace) -> Answer:
    form = RemoveContractForm()
    return perform(
        lambda: service.remove_contract(actor(), place.recipient, place.programme, **form.values()), form=form,
        to=lambda _none: place.recipient.path, back=place.recipient.path, done=_l("The contract is removed."),
    )  # fmt: skip


# -- exclusions -----------------------------------------------------------------------------------


@bp.post("/payees/<handle>/exclusions")
@requires(P.PAYEE_EDIT, Recipient)
def add_exclusion(recipient: Recipient) -> Answer:
    form = ExclusionForm()

    def work() -> PayExclusion:
        typed = form.values()
        return service.add_exclusion(
            actor(), recipient, **{**typed, "programme": get_programme(typed["programme"])}
        )  # fmt: skip

    return submit(
        form, work, page=lambda: _page(recipient, exclusion=form), to=lambda _exclusion: recipient.path,
        done=_l("%(name)s is excluded and told why.", name=recipient.name),
    )  # fmt: skip


@bp.post("/payees/<handle>/exclusions/<int:exclusion_id>/end")
@requires(P.PAYEE_EDIT, PayExclusion)
def end_exclusion(exclusion: PayExclusion) -> Answer:
    form, back = EndExclusionForm(), Recipient(exclusion.user).path
    return perform(
        lambda: service.end_exclusion(actor(), exclusion, **form.values()), form=form, to=lambda _ended: back, back=back,
        done=_l("The exclusion ends. The person is told."),
    )  # fmt: skip
