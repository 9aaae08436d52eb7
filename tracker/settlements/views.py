"""Pages of settlements, and one's own account with every figure explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request

from tracker import clock
from tracker.errors import Missing, Refused
from tracker.payees.queries import lacks_payee_data
from tracker.permissions import Permission as P
from tracker.permissions import allowed
from tracker.programmes.models import Programme
from tracker.programmes.months import is_month, last_day, month_of
from tracker.programmes.queries import all_programmes, find_rules, get_programme
from tracker.rewards import queries as rewards
from tracker.rewards.models import REWARD_KINDS
from tracker.rewards.workflow import REWARD
from tracker.settlements import queries, service, sheet
from tracker.settlements.forms import CommitForm
from tracker.settlements.models import EXCLUSIONS, Settlement
from tracker.settlements.rules import fingerprint, note_of, sums
from tracker.settlements.service import Preview, Shown
from tracker.settlements.statement import statements
from tracker.text import _l
from tracker.web.actions import Answer, perform
from tracker.web.files import csv_file
from tracker.web.routes import actor, loads, requires

bp = Blueprint("settlements", __name__)
#: Rows of a page.
SIZE = 100


@dataclass(frozen=True, slots=True)
class MonthPage:
    """A month of a programme, settled or not."""

    programme: Programme
    month: str

    @property
    def programme_sig_ids(self) -> set[int]:
        return self.programme.programme_sig_ids

    @property
    def path(self) -> str:
        return f"/settlements/{self.programme.slug}/{self.month}/"


@loads(MonthPage, P.SETTLEMENT_READ)
def _month(slug: str, month: str) -> MonthPage:
    if not is_month(month):
        raise Missing(f"month {month}")
    return MonthPage(get_programme(slug), month)


@bp.get("/settlements/")
@requires(P.REWARD_LIST)
def index() -> str:
    """The programmes that pay wages: which month is due, which were settled."""
    mine = [programme for programme in all_programmes() if allowed(actor(), P.SETTLEMENT_READ, programme)]
    return render_template("settlements/index.html", rows=[_row(programme) for programme in mine])


def _row(programme: Programme) -> dict[str, Any]:
    now = month_of(clock.now(), programme.time_zone)
    done = queries.settlements_of(programme.id)
    due = queries.due_month(programme.id)
    rules = find_rules(programme.id, last_day(due or now))
    pays = rules is not None and rules.wage_scheme != "none"
    return {"programme": programme, "done": done, "pays": pays, "due": due if pays and due and due < now else None,
            "next": due if pays and due and due >= now else None}  # fmt: skip


@bp.get("/settlements/<slug>/<month>/")
@requires(P.SETTLEMENT_READ, MonthPage)
def month(page: MonthPage) -> str | tuple[str, int]:
    """A month as it was settled, or as it would be now."""
    done = queries.find_settlement(page.programme.id, page.month)
    if done is not None:
        return _frozen(done)
    try:
        found = service.preview(page.programme, page.month)
    except Refused as refused:
        return render_template("settlements/not_yet.html", page=page, why=refused.message), 409
    return _preview(found)


def _preview(found: Preview) -> str:
    scheme = found.rules.scheme
    lines, more = _slice(found.lines)
    return render_template(
        "settlements/preview.html", preview=found, scheme=scheme, sums=sums(found.lines), lines=lines, more=more,
        seen=fingerprint(found.lines), exclusions=EXCLUSIONS, note_of=lambda line: note_of(
            scheme, total=line.month.total, gross=line.month.gross, contract_ended=line.contract_ended
        ),
        held=[line for line in found.lines if line.month.held], out=[line for line in found.lines if line.person.excluded
        and line.month.payable], may_commit=allowed(actor(), P.SETTLEMENT_COMMIT, found.programme), now=clock.now(),
        earlier=queries.settlements_of(found.programme.id)[:6],
    )  # fmt: skip


def _frozen(done: Settlement) -> str:
    all_lines = queries.lines_of(done.id)
    lines, more = _slice(all_lines)
    scheme = done.rules.scheme
    return render_template(
        "settlements/settlement.html", settlement=done, scheme=scheme, lines=lines, more=more,
        note_of=lambda row: note_of(scheme, total=row.before + row.earned, gross=row.gross, contract_ended=row.contract_ended),
        states=REWARD.states, exclusions=EXCLUSIONS, count=len(all_lines),
    )  # fmt: skip


def _slice(rows: Sequence[Any]) -> tuple[Sequence[Any], int | None]:
    """The rows of this page, and where the next one begins."""
    text = request.args.get("from", "0")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    return rows[start : start + SIZE], start + SIZE if start + SIZE < len(rows) else None


@bp.get("/settlements/<slug>/<month>.csv")
@requires(P.SETTLEMENT_READ, MonthPage)
def month_csv(page: MonthPage) -> Answer:
    """The lines of a month as a file: the committed ones, or the preview."""
    try:
        rows: Iterator[Sequence[Any]] = sheet.rows(page.programme, page.month)
    except Refused as refused:
        return render_template("settlements/not_yet.html", page=page, why=refused.message), 409
    name = f"settlement-{page.programme.slug}-{page.month}"
    return csv_file(sheet.COLUMNS, rows, name, page.programme.time_zone)


@bp.post("/settlements/<slug>/<month>/commit")
@requires(P.SETTLEMENT_COMMIT, MonthPage)
def commit(page: MonthPage) -> Answer:
    form = CommitForm()

    def work() -> Settlement:
        shown = Shown(form.count.data, int(form.amount.data), form.seen.data)
        return service.commit_settlement(actor(), page.programme, month=page.month, shown=shown)

    return perform(
        work, form=form, back=page.path, to=lambda done: done.path,
        done=_l("The month is settled. Its wage lines wait for approval by somebody else."),
    )  # fmt: skip


# -- one's own ------------------------------------------------------------------------------------


@bp.get("/rewards/mine")
@requires(P.ACCOUNT_USE)
def mine() -> str:
    """What I earned: each figure opens to its events and to the rule that it was computed by."""
    me = actor().id or 0
    return render_template(
        "settlements/mine.html", statements=statements(me), money=rewards.money_of(me), lines=rewards.rewards_of(me),
        states=REWARD.states, kinds=REWARD_KINDS, exclusions=EXCLUSIONS, lacks_payee_data=lacks_payee_data(me),
    )  # fmt: skip
