"""Pages of batches: the list, freezing, one batch, its files; and each of their POST routes."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.batches.stock import approved, bare, cancel, csv, file_of, freeze, give_data, some, states, upload
from tests.rewards.lines import approve, pay, propose
from tests.rewards.lines import cancel as cancel_line
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.batches import queries, rules
from tracker.db import db
from tracker.events import Event
from tracker.payees.models import PayeeLook
from tracker.rewards.models import PayoutBatch

NEW = "/rewards/batches/new"


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that freezes."""
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', page).group(1)  # type: ignore[union-attr]
        for name in ("lines", "layouts", "count", "amount", "currency")
    }


# -- freezing -------------------------------------------------------------------------------------


def test_finance_freezes_what_the_page_showed(cast: Cast, client: Client) -> None:
    lines = some(cast)
    propose(cast, description="Not approved")
    approved(cast, description="A mug", amount=None, currency="")
    page = client.sign_in(cast.fay).get(NEW).text
    assert "Not approved" not in page and "A mug" not in page and "I have checked 3 lines, CNY\u00a01,423.45" in page
    answer = client.post(NEW, **fields(page), title="Talks", checked="1")
    batch = db.session.scalars(select(PayoutBatch)).one()
    assert answer.headers["Location"].endswith(batch.path) and batch.title == "Talks" and batch.count == 3
    assert states(*lines) == ["in_batch"] * 3
    assert "Nothing waits to be paid here" in client.get(NEW).text


def test_the_page_filters_and_asks_for_one_currency(cast: Cast, client: Client) -> None:
    some(cast)
    approved(cast, description="Abroad", currency="USD")
    client.sign_in(cast.fay)
    page = client.get(NEW).text
    assert "of several currencies" in page and 'name="lines"' not in page and "currency=USD" in page
    page = client.get(f"{NEW}?currency=USD").text
    assert "Abroad" in page and "First talk" not in page and fields(page)["amount"] == "50000"
    assert "First talk" in client.get(f"{NEW}?currency=CNY&sig=akg&kind=bonus&programme=mindspore-internship").text
    for nothing in ("sig=ge", "kind=wage", "month=2020-01", "programme=nowhere"):
        assert "Nothing waits" in client.get(f"{NEW}?{nothing}").text
    for wrong in ("month=2026-13", "kind=lost", "currency=BTC", "sig=..", "complete=2"):
        client.get(f"{NEW}?{wrong}", 422)
        client.get(f"/rewards/batches/new.csv?{wrong}", 422)


def test_the_page_says_who_gave_no_payee_data(cast: Cast, client: Client) -> None:
    give_data(cast.dora)
    some(cast)
    client.sign_in(cast.fay)
    page = client.get(NEW).text
    assert "1 person gave no payee data" in page and "otto" in page
    page = client.get(f"{NEW}?complete=1").text
    assert "gave no payee data" not in page and fields(page)["count"] == "2"


def test_lines_that_would_take_more_than_they_give_are_listed_with_the_reason(cast: Cast, client: Client) -> None:
    approved(cast, user=cast.otto)
    approved(cast, kind="correction", description="Far too much", amount=-60000)
    client.sign_in(cast.fay)
    page = client.get(NEW).text
    assert "1 line is left out" in page and "Far too much" in page and "come to nothing or less" in page
    assert fields(page)["amount"] == "50000"
    table = client.get("/rewards/batches/new.csv?lang=zh").data.decode("utf-8-sig").splitlines()
    assert (
        table[0].startswith("奖励,特别兴趣小组")
        and table[1].endswith(",500.00,CNY,false,")
        and table[2].endswith(",nothing_left")
    )


def test_more_lines_than_a_batch_holds_are_to_be_narrowed_down(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("rules", "views", "queries"):
        monkeypatch.setattr(f"tracker.batches.{module}.MOST_LINES", 2)
    some(cast)
    page = client.sign_in(cast.fay).get(NEW).text
    assert "At most 2 lines go into one batch" in page and 'name="lines"' not in page
    with pytest.raises(Exception, match="At most 2 lines"):
        freeze(cast.fay, some(cast))


def test_a_stale_page_says_what_changed_and_shows_what_is_now(cast: Cast, client: Client) -> None:
    lines = some(cast)
    page = client.sign_in(cast.fay).get(NEW).text
    cancel_line(cast.mona, lines[1], reason="Twice")
    answer = client.post(NEW, 409, **fields(page), title="Talks", checked="1").text
    assert (
        f"{lines[1].id}: Mona cancelled a reward" in answer and "I have checked 2 lines" in answer and "Talks" in answer
    )
    client.post(NEW, **fields(answer), title="Talks", checked="1")
    freeze(cast.finn, [approved(cast, description="Later")])
    client.post(NEW, 409, **fields(page), checked="1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": ""}, {"lines": "x"}, {"lines": "1"}, {"lines": "1.1 x"}, {"lines": "9999999999.1"}, {"count": ""},
        {"count": "-1"}, {"amount": "1.5"}, {"amount": "NaN"}, {"currency": "BTC"}, {"layouts": "General.1"},
        {"title": "x" * 121}, {"title": "a\x01b"}, {"checked": ""}, {"checked": "maybe"}, {"lines": ["1.1", "2.1"]},
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_read_is_refused(cast: Cast, client: Client, wrong: dict[str, Any]) -> None:
    some(cast)
    good = {**fields(client.sign_in(cast.fay).get(NEW).text), "checked": "1"}
    client.post(NEW, 422, **{**good, **wrong})
    assert not db.session.scalars(select(PayoutBatch.id)).all()


def test_who_may_not_freeze(cast: Cast, app: Flask) -> None:
    some(cast)
    good = {**fields(Client(app).sign_in(cast.fay).get(NEW).text), "checked": "1"}
    for user in (cast.mona, cast.admin, cast.dora):
        Client(app).sign_in(user).get(NEW, 403)
        Client(app).sign_in(user).post(NEW, 403, **good)
    Client(app).get(NEW, 302)
    Client(app).post(NEW, 302, **good)
    Client(app).sign_in(cast.fay).post(NEW, 400, token=False, **good)


def test_the_lines_are_paged_while_the_form_has_all_of_them(cast: Cast, client: Client) -> None:
    lines = bare(cast, 60)
    page = client.sign_in(cast.fay).get(NEW).text
    assert page.count('class="t"') == 50 and len(fields(page)["lines"].split()) == 60
    second = client.get(f"{NEW}?after={lines[49].id}").text
    assert second.count('class="t"') == 10 and fields(second) == fields(page)


# -- the list -------------------------------------------------------------------------------------


def test_the_list_shows_how_the_lines_stand_and_filters(cast: Cast, client: Client) -> None:
    lines = some(cast)
    done = freeze(cast.fay, [approved(cast, description="Paid")], title="Done soon")
    pay(cast.finn, approve_none(done))
    gone = cancel(cast.fay, freeze(cast.fay, [approved(cast, description="Wrong")]))
    still = freeze(cast.fay, lines, title="Talks")
    client.sign_in(cast.admin)
    page = client.get("/rewards/batches/").text
    assert all(batch.number in page for batch in (done, gone, still)) and "3 of 3 lines" in page
    for state, batch in (("open", still), ("done", done), ("cancelled", gone)):
        found = re.findall(r'class="t"[^>]*>(PB-[0-9-]+)<', client.get(f"/rewards/batches/?state={state}").text)
        assert found == [batch.number]
    assert "No batch here" in client.get("/rewards/batches/?year=2020").text
    assert still.number in client.get(f"/rewards/batches/?year={still.number[3:7]}").text
    for wrong in ("year=20", "state=lost", "after=x", "after=0"):
        client.get(f"/rewards/batches/?{wrong}", 422)
    table = client.get("/rewards/batches.csv?state=open").data.decode("utf-8-sig").splitlines()
    assert len(table) == 2 and table[1].startswith(f"{still.number},Talks,CNY,3,1423.45,0,0,3,open,fay,")
    assert client.get("/rewards/batches.csv?lang=zh").data.decode("utf-8-sig").startswith("发放批次,标题")
    client.get("/rewards/batches.csv?year=x", 422)


def approve_none(batch: PayoutBatch) -> Any:
    """The one line of a batch."""
    from tracker.rewards.queries import get_reward

    return get_reward(queries.reward_ids(batch.id)[0])


def test_the_list_asks_no_more_for_more_batches(cast: Cast, client: Client) -> None:
    client.sign_in(cast.fay)
    freeze(cast.fay, bare(cast, 1))

    def asked(path: str) -> int:
        with statements() as seen:
            client.get(path)
        return len(seen)

    few = asked("/rewards/batches/")
    for _number in range(5):
        freeze(cast.fay, bare(cast, 1))
    assert asked("/rewards/batches/") == few <= 12


# -- one batch ------------------------------------------------------------------------------------


def test_a_batch_shows_its_sums_files_and_lines(cast: Cast, app: Flask) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines, title="Talks")
    pay(cast.finn, lines[0])
    page = Client(app).sign_in(cast.fay).get(batch.path).text
    assert "2 lines open" in page and "923.45" in page and "1 line paid" in page and "Talks" in page
    assert all(file.sha256 in page for file in queries.files_of(batch.id))
    assert f'action="/rewards/{lines[1].id}/pay?back=' in page and "any more" in page
    assert f"{batch.path}general.xlsx" in page
    page = Client(app).sign_in(cast.admin).get(batch.path).text
    assert "Finance downloads it" in page and "general.csv" not in page and "/pay?" not in page
    assert "20261016-0047" in Client(app).sign_in(cast.fay).get(f"{batch.path}?state=paid").text


def test_lines_are_paid_and_returned_by_hand_from_the_page(cast: Cast, client: Client) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    client.sign_in(cast.finn).get(batch.path)
    answer = client.post(f"/rewards/{lines[0].id}/pay?back={batch.path}", version="3", reference="B-1")
    assert answer.headers["Location"].endswith(batch.path)
    answer = client.post(f"/rewards/{lines[1].id}/return?back={batch.path}", version="3", reason="Closed")
    assert answer.headers["Location"].endswith(batch.path) and states(*lines) == ["paid", "returned", "in_batch"]
    away = client.post(f"/rewards/{lines[2].id}/pay?back=//evil.example", version="3", reference="B-2")
    assert "evil" not in away.headers["Location"]
    assert "Closed" in client.get(f"{batch.path}?state=returned").text
    page = client.get(batch.path).text
    assert "Done" in page and "Upload a result file" in page


def test_a_line_that_is_not_mine_to_pay_says_why(cast: Cast, client: Client) -> None:
    line = approve(cast.fay, propose(cast))
    page = client.sign_in(cast.fay).get(freeze(cast.finn, [line]).path).text
    assert "You approved it: another person pays" in page and f'action="/rewards/{line.id}/pay' not in page


def test_the_lines_of_a_batch_are_paged_by_their_place_and_exported(cast: Cast, client: Client) -> None:
    batch = freeze(cast.fay, bare(cast, 55, [cast.dora, cast.otto]))
    client.sign_in(cast.fay)
    with statements() as few:
        page = client.get(batch.path).text
    assert "Line 49" in page and "Line 50<" not in page and len(few) <= 25
    after = page.split("after=")[1].split('"')[0]
    assert after == "50" and "Line 50<" in client.get(f"{batch.path}?after=50").text
    table = client.get(f"{batch.path}lines.csv").data.decode("utf-8-sig").splitlines()
    assert len(table) == 56 and table[1].split(",")[0] == "1" and table[55].split(",")[0] == "55"
    assert len(client.get(f"{batch.path}lines.csv?state=paid").data.decode("utf-8-sig").splitlines()) == 1
    client.get(f"{batch.path}?after=x", 409)


def test_a_cancelled_batch_says_so_and_its_lines_may_be_elsewhere(cast: Cast, client: Client) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    client.sign_in(cast.finn)
    path = f"{batch.path}cancel"
    for wrong in ({"version": "1"}, {"version": "1", "reason": " "}, {"reason": "x"}, {"version": "x", "reason": "x"}):
        client.post(path, 422, **wrong)
    client.post(path, 409, version="7", reason="x")
    client.post(path, version="1", reason="Wrong month.")
    freeze(cast.fay, lines)
    page = client.get(batch.path).text
    assert "Wrong month." in page and "went back to approved" in page and "general.csv" in page
    assert "Upload a result file" not in page and "Cancel the batch" not in page
    client.post(path, 409, version="2", reason="Again")


def test_who_sees_a_batch_and_who_cancels_it(cast: Cast, app: Flask) -> None:
    batch = freeze(cast.fay, some(cast))
    for user in (cast.mona, cast.dora, None):
        client = Client(app).sign_in(user) if user else Client(app)
        client.get(batch.path, 404)
        client.get(f"{batch.path}lines.csv", 404)
        client.post(f"{batch.path}cancel", 404, version="1", reason="x")
    Client(app).sign_in(cast.admin).post(f"{batch.path}cancel", 403, version="1", reason="x")
    Client(app).sign_in(cast.fay).get("/rewards/batches/PB-2026-999/", 404)
    Client(app).sign_in(cast.fay).get(f"{batch.path}cancel", 405)


# -- files ----------------------------------------------------------------------------------------


def test_a_download_is_the_frozen_bytes_as_an_attachment_that_nobody_keeps(cast: Cast, client: Client) -> None:
    batch = freeze(cast.fay, some(cast))
    answer = client.sign_in(cast.finn).get(f"{batch.path}general.csv")
    assert hashlib.sha256(answer.data).hexdigest() == file_of(batch).sha256
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{batch.number}-general.csv"'
    assert (
        answer.headers["Cache-Control"] == "private, no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    )
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    book = client.get(f"{batch.path}general.xlsx")
    assert book.data.startswith(b"PK") and book.data == client.get(f"{batch.path}general.xlsx").data
    assert book.headers["Content-Disposition"].endswith('.xlsx"') and "no-store" in book.headers["Cache-Control"]


def test_each_look_at_payee_data_is_noted_with_everybody_whose_data_the_file_shows(cast: Cast, client: Client) -> None:
    give_data(cast.dora)
    batch = freeze(cast.fay, some(cast))
    client.sign_in(cast.finn)
    client.get(f"{batch.path}general.csv")
    looks = select(PayeeLook.user_id, PayeeLook.looker_id, PayeeLook.reason).where(PayeeLook.looker_id == cast.finn.id)
    assert not db.session.execute(looks).all()
    client.get(f"{batch.path}name-amount.csv")
    client.get(f"{batch.path}points.xlsx")
    # Otto gave no payee data: there was nothing of his to see.
    assert [tuple(look) for look in db.session.execute(looks.order_by(PayeeLook.id)).all()] == [
        (cast.dora.id, cast.finn.id, f"{batch.number}, {name}") for name in ("name-amount.csv", "points.xlsx")
    ]
    opened = db.session.scalars(select(Event.facts).where(Event.name == "batch.file_opened").order_by(Event.id)).all()
    assert [facts["file"] for facts in opened] == ["general.csv", "name-amount.csv", "points.xlsx"]


def test_only_finance_downloads(cast: Cast, app: Flask) -> None:
    batch = freeze(cast.fay, some(cast))
    for name in ("general.csv", "general.xlsx", "points.csv"):
        Client(app).sign_in(cast.admin).get(f"{batch.path}{name}", 403)
        Client(app).sign_in(cast.mona).get(f"{batch.path}{name}", 404)
        Client(app).get(f"{batch.path}{name}", 404)
    Client(app).sign_in(cast.fay).get(f"{batch.path}nowhere.csv", 404)
    Client(app).sign_in(cast.fay).get("/rewards/batches/PB-2026-999/general.csv", 404)
    assert not db.session.scalars(select(PayeeLook.id)).all()


def test_without_the_extra_there_are_no_workbooks(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = freeze(cast.fay, some(cast))
    monkeypatch.setattr("tracker.batches.views.can_make_workbooks", lambda: False)
    client.sign_in(cast.fay)
    assert "general.xlsx" not in client.get(batch.path).text
    client.get(f"{batch.path}general.xlsx", 404)


# -- where it is found ----------------------------------------------------------------------------


def test_batches_are_reached_from_the_rewards_and_wait_on_the_dashboard(cast: Cast, app: Flask) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines, title="Talks")
    finance = Client(app).sign_in(cast.fay)
    assert 'href="/rewards/batches/"' in finance.get("/rewards/").text
    assert 'href="/rewards/batches/"' not in Client(app).sign_in(cast.mona).get("/rewards/").text
    page = finance.get("/dashboard/").text
    assert batch.number in page and "Talks" in page and "First talk" not in page and "1 thing" in page
    assert batch.number not in Client(app).sign_in(cast.mona).get("/dashboard/").text
    rows = [f"{line.id},{line.amount // 100}.{line.amount % 100:02d},paid,B" for line in lines if line.amount]
    from tests.batches.stock import apply

    apply(cast.finn, upload(cast.finn, batch, csv("reward,amount,result,reference", *rows)))
    assert batch.number not in finance.get("/dashboard/").text
    assert rules.MOST_LINES == 5000
