"""What services raise when they don't do what was asked. Anything else is a bug."""

from __future__ import annotations

from tracker.text import Text


class Refused(Exception):
    """The step isn't possible now. Says why and what to do next; shown to the person as it is.

    ``field`` names the form field at fault, when one is; the page then answers 422 instead of 409.
    """

    def __init__(self, message: Text, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class Forbidden(Exception):
    """The person may see the thing but not do this to it."""


class Missing(LookupError):
    """No such thing, or none that the person may see."""


class Busy(Exception):
    """The database couldn't take the step in time; trying again is safe."""
