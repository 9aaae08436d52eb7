"""How events read."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from tests.support.cast import Cast
from tracker.db import transaction
from tracker.events import record
from tracker.events.actions import ACTIONS
from tracker.events.history import history
from tracker.events.sentences import sentence
from tracker.permissions import SYSTEM


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_every_action_has_a_sentence_even_where_an_old_event_lacks_a_fact(words, name):
    said = sentence(name, {"thing": "AKG-2026Q4-001"}, "Mona")
    assert said and "%(" not in said


def test_facts_are_filled_in_and_percent_signs_kept(words):
    facts = {"thing": "AKG-2026Q4-001", "percent": 40}
    assert sentence("progress.written", facts, "Dora") == "Dora reported on AKG-2026Q4-001: 40 %"


@pytest.mark.parametrize(("language", "said"), [
    ("en", "Fay approved a reward: Wage of October 2026"), ("zh_Hans_CN", "Fay 复核通过了奖励：2026年10月实习工资"),
])  # fmt: skip
def test_a_wage_is_called_by_its_month_in_the_readers_language(words, language, said):
    facts = {"thing": "Wage 2026-10", "thing_month": "2026-10"}
    with words.test_request_context(), force_locale(language):
        assert sentence("reward.approved", facts, "Fay") == said


@pytest.mark.parametrize(("fact", "en", "zh"), [
    ("2026-12-04", "4 December 2026", "2026年12月4日"),
    ("2026-12-04 19:00 (Asia/Shanghai)", "4 December 2026, 19:00 (Asia/Shanghai)", "2026年12月4日 19:00 (Asia/Shanghai)"),
    ("2026-13-44", "2026-13-44", "2026-13-44"),
])  # fmt: skip
def test_days_are_written_as_the_reader_writes_them(words, fact, en, zh):
    for language, day in (("en", en), ("zh_Hans_CN", zh)):
        with words.test_request_context(), force_locale(language):
            assert day in sentence("claim.snoozed", {"thing": "AKG-2026Q4-001", "until": fact}, "Mona")


def test_nobody_is_the_tracker_and_unknown_actions_read_as_their_name(words):
    assert sentence("sig.edited", {"thing": "AKG"}, "") == "The tracker edited the SIG AKG"
    assert sentence("sig.exploded", {}, "Mona") == "sig.exploded"


def test_the_history_is_newest_first_with_reason_and_way(cast: Cast):
    transaction(lambda: record(cast.mona, "sig.edited", cast.akg))
    transaction(lambda: record(SYSTEM, "sig.imported", cast.akg, reason="A new file."))
    transaction(lambda: record(cast.nils, "sig.edited", cast.ge))
    lines = history("sig", cast.akg.id)
    assert [(line.actor, line.sentence) for line in lines] == [
        ("The tracker", "The tracker imported the SIG AKG"), ("Mona", "Mona edited the SIG AKG"),
    ]  # fmt: skip
    assert lines[0].reason == "A new file." and str(lines[0].via) == "by command" and lines[1].reason == ""
    assert len(history("sig", cast.akg.id, 1)) == 1
