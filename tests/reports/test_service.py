"""The steps of an internship report, through the services."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.reports.conftest import assess, do, events, hand_in, refused, told
from tests.support.cast import Cast
from tracker import clock
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event
from tracker.reports import queries, service
from tracker.reports.erasure import erase_reports
from tracker.reports.models import Assessment, InternshipReport, ReportVersion
from tracker.reports.queries import ReportFacts, report_facts

# -- writing --------------------------------------------------------------------------------------


def test_a_draft_is_its_writers_alone(cast: Cast, draft: InternshipReport) -> None:
    assert (draft.state, draft.newest, draft.version) == ("draft", 0, 1)
    assert events(draft) == ["report.started"] and told("report.started") == set()
    assert "loops" not in str(db.session.scalars(select(Event.facts)).all()).lower()


def test_it_takes_work_under_a_programme_that_asks_for_it(cast: Cast) -> None:
    said, _ = refused(service.start_report, cast.otto, cast.programme, draft="")
    assert "you hold no task under MindSpore" in said
    cast.make_claim(cast.otto, state="applied")
    assert "you hold no task" in refused(service.start_report, cast.otto, cast.programme, draft="")[0]
    cast.make_claim(cast.otto, cast.make_task(), state="active")
    cast.rules.certificate = {"points": 60, "within_months": 6}
    db.session.commit()
    assert "asks for no internship report" in refused(service.start_report, cast.otto, cast.programme, draft="")[0]


def test_there_is_one_report_a_person_and_programme(cast: Cast, draft: InternshipReport) -> None:
    said, _ = refused(service.start_report, cast.dora, cast.programme, draft="Another.")
    assert "You have a report under this programme already" in said


def test_a_draft_is_replaced_by_who_saw_it(cast: Cast, draft: InternshipReport) -> None:
    do(service.edit_report, cast.dora, draft, draft="Better.", version=1)
    said, _ = refused(service.edit_report, cast.dora, draft, draft="Worse.", version=1)
    assert "was changed since you opened the page" in said
    db.session.expire_all()
    assert (draft.draft, draft.version) == ("Better.", 2)
    for other in (cast.nils, cast.mona, cast.admin):
        with pytest.raises(Forbidden):
            do(service.edit_report, other, draft, draft="Mine.", version=2)


# -- handing in -----------------------------------------------------------------------------------


def test_a_hand_in_is_a_version_and_tells_who_knows_the_work(cast: Cast, draft: InternshipReport) -> None:
    cast.member(cast.fay, cast.akg, "member")
    hand_in(draft)
    assert (draft.state, draft.newest) == ("handed_in", 1) and draft.answer_by is not None
    assert draft.answer_by > clock.now()
    assert told("report.handed_in") == {cast.nils.id, cast.mona.id, cast.max.id}
    assert queries.version_of(draft, 1).text == draft.draft
    assert report_facts(cast.dora.id, cast.programme.id) == ReportFacts(report_handed_in=True)


def test_what_was_handed_in_stays_until_it_is_taken_back(cast: Cast, handed_in: InternshipReport) -> None:
    seen = handed_in.version
    assert "its words stay" in refused(service.edit_report, cast.dora, handed_in, draft="New.", version=seen)[0]
    assert "isn't possible now" in refused(service.hand_in_report, cast.dora, handed_in, version=seen)[0]
    do(service.take_back_report, cast.dora, handed_in, version=seen)
    assert (handed_in.state, handed_in.newest, handed_in.answer_by) == ("draft", 1, None)
    assert told("report.taken_back") == {cast.nils.id, cast.mona.id, cast.max.id}
    assert report_facts(cast.dora.id, cast.programme.id) == ReportFacts()
    hand_in(handed_in)
    assert [version.number for version, _said in queries.versions_of(handed_in)] == [1, 2]


def test_only_what_was_taken_back_is_hidden_from_then_on(cast: Cast, handed_in: InternshipReport, as_: Any) -> None:
    """Version 1 is assessed, 2 taken back, 3 handed in: mentors read 1 all the time, 2 never."""

    def reads(who: Any, **numbers: int) -> None:
        for number, status in numbers.items():
            as_(who).get(f"{handed_in.path}versions/{number[1:]}", status)

    assess(handed_in, cast.nils, "changes", "Say how fast it is.")
    do(service.edit_report, cast.dora, handed_in, draft="A secret.", version=handed_in.version)
    hand_in(handed_in)
    do(service.take_back_report, cast.dora, handed_in, version=handed_in.version)
    for who in (cast.nils, cast.mona, cast.admin):
        reads(who, v1=200, v2=404)
        page = as_(who).get(handed_in.path).text
        assert "I wrote" in page and "Say how fast it is." in page and "A secret." not in page
        assert handed_in.path in as_(who).get("/reports/?show=all").text
        assert "A newer version" not in as_(who).get(f"{handed_in.path}versions/1").text
    reads(cast.dora, v1=200, v2=200)
    do(service.edit_report, cast.dora, handed_in, draft="Twice as fast.", version=handed_in.version)
    hand_in(handed_in)
    reads(cast.nils, v1=200, v2=404, v3=200)
    page = as_(cast.nils).get(f"{handed_in.path}versions/3?since=2").text
    assert "A secret." not in page and "Twice as fast." in page
    assert "Taken back on" in as_(cast.dora).get(handed_in.path).text


def test_the_first_version_taken_back_is_there_for_nobody_else(
    cast: Cast, handed_in: InternshipReport, as_: Any
) -> None:
    do(service.take_back_report, cast.dora, handed_in, version=handed_in.version)
    as_(cast.nils).get(handed_in.path, 404)
    as_(cast.nils).get(f"{handed_in.path}versions/1", 404)
    assert handed_in.path not in as_(cast.nils).get("/reports/?show=all").text


def test_what_was_assessed_isnt_handed_in_again_by_a_detour(cast: Cast, handed_in: InternshipReport, as_: Any) -> None:
    """Something else is handed in and taken back, then the words that changes were asked of."""
    first = handed_in.draft
    assess(handed_in, cast.nils, "changes", "Say how fast it is.")
    do(service.edit_report, cast.dora, handed_in, draft="Other words.", version=handed_in.version)
    hand_in(handed_in)
    do(service.take_back_report, cast.dora, handed_in, version=handed_in.version)
    do(service.edit_report, cast.dora, handed_in, draft=first, version=handed_in.version)
    said, _ = refused(service.hand_in_report, cast.dora, handed_in, version=handed_in.version)
    assert "Nothing is changed since the last version" in said
    do(service.edit_report, cast.dora, handed_in, draft="Twice as fast.", version=handed_in.version)
    hand_in(handed_in)
    # What its readers compare with is what they assessed.
    page = as_(cast.nils).get(handed_in.path).text
    assert f"{handed_in.path}versions/3?since=1" in page and "since version 1" in page
    assert "since version 1" in as_(cast.nils).get(f"{handed_in.path}versions/3").text


@pytest.mark.parametrize("blank", ["\u200b", "\ufeff \u2060"])
def test_marks_without_a_width_arent_words(cast: Cast, handed_in: InternshipReport, as_: Any, blank: str) -> None:
    facts: dict[str, Any] = {"verdict": "changes", "text": blank, "version": handed_in.version}
    assert refused(service.assess_report, cast.nils, handed_in, **facts) == ("Say what is to be changed.", "text")
    as_(cast.nils).post(f"{handed_in.path}assess", 422, **{**facts, "version": str(handed_in.version)})


def test_an_empty_report_is_handed_in_only_to_ask_for_a_comment(cast: Cast, draft: InternshipReport) -> None:
    do(service.edit_report, cast.dora, draft, draft="", version=1)
    assert "The report is empty" in refused(service.hand_in_report, cast.dora, draft, version=2)[0]
    cast.rules.certificate = {"points": 60, "within_months": 6, "mentor_comment": True, "report": False}
    db.session.commit()
    hand_in(draft)
    assess(draft, cast.nils)
    assert report_facts(cast.dora.id, cast.programme.id) == ReportFacts(True, True, True)


# -- assessing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "may"),
    [("nils", True), ("mona", True), ("max", True), ("dora", False), ("otto", False), ("admin", False), ("fay", False)],
)
def test_who_knows_the_work_assesses_it(cast: Cast, handed_in: InternshipReport, who: str, may: bool) -> None:
    if not may:
        with pytest.raises(Forbidden):
            assess(handed_in, getattr(cast, who))
        return
    assess(handed_in, getattr(cast, who))
    assert handed_in.state == "accepted" and told("report.accepted") == {cast.dora.id}
    assert report_facts(cast.dora.id, cast.programme.id) == ReportFacts(True, True, True)


def test_a_maintainer_of_another_sig_reads_but_doesnt_assess(cast: Cast, work: Claim, draft: InternshipReport) -> None:
    cast.task.mentors = [cast.otto]
    db.session.commit()
    hand_in(draft)
    with pytest.raises(Forbidden):
        assess(draft, cast.nils)  # maintains ge, which runs its tasks under the programme too
    assess(draft, cast.otto)


@pytest.mark.parametrize("role", ["mentor", "maintainer"])
def test_nobody_assesses_their_own(cast: Cast, work: Claim, draft: InternshipReport, role: str) -> None:
    if role == "mentor":
        other = cast.make_claim(cast.dora, cast.make_task(), state="accepted")
        other.task.mentors = [cast.dora, cast.nils]
        db.session.commit()
    else:
        cast.member(cast.dora, cast.akg, "maintainer")
        db.session.commit()
    hand_in(draft)
    assert cast.dora.id not in told("report.handed_in")
    with pytest.raises(Forbidden):
        assess(draft, cast.dora)


def test_changes_are_asked_for_in_words_and_made(cast: Cast, handed_in: InternshipReport) -> None:
    version = handed_in.version
    facts: dict[str, Any] = {"verdict": "changes", "text": " ", "version": version}
    assert refused(service.assess_report, cast.nils, handed_in, **facts) == ("Say what is to be changed.", "text")
    assess(handed_in, cast.nils, "changes", "Say how fast it is.")
    assert handed_in.state == "changes_requested" and told("report.changes_requested") == {cast.dora.id}
    assert report_facts(cast.dora.id, cast.programme.id) == ReportFacts(report_handed_in=True)
    said, _ = refused(service.hand_in_report, cast.dora, handed_in, version=handed_in.version)
    assert "Nothing is changed since the last version" in said
    do(service.edit_report, cast.dora, handed_in, draft="Twice as fast.", version=handed_in.version)
    hand_in(handed_in)
    assess(handed_in, cast.mona)
    assert [said.verdict for _version, said in queries.versions_of(handed_in) if said] == ["changes", "accept"]


def test_the_comment_that_the_rules_need_is_written(cast: Cast, handed_in: InternshipReport) -> None:
    facts: dict[str, Any] = {"verdict": "accept", "text": "", "version": handed_in.version}
    said, field = refused(service.assess_report, cast.nils, handed_in, **facts)
    assert "certificate needs your comment" in said and field == "text"
    cast.rules.certificate = {"points": 60, "within_months": 6, "report": True}
    db.session.commit()
    do(service.assess_report, cast.nils, handed_in, **facts)
    assert report_facts(cast.dora.id, cast.programme.id) == ReportFacts(True, True, False)


def test_a_verdict_is_on_the_version_that_was_read(cast: Cast, handed_in: InternshipReport) -> None:
    seen = handed_in.version
    do(service.take_back_report, cast.dora, handed_in, version=seen)
    do(service.edit_report, cast.dora, handed_in, draft="Nothing like it.", version=handed_in.version)
    hand_in(handed_in)
    facts: dict[str, Any] = {"verdict": "accept", "text": "Good.", "version": seen}
    assert "was changed since" in refused(service.assess_report, cast.nils, handed_in, **facts)[0]
    assess(handed_in, cast.nils)
    assert "isn't possible now" in refused(service.assess_report, cast.mona, handed_in, **facts)[0]


# -- what the database holds ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE internship_report_version SET text = 'other'",
        "UPDATE internship_report_version SET number = 7",
        "UPDATE internship_assessment SET text = 'other'",
        "UPDATE internship_assessment SET verdict = 'changes'",
        "UPDATE internship_report_version SET taken_back_at = handed_in_at",
        "UPDATE internship_report SET newest = 0",
        "UPDATE internship_report SET newest = 3",
        "UPDATE internship_report SET state = 'draft'",
        "DELETE FROM internship_report_version",
        "DELETE FROM internship_assessment",
    ],
)
def test_the_database_keeps_what_was_said(cast: Cast, handed_in: InternshipReport, statement: str) -> None:
    assess(handed_in, cast.nils)
    with pytest.raises((Refused, DBAPIError)):
        transaction(lambda: db.session.execute(text(statement)))


def test_what_was_taken_back_stays_so(cast: Cast, handed_in: InternshipReport) -> None:
    do(service.take_back_report, cast.dora, handed_in, version=handed_in.version)
    with pytest.raises((Refused, DBAPIError)):
        transaction(lambda: db.session.execute(text("UPDATE internship_report_version SET taken_back_at = NULL")))


def test_the_database_takes_no_own_assessment_and_no_verdict_without_one(
    cast: Cast, handed_in: InternshipReport
) -> None:
    version = queries.version_of(handed_in, 1).id

    def own() -> None:
        db.session.add(
            Assessment(
                version_id=version, verdict="accept", text="Mine.", assessed_at=clock.now(), assessed_by_id=cast.dora.id
            )
        )

    with pytest.raises((Refused, DBAPIError)):
        transaction(own)
    with pytest.raises((Refused, DBAPIError)):
        transaction(
            lambda: db.session.execute(text("UPDATE internship_report SET state = 'accepted', answer_by = NULL"))
        )


# -- erasing --------------------------------------------------------------------------------------


def test_an_erased_account_takes_the_words_along_and_leaves_the_facts(cast: Cast, handed_in: InternshipReport) -> None:
    assess(handed_in, cast.nils, "changes", "Dora, say more.")
    do(service.edit_report, cast.dora, handed_in, draft="More.", version=handed_in.version)
    hand_in(handed_in)
    assess(handed_in, cast.nils)
    assert transaction(lambda: erase_reports(cast.dora)) == 1
    db.session.expire_all()
    assert handed_in.draft == ""
    assert set(db.session.scalars(select(ReportVersion.text))) == {""}
    assert set(db.session.scalars(select(Assessment.text))) == {""}
    assert report_facts(cast.dora.id, cast.programme.id) == ReportFacts(True, True, True)
