"""What could be certified, read from what is true."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select

from tests.certificates.earned import accepted, commented, intern, issue, reported, revoke, role, taken_back
from tests.support.cast import Cast
from tests.support.statements import statements
from tracker import clock
from tracker.certificates import entitlements, service
from tracker.certificates.entitlements import entitled, get_entitlement, of_person
from tracker.certificates.internships import standings_of
from tracker.cycles.quarters import quarter_of
from tracker.db import db, transaction
from tracker.errors import Missing
from tracker.ledger.booking import reverse
from tracker.ledger.models import Transfer
from tracker.programmes.models import Agreement
from tracker.reports.models import STATES
from tracker.reports.queries import report_facts
from tracker.rewards.approvals import approve_reward
from tracker.rewards.proposals import propose_reward

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI)


def signed(cast: Cast, day: dt.date | None) -> None:
    """Dora's agreement, signed on a day or not at all."""
    db.session.execute(delete(Agreement).where(Agreement.user_id == cast.dora.id))
    if day is not None:
        db.session.add(
            Agreement(
                user_id=cast.dora.id, programme_id=cast.programme.id, version=dt.date(2025, 1, 1), signed_at=at(day, 0)
            )
        )
    db.session.commit()


def standing(cast: Cast) -> str:
    return get_entitlement(f"internship-{cast.programme.id}-{cast.dora.id}").obstacle


def test_each_thing_that_is_missing_is_said_until_it_is_there(cast: Cast) -> None:
    claim = accepted(cast, points=59)
    assert standing(cast) == "points"
    accepted(cast, points=1)
    assert standing(cast) == "comment"
    commented(cast, claim, by=cast.dora)  # one's own comment is none
    assert standing(cast) == "comment"
    commented(cast, claim)
    assert standing(cast) == "report"
    reported(cast)
    assert standing(cast) == ""
    taken_back(cast, claim, 1)
    assert standing(cast) == "points"


@pytest.mark.parametrize("state", ["draft", "handed_in", "changes_requested"])
def test_a_report_that_is_not_accepted_is_not_enough(cast: Cast, state: str) -> None:
    commented(cast, accepted(cast, points=60))
    reported(cast, state=state)
    assert standing(cast) == "report"


@pytest.mark.parametrize("state", list(STATES))
def test_many_reports_are_read_as_a_single_one_is(cast: Cast, state: str) -> None:
    claim = accepted(cast, points=60)
    reported(cast, state=state)
    facts = report_facts(cast.dora.id, cast.programme.id)
    [row] = standings_of(cast.dora.id)
    assert row.internship is not None
    met = {check.token: check.met for check in row.internship.checks}
    assert (met["report"], met["comment"]) == (facts.report_accepted, facts.assessed)
    commented(cast, claim)
    assert standing(cast) == ("" if facts.report_accepted else "report")


@pytest.mark.parametrize(("days", "obstacle"), [(0, ""), (1, "points")])
def test_points_before_the_agreement_do_not_count(cast: Cast, days: int, obstacle: str) -> None:
    cast.rules.certificate = {"points": 60, "within_months": 6}
    today = clock.today("Asia/Shanghai")
    signed(cast, today)
    accepted(cast, points=60, at=at(today - dt.timedelta(days=days), 1))
    assert standing(cast) == obstacle


@pytest.mark.parametrize(
    ("moment", "obstacle"), [(at(dt.date(2026, 9, 2), 23, 59), ""), (at(dt.date(2026, 9, 3), 0, 1), "late")]
)
def test_the_last_day_ends_at_midnight_in_shanghai(cast: Cast, moment: dt.datetime, obstacle: str) -> None:
    cast.rules.certificate = {"points": 60, "within_months": 6}
    signed(cast, dt.date(2026, 3, 2))
    accepted(cast, points=60, at=moment)
    with clock.pretend(at(dt.date(2026, 12, 1))):
        assert standing(cast) == obstacle


def test_without_an_agreement_it_begins_with_the_first_approval(cast: Cast) -> None:
    signed(cast, None)
    today = clock.today("Asia/Shanghai")
    assert standings_of(cast.dora.id) == []
    cast.make_claim(cast.dora, cast.make_task(), state="applied")
    assert [(row.internship, row.obstacle) for row in standings_of(cast.dora.id)] == [(None, "no_start")]
    with clock.pretend(at(today - dt.timedelta(days=40))):
        cast.make_claim(cast.dora, cast.make_task(), state="active")
    [row] = standings_of(cast.dora.id)
    assert row.internship is not None and row.internship.start == today - dt.timedelta(days=40)


def test_an_agreement_signed_anew_begins_another_count_and_takes_nothing_away(cast: Cast) -> None:
    cast.rules.certificate = {"points": 60, "within_months": 6}
    signed(cast, dt.date(2026, 3, 2))
    accepted(cast, points=60, at=at(dt.date(2026, 4, 1)))
    db.session.add(
        Agreement(user_id=cast.dora.id, programme_id=cast.programme.id, version=dt.date(2026, 5, 1), signed_at=at(dt.date(2026, 5, 2)))
    )  # fmt: skip
    db.session.commit()
    row = get_entitlement(f"internship-{cast.programme.id}-{cast.dora.id}")
    assert (row.obstacle, row.period_from, row.period_to) == ("", dt.date(2026, 3, 2), dt.date(2026, 4, 1))


def test_an_agreement_signed_anew_leaves_the_points_on_the_page(cast: Cast) -> None:
    start = clock.today("Asia/Shanghai") - dt.timedelta(days=100)
    signed(cast, start)
    accepted(cast, points=50, at=at(start + dt.timedelta(days=10)))
    db.session.add(
        Agreement(user_id=cast.dora.id, programme_id=cast.programme.id, version=dt.date(2026, 5, 1), signed_at=clock.now())
    )  # fmt: skip
    db.session.commit()
    [row] = standings_of(cast.dora.id)
    assert row.internship is not None and row.internship.points == 50


def test_the_rule_in_force_when_it_began_holds(cast: Cast) -> None:
    cast.make_rules(valid_from=dt.date(2026, 6, 1), certificate={"points": 120, "within_months": 12})
    cast.rules.certificate = {"points": 60, "within_months": 6}
    signed(cast, dt.date(2026, 5, 31))
    accepted(cast, points=60, at=at(dt.date(2026, 7, 1)))
    assert standing(cast) == ""
    signed(cast, dt.date(2026, 6, 1))
    with clock.pretend(at(dt.date(2026, 8, 1))):
        assert standing(cast) == "points"


@pytest.mark.parametrize("days", [1, -300], ids=["before it began", "after it was over"])
def test_points_that_never_counted_take_none_along_when_they_are_taken_back(cast: Cast, days: int) -> None:
    cast.rules.certificate = {"points": 60, "within_months": 6}
    signed(cast, dt.date(2026, 3, 2))
    accepted(cast, points=60, at=at(dt.date(2026, 4, 1)))
    other = accepted(cast, points=20, at=at(dt.date(2026, 3, 2) - dt.timedelta(days=days)))
    given = db.session.scalars(select(Transfer).where(Transfer.claim_id == other.id)).one()
    reverse(cast.mona, [given], "Accepted by mistake.")
    db.session.commit()
    row = get_entitlement(f"internship-{cast.programme.id}-{cast.dora.id}")
    assert (row.obstacle, row.points) == ("", 60)


def test_points_that_counted_are_gone_when_they_are_taken_back(cast: Cast) -> None:
    cast.rules.certificate = {"points": 60, "within_months": 6}
    signed(cast, dt.date(2026, 3, 2))
    accepted(cast, points=60, at=at(dt.date(2026, 4, 1)))
    later = accepted(cast, points=20, at=at(dt.date(2026, 5, 1)))
    row = get_entitlement(f"internship-{cast.programme.id}-{cast.dora.id}")
    assert (row.points, row.period_to) == (80, dt.date(2026, 5, 1))
    reverse(
        cast.mona, db.session.scalars(select(Transfer).where(Transfer.claim_id == later.id)), "Accepted by mistake."
    )
    db.session.commit()
    row = get_entitlement(f"internship-{cast.programme.id}-{cast.dora.id}")
    assert (row.points, row.period_to, row.earned_on) == (60, dt.date(2026, 4, 1), dt.date(2026, 4, 1))


def test_r2cn_is_a_row_of_data(cast: Cast) -> None:
    cast.rules.certificate = {"points": 120, "within_months": 12}
    signed(cast, dt.date(2025, 6, 1))
    accepted(cast, points=80, at=at(dt.date(2025, 7, 1)))
    accepted(cast, points=40, at=at(dt.date(2026, 6, 1)))
    row = get_entitlement(f"internship-{cast.programme.id}-{cast.dora.id}")
    assert (row.obstacle, row.points, row.period_to) == ("", 120, dt.date(2026, 6, 1))


def test_a_programme_without_a_rule_gives_none(cast: Cast) -> None:
    cast.rules.certificate = {}
    accepted(cast, points=60)
    assert standing(cast) == "no_rule"
    assert standings_of(cast.dora.id) == []


def test_an_internship_belongs_to_the_sig_with_most_of_its_points(cast: Cast) -> None:
    intern(cast)
    claim = accepted(cast, points=61)
    claim.task.sig_id = cast.ge.id
    db.session.commit()
    assert [row.key for row in entitled(cast.akg, "internship")] == [f"internship-{cast.programme.id}-{cast.dora.id}"]


def test_whoever_is_certified_is_not_on_the_list_any_more(cast: Cast) -> None:
    mine = {kind: entitled(cast.akg, kind) for kind in ("internship", "task")}
    assert mine == {"internship": [], "task": []}
    row = intern(cast)
    assert [one.key for one in entitled(cast.akg, "internship")] == [row.key]
    [task] = entitled(cast.akg, "task")
    issue(cast.mona, row.key)
    issue(cast.mona, task.key)
    assert entitled(cast.akg, "internship") == entitled(cast.akg, "task") == []
    assert entitled(cast.ge, "internship") == []


def test_the_list_of_a_quarter_has_what_was_earned_in_it(cast: Cast) -> None:
    accepted(cast, at=at(dt.date(2026, 9, 30), 23, 59))
    later = accepted(cast, at=at(dt.date(2026, 10, 1), 0, 1))
    assert [row.claim_id for row in entitled(cast.akg, "task", "2026Q4")] == [later.id]
    assert len(entitled(cast.akg, "task", "2026Q3")) == 1
    assert len(entitled(cast.akg, "task")) == 2


def test_the_list_of_a_quarter_has_whose_report_was_accepted_in_it(cast: Cast) -> None:
    signed(cast, dt.date(2026, 3, 2))
    claim = accepted(cast, points=60, at=at(dt.date(2026, 6, 1)))
    commented(cast, claim)
    with clock.pretend(at(dt.date(2026, 10, 5))):
        reported(cast)
    with clock.pretend(at(dt.date(2026, 9, 1))):
        commented(cast, claim)
    [row] = entitled(cast.akg, "internship")
    assert row.earned_on == dt.date(2026, 10, 5)
    assert [one.key for one in entitled(cast.akg, "internship", "2026Q4")] == [row.key]
    assert entitled(cast.akg, "internship", "2026Q2") == []


def test_a_task_counts_by_the_terms_it_was_taken_under(cast: Cast) -> None:
    promised, other = accepted(cast), accepted(cast, gives_certificate=False)
    promised.task.gives_certificate, other.task.gives_certificate = False, True
    db.session.commit()
    assert [row.claim_id for row in entitled(cast.akg, "task")] == [promised.id]
    assert get_entitlement(f"task-{other.id}").obstacle == "not_certified"
    promised.terms = {}  # one of an older version kept none: its task says it
    promised.task.gives_certificate = True
    db.session.commit()
    assert get_entitlement(f"task-{promised.id}").obstacle == ""


def test_roles_are_certified_from_since_to_until(cast: Cast) -> None:
    ended = role(cast, cast.otto, "contributor", dt.date(2024, 3, 1), dt.date(2025, 3, 1))
    runs = role(cast, cast.dora, "committer", dt.date(2025, 3, 1))
    role(cast, cast.fay, "member", dt.date(2024, 3, 1))
    rows = {row.membership_id: row for row in entitled(cast.akg, "service")}
    assert set(rows) >= {ended.id, runs.id} and not any(row.user_id == cast.fay.id for row in rows.values())
    assert (rows[ended.id].period_from, rows[ended.id].period_to) == (dt.date(2024, 3, 1), dt.date(2025, 2, 28))
    assert rows[runs.id].period_to is None and rows[runs.id].title == "Committer of AKG"
    assert rows[ended.id].title_zh == "AKG图算融合编译SIG核心贡献者"
    assert [row.membership_id for row in entitled(cast.akg, "service", "2025Q1")] == [ended.id]
    assert runs.id in {row.membership_id for row in entitled(cast.akg, "service", quarter_of(clock.today()))}


@pytest.mark.parametrize(
    ("name_zh", "title_zh"),
    [
        ("图引擎SIG", "图引擎SIG负责人"),
        ("图引擎", "图引擎SIG负责人"),
        ("图引擎特别兴趣小组", "图引擎特别兴趣小组负责人"),
        ("", "geSIG负责人"),
    ],
)
def test_an_office_says_once_that_it_is_of_a_sig(cast: Cast, name_zh: str, title_zh: str) -> None:
    cast.ge.name_zh = name_zh
    db.session.commit()
    [row] = entitled(cast.ge, "service")
    assert row.title_zh == title_zh


def test_a_role_that_ended_is_certified_beside_the_certificate_of_when_it_went_on(cast: Cast) -> None:
    row = role(cast, cast.dora, "committer", dt.date(2025, 3, 1))
    since = issue(cast.mona, f"service-{row.id}")
    row.until = dt.date(2026, 3, 1)
    db.session.commit()
    [open_one] = [one for one in entitled(cast.akg, "service") if one.membership_id == row.id]
    assert (open_one.key, open_one.certified, open_one.corrects) == (f"service-{row.id}-ended", "", None)
    final = issue(cast.max, open_one.key)
    assert (final.period_to, final.entitlement, final.replaces_id) == (dt.date(2026, 2, 28), open_one.key, None)
    assert since.revoked_at is None and row.id not in {one.membership_id for one in entitled(cast.akg, "service")}
    assert get_entitlement(f"service-{row.id}").certified == final.code


def test_what_is_left_out_takes_no_place_on_the_list(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entitlements, "MOST", 2)
    days = [dt.date(2026, 7, 1), dt.date(2026, 7, 2), dt.date(2026, 9, 30), dt.date(2026, 10, 1), dt.date(2026, 10, 2)]
    claims = [accepted(cast, at=at(day, 1)) for day in days]
    claims[0].decided_by_id = claims[2].decided_by_id = cast.dora.id
    db.session.commit()
    erased = issue(cast.mona, f"task-{claims[1].id}")
    transaction(lambda: service.erase_names(cast.dora, cast.dora))
    revoke(cast.mona, erased)
    assert [row.claim_id for row in entitled(cast.akg, "task")] == [claims[3].id, claims[4].id]
    more = [accepted(cast, at=at(dt.date(2026, 9, 30), 23)) for _number in range(2)]
    assert [row.claim_id for row in entitled(cast.akg, "task", "2026Q4")] == [claims[3].id, claims[4].id]
    assert [row.claim_id for row in entitled(cast.akg, "task")] == [claim.id for claim in more]


@pytest.mark.parametrize(("back", "left", "token"), [(19, 1, ""), (20, 0, "taken_back")])
def test_points_that_were_taken_back_are_not_on_a_tasks_certificate(
    cast: Cast, back: int, left: int, token: str
) -> None:
    claim, other = accepted(cast), accepted(cast, cast.otto)
    line = transaction(
        lambda: propose_reward(
            cast.mona, cast.akg, user=cast.dora, kind="correction", description="Copied.", points=-back, task=claim.task
        )
    )
    transaction(lambda: approve_reward(cast.max, line, version=line.version))
    row = get_entitlement(f"task-{claim.id}")
    assert (row.points, row.obstacle) == (left, token)
    assert [one.points for one in entitled(cast.akg, "task")] == [left, 20][bool(token) :]
    assert get_entitlement(f"task-{other.id}").points == 20


@pytest.mark.parametrize(
    "key",
    [
        "",
        "task",
        "task-1-ended",
        "internship-1-1-ended",
        "task-0",
        "task-x",
        "task-99999999999",
        "internship-1",
        "service-1-2",
        "task-٣",
    ],
)
def test_what_is_no_key_is_missing(cast: Cast, key: str) -> None:
    with pytest.raises(Missing):
        get_entitlement(key)


def test_ones_own_list_has_what_could_be_certified(cast: Cast) -> None:
    claim = accepted(cast)
    assert [row.key for row in of_person(cast.dora.id)] == [f"task-{claim.id}"]
    assert of_person(cast.otto.id) == []


@pytest.mark.parametrize("kind", ["internship", "task", "service"])
def test_a_list_takes_the_same_statements_however_long_it_is(cast: Cast, kind: str) -> None:
    def count() -> int:
        db.session.expire_all()
        cast.akg.name  # noqa: B018  # read before it is counted
        with statements() as seen:
            entitled(cast.akg, kind)
        return len(seen)

    people = [cast.person(f"p{number}") for number in range(6)]

    def add(user: object) -> None:
        intern(cast, user)
        role(cast, user, "contributor", dt.date(2024, 1, 1))

    add(people[0])
    few = count()
    for user in people[1:]:
        add(user)
    assert len(entitled(cast.akg, kind)) >= 6
    assert count() == few
