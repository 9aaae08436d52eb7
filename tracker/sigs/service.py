"""What is done with SIGs: adding and editing them, giving and ending roles, following."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.sigs import queries, rules
from tracker.sigs.models import MAINTAINER, Area, Follower, Membership, Repository, Sig
from tracker.text import _l


def create_sig(
    actor: Actor, *, slug: str, key: str, name: str, community: str = "", name_zh: str = "", scope: str = "",
    scope_zh: str = "", goals: str = "", mailing_list: str = "", agenda_pad: str = "", minutes_pad: str = "",
    time_zone: str = "Asia/Shanghai",
) -> Sig:  # fmt: skip
    """Add a SIG. ``key`` starts its tasks' references; ``goals`` has one goal a line.

    Raises Forbidden for who doesn't administer the site, Refused when slug or key is malformed or taken.
    """
    demand(actor, P.SITE_ADMIN)
    rules.check_identity(slug, key, time_zone)
    sig = Sig(
        slug=slug, key=key, name=name, community=community, name_zh=name_zh, scope=scope, scope_zh=scope_zh, goals=goals,
        mailing_list=mailing_list, agenda_pad=agenda_pad, minutes_pad=minutes_pad, time_zone=time_zone,
    )  # fmt: skip
    db.session.add(sig)
    record(actor, "sig.created", sig)
    return sig


def edit_sig(
    actor: Actor, sig: Sig, *, name: str, name_zh: str = "", community: str = "", scope: str = "", scope_zh: str = "",
    goals: str = "", mailing_list: str = "", agenda_pad: str = "", minutes_pad: str = "", time_zone: str = "Asia/Shanghai",
) -> Sig:  # fmt: skip
    """Change a SIG's texts, list, pads and zone. Raises Forbidden, and Refused for a zone that doesn't exist."""
    rules.check_zone(time_zone)
    sig = lock(Sig, sig.id)
    demand(actor, P.SIG_EDIT, sig)
    wanted = {
        "name": name, "name_zh": name_zh, "community": community, "scope": scope, "scope_zh": scope_zh, "goals": goals,
        "mailing_list": mailing_list, "agenda_pad": agenda_pad, "minutes_pad": minutes_pad, "time_zone": time_zone,
    }  # fmt: skip
    changed = [field for field, value in wanted.items() if getattr(sig, field) != value]
    for field in changed:
        setattr(sig, field, wanted[field])
    if changed:
        record(actor, "sig.edited", sig, changed=changed)
    return sig


def add_area(actor: Actor, sig: Sig, *, slug: str, name: str, name_zh: str = "") -> Area:
    """Add a direction of tasks. Raises Forbidden, and Refused when the SIG has the slug already."""
    sig = lock(Sig, sig.id)
    demand(actor, P.SIG_EDIT, sig)
    if db.session.scalar(select(Area.id).where(Area.sig_id == sig.id, Area.slug == slug)):
        raise Refused(_l("The SIG has an area “%(slug)s” already.", slug=slug), field="slug")
    area = Area(sig=sig, slug=slug, name=name, name_zh=name_zh)
    db.session.add(area)
    record(actor, "sig.edited", sig, changed=["areas"], area=slug)
    return area


def edit_area(actor: Actor, area: Area, *, name: str, name_zh: str = "") -> Area:
    """Change an area's names; its slug stays, addresses have it. Raises Forbidden."""
    area = lock(Area, area.id)
    demand(actor, P.SIG_EDIT, area.sig)
    area.name, area.name_zh = name, name_zh
    record(actor, "sig.edited", area.sig, changed=["areas"], area=area.slug)
    return area


def add_repository(actor: Actor, sig: Sig, *, path: str, url: str = "", role: str = "") -> Repository:
    """Add a repository and what it is for. Raises Forbidden, and Refused when the SIG has it already."""
    sig = lock(Sig, sig.id)
    demand(actor, P.SIG_EDIT, sig)
    if db.session.scalar(select(Repository.id).where(Repository.sig_id == sig.id, Repository.path == path)):
        raise Refused(_l("The SIG has the repository %(path)s already.", path=path), field="path")
    repository = Repository(sig=sig, path=path, url=url, role=role)
    db.session.add(repository)
    record(actor, "sig.edited", sig, changed=["repositories"], repository=path)
    return repository


def edit_repository(actor: Actor, repository: Repository, *, url: str = "", role: str = "") -> Repository:
    """Change where a repository is and what it is for. Raises Forbidden."""
    repository = lock(Repository, repository.id)
    demand(actor, P.SIG_EDIT, repository.sig)
    repository.url, repository.role = url, role
    record(actor, "sig.edited", repository.sig, changed=["repositories"], repository=repository.path)
    return repository


def add_member(
    actor: Actor, sig: Sig, *, user: User, role: str, area: Area | None = None, repository: Repository | None = None,
    paths: str = "", since: dt.date | None = None, source: str = "",
) -> Membership:  # fmt: skip
    """Give ``user`` a role from ``since`` (today by default) on.

    Days of roles are UTC days, as the predicates of permissions read them: a right given is there at the next request.
    Raises Forbidden, and Refused when the person has the role already or the role doesn't fit what it is for.
    """
    user = lock(User, user.id)
    sig = lock(Sig, sig.id)
    demand(actor, P.SIG_MEMBERS, sig)
    membership = give_role(
        sig, user, role=role, area=area, repository=repository, paths=paths, since=since, source=source
    )
    record(actor, "sig.member_added", sig, person_id=user.id, role=role, since=membership.since.isoformat())
    return membership


def give_role(
    sig: Sig, user: User, *, role: str, area: Area | None = None, repository: Repository | None = None, paths: str = "",
    since: dt.date | None = None, source: str = "",
) -> Membership:  # fmt: skip
    """A part of ``add_member`` and of what decides on roles in other ways: the row alone, for person and SIG that are locked.

    Raises Refused when the person has the role already or the role doesn't fit what it is for.
    """
    today = clock.today()
    since = since or today
    rules.check_role(
        rules.RoleFacts(
            role=role,
            has_area=area is not None,
            has_repository=repository is not None,
            paths=paths,
            since=since,
            today=today,
        )
    )
    if any(thing is not None and thing.sig_id != sig.id for thing in (area, repository)):
        raise Refused(_l("This area or repository belongs to another SIG."), field="area" if area else "repository")
    area_id, repository_id = area.id if area else None, repository.id if repository else None
    if live := _live_role(sig.id, user.id, role, area_id, repository_id):
        raise Refused(
            _l("%(person)s has this role since %(day)s.", person=user.display_name, day=live.since.isoformat()),
            field="role",
        )
    membership = Membership(
        user=user,
        sig=sig,
        role=role,
        area_id=area_id,
        repository_id=repository_id,
        paths=paths,
        since=since,
        source=source,
    )
    db.session.add(membership)
    return membership


def _live_role(
    sig_id: int, user_id: int, role: str, area_id: int | None, repository_id: int | None
) -> Membership | None:
    return db.session.scalar(
        select(Membership).where(
            Membership.sig_id == sig_id, Membership.user_id == user_id, Membership.role == role,
            Membership.area_id == area_id, Membership.repository_id == repository_id, Membership.until.is_(None),
        )
    )  # fmt: skip


def end_membership(actor: Actor, membership: Membership, *, until: dt.date | None = None) -> Membership:
    """End a role on ``until`` (today by default); its rights end at the next request.

    Raises Forbidden, and Refused when it has ended, or when the SIG would be left without a maintainer.
    """
    sig = lock(Sig, membership.sig_id)  # two maintainers ending each other's role at once wait for one another
    demand(actor, P.SIG_MEMBERS, sig)
    membership = end_role(sig, membership, until=until)
    record(
        actor, "sig.member_ended", sig, person_id=membership.user_id, role=membership.role,
        until=_ended(membership).isoformat(),
    )  # fmt: skip
    return membership


def end_role(sig: Sig, membership: Membership, *, until: dt.date | None = None) -> Membership:
    """A part of ``end_membership`` and of stepping down: the row alone, for a SIG that is locked. Raises Refused as that."""
    membership = lock(Membership, membership.id)
    today = clock.today()
    until = until or today
    others = set(queries.maintainer_ids(sig.id)) - {membership.user_id} if membership.role == MAINTAINER else set()
    person = membership.user.display_name
    rules.check_end(
        rules.EndFacts(
            role=membership.role, person=person, since=membership.since, ended=membership.until, until=until, today=today,
            other_maintainers=len(others),
        )
    )  # fmt: skip
    membership.until = until
    return membership


def _ended(membership: Membership) -> dt.date:
    assert membership.until is not None
    return membership.until


def follow(actor: Actor, sig: Sig) -> Sig:
    """Be told what the SIG publishes. Nothing happens to who follows it already."""
    user = lock(User, _person(actor))
    if not queries.is_following(user.id, sig.id):
        db.session.add(Follower(user_id=user.id, sig_id=sig.id))
        record(actor, "sig.followed", sig)
    return sig


def unfollow(actor: Actor, sig: Sig) -> Sig:
    """Be told no longer. Nothing happens to who doesn't follow it."""
    user = lock(User, _person(actor))
    if (row := db.session.get(Follower, (user.id, sig.id))) is not None:
        db.session.delete(row)
        record(actor, "sig.unfollowed", sig)
    return sig


def _person(actor: Actor) -> int:
    if actor.id is None:
        raise Forbidden("only a person follows")
    return actor.id
