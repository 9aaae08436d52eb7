"""Layouts of payout files: added, edited as a new version, retired. Files that are frozen keep the layout that they had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from tracker import clock
from tracker.batches import queries, rules
from tracker.batches.models import ENCODINGS, ROWS, Layout
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.text import _l


def add_layout(
    actor: Actor, *, slug: str, name: str, name_zh: str = "", rows: str, encoding: str, columns: Sequence[dict[str, str]]
) -> Layout:  # fmt: skip
    """A layout that every batch is frozen in from now on. ``columns``: heading and field of each, in their order.

    Raises Refused at a field, Forbidden.
    """
    _demand(actor)
    rules.check_slug(slug)
    if db.session.scalar(select(Layout.id).where(Layout.slug == slug).limit(1)) is not None:
        raise Refused(
            _l("There is or was a layout with this short name. Edit it, or choose another name."), field="slug"
        )
    layout = _made(actor, slug, 1, name=name, name_zh=name_zh, rows=rows, encoding=encoding, columns=columns)
    db.session.add(layout)
    record(actor, "layout.added", layout, version=1)
    return layout


def edit_layout(
    actor: Actor, layout: Layout, *, name: str, name_zh: str = "", rows: str, encoding: str,
    columns: Sequence[dict[str, str]], version: int,
) -> Layout:  # fmt: skip
    """The next version of a layout; one that was retired is taken up again with it.

    Raises Refused at a field, or when it isn't the newest version any more; Forbidden.
    """
    layout = _held(actor, layout, version)
    made = _made(
        actor, layout.slug, version + 1, name=name, name_zh=name_zh, rows=rows, encoding=encoding, columns=columns
    )
    if layout.ended_at is None:
        if _same(layout, made):
            raise Refused(_l("Nothing is different: change something, or leave it as it is."))
        layout.ended_by_id, layout.ended_at = actor.id, made.created_at
        db.session.flush()
    db.session.add(made)
    record(actor, "layout.edited", made, version=made.version)
    return made


def retire_layout(actor: Actor, layout: Layout, *, version: int) -> Layout:
    """Freeze no further batch in it. Raises Forbidden, and Refused when it changed since ``version`` or is the last in use."""
    layout = _held(actor, layout, version)
    if layout.ended_at is not None:
        raise Refused(_l("This layout is retired already."))
    if len(queries.active_layouts()) == 1:
        raise Refused(_l("It is the last layout in use: without one no batch can be frozen. Add another first."))
    layout.ended_by_id, layout.ended_at = actor.id, clock.now()
    record(actor, "layout.retired", layout, version=layout.version)
    return layout


def _demand(actor: Actor) -> None:
    if actor.id is None:
        raise Forbidden(P.LAYOUT_EDIT)
    demand(actor, P.LAYOUT_EDIT)


def _held(actor: Actor, layout: Layout, version: int) -> Layout:
    """The newest version of the layout, held. Raises Refused when it isn't ``version``."""
    _demand(actor)
    layout = lock(Layout, queries.get_layout(layout.slug).id)
    if layout.version != version:
        raise Refused(_l("Somebody else changed this layout meanwhile. Look at it again."))
    return layout


def _made(
    actor: Actor, slug: str, version: int, *, name: str, name_zh: str, rows: str, encoding: str, columns: Sequence[dict[str, str]]
) -> Layout:  # fmt: skip
    name, name_zh = name.strip(), name_zh.strip()
    if not 0 < len(name) <= 80:
        raise Refused(_l("A name of at most %(longest)s characters.", longest=80), field="name")
    if len(name_zh) > 80:
        raise Refused(_l("A name of at most %(longest)s characters.", longest=80), field="name_zh")
    if rows not in ROWS:
        raise Refused(_l("Choose one."), field="rows")
    if encoding not in ENCODINGS:
        raise Refused(_l("Choose one."), field="encoding")
    rules.check_columns(columns)
    return Layout(
        slug=slug, version=version, name=name, name_zh=name_zh, rows=rows, encoding=encoding, columns=list(columns),
        created_by_id=actor.id, created_at=clock.now(),
    )  # fmt: skip


def _same(one: Layout, other: Layout) -> bool:
    ours: dict[str, Any] = {**one.snapshot, "version": 0}
    return ours == {**other.snapshot, "version": 0}
