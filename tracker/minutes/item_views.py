"""Pages of action items: one's own, and ticking them off."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from tracker.db import MAX_ID
from tracker.minutes import queries, service
from tracker.minutes.blueprint import bp
from tracker.minutes.models import ActionItem
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.web.actions import Answer, perform
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, own_path, requires


@loads(ActionItem, P.MEETING_READ)
def _load(item_id: int) -> ActionItem:
    return queries.get_action_item(item_id)


@bp.get("/action-items/")
@requires(P.ACCOUNT_USE)
def action_items() -> str:
    done = request.args.get("show") == "done"
    page = page_of(
        queries.my_action_items(actor().id or 0, done=done), keys=[ActionItem.id], ascending=False,
        key_of=lambda row: (row.id,), parse=_key,
    )  # fmt: skip
    return render_template("minutes/action_items.html", page=page, done=done)


def _key(parts: Any) -> tuple[int]:
    """The place after which a page goes on. Raises ValueError."""
    (number,) = (int(part) for part in parts)
    if not 0 < number <= MAX_ID:
        raise ValueError(parts)
    return (number,)


@bp.post("/action-items/<int:item_id>/done")
@requires(P.ACTION_ITEM_DONE, ActionItem)
def finish_action_item(item: ActionItem) -> Answer:
    return perform(
        lambda: service.finish_action_item(actor(), item), to=lambda _item: _back(), done=_l("Done."), back=_back()
    )


@bp.post("/action-items/<int:item_id>/reopen")
@requires(P.ACTION_ITEM_DONE, ActionItem)
def reopen_action_item(item: ActionItem) -> Answer:
    return perform(
        lambda: service.reopen_action_item(actor(), item),
        to=lambda _item: _back(),
        done=_l("Open again."),
        back=_back(),
    )


def _back() -> str:
    """The page of this site that the button was on."""
    return own_path(request.form.get("next")) or "/action-items/"
