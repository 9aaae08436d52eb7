"""What is typed about a task."""

from __future__ import annotations

from typing import Any

from tracker.budgets.forms import CURRENCIES
from tracker.sigs.models import Sig
from tracker.tasks import queries
from tracker.tasks.models import BACKENDS, DIFFICULTIES, KINDS, TEXTS, Task
from tracker.tasks.rules import FIELDS
from tracker.text import _l
from tracker.web.forms import Choice, Day, Form, Line, Money, Number, Prose, Several, Tick, required


class TaskForm(Form):
    """The full form of a task of ``sig``. A draft may be saved with a title alone."""

    title = Line(FIELDS["title"], required())
    area = Choice(FIELDS["area"], choices=[], kind=int)
    kind = Choice(FIELDS["kind"], choices=list(KINDS.items()), default="community")
    difficulty = Choice(
        FIELDS["difficulty"], choices=[("", _l("choose")), *((level, level) for level in DIFFICULTIES)], default=""
    )
    points = Number(FIELDS["points"], least=1, most=1000)
    hours = Number(FIELDS["hours"], least=1, most=10000)
    seats = Number(FIELDS["seats"], least=1, most=100, default=1)
    backends = Several(FIELDS["backends"], choices=[(name, name) for name in BACKENDS])
    language = Line(FIELDS["language"], longest=80, hint=_l("Such as C++, Python"))
    mentors = Several(
        FIELDS["mentors"], choices=[], kind=int, hint=_l("Maintainers, Contributors and Committers of the SIG")
    )
    expected_on = Day(FIELDS["expected_on"])
    accept_by = Day(FIELDS["accept_by"])
    needs_design = Tick(FIELDS["needs_design"])
    pays_wage = Tick(FIELDS["pays_wage"])
    gives_certificate = Tick(FIELDS["gives_certificate"])
    prize = Line(FIELDS["prize"], hint=_l("What it is, in words"))
    prize_amount = Money(FIELDS["prize_amount"], hint=_l("Only if it is money"))
    prize_currency = Choice(FIELDS["prize_currency"], choices=CURRENCIES, default="")
    background = Prose(TEXTS["background"])
    requirement = Prose(TEXTS["requirement"])
    environment = Prose(TEXTS["environment"], hint=_l("Hardware and software"))
    criteria = Prose(TEXTS["criteria"])
    submit_to = Prose(TEXTS["submit_to"])
    guidance = Prose(TEXTS["guidance"])

    def __init__(self, sig: Sig, task: Task | None = None, **given: Any) -> None:
        super().__init__(data={**typed(task), **given} if task else given)
        self._areas = {area.id: area for area in queries.areas_of(sig.id)}
        kept = sorted(task.mentor_ids) if task else []
        self.area.choices = [("", _l("choose")), *((key, area.name) for key, area in self._areas.items())]
        self.mentors.choices = queries.possible_mentors(sig.id, also=kept)

    def values(self) -> dict[str, Any]:
        """The service's keywords: the area and the mentors as rows, one seat where none is given."""
        found = super().values()
        found["area"] = self._areas.get(found["area"])
        found["mentors"] = queries.users(found["mentors"] or ())
        found["seats"] = found["seats"] or 1
        return found


class EditForm(TaskForm):
    """The form of a task that exists: ``version`` is the one that was read."""

    version = Number(_l("Version"), required(), least=1)


def typed(task: Task) -> dict[str, Any]:
    """A task's fields as the form holds them."""
    found = {name: getattr(task, name) for name in FIELDS}
    return {**found, "area": task.area_id, "mentors": sorted(task.mentor_ids), "version": task.version}


class PreviewForm(Form):
    """Markdown to be shown."""

    text = Prose(_l("Text"))


class StepForm(Form):
    """A button: nothing but its token."""
