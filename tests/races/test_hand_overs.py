"""Hand-overs confirmed twice, against a release, and past the receiver's limit; appeals upheld while others apply: over HTTP,
on both databases, with four workers.

``TRACKER_RACE_ROUNDS=40`` runs the full number of rounds.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import Answers, Browser, browsers, post_all, rounds, server
from tests.support.wsgi_without_locks import take_out
from tracker import clock
from tracker.app import create_app
from tracker.appeals.models import Appeal
from tracker.claims.models import HOLDING, SEATED, Claim
from tracker.db import db
from tracker.events import Event
from tracker.handovers.models import HandOver

LIMIT = 2


class Field:
    """A database of its own where ``number`` people hold a task with one seat each and offered it to somebody, who accepted:
    to dora all of them, or each to a person of their own."""

    def __init__(self, url: str, folder: Path, number: int, *, one_receiver: bool) -> None:
        self.url, self.folder = url, folder
        self.app = create_app(settings_for(url, folder / "maker"))
        with self.app.app_context():
            cast = Cast()
            givers, offers = [], []
            for index in range(number):
                giver = cast.person(f"giver{index}")
                receiver = cast.dora if one_receiver else cast.person(f"receiver{index}")
                offers.append(self._accepted(cast, giver, receiver))
                givers.append(giver)
            tasks = [cast.make_task(seats=100, pays_wage=False) for _index in range(number)]
            db.session.commit()
            self.offers = [(offer.id, offer.claim_id) for offer in offers]
            self.tasks = [task.reference for task in tasks]
            self.mona, self.max, self.dora, *self.givers = browsers(self.app, [cast.mona, cast.max, cast.dora, *givers])
            self._leave()
        self.answers = Answers(Counter(), [])

    @staticmethod
    def _accepted(cast: Cast, giver: Any, receiver: Any) -> HandOver:
        claim = cast.make_claim(giver, cast.make_task(seats=1, pays_wage=False), "active")
        offer = HandOver(claim_id=claim.id, user_id=receiver.id, plan="Go on.", offered_at=clock.now())
        db.session.add(offer)
        db.session.flush()
        offer.state, offer.accepted_at = "accepted", clock.now()
        db.session.commit()
        return offer

    def _leave(self) -> None:
        db.session.remove()
        db.engine.dispose()

    def ask(self, query: Any) -> list[Any]:
        with self.app.app_context():
            rows = list(db.session.execute(query))
            self._leave()
        return rows

    def send(self, port: int, posts: list[tuple[Browser, str, dict[str, str]]]) -> Counter[int]:
        """Send them at once; the statuses of these alone."""
        answers = Answers(Counter(), [])
        post_all(port, posts, answers)
        self.answers.statuses.update(answers.statuses)
        self.answers.seconds.extend(answers.seconds)
        assert answers.server_errors == 0
        return answers.statuses

    def report(self, what: str) -> None:
        print(
            f"\n{self.url.split(':')[0]} {what}: {len(self.offers)} offers, {dict(self.answers.statuses)}, p99 {self.answers.p99():.2f} s"
        )

    def states(self, claim_id: int, offer_id: int) -> tuple[str, str, list[Any]]:
        """Of the giver's claim and of the offer, and the claims that followed."""
        [(claim,)] = self.ask(select(Claim.state).where(Claim.id == claim_id))
        [(offer,)] = self.ask(select(HandOver.state).where(HandOver.id == offer_id))
        followed = self.ask(select(Claim.state, Claim.seat_no, Claim.hold_no).where(Claim.from_claim_id == claim_id))
        return claim, offer, [tuple(row) for row in followed]

    def held_by_dora(self) -> int:
        return int(
            self.ask(select(func.count()).where(Claim.user_id == self.dora.user_id, Claim.state.in_(HOLDING)))[0][0]
        )


def confirm(offer_id: int) -> str:
    return f"/handovers/{offer_id}/confirm"


def test_confirmed_by_many_at_once_it_is_handed_over_once(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, rounds(3, 40), one_receiver=False)
    with server(field.url, tmp_path) as port:
        for offer_id, claim_id in field.offers:
            statuses = field.send(port, [(who, confirm(offer_id), {}) for who in (field.mona, field.max) * 6])
            assert statuses == {303: 1, 409: 11}
            assert field.states(claim_id, offer_id) == ("handed_over", "confirmed", [("active", 1, 1)])
    field.report("confirmed by 12 at once")
    names = Counter(row[0] for row in field.ask(select(Event.name)))
    for name in ("handover.confirmed", "claim.handed_over", "claim.taken_over"):
        assert names[name] == len(field.offers)


def test_confirmed_while_it_is_released_one_of_them_wins(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, rounds(6, 40), one_receiver=False)
    won: Counter[str] = Counter()
    with server(field.url, tmp_path) as port:
        for (offer_id, claim_id), giver in zip(field.offers, field.givers, strict=True):
            release = (giver, f"/claims/{claim_id}/release", {})
            withdraw = (giver, f"/handovers/{offer_id}/withdraw", {})
            field.send(
                port, [release, (field.mona, confirm(offer_id), {}), withdraw, (field.max, confirm(offer_id), {})]
            )
            claim, offer, followed = field.states(claim_id, offer_id)
            won[f"{claim}, {offer}"] += 1
            if offer == "confirmed":
                assert (claim, followed) == ("handed_over", [("active", 1, 1)])
            else:
                assert claim in ("released", "active") and offer in ("accepted", "withdrawn") and followed == []
    field.report(f"against release and withdrawal ({dict(won)})")


def test_past_the_receivers_limit_nothing_is_confirmed(fresh_database: str, tmp_path: Path) -> None:
    """Twelve offers to dora and her own applications, all at once: she holds as many as the programme allows, and every
    task is held by somebody."""
    field = Field(fresh_database, tmp_path, rounds(12, 40), one_receiver=True)
    posts = [(who, confirm(offer_id), {}) for (offer_id, _claim), who in zip(field.offers, [field.mona, field.max] * 20, strict=False)]  # fmt: skip
    posts += [(field.dora, f"/tasks/{reference}/claim", {"plan": "Mine."}) for reference in field.tasks]
    with server(field.url, tmp_path) as port:
        statuses = field.send(port, posts)
    field.report("offers and applications at limit 2")
    assert statuses == {303: LIMIT, 409: len(posts) - LIMIT}
    assert field.held_by_dora() == LIMIT
    seats = field.ask(
        select(Claim.task_id, func.count())
        .where(Claim.state == "active")
        .group_by(Claim.task_id)
        .order_by(Claim.task_id)
    )
    assert [row[1] for row in seats] == [1] * len(field.offers)


def test_without_the_locks_the_receiver_gets_too_many(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, 16, one_receiver=True)
    take_out(field.url)
    with server(field.url, tmp_path, "tests.support.wsgi_without_locks") as port:
        post_all(port, [(field.mona, confirm(offer_id), {}) for offer_id, _claim in field.offers], field.answers)
    field.report("without locks")
    assert field.held_by_dora() > LIMIT, "the control stayed below the limit: the race isn't one"


def test_an_appeal_is_upheld_while_others_apply_for_the_seat(fresh_database: str, tmp_path: Path) -> None:
    """One free seat of a task, an appeal upheld by two maintainers and seven applications at once: one of them has it."""
    app = create_app(settings_for(fresh_database, tmp_path / "maker"))
    number, won = rounds(4, 40), Counter[str]()
    with app.app_context():
        cast = Cast()
        cast.rules.live_claims_per_person = 100
        crowd = [cast.person(f"p{index}") for index in range(7)]
        failed = [
            cast.make_claim(cast.dora, cast.make_task(seats=1, pays_wage=False), "failed", reason="Red.")
            for _ in range(number)
        ]
        now = clock.now()
        db.session.add_all(
            Appeal(
                claim_id=claim.id, text="No.", made_at=now, failed_by_id=cast.nils.id, answer_by=now + dt.timedelta(7)
            )
            for claim in failed
        )
        db.session.commit()
        subjects = [(claim.id, claim.task_id, claim.task.reference) for claim in failed]
        mona, colleague, *people = browsers(app, [cast.mona, cast.max, *crowd])
        db.session.remove()
        db.engine.dispose()
    with server(fresh_database, tmp_path) as port:
        for claim_id, task_id, reference in subjects:
            answers = Answers(Counter(), [])
            uphold = [(who, f"/claims/{claim_id}/appeal/answer", {"verdict": "uphold"}) for who in (mona, colleague)]
            post_all(
                port, [*uphold, *((who, f"/tasks/{reference}/claim", {"plan": "Mine."}) for who in people)], answers
            )
            assert answers.server_errors == 0
            with app.app_context():
                state = db.session.scalar(select(Claim.state).where(Claim.id == claim_id))
                query = select(Claim.user_id, Claim.seat_no).where(Claim.task_id == task_id, Claim.state.in_(SEATED))
                seated = [tuple(row) for row in db.session.execute(query)]
                db.session.remove()
                db.engine.dispose()
            assert len(seated) == 1 and seated[0][1] == 1
            assert state in ("changes_requested", "closed")
            taken = state == "closed"
            assert answers.statuses == {303: 1 + taken, 409: 8 - taken}
            won["an applicant" if taken else "the appeal"] += 1
    print(f"\n{fresh_database.split(':')[0]} upheld against applications: {dict(won)}")


@pytest.fixture(autouse=True)
def quiet(capsys: pytest.CaptureFixture[str]) -> Any:
    """Figures of a race are shown although it passes."""
    yield
    with capsys.disabled():
        print(capsys.readouterr().out, end="")
