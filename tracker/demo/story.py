"""A quarter as it might go, told through the services: each phase goes on where the one before ends.

planning → open → running → closing → settled. Dates are spread from the first day of the quarter to today, so that the
demo looks alive whenever it is built.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from tracker import clock, seeds
from tracker.accounts.models import User
from tracker.budgets import service as budgets
from tracker.claims import service as claims
from tracker.claims.models import Claim
from tracker.cycles import service as cycles
from tracker.cycles.models import Cycle
from tracker.cycles.quarters import bounds, next_quarter, quarter_of
from tracker.db import db, transaction
from tracker.demo import bulk, certificates, departures, honours, payees, people, promotions, results, wages
from tracker.demo.batches import pay_in_a_batch
from tracker.demo.meetings import Meetings
from tracker.events import via
from tracker.imports.reading import Notes
from tracker.imports.seeds import plant
from tracker.meetings import service as meetings
from tracker.permissions import SYSTEM
from tracker.programmes.models import Programme
from tracker.programmes.queries import all_programmes
from tracker.rewards import service as rewards
from tracker.rewards.models import Reward
from tracker.seeds.tasks import load_tasks
from tracker.sigs.models import Sig
from tracker.tasks import service as tasks
from tracker.tasks.models import Task

PHASES = ("planning", "open", "running", "closing", "settled")
ZONE = ZoneInfo("Asia/Shanghai")
#: Who mentors the tasks of each group.
MENTORS = {
    "akg": ("nils", "luqing"), "heterogeneous-fusion": ("cheng", "luqing"), "ge": ("edda", "luqing"),
    "driver": ("edda",), "runtime": ("nils",),
}  # fmt: skip
Progress = Callable[[str], None]


class NotEmpty(Exception):
    """The database has people in it; the demo fills empty ones only."""


class Story:
    """One telling: the quarter it is in and everybody and everything met so far, by name."""

    def __init__(self, say: Progress) -> None:
        self.say = say
        self.quarter = quarter_of(clock.today("Asia/Shanghai") - dt.timedelta(days=35))
        self.first, self.last = bounds(self.quarter)
        self.end = min(clock.now(), dt.datetime.combine(self.last, dt.time(18), ZONE).astimezone(dt.UTC))
        self.sigs: dict[str, Sig] = {}
        self.programmes: dict[str, Programme] = {}
        self.people: dict[str, User] = {}
        self.cycles: dict[str, Cycle] = {}
        self.tasks: dict[str, Task] = {}
        self.meetings = Meetings(self)

    # -- telling ----------------------------------------------------------------------------------

    def at(self, share: float, work: Callable[[], Any]) -> Any:
        """Do ``work`` in a transaction at a moment of working hours, ``share`` of the way from quarter's start to now."""
        start = dt.datetime.combine(self.first, dt.time(9, 30), ZONE)
        moment = start + (self.end - start) * share
        moment = moment.replace(hour=9 + int(share * 977) % 8, minute=int(share * 7919) % 60)
        return self.on(moment, work)

    def on(self, moment: dt.datetime, work: Callable[[], Any]) -> Any:
        """Do ``work`` in a transaction at a moment, or at the story's end if that comes first."""
        with clock.pretend(min(moment, self.end)):
            return transaction(work)

    def _publish(self, slug: str, cycle: Cycle) -> Cycle:
        return tasks.publish_cycle(self.maintainer(slug), cycle)

    def _close(self, slug: str, cycle: Cycle) -> Cycle:
        why = "The quarter is over; open tasks come back with the next list."
        return claims.close_cycle(self.maintainer(slug), cycle, reason=why)

    def _plan_next(self, slug: str, sig: Sig) -> Cycle:
        return cycles.create_cycle(self.maintainer(slug), sig, quarter=next_quarter(self.quarter))

    def who(self, handle: str) -> User:
        return self.people[handle]

    def task(self, words: str) -> Task:
        """The task whose title has ``words``."""
        return next(task for title, task in self.tasks.items() if words in title)

    def claim(self, handle: str, words: str) -> Claim:
        """The newest claim of a person on the task with ``words``."""
        query = select(Claim).where(Claim.user_id == self.who(handle).id, Claim.task_id == self.task(words).id)
        return db.session.scalars(query.order_by(Claim.id.desc())).first()  # type: ignore[return-value]

    # -- phases -----------------------------------------------------------------------------------

    def planning(self) -> None:
        """Groups, people, drafts: most ready, two incomplete; a budget."""
        self.say("people and groups")
        self.at(0.0, self._ground)
        self.say("tasks")
        for fields in load_tasks():
            self.at(0.01, partial(self._draft, fields))
        for slug in MENTORS:
            self.at(0.02, partial(self._incomplete, slug))
        self.at(0.03, self._budget)

    def _ground(self) -> None:
        notes = Notes()
        self.sigs = plant(SYSTEM, seeds.load(), notes)
        if notes.warnings:
            raise RuntimeError(f"the seeds can't be used: {notes.warnings}")
        self.programmes = {programme.slug: programme for programme in all_programmes()}
        password = os.environ.get("TRACKER_DEMO_PASSWORD", "demo-demo-demo")
        self.people = people.create(self.sigs, self.programmes, password)
        for slug, sig in self.sigs.items():
            self.cycles[slug] = cycles.create_cycle(self.maintainer(slug), sig, quarter=self.quarter)

    def maintainer(self, slug: str) -> User:
        return self.who("mona" if slug in ("akg", "heterogeneous-fusion") else "nils")

    def _draft(self, fields: dict[str, Any]) -> None:
        fields = dict(fields)
        slug = fields.pop("sig")
        cycle = self.cycles[slug]
        areas = {area.slug: area for area in self.sigs[slug].areas}
        mentors = [self.who(handle) for handle in MENTORS[slug]]
        days = (cycle.claims_until - self.first).days
        expected = self.first + dt.timedelta(days=int(days * 0.9) + int(fields["points"]) % 7)
        task = tasks.create_task(
            self.maintainer(slug), cycle, **{
                **fields, "area": areas[fields["area"]], "mentors": mentors[: 1 + len(self.tasks) % 2],
                "expected_on": expected, "accept_by": cycle.accept_by,
            },
        )  # fmt: skip
        self.tasks[task.title] = task
        tasks.mark_ready(self.maintainer(slug), task)

    def _incomplete(self, slug: str) -> None:
        if slug in ("akg", "ge"):
            title = "Code generation for a new AI chip" if slug == "akg" else "Partition graphs for two devices"
            tasks.create_task(self.maintainer(slug), self.cycles[slug], title=title, background="To be written.")

    def _budget(self) -> None:
        """Enough for every task of AKG, and a little more."""
        cycle = self.cycles["akg"]
        budgets.set_budget(
            self.who("fay"), cycle, version=cycle.version, points=320, amount=2_400_000, currency="CNY",
            reason="As agreed with the programme for this quarter.",
        )  # fmt: skip

    def open(self) -> None:
        """Published, meetings entered, the first applications in."""
        self.say("publishing")
        for index, (slug, cycle) in enumerate(self.cycles.items()):
            self.at(0.05 + index * 0.005, partial(self._publish, slug, cycle))
        self.meetings.call()
        self.apply(0.97, "ivo", "Add int8 test cases")
        self.apply(0.98, "bai", "Name the node in every shape")
        self.apply(0.985, "mei", "List devices with their health")

    def running(self) -> None:
        """Claims in every state, notes for the meetings, minutes, first accepted work."""
        self.say("claims")
        self._accepted_work()
        self._work_in_hand()
        self._waiting_and_refused()
        promotions.at_a_meeting(self)
        self.meetings.hold()
        self.meetings.come()
        promotions.going_on(self)
        payees.give(self)
        self._rewards()
        honours.running(self)
        certificates.certify(self)
        departures.leave(self)

    def _accepted_work(self) -> None:
        self.finish("dora", "ReduceMean as loops", 0.08, 0.45, mentor="nils")
        self.finish("bai", "Follow the MLIR 21 release", 0.07, 0.42, mentor="nils")
        self.finish("mei", "Fused RMSNorm for NPU", 0.08, 0.44, mentor="luqing")
        self.finish("gu", "Softmax fusion for CPU", 0.1, 0.46, mentor="luqing")
        self.finish("suhe", "Expand fused GeluGrad", 0.09, 0.48, mentor="luqing")
        self.finish("otto", "Name the error codes of stream", 0.08, 0.4, mentor="nils")
        self.finish("pavel", "Fold constants through", 0.1, 0.5, mentor="luqing")
        self.finish("mei", "Test matrix of host and device", 0.12, 0.5, mentor="edda")

    def _work_in_hand(self) -> None:
        self.hold("dora", "Expand LayerNormGrad", 0.2, "mona", design="nils")
        self.note("dora", "Expand LayerNormGrad", 0.35, 20, "Design document.", "Expansion for the CPU.", "")
        self.note(
            "dora", "Expand LayerNormGrad", 0.5, 55, "Expansion for the CPU.", "GPU.", "CI machine out of memory."
        )
        self.note("dora", "Expand LayerNormGrad", 0.8, 90, "GPU schedule, accuracy table.", "Documentation.", "",
                  comment=("nils", "The table is convincing; please add float16."))  # fmt: skip
        self.hand_in("dora", "Expand LayerNormGrad", 0.97)
        self.hold("dora", "Softmax custom operator of an FPGA", 0.25, "mona")
        self.note("dora", "Softmax custom operator of an FPGA", 0.6, 45, "Registration in the test build.",
                  "A first accuracy table.", "FPGA machine in CI is down.")  # fmt: skip
        self.hold("otto", "Load an ahead-of-time operator library", 0.2, "luqing")
        self.note("otto", "Load an ahead-of-time operator library", 0.75, 40, "The loader reads the manifest.",
                  "Two versions side by side.", "No library with two versions.")  # fmt: skip
        self.hold("suhe", "Register custom operators from Python", 0.3, "cheng")
        self.note("suhe", "Register custom operators from Python", 0.95, 80, "Python registration works.",
                  "Errors that name the argument.", "")  # fmt: skip
        self.hold("gu", "Custom operator: NMS", 0.4, "mona")
        self.note(
            "gu", "Custom operator: NMS", 0.9, 35, "First kernel passes.", "Large inputs.", "Slow on large inputs."
        )
        self.hold("bai", "Manifest of an AOT library", 0.5, "luqing")
        self.hold("pavel", "Express CumSum and CumProd", 0.45, "nils")
        self.note("pavel", "Express CumSum and CumProd", 0.8, 60, "CumSum for float32.", "CumProd, reverse.", "")
        self.hold("otto", "Trace: link a kernel", 0.3, "nils")
        self.hand_in("otto", "Trace: link a kernel", 0.7)
        self.hold("mei", "Report why two nodes", 0.35, "luqing")
        self.design("mei", "Report why two nodes", 0.93)

    def _waiting_and_refused(self) -> None:
        self.apply(0.93, "pavel", "AOT library: symbol versioning")
        self.apply(0.9, "suhe", "TopK")
        self.at(0.94, lambda: claims.reject(self.who("luqing"), self.claim("suhe", "TopK"),
                                            reason="Please finish the Python registration first; the seat stays open."))  # fmt: skip
        self.hold("gu", "Dump the last commands", 0.4, "edda")
        self.at(0.7, lambda: claims.release(self.who("gu"), self.claim("gu", "Dump the last commands"),
                                            reason="No time until the examinations are over."))  # fmt: skip
        self.at(0.9, lambda: claims.join_waitlist(
            self.who("ivo"), self.task("Custom operator: NMS"), plan="I have a working prototype from a course.",
            experience="A course on GPU programming.", hours_per_week=8, promised_on=None, agree=True))  # fmt: skip

    def _rewards(self) -> None:
        """A bonus proposed, one approved, one paid, a correction waiting."""

        def bonus(handle: str, slug: str, by: str, text: str, fen: int) -> Reward:
            return rewards.propose_reward(self.who(by), self.sigs[slug], user=self.who(handle), kind="bonus",
                                          description=text, amount=fen, currency="CNY")  # fmt: skip

        paid = self.at(0.6, lambda: bonus("suhe", "akg", "mona", "Best report of October", 30000)).id
        self.at(0.65, lambda: self._approve("fay", paid))
        self.at(0.7, lambda: self._pay("finn", paid, "20261016-0047"))
        approved = self.at(0.8, lambda: bonus("otto", "runtime", "nils", "Talk at the seminar", 50000)).id
        self.at(0.85, lambda: self._approve("finn", approved))
        self.at(0.95, lambda: bonus("dora", "heterogeneous-fusion", "luqing", "Demo of a stage result", 80000))
        self.at(0.96, lambda: rewards.propose_reward(
            self.who("mona"), self.sigs["akg"], user=self.who("gu"), kind="correction",
            description="Two test cases were counted twice", points=-2))  # fmt: skip

    def _approve(self, by: str, reward_id: int) -> None:
        reward = db.session.get_one(Reward, reward_id)
        rewards.approve_reward(self.who(by), reward, version=reward.version)

    def _pay(self, by: str, reward_id: int, reference: str) -> None:
        reward = db.session.get_one(Reward, reward_id)
        rewards.pay_reward(self.who(by), reward, reference=reference, version=reward.version)

    def closing(self) -> None:
        """What was handed in is decided; what runs is handed in."""
        self.say("closing")
        self.accept("nils", "dora", "Expand LayerNormGrad", 0.985)
        self.accept("nils", "otto", "Trace: link a kernel", 0.985)
        for share, (handle, words, mentor) in enumerate((
            ("suhe", "Register custom operators from Python", "cheng"), ("gu", "Custom operator: NMS", "mona"),
            ("otto", "Load an ahead-of-time operator library", "luqing"),
        )):  # fmt: skip
            self.hand_in(handle, words, 0.986 + share * 0.001)
            self.accept(mentor, handle, words, 0.99 + share * 0.001)
        self.hand_in("pavel", "Express CumSum and CumProd", 0.994)
        results.things(self)
        wages.settle(self)
        wages.approve_most(self)
        honours.closing(self)

    def settled(self) -> None:
        """Every quarter closed, every reward decided and paid; the next quarter is being planned."""
        self.say("settling")
        self.at(0.9951, lambda: claims.answer_design(
            self.who("luqing"), self.claim("mei", "Report why two nodes"), accepted=True, comment="Clear."))  # fmt: skip
        self.accept("nils", "pavel", "Express CumSum and CumProd", 0.9953)
        for slug, cycle in self.cycles.items():
            self.at(0.996, partial(self._close, slug, cycle))
        for reward_id in db.session.scalars(select(Reward.id).where(Reward.state == "proposed")).all():
            self.at(0.997, partial(self._approve, "fay", reward_id))
        pay_in_a_batch(self)
        approved = select(Reward.id, Reward.approved_by_id).where(Reward.state == "approved", Reward.points.is_(None))
        for reward_id, approver in db.session.execute(approved).all():
            payer = "fay" if approver == self.who("finn").id else "finn"
            reference = f"{self.quarter}-{reward_id:04d}"
            self.at(0.998, partial(self._pay, payer, reward_id, reference))
        results.notice(self)
        certificates.thank(self)
        for slug, sig in self.sigs.items():
            self.at(0.999, partial(self._plan_next, slug, sig))

    # -- steps of a claim ---------------------------------------------------------------------------

    def apply(self, share: float, handle: str, words: str) -> None:
        task = self.task(words)
        self.at(share, lambda: claims.apply(
            self.who(handle), task, plan="Read the neighbouring code, write the tests first, then the change.",
            experience="A course on compilers; one small pull request.", hours_per_week=12,
            promised_on=task.expected_on if task.expected_on and task.expected_on >= self.end.date() else None,
            agree=True))  # fmt: skip

    def hold(self, handle: str, words: str, share: float, mentor: str, design: str = "") -> None:
        """Apply and be approved; with ``design``, its document sent and accepted by that person."""
        self.apply(share, handle, words)
        self.at(share + 0.02, lambda: claims.approve(self.who(mentor), self.claim(handle, words)))
        if design:
            self.design(handle, words, share + 0.05)
            self.at(share + 0.08, lambda: claims.answer_design(
                self.who(design), self.claim(handle, words), accepted=True, comment="Clear. Go on."))  # fmt: skip

    def design(self, handle: str, words: str, share: float) -> None:
        self.at(share, lambda: claims.send_design(
            self.who(handle), self.claim(handle, words), link="https://example.org/designs/1", summary="Two pages."))  # fmt: skip

    def note(self, handle: str, words: str, share: float, percent: int, done: str, next: str, blockers: str,
             comment: tuple[str, str] | None = None) -> None:  # fmt: skip
        note = self.at(share, lambda: meetings.write_note(
            self.who(handle), self.claim(handle, words), percent=percent, done=done, next=next, blockers=blockers))  # fmt: skip
        if comment:
            by, text = comment
            self.at(share + 0.01, lambda: meetings.comment(self.who(by), note, mentor_comment=text))

    def hand_in(self, handle: str, words: str, share: float) -> None:
        self.at(share, lambda: claims.submit(
            self.who(handle), self.claim(handle, words), links=["https://example.org/pulls/2148"],
            summary="All cases of the list pass; the derivation is in the documentation."))  # fmt: skip

    def accept(self, mentor: str, handle: str, words: str, share: float) -> None:
        def work() -> Claim:
            claim = self.claim(handle, words)
            return rewards.accept_claim(self.who(mentor), claim, points=claim.terms["points"], comment="Well done.")

        self.at(share, work)

    def finish(self, handle: str, words: str, start: float, end: float, mentor: str) -> None:
        """From application to acceptance."""
        self.hold(handle, words, start, mentor, design=mentor if self.task(words).needs_design else "")
        self.note(handle, words, (start + end) / 2, 60, "The main part.", "Tests and documentation.", "")
        self.hand_in(handle, words, end - 0.03)
        self.accept(mentor, handle, words, end)


def build(phase: str = "running", extra_tasks: int = 0, say: Progress = lambda text: None) -> None:
    """Fill an empty database up to ``phase``; then add ``extra_tasks`` tasks with claims in proportion.

    Raises NotEmpty when there are people in the database.
    """
    if db.session.scalar(select(func.count()).select_from(User)):
        raise NotEmpty
    story = Story(say)
    with via("command"):
        for step in PHASES[: PHASES.index(phase) + 1]:
            getattr(story, step)()
        if extra_tasks:
            bulk.add(story, extra_tasks)
