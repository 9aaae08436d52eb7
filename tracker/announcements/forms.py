"""What is typed before an announcement goes out."""

from __future__ import annotations

from wtforms.widgets import HiddenInput

from tracker.text import _l
from tracker.web.forms import Form, Line, Number, Prose, Tick, required


class AnnounceForm(Form):
    """The mail as it will go out; ``number`` is the how manieth announcement of its kind it is."""

    subject = Line(_l("Subject"), required(), longest=200)
    body = Prose(_l("Text"), required(), hint=_l("Plain text, as the list will get it."), longest=100_000)
    number = Number(_l("Number"), required(), least=1, most=1000, widget=HiddenInput())
    again = Tick(_l("Send it once more"))
