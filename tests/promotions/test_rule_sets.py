"""Sets of rules: brought in with the seeds, changed from a day on, by whom; and who the inactivity report names."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.promotions.conftest import Groups
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock, seeds
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.imports.reading import Notes
from tracker.imports.seeds import plant
from tracker.meetings.models import Meeting
from tracker.permissions import SYSTEM
from tracker.promotions import service
from tracker.promotions.inactivity import findings
from tracker.promotions.rule_models import DatedRule, RuleSet
from tracker.promotions.rule_queries import dated_rule, dated_rules, find_set, get_set, rules_of, set_of

RULE = {"from": "member", "electorate": ["maintainer"], "pass": "majority", "at": "meeting"}


def test_the_seeds_bring_both_sets_and_say_which_sig_goes_by_which(cast: Cast) -> None:
    for changed in (True, False):
        notes = Notes()
        sigs = transaction(lambda notes=notes: plant(SYSTEM, seeds.load(), notes))
        assert (notes.warnings, notes.changed) == ([], changed)
    chosen = {slug: set_of(sig.id) for slug, sig in sigs.items()}
    assert {slug: found.slug for slug, found in chosen.items() if found} == {
        "heterogeneous-fusion": "mindspore-sig", "akg": "mindspore-sig", "ge": "cann-sig", "driver": "cann-sig",
        "runtime": "cann-sig",
    }  # fmt: skip
    assert set(rules_of(sigs["akg"].id)) == {"contributor", "maintainer"}
    assert set(rules_of(sigs["ge"].id)) == {"committer", "maintainer"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"slug": "Not A Slug", "contributor": RULE}, "short name"),
        ({"slug": "odd", "contributor": {**RULE, "pass": "some"}}, "pass"),
        ({"slug": "odd", "contributor": "yes"}, "yes"),
        ("text", "mapping"),
    ],
)
def test_a_set_that_makes_no_sense_is_left_out_with_a_warning(cast: Cast, entry: Any, said: str) -> None:
    notes = Notes()
    transaction(lambda: plant(SYSTEM, {"promotion_rules": [entry]}, notes))
    assert len(notes.warnings) == 1 and db.session.scalar(select(func.count()).select_from(RuleSet)) == 0


def test_a_maintainer_who_imports_brings_no_sets(cast: Cast) -> None:
    notes = Notes()
    transaction(lambda: plant(cast.mona, {"promotion_rules": [{"slug": "odd", "contributor": RULE}]}, notes))
    assert "administrators" in notes.warnings[0]


def test_only_administrators_write_rules_and_only_maintainers_of_the_sig_choose(groups: Groups) -> None:
    cast, rules = groups.cast, get_set("cann-sig")
    for who in (cast.mona, cast.dora, cast.fay):
        with pytest.raises(Forbidden):
            transaction(lambda who=who: service.create_rule_set(who, slug="x", name="X"))
        with pytest.raises(Forbidden):
            transaction(
                lambda who=who: service.add_rule(who, rules, role="contributor", valid_from=clock.today(), rule=RULE)
            )
    for who in (cast.nils, cast.dora):
        with pytest.raises(Forbidden):
            transaction(lambda who=who: service.choose_rule_set(who, cast.akg, rule_set=rules))
    transaction(lambda: service.choose_rule_set(cast.mona, cast.akg, rule_set=rules))
    transaction(lambda: service.choose_rule_set(cast.admin, cast.akg, rule_set=get_set("mindspore-sig")))


def test_a_rule_holds_from_its_day_on(groups: Groups) -> None:
    cast, rules = groups.cast, get_set("mindspore-sig")
    soon = clock.today() + dt.timedelta(days=3)
    transaction(
        lambda: service.add_rule(cast.admin, rules, role="contributor", valid_from=soon, rule={**RULE, "pass": "half"})
    )
    transaction(lambda: service.add_rule(cast.admin, rules, role="maintainer", valid_from=soon, rule={}))
    before, after = dated_rules()[rules.id], dated_rules(soon)[rules.id]
    assert (before["contributor"].rule["pass"], set(before)) == ("majority", {"contributor", "maintainer"})
    assert (after["contributor"].rule["pass"], set(after)) == ("half", {"contributor"})
    transaction(lambda: service.add_rule(cast.admin, rules, role="maintainer", valid_from=clock.today(), rule={}))
    for day, role in ((clock.today() - dt.timedelta(days=1), "contributor"), (clock.today(), "maintainer")):
        with pytest.raises(Refused):
            transaction(
                lambda day=day, role=role: service.add_rule(cast.admin, rules, role=role, valid_from=day, rule=RULE)
            )
    with pytest.raises(ValueError, match="electorate"):
        transaction(
            lambda: service.add_rule(
                cast.admin, rules, role="contributor", valid_from=clock.today(), rule={**RULE, "electorate": []}
            )
        )
    assert db.session.scalar(select(func.count()).select_from(DatedRule).where(DatedRule.set_id == rules.id)) == 5


def test_a_rule_of_a_coming_day_is_replaced_until_it_comes(groups: Groups, client: Client) -> None:
    cast, rules, soon = groups.cast, get_set("mindspore-sig"), clock.today() + dt.timedelta(days=3)
    made = groups.nominated()

    def add(rule: dict[str, Any]) -> DatedRule:
        return transaction(
            lambda: service.add_rule(cast.admin, rules, role="contributor", valid_from=soon, rule=rule, reason="Typed.")
        )

    wrong, none, right = add({**RULE, "pass": "half"}), add({}), add(RULE)
    assert dated_rules(soon)[rules.id]["contributor"].id == right.id != wrong.id
    page = client.sign_in(cast.admin).get(rules.path).get_data(as_text=True)
    assert page.count("Replaced") == 2 and page.count("To come") == 1
    with clock.pretend(clock.now() + dt.timedelta(days=3)):
        with pytest.raises(Refused, match="from this day on already"):
            add(none.rule)
        meeting = Meeting(sig_id=cast.akg.id, starts_at=clock.now(), time_zone="Asia/Shanghai", created_at=clock.now())
        db.session.add(meeting)
        db.session.commit()
        opened = transaction(lambda: service.open_ballot(cast.mona, made, meeting=meeting))
    assert opened.ballot is not None and opened.ballot.rule_id == right.id
    with pytest.raises(Refused, match="from this day on already"):  # the database by itself
        add(RULE)


def test_a_set_that_no_rule_is_left_of_for_a_role_says_so(groups: Groups) -> None:
    rules, soon = get_set("cann-sig"), clock.today() + dt.timedelta(days=3)
    for rule in ({**RULE, "from": "contributor"}, {}):
        transaction(
            lambda rule=rule: service.add_rule(groups.cast.admin, rules, role="committer", valid_from=soon, rule=rule)
        )
    assert set(dated_rules(soon)[rules.id]) == {"maintainer"}


def test_a_sig_without_a_set_elects_nobody(cast: Cast) -> None:
    assert (
        find_set("mindspore-sig") is None
        and dated_rule(cast.akg.id, "contributor") is None
        and rules_of(cast.akg.id) == {}
    )
    with pytest.raises(Refused, match="hasn't chosen"):
        transaction(
            lambda: service.nominate(cast.mona, cast.akg, user=cast.dora, role="contributor", statement="Good.")
        )


# -- who has become quiet --------------------------------------------------------------------------------

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
LONG_AGO = dt.date(2024, 1, 1)


@pytest.mark.parametrize(
    ("role", "since", "active", "met", "expected"),
    [
        ("committer", LONG_AGO, NOW - dt.timedelta(days=150), None, ()),
        ("committer", LONG_AGO, NOW - dt.timedelta(days=190), None, ("no_activity",)),
        ("committer", LONG_AGO, None, None, ("no_activity",)),
        ("committer", dt.date(2026, 10, 1), None, None, ()),
        ("maintainer", LONG_AGO, NOW, NOW, ()),
        ("maintainer", LONG_AGO, NOW, NOW - dt.timedelta(days=100), ("no_meeting",)),
        ("maintainer", LONG_AGO, NOW - dt.timedelta(days=190), NOW, ("no_activity",)),
        ("maintainer", LONG_AGO, None, None, ("no_activity", "no_meeting")),
        ("maintainer", dt.date(2026, 11, 1), None, None, ()),
    ],
)
def test_the_report_names_by_the_months_of_the_set(
    role: str, since: dt.date, active: dt.datetime | None, met: dt.datetime | None, expected: tuple[str, ...]
) -> None:
    rules = RuleSet(committer_months=6, maintainer_meeting_months=3, maintainer_months=6, sig_meeting_months=3)
    assert findings(role, rules, NOW, since, active, met) == expected
