"""People of a file and their accounts here: found by forge handle or e-mail, else made without a password."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from tracker import clock
from tracker.accounts.models import ForgeAccount, User
from tracker.accounts.names import normalised
from tracker.accounts.rules import reads_as_erased
from tracker.db import db
from tracker.imports.groups import Person
from tracker.imports.reading import Notes, is_nothing
from tracker.sigs.models import Membership
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
        #: (forge, handle) → accounts that say it is theirs; anybody can say so on the profile page.
        self.by_forge: dict[tuple[str, str], list[int]] = {}
        self.linked: dict[int, dict[str, str]] = {}
        self.by_email: dict[str, int] = {}
        self.handles: set[str] = set()
        for part in _chunks(handle.lower() for handle in handles):
            for account in db.session.scalars(select(ForgeAccount).where(func.lower(ForgeAccount.handle).in_(part))):
                self.by_forge.setdefault((account.forge, normalised(account.handle)), []).append(account.user_id)
        for part in _chunks(normalised(email) for email in self.emails.values() if email):
            for key, user_id in db.session.execute(select(User.email_key, User.id).where(User.email_key.in_(part))):
                self.by_email[key] = user_id
        for part in _chunks(keys):
            self.handles.update(db.session.scalars(select(User.handle_key).where(User.handle_key.in_(part))))
        #: Accounts nobody has a password for, with a confirmed address, and that an import gave a role before.
        self.unclaimed: set[int] = set()
        self.confirmed: set[int] = set()
        self.imported: set[int] = set()
        known = sorted({*self.by_email.values(), *(user for users in self.by_forge.values() for user in users)})
        for start in range(0, len(known), CHUNK):
            self._look_up(known[start : start + CHUNK])

    def _look_up(self, ids: Sequence[int]) -> None:
        for account in db.session.scalars(select(ForgeAccount).where(ForgeAccount.user_id.in_(ids))):
            self.linked.setdefault(account.user_id, {})[account.forge] = account.handle
        query = select(User.id, User.password_hash, User.email_verified_at).where(User.id.in_(ids))
        for user_id, password_hash, verified_at in db.session.execute(query):
            if not password_hash and verified_at is None:
                self.unclaimed.add(user_id)
            if verified_at is not None:
                self.confirmed.add(user_id)
        roles = select(Membership.user_id).where(
            Membership.user_id.in_(ids), Membership.source != "", Membership.source.not_like("/%")
        )
        self.imported.update(db.session.scalars(roles))

    def _wanted_handle(self, person: Person) -> str:
        email = self.emails.get(person.email, "")
        wanted = next((handle for _forge, handle in person.handles), email.split("@")[0])[:40]
        return f"imported-{wanted}"[:40] if reads_as_erased(wanted) else wanted

    def of(self, person: Person) -> int | None:
        """The id of the person's account, made where there is none; None with a note when nothing proves who it is.

        A role is given to who has confirmed the address, or to an account that nobody has signed in to yet. A handle is
        what somebody says of themselves: it counts only for accounts that an import made or gave a role before.
        """
        email = self.emails[person.email]
        if person.email and not email and not is_nothing(person.email):
            self.notes.warn(
                _("%(person)s: “%(email)s” is no e-mail address", person=person.known_as, email=person.email[:60])
            )
        if not email and not person.handles:
            self.notes.warn(
                _("%(person)s: neither a usable handle nor a usable e-mail address", person=person.known_as[:60])
            )
            return None
        user_id = self.by_email.get(normalised(email)) if email else None
        if user_id is not None and user_id not in self.confirmed | self.unclaimed:
            self.notes.warn(
                _(
                    "%(person)s: the account with this e-mail address hasn't confirmed it: no role given",
                    person=person.known_as,
                )
            )
            return None
        if user_id is None:
            user_id = self._by_handle(person, bool(email))
        if user_id is None:
            user_id = self._make(person, email)
        self._link(person, user_id)
        return user_id

    def _by_handle(self, person: Person, has_email: bool) -> int | None:
        trusted = self.unclaimed | self.imported if has_email else self.unclaimed
        said = [user for forge, handle in person.handles for user in self.by_forge.get((forge, normalised(handle)), [])]
        for user_id in said:
            if user_id in trusted:
                return user_id
        if said:
            self.notes.warn(
                _("%(person)s: somebody's profile has this handle, but nothing proves it", person=person.known_as)
            )
        return None

    def _make(self, person: Person, email: str) -> int:
        handle = self._free_handle(person)
        if not email:
            email = f"{normalised(handle)}@{NOWHERE}"
            self.notes.warn(
                _(
                    "%(person)s: no e-mail address, so nobody can sign in as %(handle)s yet",
                    person=person.known_as,
                    handle=handle,
                )
            )
        user = User(
            handle=handle, handle_key=normalised(handle), email=email, email_key=normalised(email),
            display_name=person.name or handle, affiliation=person.affiliation, created_at=clock.now(),
        )  # fmt: skip
        db.session.add(user)
        db.session.flush()
        self.handles.add(user.handle_key)
        self.by_email[user.email_key] = user.id
        self.unclaimed.add(user.id)
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
                    self.notes.warn(
                        _(
                            "%(wanted)s: the handle is taken here, so the account is %(handle)s",
                            wanted=wanted,
                            handle=handle,
                        )
                    )
                return handle
        raise ValueError(_("%(wanted)s: no free handle", wanted=wanted))

    def _link(self, person: Person, user_id: int) -> None:
        mine = self.linked.setdefault(user_id, {})
        for forge, handle in person.handles:
            if forge not in mine:
                db.session.add(ForgeAccount(user_id=user_id, forge=forge, handle=handle))
                mine[forge] = handle
                self.by_forge.setdefault((forge, normalised(handle)), []).append(user_id)
                self.notes.changed = True
            elif normalised(mine[forge]) != normalised(handle):
                facts: dict[str, Any] = {"forge": forge, "one": mine[forge], "other": handle}
                self.notes.warn(
                    _("one person under two handles on %(forge)s, %(one)s and %(other)s: the first is kept", **facts)
                )
