"""The cast: people, two SIGs, a programme with rules, an open cycle with a published task.

``admin``; ``mona`` maintains SIG A (akg), ``nils`` SIG B (ge) and mentors in A; ``max`` maintains A too; ``dora`` and
``otto`` develop (profile complete, agreement signed); ``fay`` and ``finn`` are finance. Made straight from the models:
services have tests of their own.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tracker import clock
from tracker.accounts.models import User
from tracker.claims.models import HOLDING, SEATED, Claim
from tracker.cycles.models import Cycle
from tracker.db import db
from tracker.programmes.models import Agreement, Programme, ProgrammeSig, Rules
from tracker.sigs.models import Area, Membership, Repository, Sig
from tracker.tasks.models import Task


def quarter_now() -> str:
    today = clock.today("Asia/Shanghai")
    return f"{today.year}Q{(today.month - 1) // 3 + 1}"


class Cast:
    """Every attribute is a row that is committed (in the test's own transaction)."""

    def __init__(self) -> None:
        self.admin = self.person("admin", is_admin=True)
        self.mona = self.person("mona")
        self.max = self.person("max")
        self.nils = self.person("nils")
        self.dora = self.person("dora")
        self.otto = self.person("otto")
        self.fay = self.person("fay", is_finance=True)
        self.finn = self.person("finn", is_finance=True)
        self.akg = self._sig("akg", "AKG", "AKG", "AKG图算融合编译")
        self.ge = self._sig("ge", "GE", "ge", "图引擎")
        self.area = Area(sig=self.akg, slug="operator-support", name="Operator support", name_zh="算子支持")
        self.backend_area = Area(
            sig=self.akg, slug="backend-iteration", name="Backend iteration", name_zh="后端迭代支持"
        )
        self.repository = Repository(
            sig=self.akg, path="mindspore/akg", url="https://gitee.com/mindspore/akg", role="compiler"
        )
        self.programme = Programme(
            slug="mindspore-internship", name="MindSpore open source internship", name_zh="昇思MindSpore开源实习",
            time_zone="Asia/Shanghai", agreement_on=dt.date(2025, 1, 1),
        )  # fmt: skip
        db.session.add_all([self.area, self.backend_area, self.repository, self.programme])
        db.session.flush()
        self.rules = self.make_rules()
        for sig in (self.akg, self.ge):
            db.session.add(ProgrammeSig(sig_id=sig.id, programme_id=self.programme.id))
        for user, sig in ((self.mona, self.akg), (self.max, self.akg), (self.nils, self.ge)):
            self.member(user, sig, "maintainer")
        for user in (self.dora, self.otto):
            db.session.add(
                Agreement(
                    user_id=user.id, programme_id=self.programme.id, version=dt.date(2025, 1, 1), signed_at=clock.now()
                )
            )
        self.cycle = self._cycle(self.akg)
        self.task = self.make_task()
        db.session.commit()

    def person(self, handle: str, **columns: Any) -> User:
        user = User(
            **{
                "handle": handle, "handle_key": handle, "email": f"{handle}@example.org",
                "email_key": f"{handle}@example.org", "display_name": handle.capitalize(), "affiliation": "Example Institute",
                "time_zone": "Asia/Shanghai", "language": "en", "created_at": clock.now(),
                "email_verified_at": clock.now(), **columns,
            }
        )  # fmt: skip
        db.session.add(user)
        db.session.flush()
        return user

    def member(self, user: User, sig: Sig, role: str, **columns: Any) -> Membership:
        row = Membership(user_id=user.id, sig_id=sig.id, role=role, since=dt.date(2024, 1, 1), source="test", **columns)
        db.session.add(row)
        db.session.flush()
        return row

    def make_rules(self, **columns: Any) -> Rules:
        values = {
            "programme_id": self.programme.id, "valid_from": dt.date(2025, 1, 1), "live_claims_per_person": 2,
            "seats_per_task": 1, "answer_within_working_days": 3, "review_within_working_days": 5,
            "lapse_after_days": 14, "warn_before_lapse_days": 4, "snooze_days": 7, "undo_days": 3, "appeal_days": 7,
            "design_document_within_days": 14, "strike_limit": 3, "strike_window_days": 180, "cooldown_days": 30,
            "wage_scheme": "tiers", "wage_currency": "CNY",
            "wage": {"tiers": [[20, 100000], [40, 250000], [60, 400000], [80, 600000], [100, 800000]]},
            "certificate": {"points": 60, "within_months": 6, "mentor_comment": True, "report": True},
        }  # fmt: skip
        rules = Rules(**{**values, **columns})
        db.session.add(rules)
        db.session.flush()
        return rules

    def make_task(self, **columns: Any) -> Task:
        """A published task of AKG with two seats, mentored by nils."""
        number = self.cycle.next_number
        self.cycle.next_number += 1
        wanted = columns.pop("state", "published")
        values: dict[str, Any] = {
            "reference": f"AKG-{self.cycle.quarter}-{number:03d}", "cycle_id": self.cycle.id, "sig_id": self.akg.id,
            "area_id": self.area.id, "author_id": self.mona.id, "title": f"Express operator {number} as loops",
            "kind": "internship", "points": 20, "difficulty": "L2", "hours": 60, "backends": ["CPU", "GPU"],
            "language": "C++, Python", "seats": 2, "expected_on": self.cycle.claims_until,
            "accept_by": self.cycle.accept_by, "pays_wage": True, "gives_certificate": True,
            "background": "Prefix sums cut fusion groups.", "requirement": "Write them as loops.",
            "environment": "Any x86 CPU.", "criteria": "Unit tests pass.", "submit_to": "gitee.com/mindspore/akg",
            "guidance": "Start from reduce_sum.py.", "created_at": clock.now(), "mentors": [self.nils],
        }  # fmt: skip
        task = Task(**{**values, **columns}, state="draft")
        db.session.add(task)
        db.session.flush()
        for state in {"draft": [], "ready": ["ready"], "published": ["ready", "published"]}[wanted]:
            task.state = state
            if state == "published":
                task.published_at = clock.now()
            db.session.flush()
        return task

    def make_claim(
        self, user: User | None = None, task: Task | None = None, state: str = "applied", **columns: Any
    ) -> Claim:
        """A claim of ``user`` (dora) on ``task`` in ``state``, reached by legal steps."""
        user, task = user or self.dora, task or self.task
        path = {
            "applied": ["applied"], "waiting": ["waiting"], "active": ["applied", "active"],
            "design_review": ["applied", "active", "design_review"], "submitted": ["applied", "active", "submitted"],
            "changes_requested": ["applied", "active", "submitted", "changes_requested"],
            "accepted": ["applied", "active", "submitted", "accepted"], "rejected": ["applied", "rejected"],
            "withdrawn": ["applied", "withdrawn"], "failed": ["applied", "active", "failed"],
            "released": ["applied", "active", "released"], "closed": ["applied", "closed"],
        }[state]  # fmt: skip
        now = clock.now()
        values: dict[str, Any] = {
            "plan": "Reuse the schedule.", "experience": "One task before.", "hours_per_week": 12,
            "promised_on": task.expected_on, "created_at": now, "state_since": now,
            "applied_at": now if path[0] == "applied" else None,
            "answer_by": now + dt.timedelta(days=3) if state in ("applied", "submitted", "design_review") else None,
        }  # fmt: skip
        if "active" in path:
            values |= {
                "approved_at": now,
                "approved_by_id": self.nils.id,
                "due_on": task.expected_on,
                "terms": task.terms,
            }
        if "submitted" in path:
            values["submitted_at"] = now
        if path[-1] in ("accepted", "rejected", "failed", "released", "withdrawn", "closed"):
            values |= {"decided_at": now, "decided_by_id": self.nils.id}
        held = {c.seat_no for c in db.session.query(Claim).filter(Claim.task_id == task.id, Claim.seat_no.is_not(None))}
        holds = {
            c.hold_no for c in db.session.query(Claim).filter(Claim.user_id == user.id, Claim.hold_no.is_not(None))
        }
        claim = Claim(
            **{**values, **columns}, task_id=task.id, user_id=user.id, programme_id=self.programme.id,
            rules_id=self.rules.id, state=path[0],
        )  # fmt: skip
        claim.seat_no = min(set(range(1, 99)) - held) if path[0] in SEATED else None
        claim.hold_no = min(set(range(1, 99)) - holds) if path[0] in HOLDING else None
        db.session.add(claim)
        db.session.flush()
        for step in path[1:]:
            claim.state = step
            claim.seat_no = claim.seat_no if step in SEATED else None
            claim.hold_no = claim.hold_no if step in HOLDING else None
            claim.points = (columns.get("points") or task.points) if step == "accepted" else None
            db.session.flush()
        live = list(db.session.query(Claim).filter(Claim.task_id == task.id))
        task.seats_held = sum(c.state in SEATED for c in live)
        task.seats_accepted = sum(c.state == "accepted" for c in live)
        task.waiting_count = sum(c.state == "waiting" for c in live)
        db.session.commit()
        return claim

    def _sig(self, slug: str, key: str, name: str, name_zh: str) -> Sig:
        sig = Sig(slug=slug, key=key, community="MindSpore", name=name, name_zh=name_zh, scope=f"What {name} is for.")
        db.session.add(sig)
        db.session.flush()
        return sig

    def _cycle(self, sig: Sig) -> Cycle:
        quarter = quarter_now()
        end = dt.date(int(quarter[:4]), int(quarter[5]) * 3, 28)
        cycle = Cycle(
            sig_id=sig.id, programme_id=self.programme.id, quarter=quarter, state="planning",
            claims_until=end, accept_by=end,
        )  # fmt: skip
        db.session.add(cycle)
        db.session.flush()
        cycle.state = "open"
        cycle.published_at = clock.now()
        db.session.flush()
        return cycle
