"""Tests about the tests: two people in one test stay two people."""

from __future__ import annotations

from flask import Flask

from tests.support.cast import Cast
from tests.support.client import Client


def test_a_request_doesnt_inherit_the_person_of_the_one_before(app: Flask, cast: Cast) -> None:
    mona, nobody, admin = Client(app).sign_in(cast.mona), Client(app), Client(app).sign_in(cast.admin)
    mona.get("/people/", 403)
    nobody.get("/people/", 302)
    admin.get("/people/", 200)
    nobody.get("/people/", 302)
    mona.get("/people/", 403)
