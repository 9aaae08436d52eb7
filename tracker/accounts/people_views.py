"""Everybody with an account, for administrators: site roles, suspending and restoring."""

from __future__ import annotations

from flask import render_template, request, url_for

from tracker.accounts import queries, service
from tracker.accounts.blueprint import bp
from tracker.accounts.forms import RolesForm, SuspendForm
from tracker.accounts.models import User
from tracker.db import MAX_ID
from tracker.permissions import Permission as P
from tracker.text import _
from tracker.web.actions import Answer, perform, submit
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, requires

ROLES = ("", "admin", "finance", "suspended", "unconfirmed")


@loads(User, P.SITE_ADMIN)
def _load(user_id: int) -> User:
    return queries.user_by_id(user_id)


@bp.get("/people/")
@requires(P.SITE_ADMIN)
def people() -> str:
    words, role = request.args.get("q", "").strip()[:120], request.args.get("role", "")
    role = role if role in ROLES else ""
    page = page_of(
        queries.people(words, role), keys=[User.id], key_of=lambda row: [row.id],
        parse=lambda parts: [_id(part) for part in parts],
    )  # fmt: skip
    return render_template("accounts/people.html", page=page, words=words, role=role)


def _id(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 11 else -1
    if not 0 < number <= MAX_ID:
        raise ValueError(text)
    return number


def _of(user: User) -> str:
    return url_for("accounts.person", user_id=user.id)


@bp.get("/people/<int:user_id>/")
@requires(P.SITE_ADMIN, User)
def person(user: User) -> str:
    form = RolesForm(obj=user)
    return render_template("accounts/person.html", user=user, form=form, suspending=SuspendForm())


@bp.post("/people/<int:user_id>/roles")
@requires(P.SITE_ADMIN, User)
def set_roles(user: User) -> Answer:
    form = RolesForm()
    return submit(
        form,
        lambda: service.set_roles(actor(), user, **form.values()),
        page=lambda: render_template("accounts/person.html", user=user, form=form, suspending=SuspendForm(None)),
        to=_of,
        done=lambda person: _("The site roles of %(person)s are changed.", person=person.handle),
    )


@bp.post("/people/<int:user_id>/suspend")
@requires(P.SITE_ADMIN, User)
def suspend(user: User) -> Answer:
    form = SuspendForm()
    return submit(
        form,
        lambda: service.suspend(actor(), user, **form.values()),
        page=lambda: render_template(
            "accounts/person.html", user=user, form=RolesForm(None, obj=user), suspending=form
        ),
        to=_of,
        done=lambda person: _("%(person)s is suspended and signed out everywhere.", person=person.handle),
    )


@bp.post("/people/<int:user_id>/restore")
@requires(P.SITE_ADMIN, User)
def restore(user: User) -> Answer:
    return perform(
        lambda: service.restore(actor(), user),
        to=_of,
        done=lambda person: _("%(person)s may sign in again.", person=person.handle),
        back=_of(user),
    )
