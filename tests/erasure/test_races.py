"""Two who may not both leave, and leave at once: one of them stays."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.conftest import settings_for
from tests.erasure.conftest import PASSWORD, with_password
from tests.support.cast import Cast
from tracker.accounts.models import User
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.erasure import service
from tracker.errors import Refused


@pytest.mark.parametrize(("pair", "why"), [(("mona", "max"), "still open"), (("admin", "other"), "only administrator")])
def test_one_of_the_last_two_stays(fresh_database: str, tmp_path: Path, pair: tuple[str, str], why: str) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    said: list[str] = []
    ready = threading.Barrier(2)
    with app.app_context():
        cast = Cast()
        cast.person("other", is_admin=True)
        for person in db.session.query(User).filter(User.handle.in_(pair)):
            with_password(person)
        db.session.remove()

    def leave(handle: str) -> None:
        with app.app_context():
            person = db.session.query(User).filter_by(handle=handle).one()
            ready.wait()
            try:
                transaction(lambda: service.erase_account(person, handle=handle, password=PASSWORD))
            except Refused as refused:
                said.append(str(refused.message))
            except Exception as error:
                said.append(f"broken: {error!r}")
            else:
                said.append("done")
            db.session.remove()

    threads = [threading.Thread(target=leave, args=(handle,)) for handle in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert sorted(word == "done" for word in said) == [False, True], said
        assert any(why in words for words in said), said
        assert db.session.query(User).filter(User.erased_at.is_not(None)).count() == 1
        db.session.remove()
        db.engine.dispose()
