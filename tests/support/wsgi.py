"""The application for a server that a test starts; settings come from the environment."""

import gc

from tracker.app import create_app

app = create_app()
gc.freeze()
