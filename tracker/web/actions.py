"""From a POST to a step of a service: one transaction, then a flash and 303; or the page again with the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from tracker.db import transaction
from tracker.errors import Refused
from tracker.text import Text
from tracker.web.forms import Form

Answer = Response | str | tuple[str, int]


def submit(
    form: Form,
    work: Callable[[], Any],
    *,
    page: Callable[[], str],
    to: Callable[[Any], str],
    done: Text | Callable[[Any], Text],
) -> Answer:
    """Serve a page with a form.

    GET shows ``page()``. A POST runs ``work`` in a transaction when the form is valid, flashes ``done`` and goes to
    ``to(result)`` with 303. Invalid: the page with 422, what was typed kept. Refused: the page with 409 and the
    reason (422 at the field, where the refusal names one).
    """
    if request.method != "POST":
        return page()
    if not form.validate():
        return page(), 422
    try:
        result = transaction(work)
    except Refused as refusal:
        if refusal.field and refusal.field in form:
            form[refusal.field].errors = [*form[refusal.field].errors, str(refusal.message)]
            return page(), 422
        form.refusal = refusal.message
        return page(), 409
    flash(str(done(result) if callable(done) else done), "ok")
    return redirect(to(result), 303)


def perform(
    work: Callable[[], Any],
    *,
    to: Callable[[Any], str],
    done: Text | Callable[[Any], Text],
    form: Form | None = None,
    back: str,
) -> Answer:
    """Take a step that has a button and no page of its own. Refused: a page that says why and leads ``back``, 409."""
    if form is not None and not form.validate():
        return refused(form.first_error, back, 422)
    try:
        result = transaction(work)
    except Refused as refusal:
        return refused(refusal.message, back, 409)
    flash(str(done(result) if callable(done) else done), "ok")
    return redirect(to(result), 303)


#: Fields of forms without a page of their own that hold somebody's words.
WORDS = ("reason", "comment", "reference", "note", "text")


def refused(message: Text | Markup, back: str, status: int) -> tuple[str, int]:
    """The page that says why not, with the words that were typed, so that they aren't lost."""
    given = (request.form.get(name, "").strip() for name in WORDS)
    typed = ["".join(sign for sign in words if sign.isprintable() or sign in "\r\n\t") for words in given if words]
    return render_template("errors/refused.html", message=message, back=back, status=status, typed=typed), status
