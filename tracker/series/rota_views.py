"""Pages of the rota: whose turn it is, who did how much, and swaps between two organisers."""

from __future__ import annotations

from flask import render_template

from tracker import clock
from tracker.meetings.models import Meeting
from tracker.permissions import Permission as P
from tracker.series import rota
from tracker.series.blueprint import bp
from tracker.series.models import RotaSwap, Series
from tracker.series.rota_forms import RotaForm, SwapForm, turns_of
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.filters import long_day
from tracker.web.routes import actor, loads, requires


@loads(RotaSwap, P.SWAP_READ)
def _load(swap_id: int) -> RotaSwap:
    return rota.get_swap(swap_id)


@bp.route("/series/<int:series_id>/rota", methods=["GET"])
@requires(P.SERIES_READ, Series)
def show_rota(series: Series) -> str:
    return _rota_page(series, RotaForm(formdata=None, data={"turns": turns_of(series.rota), "version": series.version}))


@bp.post("/series/<int:series_id>/rota")
@requires(P.SERIES_EDIT, Series)
def edit_rota(series: Series) -> Answer:
    form = RotaForm()
    return submit(
        form,
        lambda: rota.edit_rota(actor(), series, **form.values()),
        page=lambda: _rota_page(series, form),
        to=lambda series: f"{series.path}rota",
        done=_l("Saved. Meetings ahead that had nobody got the next in turn."),
    )


def _rota_page(series: Series, form: RotaForm) -> str:
    year = clock.today(series.time_zone).year
    return render_template(
        "series/rota.html", series=series, form=form, shares=rota.shares(series, year), year=year,
        ahead=rota.ahead(series.id),
    )  # fmt: skip


@bp.route("/meetings/<int:meeting_id>/swap", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def offer_swap(meeting: Meeting) -> Answer:
    form = SwapForm()
    others = rota.swappable(meeting)
    form.offer([(other.id, _option(other)) for other in others])
    return submit(
        form,
        lambda: rota.offer_swap(actor(), meeting, **form.values()),
        page=lambda: render_template("series/swap.html", meeting=meeting, form=form, others=others),
        to=lambda swap: swap.path,
        done=_l("Offered. The other organiser is told and answers on the meeting's page."),
    )


def _option(other: Meeting) -> str:
    organiser = other.organiser.display_name if other.organiser else ""
    return f"{long_day(other.starts_at, other.time_zone)}, {organiser}"


@bp.post("/swaps/<int:swap_id>/accept")
@requires(P.SWAP_ANSWER, RotaSwap)
def accept_swap(swap: RotaSwap) -> Answer:
    return perform(
        lambda: rota.accept_swap(actor(), swap),
        to=lambda swap: swap.path, done=_l("Swapped. Both meetings have their new organisers."), back=swap.path,
    )  # fmt: skip


@bp.post("/swaps/<int:swap_id>/decline")
@requires(P.SWAP_ANSWER, RotaSwap)
def decline_swap(swap: RotaSwap) -> Answer:
    return perform(
        lambda: rota.decline_swap(actor(), swap), to=lambda swap: swap.path, done=_l("Declined."), back=swap.path
    )


@bp.post("/swaps/<int:swap_id>/withdraw")
@requires(P.SWAP_WITHDRAW, RotaSwap)
def withdraw_swap(swap: RotaSwap) -> Answer:
    return perform(
        lambda: rota.withdraw_swap(actor(), swap), to=lambda swap: swap.path, done=_l("Withdrawn."), back=swap.path
    )
