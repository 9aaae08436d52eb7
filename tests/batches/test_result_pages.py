"""Pages of the bank's answers: uploaded, looked at, applied."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.batches.stock import bare, csv, freeze, give_data, some, states, upload
from tests.rewards.lines import pay
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.batches.bank_files import MOST_BYTES
from tracker.batches.models import ResultFile
from tracker.db import db
from tracker.events import Event
from tracker.payees.models import PayeeLook

GOOD = ("用户名,金额,结果,流水号,原因", "dora,623.45,成功,B-1,", "otto,800.00,失败,,账号与户名不符")


def sent(data: bytes) -> Any:
    return (BytesIO(data), "result.csv")


def test_a_file_is_uploaded_looked_at_and_applied(cast: Cast, client: Client) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    client.sign_in(cast.finn).get(f"{batch.path}result")
    answer = client.post(f"{batch.path}result", file=sent(csv(*GOOD)))
    result = db.session.scalars(select(ResultFile)).one()
    assert answer.headers["Location"].endswith(result.path) and states(*lines) == ["in_batch"] * 3
    page = client.get(result.path).text
    assert "2 lines paid" in page and "CNY\u00a0623.45" in page and "账号与户名不符" in page and "GB18030" not in page
    # Dora alone is paid; what came back goes to several.
    assert "To those who are paid" not in page and "For each line that came back" in page
    client.post(f"{result.path}apply", 422)
    answer = client.post(f"{result.path}apply", checked="1")
    assert answer.headers["Location"].endswith(batch.path) and states(*lines) == ["paid", "paid", "returned"]
    page = client.get(batch.path).text
    assert "Noted. Paid: 2, returned: 1" in page and "Done" in page and "noted" in page


def test_the_same_file_again_says_when_it_was_noted_and_changes_nothing(cast: Cast, client: Client) -> None:
    batch = freeze(cast.fay, some(cast))
    client.sign_in(cast.finn)
    client.post(f"{batch.path}result", file=sent(csv(*GOOD)))
    result = db.session.scalars(select(ResultFile)).one()
    client.post(f"{result.path}apply", checked="1")
    answer = client.post(f"{batch.path}result", file=sent(csv(*GOOD)))
    page = client.get(answer.headers["Location"]).text
    assert "nothing changes" in page and "by Finn" in page and "Note all of it" not in page and "In the way" not in page
    client.post(f"{result.path}apply", checked="1")
    assert len(db.session.scalars(select(ResultFile)).all()) == 1


def test_a_file_that_is_set_aside_is_not_noted_until_it_is_uploaded_again(cast: Cast, client: Client) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    client.sign_in(cast.finn).post(f"{batch.path}result", file=sent(csv(*GOOD)))
    result = db.session.scalars(select(ResultFile)).one()
    for _again in range(2):
        answer = client.post(f"{result.path}set-aside")
        assert answer.headers["Location"].endswith(batch.path)
    assert "set aside" in client.get(batch.path).text
    page = client.get(result.path).text
    assert "nothing of it is noted" in page and "Note all of it" not in page and "Set the file aside" not in page
    assert "Upload it again" in client.post(f"{result.path}apply", 409, checked="1").text
    assert states(*lines) == ["in_batch"] * 3
    client.post(f"{batch.path}result", file=sent(csv(*GOOD)))
    assert "Set the file aside" in client.get(result.path).text
    client.post(f"{result.path}apply", checked="1")
    assert states(*lines) == ["paid", "paid", "returned"]
    assert "noted already" in client.post(f"{result.path}set-aside", 409).text
    named = [
        event.name
        for event in db.session.scalars(select(Event).where(Event.name.like("batch.result%")).order_by(Event.id))
    ]
    assert named == ["batch.result_uploaded", "batch.result_set_aside", "batch.result_uploaded", "batch.result_applied"]


def test_every_fault_is_shown_with_its_line_and_nothing_is_kept(cast: Cast, client: Client) -> None:
    batch = freeze(cast.fay, some(cast))
    data = "用户名,金额,结果,流水号\r\ndora,NaN,成功,B-1\r\n陌生人,1,ok,\r\n".encode("gbk")
    page = client.sign_in(cast.finn).post(f"{batch.path}result", 422, file=sent(data)).text
    assert "3 faults" in page and "“NaN” isn" in page and "Row 2" in page and "陌生人" in page and "Row 3" in page
    assert "read as GB18030" in page
    assert not db.session.scalars(select(ResultFile)).all()


def test_a_file_in_gbk_is_read_and_the_page_says_so(cast: Cast, client: Client) -> None:
    batch = freeze(cast.fay, some(cast))
    client.sign_in(cast.finn)
    answer = client.post(f"{batch.path}result", file=sent("\r\n".join(GOOD).encode("gbk")))
    page = client.get(answer.headers["Location"]).text
    assert "read as GB18030" in page and "账号与户名不符" in page


@pytest.mark.parametrize("file", ["", "text instead", b"", b"x" * (MOST_BYTES + 1)])
def test_what_is_no_file_is_refused(cast: Cast, client: Client, file: Any) -> None:
    batch = freeze(cast.fay, some(cast))
    given = sent(file) if isinstance(file, bytes) else file
    page = client.sign_in(cast.finn).post(f"{batch.path}result", 422, file=given).text
    assert 'class="err"' in page


def test_a_file_beyond_every_measure_is_turned_away(cast: Cast, client: Client) -> None:
    batch = freeze(cast.fay, some(cast))
    client.sign_in(cast.finn).post(f"{batch.path}result", 413, file=sent(b"x" * 3 * 1024 * 1024))


def test_what_changed_since_the_upload_stands_in_the_way(cast: Cast, client: Client) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    result = upload(cast.finn, batch, csv(*GOOD))
    pay(cast.fay, lines[0])
    client.sign_in(cast.finn)
    page = client.get(result.path).text
    assert "In the way" in page and "It is paid" in page and "First see to what is in the way" in page
    assert "nothing of it is applied" in client.post(f"{result.path}apply", 409, checked="1").text
    assert states(*lines) == ["paid", "in_batch", "in_batch"]


def test_who_uploads_applies_and_downloads(cast: Cast, app: Flask) -> None:
    batch = freeze(cast.fay, some(cast))
    result = upload(cast.finn, batch, csv(*GOOD))
    admin = Client(app).sign_in(cast.admin)
    assert "Finance notes what was paid" in admin.get(result.path).text
    admin.get(f"{batch.path}result", 403)
    admin.post(f"{batch.path}result", 403, file=sent(csv(*GOOD)))
    admin.post(f"{result.path}apply", 403, checked="1")
    admin.get(f"{result.path[:-1]}.csv", 403)
    for user in (cast.mona, cast.dora, None):
        client = Client(app).sign_in(user) if user else Client(app)
        for path in (f"{batch.path}result", result.path, f"{result.path[:-1]}.csv"):
            client.get(path, 404)
        client.post(f"{batch.path}result", 404, file=sent(csv(*GOOD)))
        client.post(f"{result.path}apply", 404, checked="1")
    assert result.applied_at is None


def test_the_uploaded_file_is_given_back_as_it_was_and_the_look_is_noted(cast: Cast, client: Client) -> None:
    give_data(cast.otto)
    batch = freeze(cast.finn, some(cast))
    result = upload(cast.finn, batch, csv(*GOOD))
    answer = client.sign_in(cast.fay).get(f"{result.path[:-1]}.csv")
    assert answer.data == csv(*GOOD) and "no-store" in answer.headers["Cache-Control"]
    looks = db.session.scalars(select(PayeeLook.user_id).where(PayeeLook.looker_id == cast.fay.id)).all()
    assert looks == [cast.otto.id]
    other = freeze(cast.fay, bare(cast, 1))
    client.get(f"{other.path}results/{result.id}/", 404)
    client.get(f"{batch.path}results/99999999999/", 404)


def test_the_page_of_a_result_is_paged_and_asks_no_more_for_more_lines(cast: Cast, client: Client) -> None:
    client.sign_in(cast.finn)

    def asked(count: int) -> tuple[int, str]:
        lines = bare(cast, count)
        rows = [f"{line.id},1.00,paid,B-{line.id}" for line in lines]
        result = upload(cast.finn, freeze(cast.fay, lines), csv("reward,amount,result,reference", *rows))
        with statements() as seen:
            page = client.get(result.path).text
        return len(seen), page

    few, _page = asked(2)
    many, page = asked(60)
    assert many == few <= 25
    assert page.count('class="t"') == 50 and "?after=51" in page
