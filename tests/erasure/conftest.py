"""A person of whom something stands everywhere: what is erased has to be found first."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from tests.certificates.earned import issue_task
from tests.support.cast import Cast
from tracker import clock
from tracker.accounts import passwords
from tracker.accounts import service as accounts
from tracker.accounts.models import SignInAttempt, User, UserSession
from tracker.activities.models import SignUp, Speaker
from tracker.certificates.models import Certificate
from tracker.db import db, transaction
from tracker.erasure import service
from tracker.errors import Refused
from tracker.events import Event
from tracker.events.models import Mailing, Notice, NoticeChoice
from tracker.exports.models import ExportJob
from tracker.honours import service as honours
from tracker.honours.pictures import square
from tracker.meetings import feeds
from tracker.meetings.models import Meeting
from tracker.minutes.models import ActionItem
from tracker.payees import service as payees
from tracker.promotions import service as promotions
from tracker.public_notices.models import PublicNotice
from tracker.reports.models import Assessment, InternshipReport, ReportVersion
from tracker.rewards.models import Reward
from tracker.rewards.proposals import acceptors
from tracker.series.models import RotaEntry, Series
from tracker.shipping.address import Address, put_address
from tracker.shipping.models import ShippingAddress
from tracker.sigs import service as sigs

PASSWORD = "correct horse battery"
#: Of nobody else in the tests' databases.
HANDLE, NAME, EMAIL, AFFILIATION = (
    "zephyrine",
    "Zephyrine Quillfeather",
    "zq@quillfeather.example",
    "Quillfeather Academy",
)
WORDS = ("zephyrine", "quillfeather")


def do(step: Any, *arguments: Any, **facts: Any) -> Any:
    db.session.commit()  # what the test made by itself
    return transaction(lambda: step(*arguments, **facts))


def refused(step: Any, *arguments: Any, **facts: Any) -> tuple[str, str | None]:
    """What was said, and at which field."""
    with pytest.raises(Refused) as caught:
        do(step, *arguments, **facts)
    return str(caught.value.message), caught.value.field


def erase(user: User, *, handle: str = "", password: str = PASSWORD) -> User:
    made: User = do(service.erase_account, user, handle=handle or user.handle, password=password)
    return made


def with_password(user: User) -> User:
    user.password_hash = passwords.hash_password(PASSWORD)
    db.session.commit()
    return user


def events(name: str) -> list[Event]:
    return list(db.session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


class Life:
    """The person, with words of theirs wherever the product takes any, and nothing open."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.user = cast, cast.dora
        user = with_password(self.user)
        user.handle = user.handle_key = HANDLE
        user.email, user.email_key = EMAIL, EMAIL
        db.session.commit()
        do(
            accounts.edit_profile, user, display_name=NAME, affiliation=AFFILIATION, gitee="quillfeather",
            gitcode="quillfeather", github="zephyrine", language="en", time_zone="Europe/Berlin", in_ranking=True, in_hall=True,
        )  # fmt: skip
        do(accounts.request_email_change, user, email="new@quillfeather.example", password=PASSWORD)
        self.certificate: Certificate = issue_task(cast, user)
        self._work()
        self._meetings()
        self._honours()
        self._rewards()
        self._ways_in()
        db.session.commit()

    def _work(self) -> None:
        cast, user, now = self.cast, self.user, clock.now()
        cast.make_claim(user, cast.make_task(), state="released", experience=f"I am {NAME}.", plan="Loops first.")
        cast.make_claim(cast.otto, cast.make_task(mentors=[cast.nils, user]), state="active")
        cast.member(user, cast.akg, "member")
        self.role = cast.member(user, cast.akg, "contributor", area_id=cast.area.id)
        do(sigs.follow, user, cast.akg)
        ended = cast.member(user, cast.ge, "contributor")
        do(promotions.end_role_with_reason, cast.nils, ended, reason=f"{NAME} was rude.")
        applied = do(promotions.apply_for_membership, user, cast.ge, statement=f"I am {NAME}.")
        do(promotions.decline_membership, cast.nils, applied, reason=f"{NAME} was rude.")
        do(promotions.withdraw_promotion, user, do(promotions.apply_for_membership, user, cast.ge, statement="Again."),
           reason=f"{NAME} has no time.")  # fmt: skip
        report = InternshipReport(
            user_id=user.id, programme_id=cast.programme.id, draft=f"By {NAME}.", created_at=now, edited_at=now, state_since=now
        )  # fmt: skip
        db.session.add(report)
        db.session.flush()
        report.newest = 1
        db.session.flush()
        version = ReportVersion(report_id=report.id, number=1, text=f"By {NAME}.", handed_in_at=now)
        db.session.add(version)
        report.state, report.answer_by = "handed_in", now + dt.timedelta(days=5)
        db.session.flush()
        db.session.add(
            Assessment(version_id=version.id, verdict="accept", text=f"{NAME} did well.", assessed_at=now, assessed_by_id=cast.nils.id)
        )  # fmt: skip
        db.session.flush()
        report.state, report.answer_by = "accepted", None
        row = {"row": 1, "of": "task", "id": 1, "user_id": user.id, "handle": HANDLE, "task": "", "title": "Loops",
               "month": "2026-11", "points": 20, "money": False, "amount": None, "currency": ""}  # fmt: skip
        self.notice = PublicNotice(
            cycle_id=cast.cycle.id, sig_id=cast.akg.id, opened_by_id=cast.mona.id, opened_at=now, days=5, count=1, rows=[row],
            closes_at=now + dt.timedelta(days=7), time_zone="Asia/Shanghai",
        )  # fmt: skip
        db.session.add(self.notice)

    def _meetings(self) -> None:
        cast, user, now = self.cast, self.user, clock.now()
        about = {"sig_id": cast.akg.id, "time_zone": "Asia/Shanghai", "created_at": now, "kind": "campus_activity"}
        self.past = Meeting(
            **about, starts_at=now - dt.timedelta(days=30), minutes=f"{NAME} spoke.", organiser_id=user.id
        )
        self.coming = Meeting(**about, starts_at=now + dt.timedelta(days=9), places=1)
        series = Series(
            sig_id=cast.akg.id, rule={"every_weeks": 2, "weekdays": ["friday"], "anchor": "2026-11-06"}, start="19:00",
            time_zone="Asia/Shanghai", starts_on=dt.date(2026, 11, 6), created_at=now,
        )  # fmt: skip
        db.session.add_all([self.past, self.coming, series])
        db.session.flush()
        for state in ("held", "minutes_published"):
            self.past.state = state
            db.session.flush()
        signed = {"signed_up_at": now, "note": f"{NAME}, vegetarian"}
        self.talk = Speaker(
            meeting_id=self.past.id, user_id=user.id, name=NAME, affiliation=AFFILIATION, topic="Fusion", created_at=now
        )
        self.place = SignUp(meeting_id=self.coming.id, user_id=user.id, place_no=1, **signed)
        self.waiting = SignUp(meeting_id=self.coming.id, user_id=cast.otto.id, signed_up_at=now)
        db.session.add_all([
            self.talk, self.place, self.waiting, SignUp(meeting_id=self.past.id, user_id=user.id, place_no=1, **signed),
            RotaEntry(series_id=series.id, position=1, user_id=user.id),
            ActionItem(meeting_id=self.past.id, user_id=user.id, text="Restart the runner", created_at=now),
        ])  # fmt: skip

    def _honours(self) -> None:
        picture = io.BytesIO()
        Image.new("RGB", (300, 200), "teal").save(picture, "PNG")
        do(honours.set_picture, self.user, file=square(picture.getvalue()))
        do(
            honours.award_star,
            self.cast.mona,
            self.cast.akg,
            user=HANDLE,
            year=clock.today().year,
            citation=f"{NAME} shines.",
        )

    def _rewards(self) -> None:
        cast, user, now = self.cast, self.user, clock.now()
        line = Reward(
            sig_id=cast.akg.id, programme_id=cast.programme.id, user_id=user.id, kind="prize", state="proposed", description="A board",
            amount=None, currency="", proposed_by_id=cast.mona.id, proposed_at=now, acceptors=acceptors([cast.nils.id]),
            quarter=cast.cycle.quarter, month="2026-11",
        )  # fmt: skip
        db.session.add(line)
        db.session.flush()
        line.approved_by_id, line.approved_at, line.state = cast.max.id, now, "approved"
        db.session.flush()
        address = ShippingAddress(reward_id=line.id, entered_at=now)
        put_address(
            address, Address(recipient=NAME, phone="123456", country="CN", region="", city="B", street="1", postcode="")
        )
        db.session.add(address)
        db.session.flush()
        line.paid_by_id, line.paid_at, line.payment_reference, line.state = cast.fay.id, now, "SF 1", "paid"
        do(
            payees.change_payee,
            user,
            legal_name=NAME,
            id_number="P47110815",
            bank="Example Bank",
            account="6200000000000005",
            version=0,
        )

    def _ways_in(self) -> None:
        user, now = self.user, clock.now()
        do(feeds.make_feed, user)
        event_id = db.session.scalars(select(Event.id).order_by(Event.id)).first()
        db.session.add_all([
            UserSession(token_hash=hashlib.sha256(b"x").hexdigest(), user_id=user.id, created_at=now, seen_at=now,
                        expires_at=now + dt.timedelta(days=1), address="192.0.2.7", user_agent="Zephyrine's own browser"),
            SignInAttempt(key=f"name:{HANDLE}", at=now), SignInAttempt(key=f"mail:name:{EMAIL}", at=now),
            NoticeChoice(user_id=user.id, kind="claims", mail="daily"),
            Notice(event_id=event_id, user_id=user.id, created_at=now, next_try_at=now, error=f"550 {EMAIL} unknown", mail="failed"),
            Mailing(kind="digest", key="digest:life", user_id=user.id, address=EMAIL, subject="Digest", body=f"Hello {NAME},",
                    created_at=now, next_try_at=now),
            ExportJob(user_id=user.id, kind="rewards", lang="en", request="life", file_name="rewards.xlsx",
                      filters={"q": NAME}, created_at=now),
        ])  # fmt: skip


@pytest.fixture
def life(cast: Cast) -> Life:
    return Life(cast)
