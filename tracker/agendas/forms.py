"""What is typed about proposals. Field names are the services' keywords."""

from __future__ import annotations

from wtforms.widgets import HiddenInput

from tracker.agendas.models import PROPOSAL_KINDS
from tracker.agendas.rules import LONGEST, SHORTEST
from tracker.text import _l
from tracker.web.forms import Choice, Form, Line, Number, Prose, required


class ProposalForm(Form):
    """An item for an agenda."""

    title = Line(_l("Title"), required(), longest=200, hint=_l("What the agenda shows."))
    kind = Choice(_l("Kind"), required(), choices=list(PROPOSAL_KINDS.items()))
    minutes_long = Number(
        _l("Time box in minutes"), required(), least=SHORTEST, most=LONGEST, hint=_l("The discussion included.")
    )
    details = Prose(
        _l("Details"), longest=5000,
        hint=_l("What should be clear afterwards, and what to read before. Markdown works."),
    )  # fmt: skip


class ProposalEditForm(ProposalForm):
    """A change to a proposal, as of ``version``."""

    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class DeclineItemForm(Form):
    """Declining needs a reason."""

    reason = Prose(_l("Reason"), required(_l("Say why: its proposer reads it.")), longest=2000)


class DeferItemForm(Form):
    """Deferring may have a reason."""

    reason = Prose(_l("Reason"), longest=2000)
