"""The diary: what happened, who did it, and who is told. See ``record``."""

from tracker.events.diary import audience, record, via
from tracker.events.models import Event, Notice

__all__ = ["Event", "Notice", "audience", "record", "via"]
