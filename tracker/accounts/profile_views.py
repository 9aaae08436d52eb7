"""A person's own pages: profile, password, address, sessions, language."""

from __future__ import annotations

import datetime as dt

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.accounts import queries, service, sessions
from tracker.accounts.blueprint import Page, address, bp, come_back_later, enter, leave, reader, settings, throttled
from tracker.accounts.forms import EmailForm, LanguageForm, PasswordForm, ProfileForm
from tracker.accounts.models import FORGES, User
from tracker.db import MAX_ID, transaction
from tracker.errors import Missing
from tracker.permissions import Permission as P
from tracker.text import _, _l
from tracker.web.actions import Answer, perform, refused, submit
from tracker.web.i18n import LANGUAGE_COOKIE
from tracker.web.routes import own_path, requires


@bp.route("/account/", methods=["GET", "POST"])
@requires(P.ACCOUNT_USE)
def profile() -> Answer:
    user = reader()
    forges = {account.forge: account.handle for account in user.forge_accounts}
    form = ProfileForm(obj=user, data={forge: forges.get(forge, "") for forge in FORGES})
    return submit(
        form,
        lambda: service.edit_profile(reader(), **form.values()),
        page=lambda: render_template("accounts/profile.html", form=form, user=reader()),
        to=lambda _user: url_for("accounts.profile"),
        done=_l("Your profile is saved."),
    )


@bp.route("/account/password", methods=["GET", "POST"])
@requires(P.ACCOUNT_USE)
def password() -> Answer | Page:
    """Change the password: every session ends, and this browser gets a new one."""
    form = PasswordForm()

    def page() -> str:
        return render_template("accounts/password.html", form=form)

    def work() -> tuple[User, str]:
        user = service.change_password(reader(), **form.values())
        agent = request.user_agent.string
        return user, sessions.open_session(user, settings(), address=address(), user_agent=agent)

    def to(result: tuple[User, str]) -> str:
        enter(*result)
        flash(_("Your password is changed. Every other session of yours has ended."), "ok")
        return url_for("accounts.profile")

    if request.method == "POST" and form.validate() and (too_many := throttled("password", f"user:{reader().id}")):
        return come_back_later(form, too_many, page)
    return submit(form, work, page=page, to=to, done="")


@bp.route("/account/email", methods=["GET", "POST"])
@requires(P.ACCOUNT_USE)
def email() -> Answer | Page:
    form = EmailForm()

    def page() -> str:
        return render_template("accounts/email.html", form=form, user=reader())

    if request.method == "POST" and form.validate() and (too_many := throttled("password", f"user:{reader().id}")):
        return come_back_later(form, too_many, page)
    return submit(
        form,
        lambda: service.request_email_change(reader(), **form.values()),
        page=page,
        to=lambda _user: url_for("accounts.profile"),
        done=lambda _user: _("We sent a mail to %(email)s. Use its link within 24 hours.", email=form.email.data),
    )


@bp.post("/account/language")
@requires(P.ACCOUNT_USE)
def choose_language() -> Answer:
    """Change the account's language from the header of any page, and go back there."""
    form = LanguageForm()
    back = own_path(request.form.get("next")) or "/"
    if not form.validate():
        return refused(form.first_error, back, 422)
    chosen = form.language.data
    transaction(lambda: service.choose_language(reader(), language=chosen))
    response = redirect(back, 303)
    secure = settings().production
    response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True, secure=secure)
    return response


# -- sessions -------------------------------------------------------------------------------------


@bp.get("/account/sessions")
@requires(P.ACCOUNT_USE)
def own_sessions() -> str:
    idle = dt.timedelta(minutes=settings().session_idle_minutes)
    rows = queries.live_sessions(reader().id, idle)
    return render_template("accounts/own_sessions.html", rows=rows, here=sessions.hashed(reader().session_token))


@bp.post("/account/sessions/<int:session_id>/end")
@requires(P.ACCOUNT_USE)
def end_session(session_id: int) -> Answer:
    def work() -> None:
        if session_id > MAX_ID or not service.end_session(reader(), session_id):
            raise Missing(f"session {session_id}")

    return perform(
        work, to=lambda _none: url_for("accounts.own_sessions"), done=_l("That session has ended."),
        back="/account/sessions",
    )  # fmt: skip


@bp.post("/account/sessions/end-all")
@requires(P.ACCOUNT_USE)
def end_all_sessions() -> Response:
    transaction(lambda: service.end_all_sessions(reader()))
    leave()
    flash(_("You are signed out everywhere."), "ok")
    return redirect(url_for("accounts.login"), 303)
