"""Two SIGs with the two sets of rules of the seeds: akg by MindSpore's, ge by CANN's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.cast import Cast
from tracker import clock, seeds
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.imports.reading import Notes
from tracker.imports.seeds import plant_promotion_rules
from tracker.meetings.models import Meeting
from tracker.permissions import SYSTEM
from tracker.promotions import service
from tracker.promotions.models import Promotion
from tracker.promotions.rule_queries import get_set
from tracker.sigs.models import Repository

PLAN = "Review what comes in; express two operators a quarter."


class Groups:
    """The cast with rules, Contributors and a meeting of akg that has begun."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        notes = Notes()
        for entry in seeds.load()["promotion_rules"]:
            plant_promotion_rules(SYSTEM, entry, notes)
        assert not notes.warnings
        for sig, slug in ((cast.akg, "mindspore-sig"), (cast.ge, "cann-sig")):
            service.choose_rule_set(SYSTEM, sig, rule_set=get_set(slug))
        self.cleo = cast.person("cleo")
        cast.member(self.cleo, cast.akg, "contributor", area_id=cast.area.id)
        cast.member(cast.dora, cast.akg, "member")
        self.meeting = Meeting(sig_id=cast.akg.id, starts_at=clock.now() - dt.timedelta(minutes=5), time_zone="Asia/Shanghai",
                               created_at=clock.now())  # fmt: skip
        self.repository = Repository(sig_id=cast.ge.id, path="cann/ge", role="compiler")
        db.session.add_all([self.meeting, self.repository])
        db.session.commit()

    def electors_of_ge(self, number: int = 4) -> list[User]:
        """Committers of ge, besides nils who maintains it."""
        people = [self.cast.person(f"elector{index}") for index in range(number)]
        for person in people:
            self.cast.member(person, self.cast.ge, "committer", repository_id=self.repository.id)
        db.session.commit()
        return people

    def nominated(self, **more: Any) -> Promotion:
        """Dora puts herself up for Contributor of akg, with everything that the rule asks for."""
        cast = self.cast
        given: dict[str, Any] = {"user": cast.dora, "role": "contributor", "area": cast.area, "statement": "Three tasks.",
                                 "work_plan": PLAN, **more}  # fmt: skip
        return transaction(lambda: service.nominate(cast.dora, cast.akg, **given))

    def voting(self) -> Promotion:
        """The same, put to the vote of mona, max and cleo at the meeting."""
        made = self.nominated()
        return transaction(lambda: service.open_ballot(self.cast.mona, made, meeting=self.meeting))

    def committer(self, user: User | None = None) -> Promotion:
        """A Contributor of ge of two years, nominated by nils as Committer, who stands; put to the vote for 72 hours."""
        cast = self.cast
        user = user or cast.otto
        cast.member(user, cast.ge, "contributor")
        db.session.commit()
        made = transaction(
            lambda: service.nominate(
                cast.nils, cast.ge, user=user, role="committer", repository=self.repository, statement="Ten changes."
            )
        )
        transaction(lambda: service.stand(user, made, version=made.version))
        return transaction(lambda: service.open_ballot(cast.nils, made))


@pytest.fixture
def groups(cast: Cast) -> Groups:
    return Groups(cast)


@pytest.fixture
def later() -> Callable[[float], Any]:
    """``with later(72):`` so many hours from now."""
    return lambda hours: clock.pretend(clock.now() + dt.timedelta(hours=hours))
