"""The application with the merging of texts taken out, the last one to save wins: the positive control of two organisers."""

import gc
import os
from typing import Any


def without_merge() -> Any:
    """The application; must be called before anything imports the services."""
    from tracker.minutes import rules

    rules.merge = lambda base, theirs, mine: mine
    from tracker.app import create_app

    return create_app()


if "TRACKER_DATABASE_URL" in os.environ:
    app = without_merge()
    gc.freeze()
