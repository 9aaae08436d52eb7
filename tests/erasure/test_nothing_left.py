"""After an erasure, nothing of the person stands in any column of any table but where it is said to stay."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import JSON, LargeBinary, String, select, text

from tests.erasure.conftest import EMAIL, HANDLE, NAME, WORDS, Life, erase, events
from tests.support.client import Client
from tracker.accounts.models import User
from tracker.activities.models import SignUp
from tracker.certificates import queries as certificates
from tracker.claims.models import Claim
from tracker.db import db
from tracker.events import diary
from tracker.ledger.models import Transfer
from tracker.migrations import metadata
from tracker.payees.models import Payee, PurgeRequest
from tracker.tasks.models import TaskMentor

#: What was published stays as it was: see the page, and docs/decisions/0018.
STAYS = {("meeting", "minutes"), ("public_notice", "rows")}


def places() -> set[tuple[str, str]]:
    """(table, column) wherever one of the person's words stands."""
    return {place for place, said in columns() if any(word in said.casefold() for word in WORDS)}


def _stored(kind: Any) -> Any:
    """What a type of the project's own is in the database."""
    return getattr(kind, "impl_instance", kind)


def columns() -> Iterator[tuple[tuple[str, str], str]]:
    """Every value of every column of text or bytes, as text."""
    for table in metadata.sorted_tables:
        wanted = [column.name for column in table.c if isinstance(_stored(column.type), (String, JSON, LargeBinary))]
        listed = ", ".join(f'"{name}"' for name in wanted)
        for row in db.session.execute(text(f"SELECT {listed or 1} FROM {table.name}")):
            for name, value in zip(wanted, row, strict=bool(wanted)):
                said = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else value
                yield (table.name, name), said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def test_nothing_of_the_person_is_left(life: Life) -> None:
    before = places()
    assert len(before) >= 27, sorted(before)  # the test looks where there is something
    assert before >= STAYS | {
        ("certificate", "name"),
        ("speaker", "name"),
        ("user_account", "display_name"),
        ("certificate_file", "snapshot"),
        ("internship_report", "draft"),
    }
    erase(life.user)
    assert places() == STAYS


def test_what_the_person_did_stays(life: Life) -> None:
    user_id = life.user.id
    counted = {
        model: len(db.session.scalars(select(model).where(model.user_id == user_id)).all())
        for model in (Claim, Transfer, SignUp)
    }
    erase(life.user)
    db.session.expire_all()
    for model, count in counted.items():
        assert len(db.session.scalars(select(model).where(model.user_id == user_id)).all()) == count > 0
    assert life.notice.rows[0]["handle"] == HANDLE and NAME in life.past.minutes
    assert life.past.organiser_id == user_id and (life.talk.name, life.talk.topic) == ("erased account", "Fusion")
    assert life.role.until is not None and life.role.until >= life.role.since


def test_the_diary_stays_whole_and_names_nobody(life: Life) -> None:
    erase(life.user)
    assert diary.first_broken(db.session()) is None
    [event] = events("account.erased")
    assert (event.actor_id, event.facts) == (life.user.id, {"payee": True, "thing_id": life.user.id, "path": ""})


def test_others_move_up_and_go_on(life: Life) -> None:
    erase(life.user)
    db.session.expire_all()
    assert (life.place.place_no, life.place.note, life.waiting.place_no) == (None, "", 1)
    assert life.place.cancelled_at is not None and len(events("signup.moved_up")) == 1
    assert db.session.scalars(select(TaskMentor.task_id).where(TaskMentor.user_id == life.user.id)).all() == []


def test_payee_data_waits_for_its_removal(life: Life) -> None:
    erase(life.user)
    assert db.session.get(PurgeRequest, life.user.id) is not None and db.session.get(Payee, life.user.id) is not None


def test_the_certificate_is_still_proven(life: Life, app: Flask, client: Client) -> None:
    file = certificates.file_of(life.certificate.id)
    assert file is not None
    kept = bytes(file.pdf)
    erase(life.user)
    page = client.post("/certificates/check", 200, file=(io.BytesIO(kept), "kept.pdf")).text
    assert "genuine" in page.lower() and "revoked" not in page.lower().split("<main")[1].split("</main")[0].replace(
        "not revoked", ""
    )
    page = client.get(life.certificate.path).text
    assert "Name erased" in page and "Valid." in page and NAME not in page


def test_the_handle_and_the_address_are_free_again(life: Life, client: Client) -> None:
    erase(life.user)
    client.post(
        "/register", handle=HANDLE, display_name="Somebody else", email=EMAIL, password="four unrelated words here"
    )
    again = db.session.scalars(select(User).where(User.handle_key == HANDLE)).one()
    assert again.id != life.user.id and again.email == EMAIL
