"""What could be certified: internships by their programme's rule, accepted tasks, roles held. Read anew whenever it is asked.

An entitlement has a key: ``task-<claim>``, ``internship-<programme>-<person>``, ``service-<membership>`` while a role goes on and
``service-<membership>-ended`` afterwards: whoever was certified as holding it is certified once more with its last day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from tracker import clock
from tracker.accounts.models import User
from tracker.certificates import rules
from tracker.certificates.internships import Standing, standings
from tracker.certificates.models import INTERNSHIP, SERVICE, TASK, Certificate
from tracker.certificates.wording import group_zh
from tracker.claims.models import Claim
from tracker.cycles.quarters import bounds
from tracker.db import MAX_ID, db
from tracker.errors import Missing
from tracker.ledger.models import Transfer
from tracker.ledger.queries import Credited, signed
from tracker.programmes.models import Programme
from tracker.programmes.queries import all_programmes
from tracker.sigs.models import COMMITTER, CONTRIBUTOR, MAINTAINER, Membership, Sig
from tracker.tasks.models import Task
from tracker.text import Text

#: A list shows, and a run issues, so many.
MOST = 2000
_KEY = re.compile(
    r"(task)-([1-9][0-9]{0,9})|(service)-([1-9][0-9]{0,9})(?:-ended)?|(internship)-([1-9][0-9]{0,9})-([1-9][0-9]{0,9})",
    re.ASCII,
)
_ROLES = {
    CONTRIBUTOR: ("Contributor", "核心贡献者"),
    COMMITTER: ("Committer", "提交者"),
    MAINTAINER: ("Maintainer", "负责人"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """Something that is or could be certified, with what a certificate would say of it.

    ``obstacle``: a token of ``rules.OBSTACLES``, empty where nothing stands against it. ``certified``: the code of the certificate
    that is valid now; ``corrects``: the newest one that was revoked, as (id, code); ``hidden``: its holder hides the name on it.
    """

    key: str
    kind: str
    user_id: int
    name: str
    handle: str
    sig: Sig
    programme: Programme | None = None
    claim_id: int | None = None
    membership_id: int | None = None
    title: str = ""
    title_zh: str = ""
    points: int | None = None
    period_from: dt.date | None = None
    period_to: dt.date | None = None
    #: When everything was there; of a role that goes on, today.
    earned_on: dt.date | None = None
    internship: rules.Internship | None = None
    obstacle: str = ""
    certified: str = ""
    corrects: tuple[int, str] | None = None
    hidden: bool = False

    @property
    def sig_id(self) -> int:
        return self.sig.id

    @property
    def why(self) -> Text:
        """The obstacle in words; empty where there is none."""
        return rules.OBSTACLES.get(self.obstacle, "")

    @property
    def path(self) -> str:
        return f"/certificates/issue/{self.key}"


def get_entitlement(key: str) -> Entitlement:
    """The entitlement of a key, whatever stands against it. Raises Missing."""
    if (found := _read(key)) is None:
        raise Missing(f"entitlement {key[:40]}")
    for row in _with_certificates(_of_kind(found[0], [found[1]])):
        return row
    raise Missing(f"entitlement {key}")


def get_entitlements(keys: Iterable[str]) -> dict[str, Entitlement]:
    """Many at once, by key, in a number of statements that doesn't grow with them; those that there are (any more)."""
    numbers: dict[str, list[list[int]]] = defaultdict(list)
    for key in keys:
        if found := _read(key):
            numbers[found[0]].append(found[1])
    rows = [row for kind, some in numbers.items() for row in _of_kind(kind, some)]
    return {row.key: row for row in _with_certificates(rows)}


def _read(key: str) -> tuple[str, list[int]] | None:
    """Kind and numbers of a key; None where it can't be one."""
    if (found := _KEY.fullmatch(key)) is None:
        return None
    kind, *numbers = (part for part in found.groups() if part)
    return None if any(int(number) > MAX_ID for number in numbers) else (kind, [int(number) for number in numbers])


def _of_kind(kind: str, numbers: Sequence[Sequence[int]]) -> list[Entitlement]:
    """The entitlements of one kind by the numbers in their keys."""
    if kind == TASK:
        return _tasks(Claim.id.in_([claim for [claim] in numbers]))
    if kind == SERVICE:
        return _roles(Membership.id.in_([membership for [membership] in numbers]))
    people: dict[int, list[int]] = defaultdict(list)
    for programme, person in numbers:
        people[programme].append(person)
    return [row for programme, some in people.items() for row in _internships(programme, some)]


def entitled(sig: Sig, kind: str, quarter: str = "") -> list[Entitlement]:
    """Who of a SIG is entitled to a certificate of ``kind`` and has none, by the day on which it was earned, at most ``MOST``.

    ``quarter`` (``2026Q4``) narrows them down to that day's.
    """
    first, last = bounds(quarter) if quarter else (dt.date.min, dt.date.max)
    find: dict[str, Callable[[], list[Entitlement]]] = {
        TASK: lambda: _tasks(*_open_tasks(sig, first, last), most=MOST),
        SERVICE: lambda: _roles(Membership.sig_id == sig.id, Membership.role.in_(rules.SERVED)),
        INTERNSHIP: lambda: [
            row for programme_id in _programme_ids(sig) for row in _internships(programme_id, _worked_in(sig))
            if row.sig_id == sig.id
        ],
    }  # fmt: skip
    rows = [row for row in find[kind]() if not row.obstacle and row.earned_on and first <= row.earned_on <= last]
    rows = [row for row in _with_certificates(rows) if not row.certified and not row.obstacle]
    return sorted(rows, key=lambda row: (row.earned_on or dt.date.max, row.key))[:MOST]


def of_person(user_id: int) -> list[Entitlement]:
    """Accepted tasks and roles of a person that give a certificate, certified or not, newest first."""
    rows = _tasks(Claim.user_id == user_id, Claim.state == "accepted", _gives()) + _roles(
        Membership.user_id == user_id, Membership.role.in_(rules.SERVED)
    )
    rows = [row for row in _with_certificates(rows) if not row.obstacle]
    return sorted(rows, key=lambda row: (row.earned_on or dt.date.max, row.key), reverse=True)


def _account(user: User) -> str:
    return "account" if user.erased_at is not None else ""


# -- tasks ----------------------------------------------------------------------------------------


def _gives() -> Any:
    """The claim's terms promise a certificate; of claims that kept none, its task does."""
    return func.coalesce(Claim.terms["gives_certificate"].as_boolean(), Task.gives_certificate).is_(True)


def _booked() -> Any:
    """The points that the person has for the claim's task, corrections included; NULL where none were ever booked."""
    return (
        select(func.sum(signed()))
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(Transfer.kind == "points", Transfer.user_id == Claim.user_id, Transfer.task_id == Claim.task_id)
        .correlate(Claim)
        .scalar_subquery()
    )


def _open_tasks(sig: Sig, first: dt.date, last: dt.date) -> list[Any]:
    """Everything that stands against one is asked here: whatever is left out afterwards would take a place of ``MOST``."""
    closed = select(Certificate.id).where(
        Certificate.claim_id == Claim.id, or_(Certificate.revoked_at.is_(None), Certificate.erased_at.is_not(None))
    )
    found = [
        Task.sig_id == sig.id,
        Claim.state == "accepted",
        _gives(),
        Claim.decided_by_id != Claim.user_id,
        Claim.user.has(User.erased_at.is_(None)),
        func.coalesce(_booked(), 1) > 0,
        ~closed.exists(),
    ]
    if first > dt.date.min:
        found.append(or_(false(), *(_decided_within(programme, first, last) for programme in all_programmes())))
    return found


def _decided_within(programme: Programme, first: dt.date, last: dt.date) -> Any:
    """Claims of a programme that were decided on one of these days of its zone."""
    start, end = (
        dt.datetime.combine(day, dt.time(), ZoneInfo(programme.time_zone))
        for day in (first, last + dt.timedelta(days=1))
    )
    return and_(Claim.programme_id == programme.id, Claim.decided_at >= start, Claim.decided_at < end)


def _tasks(*conditions: Any, most: int | None = None) -> list[Entitlement]:
    query = (
        select(Claim, _gives().label("gives"), func.coalesce(_booked(), Claim.points).label("points"))
        .join(Task, Task.id == Claim.task_id)
        .where(*conditions)
        .order_by(Claim.decided_at, Claim.id)
        .limit(most)
        .options(
            joinedload(Claim.user).lazyload(User.memberships),
            joinedload(Claim.task).joinedload(Task.sig),
        )
    )
    rows = db.session.execute(query).all()
    programmes = _by_id(Programme, {row.Claim.programme_id for row in rows})
    return [_of_claim(row.Claim, row, programmes[row.Claim.programme_id]) for row in rows]


def _of_claim(claim: Claim, row: Any, programme: Programme) -> Entitlement:
    zone = ZoneInfo(programme.time_zone)

    def day(moment: dt.datetime | None) -> dt.date | None:
        return moment and moment.astimezone(zone).date()

    points = None if row.points is None else int(row.points)
    obstacle = rules.task_obstacle(
        claim.state, gives=bool(row.gives), holder=claim.user_id, accepted_by=claim.decided_by_id, points=points
    )
    return Entitlement(
        key=f"task-{claim.id}", kind=TASK, user_id=claim.user_id, name=claim.user.display_name, handle=claim.user.handle,
        sig=claim.task.sig, programme=programme, claim_id=claim.id, title=claim.task.title, points=points,
        period_from=day(claim.approved_at), period_to=day(claim.decided_at), earned_on=day(claim.decided_at),
        obstacle=_account(claim.user) or obstacle,
    )  # fmt: skip


# -- roles ----------------------------------------------------------------------------------------


def _roles(*conditions: Any) -> list[Entitlement]:
    query = (
        select(Membership)
        .where(*conditions)
        .order_by(Membership.since, Membership.id)
        .options(
            joinedload(Membership.user).lazyload(User.memberships), joinedload(Membership.sig), joinedload(Membership.area),
            joinedload(Membership.repository),
        )
    )  # fmt: skip
    return [_of_role(row) for row in db.session.scalars(query)]


def _of_role(row: Membership) -> Entitlement:
    today = clock.today(row.sig.time_zone)
    until = rules.served_until(row.until, today)
    title, title_zh = _office(row)
    return Entitlement(
        key=f"service-{row.id}{'-ended' if until else ''}", kind=SERVICE, user_id=row.user_id, name=row.user.display_name, handle=row.user.handle,
        sig=row.sig, membership_id=row.id, title=title, title_zh=title_zh, period_from=row.since, period_to=until,
        earned_on=until or today, obstacle=_account(row.user) or rules.service_obstacle(row.role, row.since, row.until, today),
    )  # fmt: skip


def _office(row: Membership) -> tuple[str, str]:
    """``Contributor of AKG, Operator support`` / ``AKG图算融合编译SIG算子支持方向核心贡献者``."""
    role, role_zh = _ROLES.get(row.role, (row.role, row.role))
    sig, sig_zh = row.sig.name, row.sig.name_zh or row.sig.name
    of, of_zh = "", ""
    if row.area is not None:
        of, of_zh = f", {row.area.name}", f"{row.area.name_zh or row.area.name}方向"
    elif row.repository is not None:
        of, of_zh = f", {row.repository.path}", f"{row.repository.path}仓库"
    return f"{role} of {sig}{of}"[:300], f"{group_zh(sig_zh, 'SIG')}{of_zh}{role_zh}"[:300]


# -- internships ----------------------------------------------------------------------------------


def _programme_ids(sig: Sig) -> list[int]:
    """The programmes that tasks of the SIG were accepted under."""
    query = (
        select(Claim.programme_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.sig_id == sig.id, Claim.state == "accepted")
        .distinct()
        .order_by(Claim.programme_id)
    )
    return list(db.session.scalars(query))


def _worked_in(sig: Sig) -> Any:
    """Who had a task of the SIG accepted."""
    return (
        select(Claim.user_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.sig_id == sig.id, Claim.state == "accepted")
    )


def _internships(programme_id: int, user_ids: Any) -> list[Entitlement]:
    if (programme := db.session.get(Programme, programme_id)) is None:
        return []
    found = [row for row in standings(programme, user_ids) if row.sig_id is not None]
    sigs = _by_id(Sig, {row.sig_id for row in found})
    return [_of_standing(row, programme, sigs[row.sig_id]) for row in found]


def _of_standing(row: Standing, programme: Programme, sig: Sig) -> Entitlement:
    one = row.internship
    return Entitlement(
        key=row.key, kind=INTERNSHIP, user_id=row.user_id, name=row.name, handle=row.handle, sig=sig, programme=programme,
        points=one.points if one else None, period_from=one.start if one else None, period_to=one.until if one else None,
        earned_on=one.earned_on if one else None, internship=one, obstacle=row.obstacle,
    )  # fmt: skip


# -- certificates of them -------------------------------------------------------------------------


def _with_certificates(rows: Sequence[Entitlement]) -> Iterable[Entitlement]:
    """The same with the certificates that there are, in one statement."""
    query = (
        select(
            Certificate.entitlement,
            Certificate.id,
            Certificate.code,
            Certificate.revoked_at,
            Certificate.erased_at,
            Certificate.name_hidden,
        )
        .where(or_(*_same_kind(rows)))
        .order_by(Certificate.id)
    )
    valid: dict[str, str] = {}
    revoked: dict[str, Any] = {}
    for row in db.session.execute(query) if rows else ():
        if row.revoked_at is None:
            valid[row.entitlement] = row.code
        else:
            revoked[row.entitlement] = row
    return [_compared(row, valid.get(row.key, ""), revoked.get(row.key)) for row in rows]


def _compared(row: Entitlement, certified: str, revoked: Any) -> Entitlement:
    """An entitlement with the code of its valid certificate and the newest revoked one."""
    if revoked is None:
        return replace(row, certified=certified)
    erased = "erased" if revoked.erased_at is not None and not certified else ""
    return replace(
        row,
        certified=certified,
        corrects=(revoked.id, revoked.code),
        hidden=revoked.name_hidden,
        obstacle=row.obstacle or erased,
    )


def _same_kind(rows: Sequence[Entitlement]) -> list[Any]:
    """Of few the keys themselves; of many what they have in common, which takes no parameter a row."""
    if len(rows) <= 100:
        return [Certificate.entitlement.in_([row.key for row in rows])]
    kinds, sigs = {row.kind for row in rows}, {row.sig_id for row in rows}
    users = {row.user_id for row in rows}
    if len(sigs) > 100:
        return [Certificate.user_id.in_(users)]
    # An internship's SIG may have been another one when it was certified.
    return [(Certificate.kind.in_(kinds)) & (Certificate.sig_id.in_(sigs) | Certificate.kind.in_([INTERNSHIP]))]


def _by_id(model: Any, ids: set[Any]) -> dict[Any, Any]:
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(ids)))} if ids else {}
