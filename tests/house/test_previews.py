"""Nothing is mailed to more than one person from a page that doesn't show that mail first."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.cycles.models import Cycle
from tracker.cycles.quarters import bounds, next_quarter
from tracker.db import db, transaction
from tracker.events.actions import ACTIONS
from tracker.meetings.models import Meeting
from tracker.public_notices import service as public_notices
from tracker.public_notices.results import results
from tracker.public_notices.rules import fingerprint
from tracker.reports import service as reports
from tracker.rewards import service as rewards
from tracker.sigs import service as sigs

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
#: Audiences that are one person each.
SINGLE = {"account", "person", "claimant", "receiver", "proposer", "proposer_of_item", "requester"}
#: Several people are told, and there is no button: why.
WITHOUT_A_BUTTON = {
    "claim.promoted": "follows by itself when a seat comes free",
    "claim.lapsed": "the nightly job",
    "claim.escalated": "the nightly job",
    "meeting.skipped": "follows the calendar of holidays",
    "meeting.agenda_opened": "the nightly job",
    "promotion.ballot_off": "follows by itself where the meeting of a vote falls away",
    "promotion.lapsed": "follows by itself where something changed while the vote went on",
    "signup.made": "tells whoever signs up",
    "signup.moved_up": "tells whoever moves up",
}


def _told_to_several() -> set[str]:
    return {name for name, action in ACTIONS.items() if set(action.told) - SINGLE or len(action.told) > 1}


def _shown() -> dict[str, list[str]]:
    """Action → the templates that show its mail."""
    found: dict[str, list[str]] = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        for name in re.findall(r'mail_preview\(mail_of\("([\w.]+)"', path.read_text(encoding="utf-8")):
            found.setdefault(name, []).append(str(path.relative_to(TEMPLATES)))
    return found


@pytest.mark.parametrize("name", sorted(_told_to_several()))
def test_what_tells_several_people_is_shown_where_its_button_is(name: str) -> None:
    assert (name in _shown()) != (name in WITHOUT_A_BUTTON), "show the mail on the page, or say why there is no button"


def test_only_actions_that_there_are_are_shown_or_excused() -> None:
    assert set(_shown()) | set(WITHOUT_A_BUTTON) <= set(ACTIONS)


#: Pages with a button whose mail goes to several people: who opens them, and what the mail says.
PAGES = [
    ("mona", "{cycle}", "published"),
    ("mona", "{cycle}", "closed"),
    ("mona", "{task}", "withdrew"),
    ("mona", "{task}", "closed the claim of …"),
    ("mona", "{task}edit", "edited"),
    ("mona", "{meeting}cancel", "cancelled the meeting"),
    ("mona", "{meeting}move", "moved"),
    ("mona", "{meeting}postpone", "postponed"),
    ("mona", "{meeting}edit", "changed the meeting"),
    ("mona", "{held}minutes/publish", "published the minutes"),
    ("mona", "{published}minutes/correct", "corrected the minutes"),
    ("fay", "{task}claim", "applied for"),
    ("fay", "{meeting}agenda/propose", "proposed for the agenda"),
    ("dora", "{claim}progress", "reported on"),
    ("dora", "{claim}submit", "handed in"),
    ("dora", "{claim}release", "released"),
    ("mona", "/sigs/akg/rewards/new", "proposed a reward"),
    ("mona", "{cycle}public-notice", "published the results"),
    ("max", "{thing}", "it is sent once its receiver has given an address"),
    ("dora", "{approved}address", "gave an address"),
    ("otto", "{notice}object", "objects to the results"),
    ("max", "{objection}", "upheld an objection"),
    ("max", "{objection}", "dismissed an objection"),
    ("fay", "{cycle}budget", "set the budget of"),
    ("mona", "{task}carry", "carried"),
    ("mona", "{cycle}refresh", "carried"),
    ("dora", "{draft}", "handed in the internship report"),
    ("otto", "{report}", "took the internship report"),
]


@pytest.fixture
def places(cast: Cast) -> dict[str, str]:
    """A task that two people hold, with two mentors; a ready one; meetings ahead, held and with minutes; followers."""
    for person in (cast.dora, cast.otto, cast.fay):
        transaction(lambda person=person: sigs.follow(person, cast.akg))
    now = clock.now()
    task = cast.make_task(mentors=[cast.nils, cast.max], seats=3)
    cast.make_task(state="ready", mentors=[cast.nils, cast.max])
    claim = cast.make_claim(cast.dora, task, state="active")
    cast.make_claim(cast.otto, task, state="active")
    meetings = [
        Meeting(sig_id=cast.akg.id, starts_at=now + dt.timedelta(days=days), time_zone="Asia/Shanghai", created_at=now,
                minutes="All is well.")
        for days in (3, -3, -5)
    ]  # fmt: skip
    first = bounds(next_quarter(cast.cycle.quarter))[0]
    later = Cycle(sig_id=cast.akg.id, programme_id=cast.programme.id, quarter=next_quarter(cast.cycle.quarter),
                  claims_until=first, accept_by=first)  # fmt: skip
    db.session.add_all([*meetings, later])
    db.session.flush()
    for state, changed in (("held", meetings[1:]), ("minutes_published", meetings[2:])):
        for meeting in changed:
            meeting.state = state
        db.session.flush()
    meetings[2].minutes_published_at = now
    db.session.commit()
    return {
        "cycle": cast.cycle.path, "task": task.path, "claim": claim.path, "meeting": meetings[0].path,
        "held": meetings[1].path, "published": meetings[2].path, **_results(cast),
        **_reports(cast),
    }  # fmt: skip


def _results(cast: Cast) -> dict[str, str]:
    """A thing that is proposed, one that is approved, and a public notice with an objection to otto's row."""
    things = [
        transaction(
            lambda words=words, person=person: rewards.propose_reward(
                cast.mona, cast.akg, user=person, kind="bonus", description=words
            )
        )
        for words, person in (("Board", cast.dora), ("Cup", cast.dora), ("Book", cast.otto))
    ]
    for thing in things[1:]:
        transaction(lambda thing=thing: rewards.approve_reward(cast.max, thing, version=thing.version))
    seen = fingerprint(results(cast.cycle))
    notice = transaction(lambda: public_notices.open_notice(cast.mona, cast.cycle, seen=seen))
    [row] = [row["row"] for row in notice.rows if row["handle"] == "otto"]
    objection = transaction(lambda: public_notices.make_objection(cast.fay, notice, row=row, text="Why?"))
    return {
        "thing": things[0].path, "approved": things[1].path, "notice": notice.path,
        "objection": f"{notice.path}objections/{objection.id}/answer",
    }  # fmt: skip


def _reports(cast: Cast) -> dict[str, str]:
    """A report that dora writes, and one that otto handed in."""
    draft, report = (
        transaction(lambda person=person: reports.start_report(person, cast.programme, draft="Done."))
        for person in (cast.dora, cast.otto)
    )
    transaction(lambda: reports.hand_in_report(cast.otto, report, version=report.version))
    return {"draft": draft.path, "report": report.path}


@pytest.mark.parametrize(("who", "path", "said"), PAGES)
def test_the_page_shows_how_many_and_what(
    client: Client, cast: Cast, places: dict[str, str], who: str, path: str, said: str
) -> None:
    page = client.sign_in(getattr(cast, who)).get(path.format(**places)).text
    shown = re.findall(r"This mail goes to (\d+) people.*?<dd>(.*?)</dd>.*?<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert [found for found in shown if said in found[1] and "Hello …," in found[2]], [found[:2] for found in shown]


def test_nothing_is_shown_where_one_person_or_nobody_gets_mail(client: Client, cast: Cast) -> None:
    page = client.sign_in(cast.mona).get(cast.cycle.path).text
    assert "This mail goes to" not in page
