"""One of everything, for the permission matrix: which address stands for a rule."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from sqlalchemy import select

from tests.support.cast import Cast
from tracker import clock
from tracker.accounts.models import OneTimeToken, User, UserSession
from tracker.activities.models import Speaker
from tracker.agendas.models import Proposal
from tracker.appeals.models import Appeal
from tracker.batches import service as batches
from tracker.batches.models import ResultFile
from tracker.calendars.models import CalendarDay
from tracker.certificates.models import (
    Certificate,
    CertificateFile,
    CertificateLayout,
    CertificateRun,
    CertificateRunLine,
)
from tracker.certificates.queries import hash_of
from tracker.db import db
from tracker.events import unsubscribing
from tracker.events.diary import record
from tracker.events.models import Mailing, Notice
from tracker.exports.models import ExportJob
from tracker.handovers.models import HandOver
from tracker.honours.models import Picture, Star
from tracker.meetings.models import Meeting, ProgressNote
from tracker.minutes.models import ActionItem
from tracker.payees.models import AGREEMENT, Contract, Payee, PayExclusion
from tracker.payees.secrets import Dates, PayeeData, put_dates, sealed
from tracker.promotions import service as promotions
from tracker.promotions.models import Promotion
from tracker.promotions.rule_models import DatedRule, RuleSet, SigRuleSet
from tracker.public_notices.models import Objection, PublicNotice
from tracker.reports.models import InternshipReport, ReportVersion
from tracker.rewards.models import Reward
from tracker.rewards.proposals import acceptors
from tracker.rule_changes.models import RuleChange
from tracker.rule_changes.rules import numbers_of
from tracker.series.models import RotaSwap, Series
from tracker.shipping.address import Address, put_address
from tracker.shipping.models import ShippingAddress

#: Who asks: nobody, the holder, another developer, a maintainer elsewhere who mentors the task, the task's maintainer,
#: her colleague, finance, the administrator, and somebody whose account was suspended while signed in.
IDENTITIES = ("anon", "dora", "otto", "nils", "mona", "max", "fay", "admin", "suspended")


ADDRESS = Address(recipient="Dora", phone="123456", country="CN", region="", city="Beijing", street="1", postcode="")


class Stage:
    """The cast with a claim that was handed in, an application, a meeting, a note, rewards, a notice."""

    def __init__(self) -> None:
        self.cast = cast = Cast()
        approver = cast.max.id
        now = clock.now()
        self.suspended = cast.person("suspended")
        # first: what is accepted holds no place among the live ones
        self.certified, self.uncertified = (
            cast.make_claim(who, cast.make_task(), state="accepted") for who in (cast.dora, cast.otto)
        )
        self.draft = cast.make_task(state="draft")
        self.ready = cast.make_task(state="ready")
        self.claim = cast.make_claim(cast.dora, cast.task, state="submitted")
        self.other_task = cast.make_task()
        self.applied = cast.make_claim(cast.dora, self.other_task, state="applied")
        self.meeting = Meeting(sig_id=cast.akg.id, starts_at=now + dt.timedelta(days=3), time_zone="Asia/Shanghai",
                               created_at=now, minutes="All is well.", signup_until=now + dt.timedelta(days=2))  # fmt: skip
        db.session.add(self.meeting)
        db.session.flush()
        self.speaker = Speaker(meeting_id=self.meeting.id, name="Ada", topic="Fusion", position=1, created_at=now)
        db.session.add(self.speaker)
        db.session.flush()
        self.note = ProgressNote(claim_id=self.claim.id, meeting_id=self.meeting.id, author_id=cast.dora.id, percent=50,
                                 done="Half.", written_at=now)  # fmt: skip
        self._series(now)
        self._proposals(now)
        self._hand_overs(now)
        self.item = ActionItem(
            meeting_id=self.meeting.id, user_id=cast.dora.id, text="Restart the runner", created_at=now
        )
        db.session.add(self.item)
        self.proposed = self._reward("A good bug report")
        self.approved = self._reward("A good talk")
        db.session.add(self.note)
        db.session.flush()
        self.approved.approved_by_id, self.approved.approved_at = approver, now
        self.approved.approved_amount, self.approved.state = self.approved.amount, "approved"
        self._thing(now)
        self._public_notice(now)
        self._batch(now)
        # mona proposes other rules
        self.change = RuleChange(
            programme_id=cast.programme.id, valid_from=(clock.today().replace(day=1) + dt.timedelta(days=32)).replace(day=1),
            numbers={**numbers_of(cast.rules), "live_claims_per_person": 3}, base_id=cast.rules.id, reason="Two were too few.",
            proposed_by_id=cast.mona.id, proposed_at=now,
        )  # fmt: skip
        db.session.add(self.change)
        self.membership = cast.member(cast.otto, cast.akg, "member")
        self.day = CalendarDay(day=dt.date(2026, 12, 24), working=False, name="Move", name_zh="搬迁", created_at=now)
        self.mailing = Mailing(kind="digest", key="digest:stage", user_id=cast.dora.id, address="dora@example.org", mail="sent",
                               subject="Digest", body="One.", created_at=now, next_try_at=now)  # fmt: skip
        self.job = ExportJob(user_id=cast.dora.id, kind="rewards", lang="en", request="stage", file_name="rewards.xlsx",
                             created_at=now)  # fmt: skip
        db.session.add_all([self.day, self.mailing, self.job])
        db.session.commit()
        self._payees(now)
        self._reports(now)
        self._honours(now)
        self._certificates(now)
        self._promotions(now)
        self.notice, self.session = self._told(cast.dora)
        # Expired links answer all alike.
        db.session.add(OneTimeToken(user_id=cast.otto.id, purpose="reset", email="otto@example.org", created_at=now,
                                    expires_at=now - dt.timedelta(hours=1)))  # fmt: skip
        db.session.commit()

    def _reports(self, now: dt.datetime) -> None:
        """Dora's report is handed in; otto writes one."""
        cast = self.cast
        about = {"programme_id": cast.programme.id, "created_at": now, "edited_at": now, "state_since": now}
        self.report, self.written = (
            InternshipReport(user_id=person.id, draft="Done.", **about) for person in (cast.dora, cast.otto)
        )
        db.session.add_all([self.report, self.written])
        db.session.flush()
        self.report.newest = 1
        db.session.flush()
        db.session.add(ReportVersion(report_id=self.report.id, number=1, text="Done.", handed_in_at=now))
        self.report.state, self.report.answer_by = "handed_in", now + dt.timedelta(days=5)
        db.session.commit()

    def _honours(self, now: dt.datetime) -> None:
        """Dora is a star of AKG; one title was withdrawn. Otto has a picture."""
        cast = self.cast
        about = {"sig_id": cast.akg.id, "user_id": cast.dora.id, "citation": "Loops.", "awarded_at": now,
                 "awarded_by_id": cast.mona.id}  # fmt: skip
        self.star = Star(year=2026, place=1, **about)
        self.withdrawn = Star(year=2025, place=1, withdrawn_at=now, withdrawn_by_id=cast.max.id, reason="No.", **about)
        self.picture = Picture(user_id=cast.otto.id, digest="a" * 64, uploaded_at=now, image=b"RIFF")
        db.session.add_all([self.star, self.withdrawn, self.picture])
        db.session.commit()

    def _promotions(self, now: dt.datetime) -> None:
        """Otto nominates dora, who doesn't stand yet; fay applies; finn, who nominated himself, is put to mona's and max's vote."""
        cast = self.cast
        rules = RuleSet(slug="general", name="General")
        db.session.add(rules)
        db.session.flush()
        rule = {"from": "member", "electorate": ["maintainer"], "pass": "majority", "hours": 72}
        db.session.add_all([
            DatedRule(set_id=rules.id, role="contributor", valid_from=dt.date(2025, 1, 1), rule=rule, created_at=now),
            SigRuleSet(sig_id=cast.akg.id, set_id=rules.id),
        ])  # fmt: skip
        cast.member(cast.dora, cast.akg, "member")
        cast.member(cast.finn, cast.akg, "member")
        db.session.commit()
        about = {"sig_id": cast.akg.id, "statement": "Good.", "nominated_at": now}
        self.nomination = Promotion(**about, user_id=cast.dora.id, role="contributor", nominated_by_id=cast.otto.id)
        self.application = Promotion(
            **about, user_id=cast.fay.id, role="member", nominated_by_id=cast.fay.id, stands_at=now
        )
        put_up = Promotion(
            **about, user_id=cast.finn.id, role="contributor", nominated_by_id=cast.finn.id, stands_at=now
        )
        db.session.add_all([self.nomination, self.application, put_up])
        db.session.flush()
        self.voting = promotions.open_ballot(cast.mona, put_up)
        self.own_role = cast.member(cast.dora, cast.ge, "contributor")
        db.session.commit()

    def _series(self, now: dt.datetime) -> None:
        """A series of AKG; in its rota mona asks otto to swap."""
        cast = self.cast
        self.series = Series(
            sig_id=cast.akg.id, rule={"every_weeks": 2, "weekdays": ["friday"], "anchor": "2026-11-06"}, start="19:00",
            time_zone="Asia/Shanghai", starts_on=dt.date(2026, 11, 6), created_at=now,
        )  # fmt: skip
        other = Meeting(
            sig_id=cast.akg.id, starts_at=now + dt.timedelta(days=17), time_zone="Asia/Shanghai", created_at=now
        )
        db.session.add_all([self.series, other])
        db.session.flush()
        self.swap = RotaSwap(meeting_id=self.meeting.id, other_id=other.id, offered_by_id=cast.mona.id, user_id=cast.otto.id,
                             offered_at=now)  # fmt: skip
        db.session.add(self.swap)

    def _proposals(self, now: dt.datetime) -> None:
        """Dora proposes items for the meeting; one is on its agenda."""
        about = {
            "sig_id": self.cast.akg.id,
            "meeting_id": self.meeting.id,
            "user_id": self.cast.dora.id,
            "created_at": now,
        }
        self.proposal, self.on_agenda = (Proposal(**about, title=title) for title in ("The IR draft", "A demo"))
        db.session.add_all([self.proposal, self.on_agenda])
        db.session.flush()
        self.on_agenda.state, self.on_agenda.position = "accepted", 1

    def _hand_overs(self, now: dt.datetime) -> None:
        """Otto appeals against having failed; one claim he offers to dora, another to fay, who accepted."""
        cast, made = self.cast, []
        self.failed = cast.make_claim(cast.otto, cast.make_task(), state="failed", reason="Too slow.")
        db.session.add(Appeal(claim_id=self.failed.id, text="It was fast.", made_at=now, failed_by_id=cast.nils.id,
                              answer_by=now + dt.timedelta(days=7)))  # fmt: skip
        for receiver, state in ((cast.dora, "offered"), (cast.fay, "accepted")):
            claim = cast.make_claim(cast.otto, cast.make_task(pays_wage=False), state="active")
            hand_over = HandOver(claim_id=claim.id, user_id=receiver.id, plan="Go on.", offered_at=now)
            db.session.add(hand_over)
            db.session.flush()
            hand_over.state, hand_over.accepted_at = state, now if state == "accepted" else None
            made.append(hand_over)
        self.offered, self.taken = made

    def _thing(self, now: dt.datetime) -> None:
        """A thing for dora, approved by max, with an address."""
        self.thing = self._reward("A board", amount=None, currency="")
        self.thing.approved_by_id, self.thing.approved_at, self.thing.state = self.cast.max.id, now, "approved"
        db.session.flush()
        address = ShippingAddress(reward_id=self.thing.id, entered_at=now)
        put_address(address, ADDRESS)
        db.session.add(address)

    def _public_notice(self, now: dt.datetime) -> None:
        """Dora's result in public; otto objects to it."""
        cast = self.cast
        row = {"row": 1, "of": "task", "id": 1, "user_id": cast.dora.id, "handle": "dora", "task": "", "title": "Loops",
               "month": "2026-11", "points": 20, "money": False, "amount": None, "currency": ""}  # fmt: skip
        self.public_notice = PublicNotice(
            cycle_id=cast.cycle.id, sig_id=cast.akg.id, opened_by_id=cast.mona.id, opened_at=now, days=5, count=1, rows=[row],
            closes_at=now + dt.timedelta(days=7), time_zone="Asia/Shanghai",
        )  # fmt: skip
        db.session.add(self.public_notice)
        db.session.flush()
        self.objection = Objection(notice_id=self.public_notice.id, row_no=1, user_id=cast.otto.id, about_id=cast.dora.id,
                                   text="Not theirs.", made_at=now)  # fmt: skip
        db.session.add(self.objection)

    def _batch(self, now: dt.datetime) -> None:
        """A batch that finn froze, with an answer of the bank that says its line is paid."""
        line = self._reward("A good review")
        line.approved_by_id, line.approved_at = self.cast.max.id, now
        line.approved_amount, line.state = line.amount, "approved"
        db.session.flush()
        self.batch = batches.freeze_batch(
            self.cast.finn, lines={line.id: line.version}, count=1, amount=50000, currency="CNY"
        )
        self.result: ResultFile = batches.upload_result(
            self.cast.finn, self.batch, file=f"reward,amount,result,reference\n{line.id},500,paid,B-1\n".encode()
        )

    def _payees(self, now: dt.datetime) -> None:
        """Dora gave payee data, and has a contract and an exclusion."""
        user_id, programme_id = self.cast.dora.id, self.cast.programme.id
        data = PayeeData(legal_name="Dora Ekström", id_number="P47110815", bank="Example Bank", account="12345678")
        contract = Contract(user_id=user_id, programme_id=programme_id, agreement_at=now, updated_at=now)
        put_dates(contract, Dates(dt.date(2026, 3, 1), None))
        AGREEMENT.put(contract, b"%PDF-1.4")
        self.exclusion = PayExclusion(user_id=user_id, programme_id=programme_id, kind="employee", since=dt.date(2026, 3, 1),
                                      set_by_id=self.cast.finn.id, set_at=now)  # fmt: skip
        payee = Payee(user_id=user_id, sealed=sealed(user_id, data), updated_at=now)
        db.session.add_all([payee, contract, self.exclusion])
        db.session.commit()

    def _certificates(self, now: dt.datetime) -> None:
        """Mona certified a task of dora's, and has one of otto's issued in the background."""
        cast = self.cast
        claim, waiting = self.certified, self.uncertified
        layout_id = db.session.scalars(select(CertificateLayout.id).where(CertificateLayout.slug == "general")).one()
        self.certificate = Certificate(
            code="0" * 25 + "1", code_hash=hash_of("0" * 25 + "1"), kind="task", entitlement=f"task-{claim.id}", user_id=cast.dora.id,
            sig_id=cast.akg.id, programme_id=cast.programme.id, claim_id=claim.id, layout_id=layout_id, name="Dora",
            community="MindSpore", sig_name="AKG", sig_name_zh="", programme_name="Internship", programme_name_zh="", title="Loops",
            title_zh="", points=20, issued_on=now.date(), issued_at=now, issued_by_id=cast.mona.id, sha256="0" * 64, key_id="0" * 16,
            credential="{}",
        )  # fmt: skip
        self.run = CertificateRun(
            sig_id=cast.akg.id, kind="task", layout_id=layout_id, created_by_id=cast.mona.id, created_at=now
        )
        db.session.add_all([self.certificate, self.run])
        db.session.flush()
        self.entitled = f"task-{waiting.id}"
        db.session.add(
            CertificateFile(certificate_id=self.certificate.id, snapshot="{}", credential="{}", pdf=b"%PDF-1.7")
        )
        db.session.add(CertificateRunLine(run_id=self.run.id, entitlement=self.entitled, user_id=cast.otto.id))
        db.session.commit()

    def _reward(self, description: str, amount: int | None = 50000, currency: str = "CNY") -> Reward:
        cast = self.cast
        reward = Reward(
            sig_id=cast.akg.id, programme_id=cast.programme.id, user_id=cast.dora.id, kind="bonus", state="proposed",
            description=description, amount=amount, currency=currency, proposed_by_id=cast.mona.id, proposed_at=clock.now(),
            acceptors=acceptors([cast.nils.id]), quarter=cast.cycle.quarter, month=clock.today("Asia/Shanghai").strftime("%Y-%m"),
        )  # fmt: skip
        db.session.add(reward)
        db.session.flush()
        return reward

    def _told(self, user: User) -> tuple[int, int]:
        from tracker.accounts import sessions
        from tracker.app import config
        from tracker.db import transaction

        settings = config.Settings(instance=config.PACKAGE)

        def work() -> None:
            record(self.cast.nils, "claim.approved", self.claim, holder_id=user.id)
            sessions.open_session(user, settings, address="127.0.0.1", user_agent="another browser")

        transaction(work)
        notice = db.session.scalars(select(Notice.id).where(Notice.user_id == user.id)).first()
        session = db.session.scalars(select(UserSession.id).where(UserSession.user_id == user.id)).first()
        assert notice is not None
        assert session is not None
        return notice, session

    def values(self, variant: str) -> dict[str, Any]:
        """What stands for each placeholder of a rule."""
        cast = self.cast
        task = {"draft": self.draft, "ready": self.ready, "free": self.other_task}.get(variant, cast.task)
        claim = {"applied": self.applied, "appealed": self.failed}.get(variant, self.claim)
        reward = {"approved": self.approved, "thing": self.thing}.get(variant, self.proposed)
        token = unsubscribing.token_for(cast.dora.id, "claims", "for tests only") if variant == "signed" else "forged"
        return {
            "item_id": self.item.id, "job_id": self.job.id, "number": 1,
            "slug": "akg", "reference": task.reference, "claim_id": claim.id, "reward_id": reward.id,
            "meeting_id": self.meeting.id, "note_id": self.note.id, "quarter": cast.cycle.quarter, "month": "2026-10", "area_id": cast.area.id,
            "speaker_id": self.speaker.id,
            "repository_id": cast.repository.id, "membership_id": self.membership.id, "notice_id": self.notice,
            "run_id": self.run.id, "key": self.entitled, "session_id": self.session, "user_id": cast.otto.id, "token": token, "code": "zh", "kind": "claims",
            "hand_over_id": (self.taken if variant == "accepted" else self.offered).id,
            "public_notice_id": self.public_notice.id, "objection_id": self.objection.id,
            "day_id": self.day.id, "series_id": self.series.id, "swap_id": self.swap.id,
            "result_id": self.result.id, "layout": "general",
            "star_id": (self.withdrawn if variant == "withdrawn" else self.star).id, "digest": self.picture.digest[:32],
            "change_id": self.change.id, "report_id": (self.written if variant == "draft" else self.report).id,
            "rule_set": "general",
            "promotion_id": {"applied": self.application, "voting": self.voting}.get(variant, self.nomination).id,
            "handle": "fay" if variant == "own" else "dora", "exclusion_id": self.exclusion.id,
            "mailing_id": self.mailing.id, "proposal_id": (self.on_agenda if variant == "accepted" else self.proposal).id,
        }  # fmt: skip

    def address(self, rule: str, variant: str) -> str:
        """The address that stands for ``rule``."""
        values = self.values(variant)
        if rule.startswith(("/rules/", "/reports/", "/settlements/", "/payees/", "/account/payee/")):
            values["slug"] = self.cast.programme.slug
        if rule.startswith("/rewards/batches/"):
            values["number"] = self.batch.number
        if rule.startswith("/certificates/"):
            values["code"] = self.certificate.code
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found.group(1)]), rule)

    def person(self, identity: str) -> User | None:
        if identity == "anon":
            return None
        return self.suspended if identity == "suspended" else getattr(self.cast, identity)  # type: ignore[no-any-return]
