"""A person's notices; and, in development, the mails that would have been sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from email.message import EmailMessage

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.accounts import inbox
from tracker.accounts.blueprint import bp, reader, settings
from tracker.accounts.people_views import _id
from tracker.db import MAX_ID, transaction
from tracker.events import outbox as mails
from tracker.events.models import Notice
from tracker.events.people import named
from tracker.events.sentences import sentence
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.web.actions import Answer, perform
from tracker.web.paging import page_of
from tracker.web.routes import own_path, requires


@bp.get("/notices/")
@requires(P.ACCOUNT_USE)
def notices() -> str:
    unread = request.args.get("unread", "") == "1"
    page = page_of(
        inbox.notices_of(reader().id, unread=unread), keys=[Notice.id], key_of=lambda row: [row.id],
        parse=lambda parts: [_id(part) for part in parts],
    )  # fmt: skip
    facts = dict(zip((row.id for row in page.rows), named([row.facts for row in page.rows]), strict=True))
    return render_template("accounts/notices.html", page=page, facts=facts, unread=unread, sentence=sentence)


@bp.post("/notices/<int:notice_id>/read")
@requires(P.ACCOUNT_USE)
def read_notice(notice_id: int) -> Response:
    """Mark one as read and go on to what it is about."""
    path = transaction(lambda: inbox.mark_read(reader().id, notice_id))
    go_on = request.form.get("open") == "1"
    return redirect((own_path(path) if go_on else None) or url_for("accounts.notices"), 303)


@bp.post("/notices/read-all")
@requires(P.ACCOUNT_USE)
def read_all_notices() -> Answer:
    return perform(
        lambda: inbox.mark_all_read(reader().id),
        to=lambda _none: url_for("accounts.notices"),
        done=_l("All notices are marked as read."),
        back="/notices/",
    )


def _development_only() -> None:
    """Mails carry links that sign people in: only this machine may read them here, and never in production."""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    if settings().production or host not in ("localhost", "127.0.0.1", "::1"):
        abort(404)
    try:
        near = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        near = False
    if not near:
        abort(404)


@bp.get("/outbox/")
@requires(P.SITE_READ)
def outbox() -> str:
    _development_only()
    found: list[mails.Outgoing | mails.Written] = [*mails.outgoing(settings(), limit=100), *mails.mailings(limit=100)]
    newest = sorted(found, key=lambda mail: mail.created_at, reverse=True)[:100]
    made = [(mail, mails.message(mail, settings())) for mail in newest]
    return render_template("accounts/outbox.html", mails=made)


@bp.get("/outbox/<int:notice_id>")
@requires(P.SITE_READ)
def outbox_mail(notice_id: int) -> str:
    _development_only()
    found = mails.outgoing(settings(), notice_id=notice_id) if notice_id <= MAX_ID else []
    return _outbox_mail(found)


@bp.get("/outbox/mailings/<int:mailing_id>")
@requires(P.SITE_READ)
def outbox_mailing(mailing_id: int) -> str:
    """A digest or an announcement."""
    _development_only()
    return _outbox_mail(mails.mailings(mailing_id=mailing_id) if mailing_id <= MAX_ID else [])


def _body(message: EmailMessage) -> str:
    """Its text, whatever is attached."""
    text = message.get_body(("plain",))
    assert isinstance(text, EmailMessage)
    return str(text.get_content())


def _outbox_mail(found: Sequence[mails.Outgoing | mails.Written]) -> str:
    if not found:
        abort(404)
    message = mails.message(found[0], settings())
    link = found[0].letter.path if found[0].letter else ""
    return render_template("accounts/outbox_mail.html", message=message, body=_body(message), link=link)
