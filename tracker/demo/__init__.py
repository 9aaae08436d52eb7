"""An invented quarter, built through the services up to a phase. See ``build``."""

from tracker.demo.story import PHASES, NotEmpty, build

__all__ = ["PHASES", "NotEmpty", "build"]
