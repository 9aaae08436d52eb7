"""Keys change under frozen files: every sealed text is another, every byte is the same."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from tests.batches.stock import csv, file_of, freeze, give_data, some, upload
from tests.conftest import settings_for
from tests.support.cast import Cast
from tracker import rotation
from tracker.app import create_app
from tracker.batches import files, service
from tracker.batches.models import BatchFile, ResultFile, Workbook
from tracker.db import db, transaction


def kept() -> list[tuple[str, bytes]]:
    """(sealed text, bytes) of everything that is kept sealed."""
    db.session.remove()
    rows = [row for model in (BatchFile, Workbook, ResultFile) for row in db.session.scalars(select(model))]
    return [(row.sealed, files.content(row)) for row in rows]


def test_a_change_of_keys_leaves_every_byte_as_it_was(fresh_database: str, tmp_path: Path) -> None:
    settings = settings_for(fresh_database, tmp_path / "instance")
    app = create_app(settings)
    with app.app_context():
        cast = Cast()
        give_data(cast.dora)
        batch = freeze(cast.fay, some(cast))
        transaction(lambda: service.open_workbook(cast.fay, file_of(batch)))
        upload(cast.finn, batch, csv("handle,amount,result,reference", "otto,800,paid,B-1"))
        before = kept()
        found = rotation.rotate(settings)
        after = kept()
        assert (len(before), found.resealed, found.broken) == (5, 6, [])
        assert [data for _sealed, data in after] == [data for _sealed, data in before]
        assert not {sealed for sealed, _data in after} & {sealed for sealed, _data in before}
        db.session.remove()
        db.engine.dispose()
