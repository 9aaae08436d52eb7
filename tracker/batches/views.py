"""Pages of batches: the list, what can be frozen, one batch with its files and lines. Results and layouts have views of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request

from tracker.batches import downloads, layout_views, queries, result_views, rules, service, tables
from tracker.batches.blueprint import bp
from tracker.batches.fields import sealed_in
from tracker.batches.files import can_make_workbooks
from tracker.batches.forms import CancelBatchForm, FreezeForm
from tracker.batches.models import ENCODINGS, ROWS, BatchFile, BatchLine, Layout
from tracker.batches.rules import MOST_LINES, Choice
from tracker.batches.shelf import LINE_STATES, STANDS, Listed, Wanted, parse_listed, parse_wanted
from tracker.batches.workflow import BATCH
from tracker.db import MAX_ID, transaction
from tracker.errors import Refused
from tracker.events.history import history
from tracker.permissions import Permission as P
from tracker.programmes.queries import all_programmes
from tracker.rewards.holding import in_the_way
from tracker.rewards.models import CURRENCIES, REWARD_KINDS, PayoutBatch, Reward
from tracker.rewards.queries import get_reward
from tracker.rewards.rules import Viewer, obstacle
from tracker.rewards.set_off import payments_of
from tracker.rewards.workflow import REWARD
from tracker.sigs.queries import all_sigs
from tracker.text import Text, _l
from tracker.web.actions import Answer, perform, refused, submit
from tracker.web.paging import Page, page_of, part_of
from tracker.web.routes import actor, loads, requires

__all__ = ["bp", "layout_views", "result_views"]

#: Person → the lines of a batch that are one payment.
Payments = Mapping[int, Sequence[Reward]]


@loads(PayoutBatch, P.BATCH_READ)
def _load(number: str) -> PayoutBatch:
    return queries.get_batch(number)


@loads(BatchFile, P.BATCH_READ)
def _load_file(number: str, layout: str) -> BatchFile:
    return queries.get_file(number, layout)


def _number(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value <= MAX_ID:
        raise ValueError(text)
    return value


# -- the list -------------------------------------------------------------------------------------


@bp.get("/rewards/batches/")
@requires(P.BATCH_READ)
def index() -> Answer:
    """Every batch, newest first, and how its lines stand."""
    problem = None
    try:
        listed = parse_listed(request.args)
        page = page_of(
            queries.batches(listed), keys=(PayoutBatch.id,), key_of=lambda row: (row.id,),
            parse=lambda parts: [_number(part) for part in parts],
        )  # fmt: skip
    except Refused as refusal:
        problem, listed, page = refusal.message, Listed(), Page([], "", True)
    shown = render_template(
        "batches/index.html", page=page, listed=listed, problem=problem, years=queries.years(), states=STANDS
    )
    return (shown, 422) if problem else shown


@bp.get("/rewards/batches.csv")
@requires(P.BATCH_READ)
def index_csv() -> Answer:
    """What the list shows, as a file."""
    try:
        query = queries.batches(parse_listed(request.args))
    except Refused as refusal:
        return refused(refusal.message, "/rewards/batches/", 422)
    return downloads.table(tables.batches(query, downloads.language()), "batches")


# -- freezing -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fitting:
    """What fits some filters: sums by currency, and of one currency which lines would go in."""

    wanted: Wanted
    sums: list[Any]
    choice: Choice[Any]
    layouts: list[Layout]
    payers: list[Any]

    @property
    def shared(self) -> list[tuple[Any, int]]:
        """Where nobody of finance may mark all of the lines as paid: how many each of them may."""
        taken = self.choice.taken
        may = [(payer, len(rules.choose_for(payer.id, taken).taken)) for payer in self.payers]
        return (
            [] if any(count == len(taken) for _payer, count in may) else [(who, count) for who, count in may if count]
        )

    @property
    def too_many(self) -> bool:
        """More than a batch holds: nothing can be frozen before they are narrowed down."""
        return len(self.choice.taken) + len(self.choice.left) > MOST_LINES

    @property
    def without_data(self) -> list[Any]:
        """A line of each person who gave no payee data, where a layout shows some."""
        if not any(sealed_in(layout.columns) for layout in self.layouts):
            return []
        return list({line.user_id: line for line in self.choice.taken if not line.has_data}.values())


def _fitting(wanted: Wanted) -> Fitting:
    """What fits now. One currency alone is asked for by itself."""
    layouts, sums, payers = queries.active_layouts(), queries.fitting_sums(wanted), queries.payers()
    if len(sums) != 1:
        return Fitting(wanted, sums, Choice([], []), layouts, payers)
    lines = queries.fitting_lines(wanted)
    missing = queries.set_off_missing([line.id for line in lines], sums[0].currency)
    held = {person: rules.set_off_elsewhere(number) for person, number in missing.items()}
    held |= rules.without_payer(lines, [payer.id for payer in payers])
    return Fitting(wanted, sums, rules.choose(lines, held), layouts, payers)


@bp.route("/rewards/batches/new", methods=["GET", "POST"])
@requires(P.BATCH_FREEZE)
def new() -> Answer:
    """The approved lines that fit, and freezing them."""
    form = FreezeForm()
    try:
        wanted = parse_wanted(request.args)
    except Refused as refusal:
        return _new_page(form, Fitting(Wanted(), [], Choice([], []), [], []), refusal.message), 422
    return submit(
        form, lambda: service.freeze_batch(actor(), **_typed(form)), page=lambda: _new_page(form, _fitting(wanted)),
        to=lambda batch: batch.path,
        done=lambda batch: _l("%(number)s is frozen. Download its files for the bank.", number=batch.number),
    )  # fmt: skip


def _typed(form: FreezeForm) -> dict[str, Any]:
    return {name: value for name, value in form.values().items() if name != "checked"}


def _new_page(form: FreezeForm, found: Fitting, problem: Text | None = None) -> str:
    return render_template(
        "batches/new.html", found=found, form=form, page=part_of(found.choice.taken, key_of=lambda line: line.id),
        problem=problem, kinds=REWARD_KINDS, sigs=all_sigs(), programmes=all_programmes(), currencies=CURRENCIES,
        most=MOST_LINES,
    )  # fmt: skip


@bp.get("/rewards/batches/new.csv")
@requires(P.BATCH_FREEZE)
def new_csv() -> Answer:
    """The lines that fit, and those that are left out, as a file."""
    try:
        found = _fitting(parse_wanted(request.args))
    except Refused as refusal:
        return refused(refusal.message, "/rewards/batches/new", 422)
    return downloads.table(tables.fitting(found.choice, downloads.language()), "batch-preview")


# -- one batch ------------------------------------------------------------------------------------


@bp.get("/rewards/batches/<number>/")
@requires(P.BATCH_READ, PayoutBatch)
def batch(batch: PayoutBatch) -> Answer:
    """Its files, how its lines stand, and what is to be done with them."""
    state = request.args.get("state", "")
    state = state if state in LINE_STATES else ""
    page = page_of(
        queries.lines(batch.id, state), keys=(BatchLine.position,), key_of=lambda row: (row.position,),
        parse=lambda parts: [_number(part) for part in parts], ascending=True,
    )  # fmt: skip
    payments = payments_of(batch.id, {row.user_id for row in page.rows})
    return render_template(
        "batches/batch.html", batch=batch, page=page, state=state, standing=queries.standing(batch), line_states=LINE_STATES,
        files=queries.files_of(batch.id), results=queries.results_of(batch.id), rows=ROWS, encodings=ENCODINGS,
        sealed_in=sealed_in, workbooks=can_make_workbooks(), kinds=REWARD_KINDS, states=REWARD.states, why=_obstacle(payments),
        payments=payments,        history=history("payout_batch", batch.id), steps=BATCH.available(actor(), batch), returnable=_returnable(page.rows, payments),
    )  # fmt: skip


def _returnable(lines: Sequence[Any], payments: Payments) -> Reward | None:
    """A line of the page that the reader may mark as returned: the mail of doing so is shown by it."""
    why = _obstacle(payments)
    first = next((line for line in lines if why("return", line) is None), None)
    return get_reward(first.id) if first else None


def _obstacle(payments: Payments) -> Callable[[str, Any], Text | None]:
    """Why the reader can't pay or return a line by hand, with whatever is one payment with it."""
    who = actor()
    viewer = Viewer(id=who.id, maintains=False, is_finance=who.is_finance)
    return lambda step, line: obstacle(step, line, viewer) or in_the_way(who, step, payments.get(line.user_id, ()))


@bp.get("/rewards/batches/<number>/lines.csv")
@requires(P.BATCH_READ, PayoutBatch)
def lines_csv(batch: PayoutBatch) -> Answer:
    """The lines that its page shows, with how they stand now, as a file. What was frozen is in the batch's own files."""
    state = request.args.get("state", "")
    found = queries.lines(batch.id, state if state in LINE_STATES else "")
    return downloads.table(tables.lines(found, downloads.language()), f"{batch.number}-lines")


@bp.post("/rewards/batches/<number>/cancel")
@requires(P.BATCH_CANCEL, PayoutBatch)
def cancel(batch: PayoutBatch) -> Answer:
    form, path = CancelBatchForm(), batch.path
    return perform(
        lambda: service.cancel_batch(actor(), batch, **form.values()), form=form, back=path, to=lambda batch: path,
        done=_l("The batch is cancelled. Its lines are approved and can go into another."),
    )  # fmt: skip


# -- its files ------------------------------------------------------------------------------------


@bp.get("/rewards/batches/<number>/<layout>.csv")
@requires(P.BATCH_PAY, BatchFile)
def file_csv(file: BatchFile) -> Response:
    """The exact bytes that were frozen."""
    name = f"{file.batch.number}-{file.slug}.csv"
    charset = "gb18030" if file.layout["encoding"] == "gb18030" else "utf-8"
    data = transaction(lambda: service.open_file(actor(), file))
    return downloads.attachment(data, name, f"text/csv; charset={charset}")


@bp.get("/rewards/batches/<number>/<layout>.xlsx")
@requires(P.BATCH_PAY, BatchFile)
def file_xlsx(file: BatchFile) -> Answer:
    """The same as a workbook."""
    name, back = f"{file.batch.number}-{file.slug}.xlsx", file.batch.path
    if not can_make_workbooks():
        return refused(_l("This installation writes no Excel files. Take the CSV."), back, 404)
    data = transaction(lambda: service.open_workbook(actor(), file))
    return downloads.attachment(data, name, downloads.XLSX)
