"""Short ways to the states of a reward line, through the services."""

from __future__ import annotations

from typing import Any

from tests.support.cast import Cast
from tracker.db import db, transaction
from tracker.rewards import service
from tracker.rewards.models import Reward
from tracker.rewards.proposals import acceptors

BONUS = {"kind": "bonus", "description": "Talk at the seminar", "amount": 50000, "currency": "CNY"}


def propose(cast: Cast, actor: Any = None, **typed: Any) -> Reward:
    values = {**BONUS, "user": cast.dora, **typed}
    return transaction(lambda: service.propose_reward(actor or cast.mona, cast.akg, **values))


def correction(cast: Cast, **typed: Any) -> Reward:
    return propose(
        cast, **{"kind": "correction", "description": "Counted twice", "amount": None, "currency": "", **typed}
    )


def approve(actor: Any, line: Reward, version: int | None = None) -> Reward:
    seen = version or line.version
    return transaction(lambda: service.approve_reward(actor, line, version=seen))


def cancel(actor: Any, line: Reward, reason: str = "Twice") -> Reward:
    seen = line.version
    return transaction(lambda: service.cancel_reward(actor, line, reason=reason, version=seen))


def pay(actor: Any, line: Reward, reference: str = "20261016-0047", version: int | None = None) -> Reward:
    seen = version or line.version
    return transaction(lambda: service.pay_reward(actor, line, reference=reference, version=seen))


def returned(actor: Any, line: Reward, reason: str = "Account closed") -> Reward:
    seen = line.version
    return transaction(lambda: service.return_reward(actor, line, reason=reason, version=seen))


def paid_anew(actor: Any, line: Reward) -> Reward:
    """The proposed line that pays a returned one anew."""
    seen = line.version
    return transaction(lambda: service.reissue_reward(actor, line, version=seen))


def accepted(cast: Cast, points: int = 20) -> Any:
    claim = cast.make_claim(state="submitted")
    return transaction(lambda: service.accept_claim(cast.nils, claim, points=points))


def bare_line(cast: Cast, proposer: Any, acceptor: Any, receiver: Any) -> Reward:
    """A proposed line straight from the model."""
    line = Reward(
        sig_id=cast.akg.id, programme_id=cast.programme.id, quarter="2026Q4", month="2026-11", user_id=receiver.id,
        kind="bonus", description="A talk", amount=100, currency="CNY", state="proposed", proposed_by_id=proposer.id,
        proposed_at=cast.task.created_at, acceptors=acceptors([acceptor.id] if acceptor else []),
    )  # fmt: skip
    db.session.add(line)
    db.session.commit()
    return line
