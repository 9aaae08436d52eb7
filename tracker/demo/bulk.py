"""More tasks for measuring: with claims, notes and rewards in proportion, through the same services."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tracker.accounts import service as accounts
from tracker.accounts.models import User
from tracker.budgets import service as budgets
from tracker.claims import service as claims
from tracker.cycles.models import OPEN
from tracker.db import db, transaction
from tracker.meetings import service as meetings
from tracker.permissions import SYSTEM
from tracker.programmes import service as programmes
from tracker.rewards import service as rewards
from tracker.tasks import service as tasks
from tracker.tasks.models import Task

if TYPE_CHECKING:
    from tracker.demo.story import Story

#: Tasks per transaction: large enough to be quick, small enough to let others write in between.
BATCH = 25
#: Of ten tasks: how far each gets. Four stay open.
FATES = ("", "applied", "", "active", "accepted", "", "submitted", "accepted", "", "active")


def add(story: Story, count: int) -> None:
    """``count`` tasks spread over the groups with an open cycle; nothing where no cycle is open."""
    slugs = [slug for slug, cycle in story.cycles.items() if cycle.state == OPEN]
    if count:
        transaction(partial(_lift, story, slugs))
    for start in range(0, count if slugs else 0, BATCH):
        numbers = range(start, min(start + BATCH, count))
        transaction(partial(_some, story, slugs, numbers, count))
        story.say(f"{numbers.stop} of {count} tasks")
        db.session.expunge_all()
        _again(story)


def _lift(story: Story, slugs: list[str]) -> None:
    """No limits: a budget that lasts for the demo's tasks doesn't for any number more."""
    for slug in slugs:
        cycle = story.cycles[slug]
        budgets.set_budget(story.who("fay"), cycle, version=cycle.version, points=None, amount=None, currency="",
                           reason="Any number of tasks, for measuring.")  # fmt: skip


def _again(story: Story) -> None:
    """Read the story's people and things anew: a long run mustn't keep every row in memory."""
    everything: tuple[dict[str, Any], ...] = (story.people, story.sigs, story.cycles, story.programmes, story.tasks)
    for known in everything:
        for name, thing in known.items():
            known[name] = db.session.merge(thing, load=True)


def _some(story: Story, slugs: list[str], numbers: range, count: int) -> None:
    for number in numbers:
        _one(story, slugs, number, count)


def _one(story: Story, slugs: list[str], number: int, count: int) -> None:
    slug = slugs[number % len(slugs)]
    fate = FATES[number // len(slugs) % len(FATES)]
    maintainer = story.who("mona" if slug in ("akg", "heterogeneous-fusion") else "nils")
    mentor = story.who("luqing" if slug in ("akg", "heterogeneous-fusion", "ge") else "edda")
    cycle, sig = story.cycles[slug], story.sigs[slug]
    task = tasks.create_task(maintainer, cycle, **_fields(story, slug, number), mentors=[mentor],
                             area=sig.areas[number % len(sig.areas)])  # fmt: skip
    tasks.mark_ready(maintainer, task)
    tasks.publish_task(maintainer, task)
    if fate:
        _follow(_person(story, number, count), task, fate, maintainer, mentor)


def _fields(story: Story, slug: str, number: int) -> dict[str, Any]:
    cycle = story.cycles[slug]
    text = f"Generated for measuring: task number {number} of the {slug} group, about tiling and memory planning."
    return {
        "title": f"Measure kernel variant {number} of {slug}", "kind": "internship" if slug in ("akg", "heterogeneous-fusion") and number // 5 % 2 == 0 else "community",
        "points": 5 + number % 6 * 5, "difficulty": ("L1", "L2", "L3")[number % 3], "hours": 20 + number % 50,
        "backends": [("NPU", "GPU", "CPU", "FPGA")[number % 4]], "language": "C++", "seats": 1,
        "expected_on": cycle.claims_until, "accept_by": cycle.accept_by, "pays_wage": slug in ("akg", "heterogeneous-fusion") and number // 5 % 2 == 0,
        "gives_certificate": True, "prize": "" if number % 5 else "Prize of the quarter",
        "prize_amount": None if number % 5 else 50000, "prize_currency": "" if number % 5 else "CNY",
        "background": text, "requirement": text, "environment": text, "criteria": text, "submit_to": text,
        "guidance": text,
    }  # fmt: skip


def _person(story: Story, number: int, count: int) -> User:
    """Two tasks each, of one group: below the limit of every programme."""
    pool = max(count // 2 // 5 * 5, 5)
    handle = f"dev{number % pool}"
    if handle not in story.people:
        user = accounts.create_user(SYSTEM, handle=handle, email=f"{handle}@example.org", affiliation="Example University",
                                    display_name=f"Developer {handle[3:]}")  # fmt: skip
        for programme in story.programmes.values():
            if programme.agreement_on:
                programmes.sign_agreement(user, programme)
        story.people[handle] = user
    return story.people[handle]


def _follow(person: User, task: Task, fate: str, maintainer: User, mentor: User) -> None:
    claim = claims.apply(person, task, plan="Measure, change, measure again.", hours_per_week=10, agree=True)
    if fate == "applied":
        return
    claims.approve(maintainer, claim)
    meetings.write_note(person, claim, percent=40, done="First measurements.", next="The change itself.")
    if fate == "active":
        return
    claims.submit(person, claim, summary="Faster by a tenth.", links=["https://example.org/pulls/1"])
    if fate == "accepted":
        rewards.accept_claim(mentor, claim, points=claim.terms["points"])
