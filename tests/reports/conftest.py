from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event, Notice
from tracker.reports import service
from tracker.reports.models import InternshipReport


def do(step: Any, *arguments: Any, **facts: Any) -> Any:
    return transaction(lambda: step(*arguments, **facts))


def refused(step: Any, *arguments: Any, **facts: Any) -> tuple[str, str | None]:
    """What was said, and at which field."""
    with pytest.raises(Refused) as caught:
        do(step, *arguments, **facts)
    return str(caught.value.message), caught.value.field


def told(name: str) -> set[int]:
    return set(db.session.scalars(select(Notice.user_id).join(Event).where(Event.name == name)))


def events(thing: Any) -> list[str]:
    query = select(Event.name).where(Event.subject_type == thing.__tablename__, Event.subject_id == thing.id)
    return list(db.session.scalars(query.order_by(Event.id)))


def assess(report: InternshipReport, who: Any, verdict: str = "accept", text: str = "Careful work.") -> Any:
    return do(service.assess_report, who, report, verdict=verdict, text=text, version=report.version)


def hand_in(report: InternshipReport) -> Any:
    return do(service.hand_in_report, report.user, report, version=report.version)


@pytest.fixture
def as_(app: Flask) -> Any:
    return lambda person: Client(app).sign_in(person)


@pytest.fixture
def work(cast: Cast) -> Claim:
    """Dora's accepted claim on a task of AKG, which nils mentors."""
    return cast.make_claim(state="accepted")


@pytest.fixture
def draft(cast: Cast, work: Claim) -> InternshipReport:
    made: InternshipReport = do(service.start_report, cast.dora, cast.programme, draft="# Loops\n\nI wrote *loops*.")
    return made


@pytest.fixture
def handed_in(draft: InternshipReport) -> InternshipReport:
    made: InternshipReport = hand_in(draft)
    return made
