"""The list of finance: who has payee data, contracts or exclusions, masked; who lacks them; and the same as a table."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, true

from tracker import clock
from tracker.accounts.models import User
from tracker.accounts.names import normalised
from tracker.db import db
from tracker.errors import Refused
from tracker.payees.models import Contract, Payee, PayExclusion, PurgeRequest
from tracker.payees.secrets import Masked, masked
from tracker.programmes.models import Programme
from tracker.rewards.models import Reward
from tracker.rewards.queries import to_come
from tracker.sigs.rules import is_slug
from tracker.text import LazyString, _l

#: Whom the list shows. Kept: payee data, a contract or an exclusion. Missing: money on the way to nowhere.
SHOWN: dict[str, LazyString] = {"": _l("Kept"), "missing": _l("Missing"), "everybody": _l("Everybody")}
#: Rows of the table read at once.
_CHUNK = 500

COLUMNS = (
    "handle", "display_name", "legal_name", "id_number", "account", "changed_at", "removal_asked_at", "contracts",
    "exclusions", "payments_on_the_way",
)  # fmt: skip
CHINESE = (
    "用户名", "姓名", "真实姓名（脱敏）", "证件号码（脱敏）", "账号（脱敏）", "修改时间", "申请删除时间", "合同", "不发放", "在途款项数",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty asks for everything that is kept."""

    show: str = ""
    programme: str = ""
    q: str = ""

    def with_value(self, name: str, value: str) -> Filters:
        """The same with another value of one filter."""
        changed: dict[str, Any] = {name: value}
        return replace(self, **changed)

    def arguments(self) -> dict[str, str]:
        """For an address."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


def parse_filters(args: Mapping[str, Any]) -> Filters:
    """Read filters; other names are left alone. Raises Refused naming the one at fault."""
    read = Filters(**{field.name: " ".join(str(args.get(field.name) or "").split()) for field in fields(Filters)})
    for name, good in (("show", read.show in SHOWN), ("programme", not read.programme or is_slug(read.programme))):
        if not good:
            raise Refused(_l("There is no such choice."), field=name)
    return replace(read, q=read.q[:120])


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A person of the list. ``masked`` is None without payee data, and where it can't be opened (``broken``)."""

    handle: str
    name: str
    masked: Masked | None
    broken: bool
    changed_at: dt.datetime | None
    removal_asked_at: dt.datetime | None
    contracts: list[Row[Any]]
    exclusions: list[Row[Any]]
    on_the_way: int


def people(filters: Filters, viewer_id: int) -> Select[*tuple[Any, ...]]:
    """id, handle, handle_key, name, Payee, asked_at, on_the_way of everybody whom the filters ask for but the viewer; to be
    paged by handle_key."""
    waiting = and_(Reward.amount.is_not(None), to_come(), _of_programme(filters, Reward))
    count = (
        select(func.count()).select_from(Reward).where(Reward.user_id == User.id, waiting).correlate(User).scalar_subquery()
    )  # fmt: skip
    conditions = [User.id != viewer_id, _shown(filters, waiting)]
    if filters.q:
        conditions.append(_named(filters.q))
    return (
        select(
            User.id, User.handle, User.handle_key, func.coalesce(func.nullif(User.display_name, ""), User.handle).label("name"),
            Payee, PurgeRequest.asked_at, count.label("on_the_way"),
        )
        .outerjoin(Payee, Payee.user_id == User.id)
        .outerjoin(PurgeRequest, PurgeRequest.user_id == User.id)
        .where(*conditions)
    )  # fmt: skip


def _shown(filters: Filters, waiting: ColumnElement[bool]) -> ColumnElement[bool]:
    """Asked person by person, not by lists of everybody: a page costs the same however many there are."""

    def has(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(model.user_id == User.id, _of_programme(filters, model), *conditions)

    if filters.show == "missing":
        return and_(Payee.user_id.is_(None), User.id.in_(select(Reward.user_id).where(waiting)))
    kept, paid = or_(has(Contract), has(PayExclusion)), has(Reward, Reward.amount.is_not(None))
    if filters.show == "everybody":
        return or_(kept, paid) if filters.programme else true()
    with_data = Payee.user_id.is_not(None)
    return or_(and_(with_data, paid) if filters.programme else with_data, kept)


def _of_programme(filters: Filters, model: Any) -> ColumnElement[bool]:
    if not filters.programme:
        return true()
    found: ColumnElement[bool] = model.programme_id == (
        select(Programme.id).where(Programme.slug == filters.programme).scalar_subquery()
    )
    return found


def _named(words: str) -> ColumnElement[bool]:
    return or_(
        User.handle_key.contains(normalised(words), autoescape=True),
        User.display_name.icontains(words, autoescape=True),
    )


def lines(rows: Sequence[Row[Any]]) -> list[Line]:
    """The people of ``people`` with contracts and exclusions that hold today or later: two statements however many they are."""
    ids = [row.id for row in rows]
    contracts, exclusions = _by_person(Contract, ids), _by_person(PayExclusion, ids)
    found = []
    for row in rows:
        shown = masked(row.Payee)
        found.append(
            Line(
                handle=row.handle, name=row.name, masked=shown, broken=row.Payee is not None and shown is None,
                changed_at=row.Payee.updated_at if row.Payee else None, removal_asked_at=row.asked_at,
                contracts=contracts[row.id], exclusions=exclusions[row.id], on_the_way=row.on_the_way,
            )
        )  # fmt: skip
    return found


def _by_person(model: type[Contract] | type[PayExclusion], ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Person → slug, name, name_zh of the programmes; of exclusions also kind and until."""
    columns: list[Any] = [model.user_id, Programme.slug, Programme.name, Programme.name_zh]
    query = select(*columns)
    if model is PayExclusion:
        today = clock.today("Asia/Shanghai")
        query = query.add_columns(PayExclusion.kind, PayExclusion.until).where(
            or_(PayExclusion.until.is_(None), PayExclusion.until >= today)
        )
    query = query.join(Programme, Programme.id == model.programme_id).where(model.user_id.in_(ids))
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(query.order_by(Programme.name, model.id)):
        found[row.user_id].append(row)
    return found


# -- the table ------------------------------------------------------------------------------------


def table(filters: Filters, viewer_id: int) -> Iterator[Sequence[Any]]:
    """Cells of everybody whom the filters ask for, in the columns of COLUMNS, read piece by piece."""
    query, after = people(filters, viewer_id), ""
    while True:
        rows = db.session.execute(
            query.where(User.handle_key > after).order_by(User.handle_key).limit(_CHUNK)
        ).all()  # fmt: skip
        for line in lines(rows):
            yield _cells(line)
        if len(rows) < _CHUNK:
            return
        after = rows[-1].handle_key


def _cells(line: Line) -> Sequence[Any]:
    shown = line.masked
    return (
        line.handle, line.name, shown.legal_name if shown else "", shown.id_number if shown else "",
        shown.account if shown else "", line.changed_at, line.removal_asked_at, [row.slug for row in line.contracts],
        [f"{row.slug}: {row.kind}" for row in line.exclusions], line.on_the_way,
    )  # fmt: skip
