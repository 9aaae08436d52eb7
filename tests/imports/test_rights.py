"""Services ask who may, so that a command with --as has no more rights than the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cast import Cast
from tracker.cycles import service as cycles
from tracker.db import transaction
from tracker.errors import Forbidden
from tracker.imports.sigs import import_sigs
from tracker.programmes import service as programmes
from tracker.sigs import service as sigs
from tracker.sigs.queries import find_sig

STEPS: dict[str, Callable[[Cast], object]] = {
    "create_sig": lambda c: sigs.create_sig(c.dora, slug="mine", key="MINE", name="Mine"),
    "edit_sig": lambda c: sigs.edit_sig(c.nils, c.akg, name="Mine"),
    "add_area": lambda c: sigs.add_area(c.nils, c.akg, slug="mine", name="Mine"),
    "add_repository": lambda c: sigs.add_repository(c.nils, c.akg, path="mine/mine"),
    "add_member": lambda c: sigs.add_member(c.dora, c.akg, user=c.dora, role="maintainer"),
    "create_programme": lambda c: programmes.create_programme(c.mona, slug="mine", name="Mine", time_zone="UTC"),
    "add_rules": lambda c: programmes.add_rules(c.mona, c.programme, valid_from=dt.date(2030, 1, 1)),
    "assign_sig": lambda c: programmes.assign_sig(c.mona, c.programme, c.akg),
    "create_cycle": lambda c: cycles.create_cycle(c.nils, c.akg, quarter="2027Q1"),
    "edit_cycle": lambda c: cycles.edit_cycle(
        c.nils, c.cycle, version=c.cycle.version, claims_until=c.cycle.claims_until, accept_by=c.cycle.accept_by
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_forbidden_to_who_has_no_right_to_it(cast: Cast, step: str) -> None:
    with pytest.raises(Forbidden):
        transaction(lambda: STEPS[step](cast))


def test_an_import_as_somebody_has_that_persons_rights(cast: Cast, tmp_path: Path) -> None:
    new, known = tmp_path / "new.yaml", tmp_path / "known.yaml"
    new.write_text("name: mine\nmaintainers:\n- gitee_id: dora\n  email: dora@example.org\n")
    known.write_text(f"name: {cast.akg.slug}\nmaintainers:\n- gitee_id: dora\n  email: dora@example.org\n")
    for file in (new, known):
        with pytest.raises(Forbidden):
            list(import_sigs([file], actor=cast.dora))
    assert find_sig("mine") is None
    assert list(import_sigs([known], actor=cast.mona))[0].error == ""
