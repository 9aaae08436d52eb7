from __future__ import annotations

import pytest

from tests.handovers.conftest import do
from tests.support.cast import Cast
from tracker.appeals import service
from tracker.appeals.models import Appeal
from tracker.claims import service as claims
from tracker.claims.models import Claim


@pytest.fixture
def claim(cast: Cast) -> Claim:
    """Dora handed in, and nils failed it."""
    made = cast.make_claim(state="active")
    do(claims.submit, cast.dora, made, summary="Both scans as *loops*.", links=["https://example.org/pr/7"])
    failed: Claim = do(claims.fail, cast.nils, made, reason="The **tests** are red.")
    return failed


@pytest.fixture
def appeal(cast: Cast, claim: Claim) -> Appeal:
    """Dora appeals."""
    made: Appeal = do(service.make_appeal, cast.dora, claim, text="They are red on `main` too.")
    return made
