"""A batch is exported again a year later, after names, rules and layouts changed: the same bytes and the same SHA-256."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import time_machine
from sqlalchemy import select

from tests.batches.stock import approved, file_of, freeze, give_data, some
from tests.batches.wages import settled_may
from tests.rewards.lines import approve
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.accounts.models import ForgeAccount
from tracker.batches import queries, service
from tracker.batches.files import workbook
from tracker.batches.seeds import SEEDS
from tracker.db import db, transaction
from tracker.payees import secrets
from tracker.payees.models import Payee
from tracker.payees.secrets import PayeeData
from tracker.rewards.models import PayoutBatch

BANK = {
    "slug": "bank", "name": "Bank", "rows": "person", "encoding": "gb18030",
    "columns": [{"heading": heading, "field": field} for heading, field in (
        ("户名", "legal_name"), ("账号", "account"), ("开户行", "bank"), ("金额", "amount"), ("SIG", "sig_name_zh"),
        ("项目", "programme_name"), ("说明", "description"), ("任务", "task_title"))],
}  # fmt: skip


def everything_changes(cast: Cast) -> None:
    """Names of people, SIG, task and programme, payee data, handles, rules, layouts."""
    for person in (cast.dora, cast.otto, cast.mona, cast.max):
        person.display_name = person.handle = person.handle_key = f"renamed{person.id}"
    for account in db.session.scalars(select(ForgeAccount)):
        account.handle = "another"
    payee = db.session.get_one(Payee, cast.dora.id)
    payee.sealed = secrets.sealed(
        cast.dora.id, PayeeData(legal_name="另一个名字", id_number="X", bank="Another Bank", account="1")
    )
    cast.akg.name, cast.akg.name_zh, cast.akg.slug = "Other", "别的组", "other"
    cast.programme.name, cast.programme.slug = "Other programme", "other-programme"
    cast.task.title, cast.task.reference = "Another title", "OTHER-1"
    cast.make_rules(valid_from=clock.today(), wage_scheme="none", wage={})
    db.session.commit()
    for seed in SEEDS:
        columns = [{"heading": "sum", "field": "amount"}, {"heading": "who", "field": "handle"}]
        layout = queries.get_layout(seed["slug"])
        transaction(
            lambda layout=layout, columns=columns: service.edit_layout(
                cast.fay, layout, name="Changed", rows="line", encoding="gb18030", columns=columns, version=1
            )
        )
    transaction(lambda: service.retire_layout(cast.fay, queries.get_layout("bank"), version=1))


FILES = [f"{slug}.{ending}" for slug in ("general", "name-amount", "points", "bank") for ending in ("csv", "xlsx")]
#: Nobody asks for it before the year is over.
LATE = "points.xlsx"


def downloads(client: Client, batch: PayoutBatch, names: list[str]) -> dict[str, bytes]:
    return {name: client.get(f"{batch.path}{name}").data for name in names}


def test_a_year_later_the_same_bytes_with_the_same_fingerprint(cast: Cast, client: Client) -> None:
    give_data(cast.dora, "张三")
    transaction(lambda: service.add_layout(cast.fay, **BANK))
    wage = approve(cast.fay, settled_may(cast))
    lines = [*some(cast), approved(cast, description="For a task", task=cast.task), wage]
    batch = freeze(cast.finn, lines)
    sums = {file.slug: file.sha256 for file in queries.files_of(batch.id)}
    client.sign_in(cast.fay)
    before = downloads(client, batch, [name for name in FILES if name != LATE])
    everything_changes(cast)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=365), tick=True):
        client.sign_in(cast.finn)
        later = downloads(client, batch, FILES)
        page = client.get(batch.path).text
    assert {name: later[name] for name in before} == before
    assert {slug: hashlib.sha256(later[f"{slug}.csv"]).hexdigest() for slug in sums} == sums
    assert all(sha256 in page for sha256 in sums.values())
    assert "张三" in later["bank.csv"].decode("gb18030") and "别的组" not in later["bank.csv"].decode("gb18030")
    assert later[LATE] == workbook(file_of(batch, "points").layout, later["points.csv"])


def test_what_is_frozen_afterwards_has_the_new_names_and_layouts(cast: Cast, client: Client) -> None:
    give_data(cast.dora, "张三")
    transaction(lambda: service.add_layout(cast.fay, **BANK))
    freeze(cast.finn, some(cast))
    everything_changes(cast)
    batch = freeze(cast.finn, [approved(cast, description="Later")])
    files: dict[str, Any] = {file.slug: file.layout for file in queries.files_of(batch.id)}
    assert set(files) == {seed["slug"] for seed in SEEDS} and {layout["version"] for layout in files.values()} == {2}
    data = client.sign_in(cast.fay).get(f"{batch.path}general.csv").data
    assert data.decode("gb18030") == f"sum,who\r\n500.00,renamed{cast.dora.id}\r\n"
