"""``tracker import sigs``: groups as their communities publish them. Dirty files are the rule; nothing is lost silently."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Busy, Refused
from tracker.events import record
from tracker.imports import groups, seeds
from tracker.imports.groups import Group
from tracker.imports.people import Accounts
from tracker.imports.reading import Notes, Unreadable, listed, load_yaml, plain_text
from tracker.permissions import SYSTEM, Actor, demand
from tracker.permissions import Permission as P
from tracker.sigs.models import COMMITTER, ROLES, Membership, Repository, Sig
from tracker.sigs.queries import find_sig
from tracker.sigs.service import create_sig
from tracker.text import _

REPORT_COLUMNS = ("file", "sig", "people", "repositories", "warnings", "error")


@dataclass(frozen=True, slots=True)
class Report:
    """One line of the report: what a file gave for one SIG, or why it couldn't be used."""

    file: str
    sig: str = ""
    people: int = 0
    repositories: int = 0
    warnings: str = ""
    error: str = ""

    @property
    def row(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in REPORT_COLUMNS)


class _Undo(Exception):
    """Carries a dry run's report out of a transaction that is rolled back."""

    def __init__(self, reports: list[Report]) -> None:
        self.reports = reports


def import_sigs(paths: Iterable[str | Path], *, dry_run: bool = False, actor: Actor = SYSTEM) -> Iterator[Report]:
    """Import each file in a transaction of its own and report, one line per SIG of it.

    A file that can't be used is a line with ``error``; the others go on. ``dry_run`` changes nothing. Raises Forbidden
    when ``actor`` may not make or edit one of the SIGs. Needs an application context.
    """
    for path in map(Path, paths):
        try:
            data = load_yaml(path)
            yield from transaction(lambda data=data, path=path: _file(actor, data, path, dry_run))  # type: ignore[misc]
        except _Undo as undone:
            yield from undone.reports
        except Unreadable as error:
            yield Report(str(path), error=str(error))
        except (Refused, Busy, ValueError) as error:
            yield Report(str(path), error=str(error) or _("the database is busy"))
        except (IntegrityError, DataError) as error:
            yield Report(str(path), error=_("the database refuses it: %(error)s", error=str(error.orig)[:200]))


def _file(actor: Actor, data: Any, path: Path, dry_run: bool) -> list[Report]:
    reports = _read(actor, data, path)
    if dry_run:
        raise _Undo(reports)
    return reports


def _read(actor: Actor, data: Any, path: Path) -> list[Report]:
    if data is None:
        raise Unreadable(_("the file is empty"))
    if not isinstance(data, Mapping):
        raise Unreadable(_("%(kind)s where a mapping is expected", kind=type(data).__name__))
    if "sigs" in data or "programmes" in data:
        entries = data.get("sigs")
        kubernetes = isinstance(entries, list) and any(
            isinstance(e, Mapping) and ("dir" in e or "leadership" in e) for e in entries
        )
        return _kubernetes(actor, data, path) if kubernetes else _seeds(actor, data, path)
    if not {"name", "repositories", "maintainers"} & set(data):
        raise Unreadable(_("no SIG in it: neither name, maintainers nor repositories"))
    notes = Notes()
    fallback = (
        path.parent.name
        if path.stem in ("sig-info", "sig_info")
        else re.sub(r"^(mindspore|openeuler|cann)-", "", path.stem)
    )
    group = groups.read_sig_info(data, fallback, notes)
    if group is None:
        raise Unreadable("; ".join(notes.warnings))
    return [_store(actor, group, path, notes)]


def _seeds(actor: Actor, data: Mapping[str, Any], path: Path) -> list[Report]:
    notes = Notes()
    found = seeds.plant(actor, data, notes)
    sigs = [
        Report(str(path), slug, 0, len(sig.repositories), _words(notes, first=number == 0))
        for number, (slug, sig) in enumerate(found.items())
    ]
    return sigs or [Report(str(path), warnings=_words(notes))]


def _kubernetes(actor: Actor, data: Mapping[str, Any], path: Path) -> list[Report]:
    reports = []
    for key, value in data.items():
        if not isinstance(value, list):
            continue
        for number, raw in enumerate(listed(value, str(key), Notes()), 1):
            notes = Notes()
            group = groups.read_kubernetes(raw, notes) if isinstance(raw, Mapping) else None
            if group is None:
                notes.warn(_("%(key)s %(number)s: no usable group", key=plain_text(key, 40), number=number))
                reports.append(Report(str(path), warnings=_words(notes)))
            else:
                reports.append(_store(actor, group, path, notes))
    return reports


def _words(notes: Notes, *, first: bool = True) -> str:
    """The warnings of a line; a file's warnings stand once, on its first line."""
    lines = list(notes.warnings) if first else []
    if not notes.changed:
        lines.insert(0, _("nothing changed: all of it is here already"))
    return "; ".join(lines)


def _store(actor: Actor, group: Group, path: Path, notes: Notes) -> Report:
    """Make or complete the SIG of a group: repositories, people, roles. Roles that ended here aren't given again."""
    sig = find_sig(group.slug)
    if sig is None:
        sig = create_sig(
            actor, slug=group.slug, key=_free_key(group), name=group.name, community=group.community, scope=group.scope,
            scope_zh=group.scope_zh, mailing_list=group.mailing_list, agenda_pad=group.agenda_pad,
        )  # fmt: skip
        notes.changed = True
    else:
        demand(actor, P.SIG_EDIT, sig)
        demand(actor, P.SIG_MEMBERS, sig)
        for field in ("community", "scope", "scope_zh", "mailing_list", "agenda_pad"):
            if not getattr(sig, field) and (text := getattr(group, field)):
                setattr(sig, field, text)
                notes.changed = True
    repositories = _repositories(sig, group, notes)
    people = _people(sig, group, repositories, path.name, notes)
    if notes.changed:
        record(actor, "sig.imported", sig, people=people, repositories=len(repositories), file=path.name)
    return Report(str(path), sig.slug, people, len(group.repositories), _words(notes))


def _free_key(group: Group) -> str:
    """A key from the slug: its initials, or the one word; with a number where it is taken."""
    words = [word for word in group.slug.split("-") if word != "sig"] or [group.slug]
    base = ("".join(word[0] for word in words) if len(words) > 1 else words[0]).upper()[:8]
    if not base[0].isalpha():
        base = f"S{base}"[:8]
    taken = set(db.session.scalars(select(Sig.key)))
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base[: 8 - len(str(number))]}{number}"
    return key


def _repositories(sig: Sig, group: Group, notes: Notes) -> dict[str, int]:
    query = select(Repository.path, Repository.id).where(Repository.sig_id == sig.id)
    have = {row.path: row.id for row in db.session.execute(query)}
    new = [
        Repository(sig_id=sig.id, path=path, url=url[:300])
        for path, url in group.repositories.items()
        if path not in have
    ]
    if new:
        db.session.add_all(new)
        db.session.flush()
        notes.changed = True
    return have | {repository.path: repository.id for repository in new}


def _people(sig: Sig, group: Group, repositories: Mapping[str, int], source: str, notes: Notes) -> int:
    accounts = Accounts((person for person, *_rest in group.roles), notes)
    query = select(Membership.user_id, Membership.role, Membership.repository_id, Membership.until).where(
        Membership.sig_id == sig.id
    )
    had: dict[tuple[int, str, int | None], Any] = {}
    for user_id, role, repository_id, until in db.session.execute(query):
        key = (user_id, role, repository_id)
        had[key] = None if until is None or (key in had and had[key] is None) else until
    paths: dict[tuple[int, str, int | None], list[str]] = {}
    names: dict[int, str] = {}
    for person, role, path, directories in group.roles:
        if (found := accounts.of(person)) is None:
            continue
        names.setdefault(found, person.known_as)
        paths.setdefault((found, role, repositories[path] if role == COMMITTER else None), []).append(directories)
    for (user_id, role, repository_id), parts in paths.items():
        if (user_id, role, repository_id) in had:
            if (ended := had[user_id, role, repository_id]) is not None:
                notes.warn(
                    _(
                        "%(person)s: was %(role)s until %(day)s here, not given again",
                        person=names[user_id],
                        role=ROLES[role],
                        day=ended,
                    )
                )
            continue
        text = "" if "" in parts else ", ".join(dict.fromkeys(parts))  # one entry without directories: all of it
        db.session.add(
            Membership(
                user_id=user_id, sig_id=sig.id, role=role, repository_id=repository_id, paths=text[:300], since=clock.today(),
                source=source[:200],
            )
        )  # fmt: skip
        notes.changed = True
    db.session.flush()
    return len(names)
