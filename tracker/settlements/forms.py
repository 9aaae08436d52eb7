"""What is typed about settlements."""

from __future__ import annotations

from wtforms.widgets import HiddenInput

from tracker.text import _l
from tracker.web.forms import Form, Line, Number, Tick, required


class CommitForm(Form):
    """Committing what the page showed: how many lines, what sum, and which ones."""

    count = Number(_l("Lines"), required(), most=1_000_000, widget=HiddenInput())
    amount = Line(_l("Sum"), required(), longest=14, pattern=r"[0-9]+", widget=HiddenInput())
    seen = Line(_l("As the page showed it"), required(), longest=16, pattern=r"[0-9a-f]{16}", widget=HiddenInput())
    checked = Tick(_l("I have checked the lines and their sum"), required(_l("Check the lines, then tick the box.")))
