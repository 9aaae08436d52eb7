"""The pages on which an account is closed and erased: one's own, and for administrators somebody else's."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import redirect, render_template, request, url_for

from tracker.accounts.blueprint import Page, come_back_later, leave, reader, settings, throttled
from tracker.accounts.models import User
from tracker.certificates.models import KINDS
from tracker.certificates.queries import certificates_of
from tracker.erasure import queries, rules, service
from tracker.erasure.blueprint import bp
from tracker.erasure.forms import EraseAccountForm, ErasePersonForm
from tracker.permissions import Permission as P
from tracker.settlements.owed import unsettled
from tracker.text import _l
from tracker.web.actions import Answer, submit
from tracker.web.routes import actor, requires

__all__ = ["bp"]


def _stands(user_id: int) -> dict[str, Any]:
    """What is open, by kind, and what else the page has to say before it is too late."""
    found = queries.open_things(user_id)
    return {
        "open_things": [(rules.OPEN[kind], list(group)) for kind, group in groupby(found, key=lambda thing: thing.kind)],
        "certificates": [one for one in certificates_of(user_id) if one.erased_at is None and one.revoked_at is None],
        "kinds": KINDS, "unsettled": unsettled(user_id), "retention_days": settings().payee_retention_days,
    }  # fmt: skip


@bp.route("/account/erase", methods=["GET", "POST"])
@requires(P.ACCOUNT_USE)
def erase_account() -> Answer | Page:
    form = EraseAccountForm()

    def page() -> str:
        return render_template("erasure/erase_account.html", form=form, user=reader(), **_stands(reader().id))

    def to(_user: User) -> str:
        leave()
        return url_for("erasure.erased")

    if request.method == "POST" and form.validate() and (too_many := throttled("password", f"user:{reader().id}")):
        return come_back_later(form, too_many, page)
    return submit(form, lambda: service.erase_account(reader(), **form.values()), page=page, to=to, done="")


@bp.get("/account/erased")
@requires(P.ACCOUNT_OPEN)
def erased() -> str:
    """Where the person arrives who has no account any more."""
    return render_template("erasure/erased.html")


@bp.route("/people/<int:user_id>/erase", methods=["GET", "POST"])
@requires(P.SITE_ADMIN, User)
def erase_person(user: User) -> Answer:
    if user.erased_at is not None:
        return redirect(url_for("accounts.person", user_id=user.id), 303)
    form = ErasePersonForm()
    return submit(
        form,
        lambda: service.erase_person(actor(), user, **form.values()),
        page=lambda: render_template("erasure/erase_person.html", form=form, user=user, **_stands(user.id)),
        to=lambda _user: url_for("accounts.people"),
        done=_l("The account is closed and erased."),
    )
