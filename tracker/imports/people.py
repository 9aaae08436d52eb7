"""People of a file and their accounts here: found by forge handle or e-mail, else made without a password."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from tracker import clock
from tracker.accounts.models import ForgeAccount, User
from tracker.accounts.names import normalised
from tracker.db import db
from tracker.imports.groups import Person
from tracker.imports.reading import Notes, is_nothing
from tracker.text import _

CHUNK = 400
#: Domain of accounts whose file gives no e-mail; nothing is ever delivered there (RFC 2606).
NOWHERE = "no-email.invalid"


def address(text: str) -> str:
    """A usable e-mail address, normalised; empty for anything else."""
    if is_nothing(text):
        return ""
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except (EmailNotValidError, UnicodeError):
        return ""


def _chunks(values: Iterable[str]) -> Iterable[Sequence[str]]:
    wanted = sorted(set(values))
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


class Accounts:
    """The accounts of the people of one file. Make it inside ``transaction()``."""

    def __init__(self, people: Iterable[Person], notes: Notes) -> None:
        self.notes = notes
        people = list(people)
        self.emails = {person.email: address(person.email) for person in people}
        handles = {handle for person in people for _forge, handle in person.handles}
        keys = {normalised(name) for person in people if (name := self._wanted_handle(person))}
        self.by_forge: dict[tuple[str, str], int] = {}
        self.linked: dict[int, dict[str, str]] = {}
        self.by_email: dict[str, int] = {}
        self.handles: set[str] = set()
        for part in _chunks(handle.lower() for handle in handles):
            query = select(ForgeAccount.forge, ForgeAccount.handle, ForgeAccount.user_id)
            for forge, handle, user_id in db.session.execute(query.where(func.lower(ForgeAccount.handle).in_(part)).order_by(ForgeAccount.id.desc())):
                self.by_forge[forge, normalised(handle)] = user_id
        for part in _chunks(normalised(email) for email in self.emails.values() if email):
            for key, user_id in db.session.execute(select(User.email_key, User.id).where(User.email_key.in_(part))):
                self.by_email[key] = user_id
        for part in _chunks(keys):
            self.handles.update(db.session.scalars(select(User.handle_key).where(User.handle_key.in_(part))))
        known = sorted({*self.by_forge.values(), *self.by_email.values()})
        for start in range(0, len(known), CHUNK):
            mine = select(ForgeAccount).where(ForgeAccount.user_id.in_(known[start : start + CHUNK]))
            for account in db.session.scalars(mine):
                self.linked.setdefault(account.user_id, {})[account.forge] = account.handle

    def _wanted_handle(self, person: Person) -> str:
        email = self.emails.get(person.email, "")
        return next((handle for _forge, handle in person.handles), email.split("@")[0])[:40]

    def of(self, person: Person) -> int | None:
        """The id of the person's account, made where there is none; None with a note when there's nothing to go by."""
        email = self.emails[person.email]
        if person.email and not email and not is_nothing(person.email):
            self.notes.warn(_("%(person)s: “%(email)s” is no e-mail address", person=person.known_as, email=person.email[:60]))
        if not email and not person.handles:
            return None
        user_id = next((found for forge, handle in person.handles if (found := self.by_forge.get((forge, normalised(handle))))), None)
        by_email = self.by_email.get(normalised(email)) if email else None
        if user_id is not None and by_email is not None and by_email != user_id:
            self.notes.warn(_("%(person)s: the e-mail address belongs to another account; the handle was followed", person=person.known_as))
        user_id = user_id or by_email
        if user_id is None:
            user_id = self._make(person, email)
        self._link(person, user_id)
        return user_id

    def _make(self, person: Person, email: str) -> int:
        handle = self._free_handle(person)
        if not email:
            email = f"{normalised(handle)}@{NOWHERE}"
            self.notes.warn(_("%(person)s: no e-mail address, so nobody can sign in as %(handle)s yet", person=person.known_as, handle=handle))
        user = User(
            handle=handle, handle_key=normalised(handle), email=email, email_key=normalised(email),
            display_name=person.name or handle, affiliation=person.affiliation, created_at=clock.now(),
        )  # fmt: skip
        db.session.add(user)
        db.session.flush()
        self.handles.add(user.handle_key)
        self.by_email[user.email_key] = user.id
        self.notes.changed = True
        return user.id

    def _free_handle(self, person: Person) -> str:
        wanted = self._wanted_handle(person)
        for number in range(1, 1000):
            handle = wanted if number == 1 else f"{wanted[:36]}-{number}"
            taken = normalised(handle) in self.handles
            if number > 1 and not taken:
                taken = db.session.scalar(select(User.id).where(User.handle_key == normalised(handle))) is not None
            if not taken:
                if number > 1:
                    self.notes.warn(_("%(wanted)s: the handle is taken here, so the account is %(handle)s", wanted=wanted, handle=handle))
                return handle
        raise ValueError(_("%(wanted)s: no free handle", wanted=wanted))

    def _link(self, person: Person, user_id: int) -> None:
        mine = self.linked.setdefault(user_id, {})
        for forge, handle in person.handles:
            if forge not in mine:
                db.session.add(ForgeAccount(user_id=user_id, forge=forge, handle=handle))
                mine[forge] = handle
                self.by_forge.setdefault((forge, normalised(handle)), user_id)
                self.notes.changed = True
            elif normalised(mine[forge]) != normalised(handle):
                facts: dict[str, Any] = {"forge": forge, "one": mine[forge], "other": handle}
                self.notes.warn(_("one person under two handles on %(forge)s, %(one)s and %(other)s: the first is kept", **facts))
