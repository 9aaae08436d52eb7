"""What may happen next, for any subject: one table of steps each, and the only assignment to ``.state``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tracker.errors import Forbidden, Refused
from tracker.permissions import Actor, Permission, allowed
from tracker.text import LazyString, Text, _l


class Subject(Protocol):
    """A thing with a state and a name that people know it by."""

    state: str

    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the table: ``action`` takes a subject from any of ``sources`` to ``target``.

    ``permission`` None: only the program takes it, as a consequence of another step or in a job.
    """

    action: str
    name: LazyString
    sources: Sequence[str]
    target: str
    permission: Permission | None
    event: str


class Workflow:
    """The steps of one kind of subject.

    ``states`` maps each token to its name; ``holder`` names who has the thing, for refusals.
    """

    def __init__(
        self,
        subject: str,
        *,
        initial: Sequence[str],
        states: Mapping[str, LazyString],
        steps: Iterable[Step],
        holder: Callable[[Any], Text | None] = lambda thing: None,
    ) -> None:
        self.subject = subject
        self.initial = tuple(initial)
        self.states = dict(states)
        self.steps = {step.action: step for step in steps}
        self.holder = holder

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps.values())

    def pairs(self) -> set[tuple[str, str]]:
        """Every legal (from, to), as the database's trigger knows them."""
        return {(source, step.target) for step in self for source in step.sources}

    def check(self, actor: Actor, thing: Subject, action: str) -> Step:
        """The step, if it may be taken now by ``actor``.

        Raises Refused when the state doesn't allow it, Forbidden when the person may not.
        """
        step = self.steps[action]
        if step.permission is not None and not allowed(actor, step.permission, thing):
            raise Forbidden(step.permission)
        if thing.state not in step.sources:
            raise Refused(self._refusal(thing, step))
        return step

    def advance(self, actor: Actor, thing: Subject, action: str) -> Step:
        """Take the step: the only place that changes a state. Raises as ``check``."""
        step = self.check(actor, thing, action)
        thing.state = step.target
        return step

    def available(self, actor: Actor, thing: Subject) -> list[Step]:
        """The steps that ``actor`` may take now, in the table's order: what the page shows as buttons."""
        return [
            step
            for step in self
            if step.permission is not None and thing.state in step.sources and allowed(actor, step.permission, thing)
        ]

    def _refusal(self, thing: Subject, step: Step) -> LazyString:
        state, who = self.states[thing.state], self.holder(thing)
        if who:
            return _l(
                "%(thing)s is in the state “%(state)s”, held by %(who)s: “%(step)s” isn't possible now. "
                "Reload the page to see what is possible.",
                thing=thing.label, state=state, who=who, step=step.name,
            )  # fmt: skip
        return _l(
            "%(thing)s is in the state “%(state)s”: “%(step)s” isn't possible now. "
            "Reload the page to see what is possible.",
            thing=thing.label, state=state, step=step.name,
        )  # fmt: skip
