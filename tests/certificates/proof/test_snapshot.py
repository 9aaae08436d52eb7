"""What was certified, as a text that stays the same."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.certificates.proof.jcs import canonical
from tests.certificates.proof.paper import snapshot
from tracker.certificates.snapshot import KINDS, Snapshot

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


@given(TEXTS, TEXTS, st.sampled_from(KINDS), st.none() | st.integers(0, 10_000), st.none() | DAYS, DAYS)
def test_it_is_read_back_as_it_was_written(
    name: str, title: str, kind: str, points: int | None, since: dt.date | None, day: dt.date
) -> None:
    said = snapshot(name=name, title=title, kind=kind, points=points, period_from=since, issued_on=day)
    text = said.to_json()
    assert Snapshot.from_json(text) == said
    assert text == canonical(json.loads(text))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"version": 1}', '{"version": 2}',
     snapshot().to_json().replace('"version":1', '"version":2'), snapshot().to_json().replace('"name"', '"nom"'),
     snapshot().to_json().replace("2026-11-02", "yesterday"), snapshot().to_json().replace('"2026-11-02"', "7"),
     snapshot().to_json().replace('"sig":', '"more":1,"sig":')],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Snapshot.from_json(text)
