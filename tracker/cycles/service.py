"""What is done with cycles: planning a quarter and changing its dates. Publishing and closing are steps of tasks and
claims."""

from __future__ import annotations

import datetime as dt

from tracker import clock
from tracker.cycles import queries, rules
from tracker.cycles.models import CLOSED, PLANNING, Cycle
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.programmes.queries import programme_of, rules_on
from tracker.sigs.models import Sig
from tracker.text import _l


def create_cycle(
    actor: Actor, sig: Sig, *, quarter: str, programme: Programme | None = None, claims_until: dt.date | None = None,
    accept_by: dt.date | None = None,
) -> Cycle:  # fmt: skip
    """Start planning a SIG's ``quarter`` (``2026Q4``) under ``programme``, by default the SIG's own.

    Without dates claiming ends three weeks and acceptance seven days before the quarter's end. Raises Forbidden,
    and Refused when the quarter exists, is over, or no rules of the programme are in force then.
    """
    sig = lock(Sig, sig.id)
    demand(actor, P.CYCLE_PLAN, sig)
    rules.check_quarter(quarter, clock.today(sig.time_zone))
    if queries.find_cycle(sig.id, quarter) is not None:
        said = _l("%(sig)s has %(quarter)s already. Open its plan, or choose another.", sig=sig.name, quarter=quarter)
        raise Refused(said, field="quarter")
    programme = programme or programme_of(sig.id)
    if programme is None:
        raise Refused(_l("%(sig)s has no programme yet. An administrator assigns one.", sig=sig.name))
    defaults = rules.default_dates(quarter)
    claims_until = claims_until or min(defaults[0], accept_by or defaults[0])
    accept_by = accept_by or max(defaults[1], claims_until)
    rules.check_dates(quarter, claims_until, accept_by)
    rules_on(programme.id, claims_until)
    cycle = Cycle(
        sig=sig,
        programme_id=programme.id,
        quarter=quarter,
        state=PLANNING,
        claims_until=claims_until,
        accept_by=accept_by,
    )
    db.session.add(cycle)
    record(actor, "cycle.created", cycle, quarter=quarter)
    return cycle


def edit_cycle(actor: Actor, cycle: Cycle, *, version: int, claims_until: dt.date, accept_by: dt.date) -> Cycle:
    """Change the dates of a cycle that isn't closed.

    ``version`` is the one that was read. Raises Forbidden, and Refused when somebody else changed it since, or the dates
    don't fit.
    """
    cycle = lock(Cycle, cycle.id)
    demand(actor, P.CYCLE_PLAN, cycle)
    if cycle.state == CLOSED:
        raise Refused(_l("%(cycle)s is closed: its dates stay as they are.", cycle=cycle.label))
    if cycle.version != version:
        raise Refused(
            _l(
                "Somebody else changed %(cycle)s meanwhile: claiming ends on %(claims_until)s, acceptance on %(accept_by)s."
                " Look at it again.",
                cycle=cycle.label, claims_until=cycle.claims_until.isoformat(), accept_by=cycle.accept_by.isoformat(),
            )
        )  # fmt: skip
    rules.check_dates(cycle.quarter, claims_until, accept_by)
    before = {"claims_until": cycle.claims_until.isoformat(), "accept_by": cycle.accept_by.isoformat()}
    cycle.claims_until, cycle.accept_by = claims_until, accept_by
    cycle.version += 1
    record(
        actor, "cycle.edited", cycle, before=before,
        after={"claims_until": claims_until.isoformat(), "accept_by": accept_by.isoformat()},
    )  # fmt: skip
    return cycle
