"""What is fair about roles: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import available_timezones

from tracker.errors import Refused
from tracker.sigs.models import COMMITTER, CONTRIBUTOR, MAINTAINER, ROLES
from tracker.text import _l

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
KEY = r"[A-Z][A-Z0-9]{0,7}"


def is_slug(text: str) -> bool:
    """Whether ``text`` could be the slug of a SIG, an area or a programme."""
    return len(text) <= 60 and re.fullmatch(SLUG, text, re.ASCII) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFacts:
    """A role about to be given: what it is for and from when."""

    role: str
    has_area: bool
    has_repository: bool
    paths: str
    since: dt.date
    today: dt.date


def check_role(facts: RoleFacts) -> None:
    """A Contributor may have an area, a Committer has a repository (domain.md, section 2).

    Raises Refused naming the field at fault.
    """
    if facts.role not in ROLES:
        raise Refused(_l("There is no such role. Choose one of the list."), field="role")
    if facts.role == COMMITTER and not facts.has_repository:
        raise Refused(_l("A Committer commits to a repository: say to which."), field="repository")
    if facts.role != COMMITTER and (facts.has_repository or facts.paths):
        raise Refused(_l("Only a Committer has a repository. Leave it empty for the other roles."), field="repository")
    if facts.role != CONTRIBUTOR and facts.has_area:
        raise Refused(_l("Only a Contributor has an area. Leave it empty for the other roles."), field="area")
    if facts.since > facts.today:
        raise Refused(_l("A role begins today or earlier."), field="since")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFacts:
    """A role about to be ended, and who else maintains the SIG then."""

    role: str
    person: str
    since: dt.date
    ended: dt.date | None
    until: dt.date
    today: dt.date
    other_maintainers: int


def check_end(facts: EndFacts) -> None:
    """A role ends once, not before it began and not in the future; a SIG always keeps a maintainer. Raises Refused."""
    if facts.ended is not None:
        raise Refused(
            _l("This role of %(person)s ended on %(day)s already.", person=facts.person, day=facts.ended.isoformat())
        )
    if facts.until < facts.since:
        raise Refused(
            _l("The role began on %(day)s: it can't end before that.", day=facts.since.isoformat()), field="until"
        )
    if facts.until > facts.today:
        raise Refused(_l("A role ends today or earlier, never in the future."), field="until")
    if facts.role == MAINTAINER and facts.other_maintainers == 0:
        raise Refused(
            _l(
                "%(person)s is the only maintainer: the SIG would be left without one. Add another maintainer first.",
                person=facts.person,
            )
        )


def check_identity(slug: str, key: str, time_zone: str) -> None:
    """Slug and key as addresses and task references need them. Raises Refused naming the field."""
    if not is_slug(slug):
        raise Refused(_l("A slug has small letters, digits and single hyphens, at most 60."), field="slug")
    if not re.fullmatch(KEY, key, re.ASCII):
        raise Refused(_l("A key has one to eight capital letters or digits and begins with a letter."), field="key")
    check_zone(time_zone)


def check_zone(time_zone: str) -> None:
    """Raises Refused for a zone that doesn't exist."""
    if time_zone not in available_timezones():
        raise Refused(_l("There is no time zone “%(zone)s”.", zone=time_zone), field="time_zone")
