"""Pages for getting in and out: registering, confirming the address, signing in and out, a new password."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from flask import redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from tracker.accounts import (
    inbox_views,
    letters,
    notice_views,
    people_views,
    profile_views,
    service,
    sessions,
    signing_in,
    tokens,
)
from tracker.accounts.attempts import TooMany, forget_old
from tracker.accounts.blueprint import (
    Page,
    address,
    bp,
    come_back_later,
    enter,
    leave,
    reader,
    settings,
    throttled,
)
from tracker.accounts.forms import LoginForm, RegisterForm, ResetForm, ResetRequestForm
from tracker.accounts.names import normalised
from tracker.db import transaction
from tracker.errors import Refused
from tracker.events.worker import every_minute
from tracker.permissions import Permission as P
from tracker.text import Text, _, _l
from tracker.web.actions import Answer, perform, refused, submit
from tracker.web.i18n import language
from tracker.web.routes import actor, own_path, requires

__all__ = ["bp", "inbox_views", "letters", "notice_views", "people_views", "profile_views"]

#: An answer that must not tell whether an account exists takes at least this long.
FLOOR_SECONDS = 0.25

every_minute(forget_old)


def _target() -> str | None:
    return own_path(request.args.get("next") or request.form.get("next"))


def _purpose_of(target: str | None) -> Text:
    """What one signs in for, when the address that one came from tells."""
    if target and (found := re.match(r"/tasks/([A-Z0-9-]{3,40})/claim", target)):
        return _l("To claim %(task)s. You come back to it afterwards.", task=found[1])
    if target and target != "/":
        return _l("You come back to where you were: %(path)s", path=target.split("?")[0][:80])
    return ""


@bp.route("/register", methods=["GET", "POST"])
@requires(P.ACCOUNT_OPEN)
def register() -> Answer | Page:
    if current_user.is_authenticated:
        return redirect(url_for("accounts.profile"), 303)
    form, target = RegisterForm(), _target()

    def page() -> str:
        return render_template("accounts/register.html", form=form, target=target)

    def to(_user: object) -> str:
        session["registered"], session["onward"] = form.email.data, target
        return url_for("accounts.registered", next=target)

    if request.method == "POST" and form.validate() and (too_many := throttled("register")):
        return come_back_later(form, too_many, page)
    return submit(
        form, lambda: service.register(actor(), language=language(), **form.values()), page=page, to=to,
        done=_l("Your account is made."),
    )  # fmt: skip


@bp.get("/register/sent")
@requires(P.ACCOUNT_OPEN)
def registered() -> str | Response:
    """Says where the mail went; in development, where it can be read."""
    email = session.get("registered")
    if not email:
        return redirect(url_for("accounts.register"), 302)
    return render_template("accounts/registered.html", email=email, target=_target(), outbox=not settings().production)


@bp.route("/login", methods=["GET", "POST"])
@requires(P.ACCOUNT_OPEN)
def login() -> Answer | Page:
    target = _target()
    if request.method != "POST" and current_user.is_authenticated:
        return redirect(target or "/", 302)
    form = LoginForm()

    def page() -> str:
        return render_template("accounts/login.html", form=form, target=target, purpose=_purpose_of(target))

    if request.method != "POST":
        return page()
    if not form.validate():
        return page(), 422
    return _sign_in(form, page, target or "/")


def _sign_in(form: LoginForm, page: Callable[[], str], target: str) -> Answer | Page:
    handle, password = form.handle.data, form.password.data
    try:
        tried = transaction(lambda: signing_in.begin(handle=handle, address=address(), settings=settings()))
        if not tried.fits(password):
            form.refusal = _l("The handle or the password is wrong. Both are shown to nobody, so we can't say which.")
            return page(), 409
        agent = request.user_agent.string
        user, token = transaction(
            lambda: signing_in.finish(tried, password, settings(), address=address(), user_agent=agent)
        )
    except TooMany as too_many:
        return come_back_later(form, too_many, page)
    except Refused as refusal:
        form.refusal = refusal.message
        return page(), 409
    enter(user, token)
    return redirect(target, 303)


@bp.post("/logout")
@requires(P.ACCOUNT_USE)
def logout() -> Response:
    """End this session. Nothing is written to the diary: the session's row tells."""
    token = reader().session_token
    transaction(lambda: sessions.end_session(token))
    leave()
    return redirect("/", 303)


# -- links sent by mail ---------------------------------------------------------------------------


_BROKEN = _l("This link is no good. Copy it from the mail as a whole, or ask for a new one.")


def _id_of(signed: str, *purposes: str) -> int | None:
    """The token's id; None for a link that wasn't made here."""
    found = (tokens.read(signed, purpose, settings().secret_key) for purpose in purposes)
    return next((token_id for token_id in found if token_id is not None), None)


@bp.route("/account/confirm/<token>", methods=["GET", "POST"])
@requires(P.ACCOUNT_OPEN)
def confirm(token: str) -> Answer:
    """A page with one button: programs that look into mails follow links, but don't press buttons."""
    token_id = _id_of(token, "confirm", "email")
    if token_id is None:
        return refused(_BROKEN, url_for("accounts.profile"), 409)
    if request.method != "POST":
        return render_template("accounts/confirm.html", token=token)
    return perform(
        lambda: service.confirm_email(actor(), token_id),
        to=lambda user: (
            url_for("accounts.profile")
            if current_user.is_authenticated
            else url_for("accounts.login", next=session.get("onward"))
        ),
        done=lambda user: _("The address %(email)s is confirmed.", email=user.email),
        back="/account/",
    )


@bp.post("/account/resend")
@requires(P.ACCOUNT_USE)
def resend() -> Answer | Page:
    if too_many := throttled("mail", f"user:{reader().id}"):
        return *refused(too_many.message, "/account/", 429), {"Retry-After": str(too_many.seconds)}
    return perform(
        lambda: service.resend_confirmation(reader()),
        to=lambda user: url_for("accounts.profile"),
        done=lambda user: _("We sent a mail to %(email)s.", email=user.email),
        back="/account/",
    )


@bp.route("/account/reset", methods=["GET", "POST"])
@requires(P.ACCOUNT_OPEN)
def ask_reset() -> Answer | Page:
    """The same answer, as late, whether or not there is such an account."""
    started = time.monotonic()
    form = ResetRequestForm()

    def page() -> str:
        return render_template("accounts/ask_reset.html", form=form)

    asked = request.method == "POST" and form.validate()
    if asked and (too_many := throttled("mail", f"name:{normalised(form.handle.data)}")):
        return come_back_later(form, too_many, page)
    answer = submit(
        form, lambda: service.request_reset(actor(), **form.values()), page=page,
        to=lambda _none: url_for("accounts.reset_sent"), done=_l("Look into your mails."),
    )  # fmt: skip
    if request.method == "POST":
        time.sleep(max(0.0, started + FLOOR_SECONDS - time.monotonic()))
    return answer


@bp.get("/account/reset/sent")
@requires(P.ACCOUNT_OPEN)
def reset_sent() -> str:
    return render_template("accounts/reset_sent.html", outbox=not settings().production)


@bp.route("/account/reset/<token>", methods=["GET", "POST"])
@requires(P.ACCOUNT_OPEN)
def reset(token: str) -> Answer:
    token_id = _id_of(token, "reset")
    if token_id is None:
        return refused(_BROKEN, url_for("accounts.ask_reset"), 409)
    form = ResetForm()
    return submit(
        form,
        lambda: service.reset_password(actor(), token_id, **form.values()),
        page=lambda: render_template("accounts/reset.html", form=form),
        to=lambda user: _signed_out_to_login(),
        done=_l("Your password is changed, and you are signed out everywhere. Sign in with the new one."),
    )


def _signed_out_to_login() -> str:
    leave()
    return url_for("accounts.login")
