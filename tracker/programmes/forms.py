"""What is typed about a programme."""

from __future__ import annotations

from tracker.web.forms import Form


class AgreeForm(Form):
    """Signing the agreement: the button and its token are all."""
