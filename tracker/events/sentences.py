"""How an event reads in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from tracker.events.actions import ACTIONS
from tracker.person_name import called
from tracker.text import LazyString, Text, _, _day, _l, _month

#: How a step came in, in words.
WAYS: dict[str, LazyString] = {
    "page": _l("by page"),
    "api": _l("by API"),
    "command": _l("by command"),
    "job": _l("by the nightly job"),
}


#: Reasons that the tracker gives by itself, kept as ``reason_code`` and said in the reader's language.
REASONS: dict[str, LazyString] = {
    "finished": _l("The task is finished: its last seat was accepted."),
    "lapsed": _l("Nothing was reported or handed in for as long as the programme allows, also after a warning."),
    "late_review": _l("The last day of acceptance passed while a reviewer was late. This is no strike."),
    # why a claim was closed although the appeal was upheld: the codes of claims.verdicts
    "not_open_now": _l("The task or its quarter is closed by now, so the claim can't go on."),
    "no_seat_now": _l("No seat of the task is free any more, so the claim can't go on."),
    "limit_now": _l("Its claimant holds as many tasks as the programme allows by now, so the claim can't go on."),
    # why a proposal waits for a later meeting
    "not_heard": _l("It wasn't heard at its meeting."),
    "absent": _l("Its proposer wasn't at the meeting."),
    "meeting_off": _l("Its meeting doesn't take place."),
    # why a meeting of a series is left out: the codes of meetings.remarks
    "holiday": _l("The day is a public holiday."),
    "taken": _l("The SIG has another meeting of this kind at this time."),
    "unconfirmed": _l("Nobody confirmed a day in time."),
    # why a file that was asked for couldn't be made: the codes of exports.models
    "export_rights": _l("You may not have these rows any more."),
    "export_refused": _l("One of its filters means nothing any more. Choose them anew."),
    "export_too_many": _l(
        "An Excel sheet holds 1,048,575 rows, and these are more. Take the CSV, or narrow them down."
    ),
    "export_broken": _l(
        "Something went wrong, and whoever runs the site finds it in the log. Try again, or take the CSV."
    ),
    # why somebody's account was erased by an administrator
    "asked_in_writing": _l("The person asked for it in writing."),
    "second_account": _l("The person asked to keep another account only."),
    "ordered": _l("A court or an authority ordered it."),
    "died": _l("The person has died, and who may speak for them asked for it."),
    # why somebody on the waitlist was passed over: the codes of claims.rules.conditions
    "own": _l("You have another claim on this task."),
    "first": _l("You had this task before, so it goes to others. Pick another one."),
    "mentor": _l("You mentor this task, and nobody reviews their own work. Pick another one."),
    "email": _l(
        "Your e-mail address isn't verified yet. Follow the link in the mail we sent you, or ask for it again."
    ),
    "profile": _l("Your profile isn't complete. Fill in what is missing."),
    "cooldown": _l("You have strikes and can't take a task for a while. My claims says until when."),
    "agreement": _l("The task pays a wage, and you haven't signed the agreement in force."),
    # why somebody is excluded from pay: the code of payees.models.EXCLUSION_KINDS that needs no note
    "employee": _l("Employed by a member organisation"),
    "limit": _l("You hold as many tasks as the programme allows. Finish or release one first."),
}


class _Said(dict[str, Any]):
    """Facts of an event; one that an older event doesn't have reads as a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def sentence(name: str, facts: Mapping[str, Any], actor_name: str) -> str:
    """The sentence of the action ``name`` with its ``facts``, as plain text (not HTML).

    ``actor_name`` empty: nobody, so the tracker itself. An action that isn't known any more reads as its name.
    """
    action = ACTIONS.get(name)
    if action is None:
        return name
    said = _Said({name: _dated(fact) for name, fact in facts.items()})
    said["actor"] = actor_name or the_tracker()
    if role := facts.get("thing_role"):
        said["thing"] = _("%(one)s, %(other)s", one=said["thing"], other=_(role))
    if month := facts.get("thing_month"):
        said["thing"] = _("Wage of %(month)s", month=_month(month))
    if "reason_code" in facts:
        said["reason"] = reason_of(facts)
    # Facts may have been read in another language: a mail's is its reader's.
    return called(str(action.sentence) % said)


_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?: (.+))?")


def _dated(fact: Any) -> Any:
    """A fact that is a day, with a time or without (``2026-12-05``, ``2026-12-05 19:00 (Asia/Shanghai)``), as the reader's
    language writes it; any other as it is."""
    if not isinstance(fact, str) or not (match := _DATE.fullmatch(fact)):
        return fact
    try:
        day = _day(dt.date.fromisoformat(match[1]))
    except ValueError:
        return fact
    return _("%(day)s, %(time)s", day=day, time=match[2]) if match[2] else str(day)


def reason_of(facts: Mapping[str, Any]) -> Text:
    """Why it was done: what somebody wrote, or the words of a ``reason_code``; empty where nothing was said."""
    return str(facts.get("reason") or "").strip() or REASONS.get(facts.get("reason_code", ""), "")


def the_tracker() -> str:
    """Who did what nobody did: commands and jobs without a person."""
    return _("The tracker")
