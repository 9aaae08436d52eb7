"""A rotation of keys that stops in the middle of its second portion, before it commits, to be killed there.

``python -m tests.support.rotating``: says "in the middle" and waits.
"""

from __future__ import annotations

import time
from typing import Any

from tracker import config, rotation
from tracker.commands.frame import house
from tracker.db import db
from tracker.sealing import Column

_reseal = rotation._reseal
_done: list[Any] = []


def stopping(column: Column, after: Any) -> Any:
    portion = _reseal(column, after)
    if _done:
        db.session.flush()
        print("in the middle", flush=True)
        time.sleep(60)
    _done.append(portion)
    return portion


if __name__ == "__main__":
    rotation.ROWS = 9
    rotation._reseal = stopping
    settings = config.load()
    with house(settings):
        rotation.rotate(settings)
