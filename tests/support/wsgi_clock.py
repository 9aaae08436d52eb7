"""The application with a clock that a test moves: the file in TEST_CLOCK_FILE holds the hours by which it is later."""

import datetime as dt
import gc
import os
from pathlib import Path

from tracker import clock
from tracker.app import create_app

_file = Path(os.environ["TEST_CLOCK_FILE"])
_now = clock.now


def _later() -> dt.datetime:
    return _now() + dt.timedelta(hours=float(_file.read_text()))


clock.now = _later
app = create_app()
gc.freeze()
