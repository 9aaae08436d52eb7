"""Calendars to subscribe to: of a SIG, and of a person at a secret address."""

from __future__ import annotations

from flask import Response, render_template, request, url_for
from flask_babel import force_locale

from tracker.accounts import tokens
from tracker.accounts.blueprint import reader, settings
from tracker.meetings import feeds
from tracker.meetings.blueprint import bp
from tracker.meetings.ics import calendar_of
from tracker.meetings.models import CalendarFeed
from tracker.permissions import Permission as P
from tracker.sigs.models import Sig
from tracker.sigs.queries import all_sigs
from tracker.text import _, _l
from tracker.web.actions import Answer, perform
from tracker.web.i18n import LOCALES
from tracker.web.routes import loads, requires

#: What the signed id is for: a link of another kind is no good here.
_PURPOSE = "calendar"
#: Seconds for which a program may keep a feed without asking.
_FRESH = 60


@loads(CalendarFeed)
def _load(token: str) -> CalendarFeed:
    return feeds.get_feed(tokens.read(token, _PURPOSE, settings().secret_key))


@bp.get("/sigs/<slug>/meetings.ics")
@requires(P.MEETING_READ, Sig)
def sig_calendar(sig: Sig) -> Response:
    """The meetings of the SIG; ``?lang=zh`` in Chinese."""
    language = asked if (asked := request.args.get("lang", "")) in LOCALES else "en"
    with force_locale(LOCALES[language]):
        name = _("%(sig)s meetings", sig=(sig.name_zh if language == "zh" else "") or sig.name)
    rows = feeds.meetings_of_sig(sig.id)
    return _file(
        calendar_of(rows, name=name, base_url=settings().base_url, language=language), f"{sig.slug}-meetings", "public"
    )


@bp.get("/account/calendar/<token>.ics")
@requires(P.CALENDAR_FEED, CalendarFeed)
def personal_calendar(feed: CalendarFeed) -> Response:
    """Whoever has the address reads it: calendar programs don't sign in."""
    user = feed.user
    language = user.language or "en"
    with force_locale(LOCALES[language]):
        name = _("Meetings of %(person)s", person=user.display_name or user.handle)
    content = calendar_of(
        feeds.meetings_of_person(user.id), name=name, base_url=settings().base_url, language=language,
        due=feeds.due_dates(user.id),
    )  # fmt: skip
    return _file(content, "meetings", "private")


def _file(content: bytes, name: str, who: str) -> Response:
    response = Response(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response.headers["Cache-Control"] = f"{who}, max-age={_FRESH}"
    response.add_etag()
    response.make_conditional(request)
    return response


# -- my address -----------------------------------------------------------------------------------


def _address(feed: CalendarFeed) -> str:
    """The whole address, from the settings: never taken from a request."""
    token = tokens.sign(feed.id, _PURPOSE, settings().secret_key)
    return settings().base_url.rstrip("/") + url_for("meetings.personal_calendar", token=token)


@bp.get("/account/calendar")
@requires(P.ACCOUNT_USE)
def own_calendar() -> str:
    feed = feeds.feed_of(reader().id)
    address = _address(feed) if feed else ""
    return render_template("meetings/own_calendar.html", feed=feed, address=address, sigs=all_sigs())


@bp.post("/account/calendar/new")
@requires(P.ACCOUNT_USE)
def make_calendar() -> Answer:
    return perform(
        lambda: feeds.make_feed(reader()),
        to=lambda _feed: url_for("meetings.own_calendar"),
        done=_l("This is your calendar address. One that you had before no longer works."),
        back="/account/calendar",
    )


@bp.post("/account/calendar/revoke")
@requires(P.ACCOUNT_USE)
def revoke_calendar() -> Answer:
    return perform(
        lambda: feeds.revoke_feed(reader()),
        to=lambda _feed: url_for("meetings.own_calendar"),
        done=_l("Your calendar address no longer works."),
        back="/account/calendar",
    )
