"""Which mails one gets: the page to choose, and the link of a mail that switches its kind off."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for

from tracker.accounts import notice_choices
from tracker.accounts.blueprint import bp, reader, settings
from tracker.accounts.forms import NoticesForm
from tracker.accounts.models import User
from tracker.db import find, transaction
from tracker.events import digest, unsubscribing
from tracker.events.kinds import ACCOUNT, KINDS
from tracker.permissions import Permission as P
from tracker.text import _, _l
from tracker.web.actions import Answer, submit
from tracker.web.routes import requires


@bp.route("/account/notices", methods=["GET", "POST"])
@requires(P.ACCOUNT_USE)
def choose_notices() -> Answer:
    form = NoticesForm(data=notice_choices.choices_of(reader().id))
    return submit(
        form,
        lambda: notice_choices.choose_notices(reader(), choices=form.values()),
        page=lambda: render_template(
            "accounts/choose_notices.html", form=form, kinds=KINDS, fixed=ACCOUNT, user=reader(), digest_at=digest.AT
        ),
        to=lambda _user: url_for("accounts.choose_notices"),
        done=_l("Saved. It holds for what happens from now on."),
    )


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"])
@requires(P.ACCOUNT_OPEN)
def unsubscribe(token: str) -> Answer:
    """Nothing changes on GET: programs look into mails. Mail programs POST by themselves (RFC 8058) and follow no redirect;
    they have no page to get a CSRF token from, so the signature is what they show: see app.create_app."""
    found = unsubscribing.read(token, settings().secret_key)
    user = find(User, found[0]) if found else None
    if found is None or user is None:
        abort(404)
    if request.method == "POST":
        transaction(lambda: notice_choices.switch_off(user, kind=found[1]))
        if request.form.get("List-Unsubscribe") != "One-Click":
            flash(_("Switched off. You get no more such mails."), "ok")
            return redirect(request.path, 303)
    kinds = [KINDS[kind] for kind in notice_choices.stopped_by(user.id, found[1])]
    return render_template("accounts/unsubscribe.html", user=user, kinds=kinds, kind=KINDS.get(found[1]))
