"""What if: another wage over the points of months that have been. Nothing is stored; the address holds all of it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from tracker import clock
from tracker.errors import Refused
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.programmes.months import month_of, months_before
from tracker.rule_changes import queries, rules
from tracker.rule_changes.blueprint import bp
from tracker.rule_changes.forms import WhatIfForm
from tracker.rule_changes.listing import GROUPS, Listing, listing, people_file
from tracker.rule_changes.rules import SCHEMES
from tracker.settlements.models import EXCLUSIONS
from tracker.web.actions import Answer, refused
from tracker.web.routes import requires

#: Months that a page looks at unless it is asked otherwise, and at most.
MONTHS, MOST_MONTHS = 12, 36


@bp.get("/rules/<slug>/what-if")
@requires(P.WAGE_SIMULATE, Programme)
def what_if(programme: Programme) -> Answer:
    """The form, and what the wage in it would have paid."""
    form, people = _asked(programme)
    page = render_template(
        "rule_changes/what_if.html", programme=programme, form=form, people=people, groups=GROUPS, schemes=SCHEMES,
        exclusions=EXCLUSIONS, currency=queries.wage_currency(programme.id),
    )  # fmt: skip
    return page, 409 if form.refusal else 422 if form.errors else 200


@bp.get("/rules/<slug>/what-if.csv")
@requires(P.WAGE_SIMULATE, Programme)
def what_if_csv(programme: Programme) -> Answer:
    """Who would have gained and who lost."""
    form, people = _asked(programme)
    if people is None:
        return refused(form.refusal or form.first_error, f"{programme.path}what-if", 422)
    return people_file(people, f"what-if-{programme.slug}-{form.last.data}", programme.time_zone)


def _asked(programme: Programme) -> tuple[WhatIfForm, Listing | None]:
    """What was asked for, and the answer to it; without a question, the wage in force over the last months."""
    now = month_of(clock.now(), programme.time_zone)
    if "wage_scheme" not in request.args:
        return WhatIfForm(formdata=None, data=_start(programme, now)), None
    form = WhatIfForm(formdata=request.args, meta={"csrf": False})
    if not form.validate():
        return form, None
    try:
        rules.check_months(form.first.data, form.last.data, now=now, most=MOST_MONTHS)
        scheme = form.scheme(queries.wage_currency(programme.id))
        found = queries.what_if(programme, scheme, form.first.data, form.last.data)
    except Refused as why:
        if why.field:
            form[why.field].errors = [str(why.message)]
        else:
            form.refusal = why.message
        return form, None
    return form, listing(found, scheme.currency, f"{programme.path}what-if", form.sent())


def _start(programme: Programme, now: str) -> dict[str, Any]:
    base = queries.newest_rules(programme.id)
    wage = rules.typed(rules.numbers_of(base)) if base else {"wage_scheme": "tiers"}
    return {**wage, "first": months_before(now, MONTHS - 1), "last": now}
