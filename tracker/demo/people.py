"""The demo's invented people and where they belong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tracker.accounts import service as accounts
from tracker.accounts.models import User
from tracker.permissions import SYSTEM
from tracker.programmes import service as programmes
from tracker.programmes.models import Programme
from tracker.sigs import service as sigs
from tracker.sigs.models import Sig


@dataclass(frozen=True, slots=True)
class Person:
    handle: str
    name: str
    affiliation: str
    #: Has the demo's password.
    signs_in: bool = False
    admin: bool = False
    finance: bool = False
    maintains: tuple[str, ...] = ()
    contributes: tuple[str, ...] = ()
    language: str = ""


#: No real person: names are made up.
PEOPLE = (
    Person("admin", "Ada Minor", "Example Foundation", signs_in=True, admin=True),
    Person("mona", "Mona Feld", "Example Compiler Lab", signs_in=True, maintains=("akg", "heterogeneous-fusion")),
    Person("nils", "Nils Arvo", "Example Systems", signs_in=True, maintains=("ge", "driver", "runtime"),
           contributes=("akg",)),
    Person("dora", "Dora Ekström", "Example University", signs_in=True),
    Person("otto", "Otto Brandt", "Example Institute of Technology", signs_in=True),
    Person("fay", "Fay Lindqvist", "Example Foundation", signs_in=True, finance=True),
    Person("finn", "Finn Marlow", "Example Foundation", signs_in=True, finance=True),
    Person("luqing", "Lu Qing", "示例大学", maintains=("akg", "heterogeneous-fusion", "ge"), language="zh"),
    Person("cheng", "Cheng Xiaoman", "示例理工学院", contributes=("akg", "heterogeneous-fusion"), language="zh"),
    Person("edda", "Edda Vance", "Example Chips", maintains=("driver", "runtime"), contributes=("ge",)),
    Person("suhe", "Su He", "示例科技大学", language="zh"),
    Person("gu", "Gu Yizhou", "示例大学", language="zh"),
    Person("bai", "Bai Lu", "示例工业大学", signs_in=True, language="zh"),
    Person("pavel", "Pavel Orlik", "Example Polytechnic"),
    Person("ivo", "Ivo Hallberg", "Example University"),
    Person("mei", "Mei Sorano", "Example Institute of Technology"),
)  # fmt: skip


def create(groups: dict[str, Sig], programmes_by_slug: dict[str, Programme], password: str) -> dict[str, User]:
    """Everybody with their roles; developers have signed the agreements. Runs inside a transaction."""
    people: dict[str, User] = {}
    for person in PEOPLE:
        user = accounts.create_user(
            SYSTEM, handle=person.handle, email=f"{person.handle}@example.org", display_name=person.name,
            password=password if person.signs_in else "", is_admin=person.admin, is_finance=person.finance,
            affiliation=person.affiliation, language=person.language,
        )  # fmt: skip
        people[person.handle] = user
        for slug in person.maintains:
            sigs.add_member(
                SYSTEM, groups[slug], user=user, role="maintainer", since=dt.date(2024, 3, 1), source="demo"
            )
        for slug in person.contributes:
            sigs.add_member(
                SYSTEM, groups[slug], user=user, role="contributor", since=dt.date(2025, 1, 1), source="demo"
            )
    for handle in ("dora", "otto", "suhe", "gu", "bai", "pavel", "ivo", "mei"):
        for programme in programmes_by_slug.values():
            if programme.agreement_on:
                programmes.sign_agreement(people[handle], programme)
        for slug in ("akg", "heterogeneous-fusion"):
            sigs.follow(people[handle], groups[slug])
            sigs.add_member(
                SYSTEM, groups[slug], user=people[handle], role="member", since=dt.date(2026, 1, 1), source="demo"
            )
    return people
