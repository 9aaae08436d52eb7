"""A person's own picture: uploaded, served, removed."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.honours.conftest import do, file_of, said
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.honours import queries, service
from tracker.honours.erasure import erase_honours
from tracker.honours.models import Picture
from tracker.honours.pictures import square

PATH = re.compile(r'src="(/pictures/\d+/[0-9a-f]{32}\.webp)"')


def upload(client: Client, data: bytes, status: int = 303, name: str = "me.png") -> Any:
    return client.post("/account/picture", status, file=(io.BytesIO(data), name))


def test_a_picture_is_uploaded_shown_and_replaced(cast: Cast, client: Client, as_: Any) -> None:
    me = as_(cast.mona)
    assert "You have none." in said(me.get("/account/picture"))
    upload(me, file_of("JPEG"))
    [path] = PATH.findall(said(me.get("/account/picture")))
    assert PATH.findall(said(client.get("/hall-of-honour/"))) == [path]
    assert PATH.findall(said(client.get("/hall-of-honour/people/mona/"))) == [path]
    upload(me, file_of("PNG", colour="red"))
    [other] = PATH.findall(said(client.get("/hall-of-honour/people/mona/")))
    assert other != path
    client.get(path, 404)
    client.get(other)
    assert len(db.session.scalars(select(Picture)).all()) == 1


def test_it_is_served_as_what_it_is(cast: Cast, client: Client, as_: Any) -> None:
    do(service.set_picture, cast.mona, file=square(file_of()))
    path = queries.pictures_of([cast.mona.id])[cast.mona.id]
    answer = client.get(path)
    assert answer.mimetype == "image/webp" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (
        answer.headers["Cache-Control"] == "private, max-age=600"
        and "default-src 'none'" in answer.headers["Content-Security-Policy"]
    )
    assert answer.data[:4] == b"RIFF" and answer.content_length == len(answer.data)
    again = client.get(path, 304, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.data == b"" and again.headers["ETag"] == answer.headers["ETag"]
    client.get(path, 200, headers={"If-None-Match": '"other"'})


def test_other_addresses_have_nothing(cast: Cast, client: Client) -> None:
    do(service.set_picture, cast.mona, file=square(file_of()))
    path = queries.pictures_of([cast.mona.id])[cast.mona.id]
    digest = path.rsplit("/", 1)[1]
    for wrong in (f"/pictures/{cast.dora.id}/{digest}", f"/pictures/{cast.mona.id}/{'0' * 32}.webp",
                  f"/pictures/99999999999999999999/{digest}", f"/pictures/{cast.mona.id}/x.webp"):  # fmt: skip
        client.get(wrong, 404)


def test_it_is_removed_at_once(cast: Cast, client: Client, as_: Any) -> None:
    do(service.set_picture, cast.mona, file=square(file_of()))
    path = queries.pictures_of([cast.mona.id])[cast.mona.id]
    me = as_(cast.mona)
    me.post("/account/picture/remove")
    client.get(path, 404)
    assert "You have none." in said(me.get("/account/picture")) and not PATH.findall(
        said(client.get("/hall-of-honour/"))
    )
    assert "You have no picture here." in said(me.post("/account/picture/remove", 409))
    assert db.session.scalars(select(Picture)).all() == []


@pytest.mark.parametrize("gone", ["left", "suspended", "erased"])
def test_it_isnt_there_for_others_when_its_person_isnt(cast: Cast, client: Client, as_: Any, gone: str) -> None:
    do(service.set_picture, cast.mona, file=square(file_of()))
    path = queries.pictures_of([cast.mona.id])[cast.mona.id]
    if gone == "left":
        cast.mona.in_hall = False
    elif gone == "suspended":
        cast.mona.suspended_at = clock.now()
    else:
        transaction(lambda: erase_honours(cast.mona))
    db.session.commit()
    client.get(path, 404)
    as_(cast.dora).get(path, 404)
    if gone == "left":
        me = as_(cast.mona)
        me.get(path)
        assert "nobody sees your picture" in said(me.get("/account/picture"))


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "me.svg", "an SVG drawing"),
        (b"<!DOCTYPE html><script>alert(document.cookie)</script>", "me.png", "a web page"),
        (file_of("JPEG", (400, 400))[:900], "me.jpg", "damaged or cut off"),
        (file_of("GIF"), "me.png", "a GIF"),
        (file_of("PNG", (20, 20)), "me.png", "too small"),
        (b"", "me.png", "The file is empty."),
        (b"\0" * 1_850_000, "me.png", "The file is too large"),
    ],
)  # fmt: skip
def test_what_isnt_one_is_refused_and_the_old_one_stays(
    cast: Cast, as_: Any, data: bytes, name: str, words: str
) -> None:
    do(service.set_picture, cast.mona, file=square(file_of()))
    before = queries.pictures_of([cast.mona.id])
    me = as_(cast.mona)
    page = said(upload(me, data, 422, name))
    assert words in page and 'aria-invalid="true"' in page
    assert queries.pictures_of([cast.mona.id]) == before


def test_nothing_picked_and_no_file_at_all(cast: Cast, as_: Any, app: Flask) -> None:
    me = as_(cast.mona)
    assert "Choose a picture." in said(me.post("/account/picture", 422))
    assert "This isn't a file." in said(me.post("/account/picture", 422, file="me.png"))
    me.post("/account/picture", 400, token=False)
    Client(app).post("/account/picture", 302)
    upload(me, b"\0" * 2_200_000, 413)


def test_the_service_refuses_by_itself(cast: Cast) -> None:
    for data in (b"<svg/>", file_of(), file_of("WEBP", (256, 256), "RGBA", lossless=True), b""):
        with pytest.raises(Refused):
            do(service.set_picture, cast.mona, file=data)
    assert db.session.scalars(select(Picture)).all() == []


def test_several_in_a_list_are_read_in_one_go(cast: Cast, client: Client) -> None:
    for person in (cast.mona, cast.max, cast.nils):
        do(service.set_picture, person, file=square(file_of(colour="navy" if person is cast.max else "teal")))
    assert len(set(PATH.findall(said(client.get("/hall-of-honour/"))))) == 3
