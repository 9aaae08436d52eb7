from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.cast import Cast
from tracker.db import db, transaction
from tracker.tasks import search, service
from tracker.tasks.models import Task


def found(query: str) -> set[str]:
    return set(db.session.scalars(select(Task.title).where(search.matches(query))))


def test_tokens_are_words_and_pairs_of_characters() -> None:
    assert search.tokens("Write CumSum_ops, cumsum!") == "write cumsum ops"
    assert search.tokens("算子支持v2") == "算子 子支 支持 持 v2"
    assert search.tokens("ＡＢＣ") == "abc"


def test_tokens_are_bounded() -> None:
    assert len(search.tokens(" ".join(f"word{n}" for n in range(60000))).encode()) <= search.LONGEST_SEARCH
    assert len(search.tokens("x" * 5000)) == search.LONGEST_TOKEN


@pytest.mark.parametrize(
    "query",
    ["cumsum", "CUM", "算子", "支持", "算子支持", "持", "loops 算子", "AKG"],
)
def test_words_prefixes_and_two_chinese_characters_are_found(cast: Cast, query: str) -> None:
    wanted = "Express CumSum as loops 算子支持"
    transaction(lambda: service.create_task(cast.mona, cast.cycle, title=wanted, area=cast.area, mentors=[cast.nils]))
    transaction(lambda: service.create_task(cast.mona, cast.cycle, title="Quite other"))
    assert wanted in found(query)


def test_names_that_change_without_the_task_are_left_to_the_filters(cast: Cast) -> None:
    transaction(lambda: service.create_task(cast.mona, cast.cycle, title="Zebra", area=cast.area, mentors=[cast.nils]))
    assert "Zebra" not in found("nils") | found("operator support") | found("图算")


def test_an_edit_is_found_and_the_old_words_arent(cast: Cast) -> None:
    task = transaction(lambda: service.create_task(cast.mona, cast.cycle, title="Zebra"))
    transaction(lambda: service.edit_task(cast.mona, task, version=1, title="Giraffe"))
    assert found("giraffe") == {"Giraffe"}
    assert found("zebra") == set()


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "'",
        "*",
        "NEAR(",
        "a OR b",
        "NOT x",
        "-x",
        "%",
        "_",
        "a:b",
        "^",
        "(((",
        "\\",
        "a'b",
        "& | !",
        "x" * 5000,
        ";--",
        "\x00",
        "\ud800",
    ],
)
def test_hostile_queries_never_fail(cast: Cast, query: str) -> None:
    found(query)


def test_a_query_without_words_finds_nothing(cast: Cast) -> None:
    assert found("*** !") == set()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=200))
def test_any_text_can_be_searched_for(cast: Cast, text: str) -> None:
    found(text)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=120))
def test_any_text_can_be_indexed_and_its_title_found_again(cast: Cast, text: str) -> None:
    cast.task.search = search.tokens(text, "quokka")
    db.session.flush()
    assert cast.task.title in found("quokka")
