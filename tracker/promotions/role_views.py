"""Pages of roles that end, and of who has become quiet."""

from __future__ import annotations

from flask import render_template

from tracker import clock
from tracker.permissions import Permission as P
from tracker.promotions import roles, service
from tracker.promotions.blueprint import bp
from tracker.promotions.forms import EndRoleForm, StepDownForm
from tracker.promotions.inactivity import Report, report, words
from tracker.promotions.rule_queries import set_of
from tracker.sigs.models import ROLES, Membership, Sig
from tracker.text import _l
from tracker.web.actions import Answer, refused, submit
from tracker.web.files import csv_file
from tracker.web.routes import actor, requires

COLUMNS = ("sig", "handle", "display_name", "role", "repository", "since", "last_activity", "last_meeting", "named_for")


@bp.get("/promotions/roles/")
@requires(P.ACCOUNT_USE)
def own_roles() -> str:
    """The reader's own roles, past and present, with the way out of each."""
    held = roles.own_roles(actor().id or 0)
    return render_template(
        "promotions/own_roles.html",
        held=held,
        names=ROLES,
        today=clock.today(),
        endings=roles.endings([m.id for m in held]),
    )


@bp.route("/sigs/<slug>/people/<int:membership_id>/step-down", methods=["GET", "POST"])
@requires(P.ROLE_STEP_DOWN, Membership)
def step_down(membership: Membership) -> Answer:
    form = StepDownForm()
    return submit(
        form, lambda: service.step_down(actor(), membership, **form.values()),
        page=lambda: render_template("promotions/step_down.html", membership=membership, form=form, names=ROLES),
        to=lambda done: "/promotions/roles/", done=_l("You gave the role up. The maintainers are told."),
    )  # fmt: skip


@bp.route("/sigs/<slug>/people/<int:membership_id>/end-role", methods=["GET", "POST"])
@requires(P.SIG_MEMBERS, Membership)
def end_role(membership: Membership) -> Answer:
    form = EndRoleForm()
    return submit(
        form, lambda: service.end_role_with_reason(actor(), membership, **form.values()),
        page=lambda: render_template("promotions/end_role.html", membership=membership, form=form, names=ROLES),
        to=lambda done: f"{done.sig.path}people", done=_l("The role is ended, and the person is told why."),
    )  # fmt: skip


# -- who has become quiet ----------------------------------------------------------------------------


def _report(sig: Sig) -> Report | None:
    rule_set = set_of(sig.id)
    return report(sig, rule_set) if rule_set else None


@bp.get("/sigs/<slug>/inactivity")
@requires(P.INACTIVITY_READ, Sig)
def inactivity(sig: Sig) -> str:
    """A report, not an automatism."""
    return render_template(
        "promotions/inactivity.html", sig=sig, rule_set=set_of(sig.id), report=_report(sig), names=ROLES, words=words
    )


@bp.get("/sigs/<slug>/inactivity.csv")
@requires(P.INACTIVITY_READ, Sig)
def inactivity_csv(sig: Sig) -> Answer:
    """The report as a file."""
    if (found := _report(sig)) is None:
        return refused(_l("The SIG goes by no promotion rules yet; so there is nothing to report by."), sig.path, 409)
    rows = (
        (sig.slug, line.handle, line.name, line.role, line.repository, line.since, line.last_activity, line.last_meeting,
         list(line.findings))
        for line in found.lines
    )  # fmt: skip
    return csv_file(COLUMNS, rows, f"inactivity-{sig.slug}", sig.time_zone)
