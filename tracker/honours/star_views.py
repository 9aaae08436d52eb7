"""Stars of the year: the list in public, a title by itself, and awarding them for a SIG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import render_template, url_for

from tracker import clock
from tracker.db import db
from tracker.honours import queries, service
from tracker.honours.asked import NOTHING, Asked, number, read
from tracker.honours.blueprint import bp
from tracker.honours.forms import AwardForm, WithdrawStarForm
from tracker.honours.models import STARS_A_YEAR, Star
from tracker.permissions import Permission as P
from tracker.permissions import allowed
from tracker.sigs.models import Sig
from tracker.text import _, _l
from tracker.web.actions import Answer, refused, submit
from tracker.web.files import csv_file
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, requires

STAR_COLUMNS = ("year", "sig", "handle", "name", "citation", "awarded_at")


@loads(Star, P.STAR_READ)
def _load(star_id: int) -> Star:
    return queries.get_star(star_id)


@bp.get("/hall-of-honour/stars")
@requires(P.SITE_READ)
def stars() -> str | tuple[str, int]:
    """Every title that stands, newest first."""
    asked, problem = read()
    page = NOTHING
    if not problem:
        page = page_of(
            queries.stars(sig=asked.sig, year=asked.year), keys=[Star.year, Star.id],
            key_of=lambda row: (row.year, row.id), parse=lambda parts: [number(part) for part in parts],
        )  # fmt: skip
    shown = render_template(
        "honours/stars.html", asked=asked, problem=problem, page=page, years=queries.star_years(), most=STARS_A_YEAR,
        faces=queries.pictures_of(row.user_id for row in page.rows),
        awards=[sig for sig in asked.sigs if allowed(actor(), P.STAR_AWARD, sig)],
    )  # fmt: skip
    return (shown, 422) if problem else shown


@bp.get("/hall-of-honour/stars.csv")
@requires(P.SITE_READ)
def stars_csv() -> Answer:
    """The whole list as it is shown."""
    asked, problem = read()
    if problem:
        return refused(problem, "/hall-of-honour/stars", 422)
    return csv_file(STAR_COLUMNS, _rows(asked), "stars-of-the-year")


def _rows(asked: Asked) -> Iterator[Sequence[Any]]:
    query = queries.stars(sig=asked.sig, year=asked.year).order_by(Star.year.desc(), Star.id.desc())
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield row.year, row.slug, row.handle, row.who, row.citation, row.awarded_at


# -- a title --------------------------------------------------------------------------------------


@bp.get("/hall-of-honour/stars/<int:star_id>/")
@requires(P.STAR_READ, Star)
def star(star: Star) -> str:
    return _page(star)


def _page(star: Star, form: WithdrawStarForm | None = None) -> str:
    who = actor()
    return render_template(
        "honours/star.html", star=star, form=form or WithdrawStarForm(formdata=None),
        may_withdraw=star.withdrawn_at is None and allowed(who, P.STAR_WITHDRAW, star),
        picture=queries.pictures_of([star.user_id]).get(star.user_id, "") if star.is_shown else "",
    )  # fmt: skip


@bp.route("/hall-of-honour/stars/<int:star_id>/withdraw", methods=["GET", "POST"])
@requires(P.STAR_WITHDRAW, Star)
def withdraw_star(star: Star) -> Answer:
    form = WithdrawStarForm()
    return submit(
        form,
        lambda: service.withdraw_star(actor(), star, **form.values()),
        page=lambda: _page(star, form),
        to=lambda _star: url_for("honours.stars", sig=star.sig.slug),
        done=_l("The title is withdrawn and out of the hall. The person is told and reads your reason."),
    )


# -- awarding -------------------------------------------------------------------------------------


@bp.route("/sigs/<slug>/stars", methods=["GET", "POST"])
@requires(P.STAR_AWARD, Sig)
def award_star(sig: Sig) -> Answer:
    """The titles of a SIG, those that were withdrawn too, and awarding one."""
    year = clock.today(sig.time_zone).year
    form = AwardForm(data={"year": year})
    return submit(
        form,
        lambda: service.award_star(actor(), sig, **form.values()),
        page=lambda: render_template(
            "honours/award_star.html", sig=sig, form=form, rows=queries.stars_of_sig(sig.id), most=STARS_A_YEAR, year=year
        ),
        to=lambda _star: url_for("honours.award_star", slug=sig.slug),
        done=lambda made: _("%(name)s is a star of the year %(year)s, and is told.", name=made.user.display_name or made.user.handle,
                            year=made.year),
    )  # fmt: skip
