"""Fixtures for every test: the two databases, an application, and a cast of invented people.

Most tests run on SQLite and on PostgreSQL, each in a transaction that is rolled back. A test that needs commits that
others see (races, commands, browsers) asks for ``fresh_database``.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import create_engine, text

from tests.support.browser import NoBrowser, chromium
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.postgres import NoServer, Server
from tracker import sealing, triggers
from tracker.app import create_app
from tracker.certificates import issuing, keyring
from tracker.config import Settings, load
from tracker.db import db, engine_options
from tracker.migrations import metadata

DATABASES = tuple(os.environ.get("TRACKER_TEST_DATABASES", "sqlite,postgresql").split(","))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", DATABASES, scope="session", indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server per test process."""
    try:
        server = Server()
    except NoServer as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database of this process, with the schema and nothing in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'test.db'}"
    else:
        url = request.getfixturevalue("postgres").url()
    build(url)
    return url


def build(url: str) -> None:
    """Make the schema from the models; a house test holds the migrations against them."""
    engine = create_engine(url, **engine_options(url))
    with engine.begin() as connection:
        if not connection.dialect.has_table(connection, "user_account"):
            metadata.create_all(connection)
            triggers.install(connection)
    engine.dispose()


def settings_for(url: str, folder: Path, **overrides: Any) -> Settings:
    """Settings of a test: cheap passwords, no environment."""
    quick = {"database_url": url, "secret_key": "for tests only", "argon2_time": 1, "argon2_memory_kib": 8}
    return load(folder, environ={}, **{**quick, **overrides})


@pytest.fixture(scope="session")
def shared_app(database: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = create_app(settings_for(database, tmp_path_factory.mktemp("instance")))
    app.testing = True
    app.config["PROPAGATE_BUGS"] = True
    gc.freeze()  # code and tables stay for the whole run: collections needn't look through them
    return app


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The application on one connection whose transaction is rolled back after the test."""
    for keys in (sealing, keyring, issuing):
        keys.configure(shared_app.extensions["settings"])  # another test's application may have brought its own keys
    with shared_app.app_context():
        engine = db.engine
        connection = engine.connect().execution_options(tracker_writes=True)
        outer = connection.begin()
        db.engines[None] = connection  # type: ignore[assignment]
        try:
            yield shared_app
        finally:
            db.session.remove()
            db.engines[None] = engine
            outer.rollback()
            connection.close()


@pytest.fixture(scope="session")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application whose database is never asked: for what is about templates, sentences and translations alone."""
    return create_app(settings_for("sqlite://", tmp_path_factory.mktemp("bare")))


@pytest.fixture
def words(bare_app: Flask) -> Iterator[Flask]:
    """Its context."""
    with bare_app.app_context():
        yield bare_app


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The people, two SIGs, a programme and an open cycle; see tests/support/cast.py."""
    return Cast()


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser without JavaScript that checks every page it gets; signed out."""
    return Client(app)


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> Iterator[str]:
    """The URL of a database with nothing in it, of the kind that the test runs on."""
    if database.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with _created(request.getfixturevalue("postgres"), f"empty_{os.getpid()}") as url:
        yield url


@pytest.fixture
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path, database: str, template: str) -> Iterator[str]:
    """The URL of a database of this test alone, with the schema; for tests whose commits others must see."""
    if database.startswith("sqlite"):
        shutil.copy(template, tmp_path / "fresh.db")
        yield f"sqlite:///{tmp_path / 'fresh.db'}"
        return
    name = f"fresh_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**8}"
    with _created(request.getfixturevalue("postgres"), name, template) as url:
        yield url


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[str]:
    """What fresh databases are copied from (a file or a database's name): making the schema takes seconds."""
    if database.startswith("sqlite"):
        path = tmp_path_factory.mktemp("template") / "fresh.db"
        build(f"sqlite:///{path}")
        yield str(path)
        return
    name = f"template_{os.getpid()}"
    with _created(request.getfixturevalue("postgres"), name) as url:
        build(url)
        yield name


@contextmanager
def _created(server: Server, name: str, template: str = "template0") -> Iterator[str]:
    """A database of ``server`` while the block runs; its URL."""
    admin = create_engine(server.url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield server.url(name)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium a process: Playwright doesn't run twice in one."""
    try:
        with chromium(tmp_path_factory.mktemp("browser")) as started:
            yield started
    except NoBrowser as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
