"""The shapes in which communities publish their SIGs, read into one: sig-info.yaml and Kubernetes' sigs.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tracker.imports.reading import Notes, is_nothing, link, listed, plain_text
from tracker.sigs.models import COMMITTER, CONTRIBUTOR, MAINTAINER
from tracker.text import _

#: Fields that carry a handle → the forge it is on.
HANDLES = {
    "gitee_id": "gitee", "atomgit_id": "gitcode", "gitcode_id": "gitcode", "github_id": "github", "github": "github",
}  # fmt: skip
#: Where a file's repositories are, by the forge of its people.
HOSTS = {"gitee": "https://gitee.com/", "gitcode": "https://gitcode.com/", "github": "https://github.com/"}
#: Owner of a repository → its community.
COMMUNITIES = {
    "mindspore": "MindSpore", "openeuler": "openEuler", "src-openeuler": "openEuler", "cann": "CANN", "ascend": "CANN",
    "kubernetes": "Kubernetes", "kubernetes-sigs": "Kubernetes",
}  # fmt: skip
HANDLE = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9_-])?"
PATH = r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._+-]+){0,3}"
_AT_REPOSITORY = {
    "repo_admin": COMMITTER, "repo-admin": COMMITTER, "repo_admins": COMMITTER, "admins": COMMITTER,
    "maintainers": COMMITTER, "committers": COMMITTER, "contributors": CONTRIBUTOR,
}  # fmt: skip
_KNOWN_REPO = {"repo", "directory", "description", *_AT_REPOSITORY}
_KNOWN = {
    "name", "description", "description_en", "description_zh", "created_on", "mailing_list", "meeting_url", "mature_level",
    "mentors", "maintainers", "committers", "contributors", "repositories", "security_contacts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in a file: handles by forge, and what else is said. The e-mail isn't checked yet."""

    handles: tuple[tuple[str, str], ...]
    name: str
    email: str
    affiliation: str

    @property
    def known_as(self) -> str:
        return next((handle for _forge, handle in self.handles), self.email or self.name)


@dataclass(slots=True)
class Group:
    """A SIG of a file. ``roles``: (person, role, repository path or empty, directories)."""

    slug: str
    name: str
    scope: str = ""
    scope_zh: str = ""
    community: str = ""
    mailing_list: str = ""
    agenda_pad: str = ""
    repositories: dict[str, str] = field(default_factory=dict)
    roles: list[tuple[Person, str, str, str]] = field(default_factory=list)


def slug_of(name: str) -> str:
    """The name in small letters and hyphens, at most 60; empty where nothing of it can stand in an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")


def read_person(raw: Any, where: str, notes: Notes) -> Person | None:
    """Somebody of a list; None with a note when there's neither a handle nor an e-mail."""
    if isinstance(raw, str):
        raw = {"gitee_id": raw}
    if not isinstance(raw, Mapping):
        notes.warn(_("%(where)s: %(kind)s where a person is expected", where=where, kind=type(raw).__name__))
        return None
    name = plain_text(raw.get("name"), 80)
    handles: dict[str, str] = {}
    for key, forge in HANDLES.items():
        if is_nothing(raw.get(key)):
            continue
        handle = plain_text(raw[key], 200, notes, f"{where}: {key}")
        if handle != (trimmed := handle.strip("/@ ")):
            notes.warn(_("%(where)s: “%(handle)s” read as %(trimmed)s", where=where, handle=handle, trimmed=trimmed))
        if trimmed and not re.fullmatch(HANDLE, trimmed, re.ASCII):
            notes.warn(_("%(where)s: “%(handle)s” can't be a handle", where=where, handle=trimmed[:60]))
        elif trimmed:
            handles.setdefault(forge, trimmed)
    email = plain_text(raw.get("email"), 254)
    if not handles and not email:
        notes.warn(_("%(where)s: %(name)s has neither handle nor e-mail", where=where, name=name or _("somebody")))
        return None
    affiliation = next(
        (raw[key] for key in ("organization", "orgnization", "company") if not is_nothing(raw.get(key))), ""
    )
    if "orgnization" in raw:
        notes.warn(_("%(where)s: “orgnization” read as organization", where=where))
    return Person(tuple(handles.items()), name, email, plain_text(affiliation, 120, notes, f"{where}: organization"))


def read_sig_info(data: Mapping[str, Any], fallback: str, notes: Notes) -> Group | None:
    """A sig-info.yaml of MindSpore, openEuler or CANN; None with a note when it has no usable name."""
    name = plain_text(data.get("name"), 120, notes, "name") or fallback
    slug = slug_of(name) or slug_of(fallback)
    if not slug:
        notes.warn(_("name: nothing that a SIG could be called by"))
        return None
    english = plain_text(data.get("description_en"), 5000, notes, "description_en")
    either = plain_text(data.get("description"), 5000, notes, "description")
    chinese = plain_text(data.get("description_zh"), 5000) or (
        either if not either.isascii() and _is_chinese(either) else ""
    )
    group = Group(slug, name, scope=english or (either if either != chinese else ""), scope_zh=chinese)
    group.mailing_list = plain_text(data.get("mailing_list"), 254, notes, "mailing_list")
    group.agenda_pad = link(data.get("meeting_url"), notes, "meeting_url")
    for key, role in (
        ("maintainers", MAINTAINER),
        ("committers", CONTRIBUTOR),
        ("contributors", CONTRIBUTOR),
        ("mentors", CONTRIBUTOR),
    ):
        for number, raw in enumerate(listed(data.get(key), key, notes), 1):
            if person := read_person(raw, f"{key} {number}", notes):
                group.roles.append((person, role, "", ""))
    for number, raw in enumerate(listed(data.get("repositories"), "repositories", notes), 1):
        _read_repository(group, raw, f"repositories {number}", notes)
    for key in data:
        if key not in _KNOWN:
            notes.warn(_("%(key)s: not used", key=short_key(key)))
    group.community = next((c for path in group.repositories if (c := COMMUNITIES.get(path.split("/")[0].lower()))), "")
    forges = [forge for person, *_rest in group.roles for forge, _handle in person.handles[:1]]
    host = HOSTS[max(set(forges), key=forges.count)] if forges else ""
    if group.community == "CANN":
        host = HOSTS["gitcode"]
    group.repositories = {path: url or (host + path if host else "") for path, url in group.repositories.items()}
    return group


def short_key(key: Any) -> str:
    return plain_text(key, 60) or type(key).__name__


def _is_chinese(text: str) -> bool:
    return sum("\u4e00" <= c <= "\u9fff" for c in text) * 5 > len(text)


def read_path(value: Any, where: str, notes: Notes) -> str:
    """``owner/name`` of a repository, without host, trailing slash or ``.git``; empty with a note."""
    text = plain_text(value, 300, notes, where)
    if not text:
        return ""
    path = re.sub(r"^https?://[^/]+/", "", text).strip().strip("/").removesuffix(".git")
    if path != text and not text.startswith("http"):
        notes.warn(_("%(where)s: “%(text)s” read as %(path)s", where=where, text=text[:80], path=path[:80]))
    if len(path) > 200 or not re.fullmatch(PATH, path, re.ASCII):
        notes.warn(_("%(where)s: “%(text)s” is no repository", where=where, text=text[:80]))
        return ""
    return path


def _read_repository(group: Group, raw: Any, where: str, notes: Notes) -> None:
    if isinstance(raw, str):
        raw = {"repo": [raw]}
    if not isinstance(raw, Mapping):
        notes.warn(_("%(where)s: %(kind)s where a repository is expected", where=where, kind=type(raw).__name__))
        return
    paths = [path for item in listed(raw.get("repo"), where, notes) if (path := read_path(item, where, notes))]
    if not paths:
        notes.warn(_("%(where)s: names no repository", where=where))
    for path in paths:
        group.repositories.setdefault(path, "")
    directories = ", ".join(
        d for item in listed(raw.get("directory"), f"{where}: directory", notes) if (d := plain_text(item, 200))
    )
    for key, role in _AT_REPOSITORY.items():
        if key == "repo-admin" and key in raw:
            notes.warn(_("%(where)s: “repo-admin” read as repo_admin", where=where))
        for number, entry in enumerate(listed(raw.get(key), f"{where}: {key}", notes), 1):
            if person := read_person(entry, f"{where}: {key} {number}", notes):
                if role == COMMITTER:
                    group.roles.extend((person, role, path, directories) for path in paths)
                else:
                    group.roles.append((person, role, "", ""))
    for key in raw:
        if key not in _KNOWN_REPO:
            notes.warn(_("%(where)s: %(key)s not used", where=where, key=short_key(key)))


def read_kubernetes(raw: Mapping[str, Any], notes: Notes) -> Group | None:
    """One group of Kubernetes' sigs.yaml: chairs and technical leads maintain it; owners files name its repositories."""
    name = plain_text(raw.get("name"), 120, notes, "name")
    slug = slug_of(plain_text(raw.get("dir"), 120)) or slug_of(name)
    if not slug:
        notes.warn(_("name: nothing that a SIG could be called by"))
        return None
    group = Group(slug, name or slug, scope=plain_text(raw.get("mission_statement"), 5000, notes, "mission_statement"))
    group.community = "Kubernetes"
    contact = raw.get("contact") if isinstance(raw.get("contact"), Mapping) else {}
    list_address = plain_text((contact or {}).get("mailing_list"), 254, notes, "mailing_list")
    group.mailing_list = list_address
    leadership = raw.get("leadership")
    if leadership is not None and not isinstance(leadership, Mapping):
        notes.warn(_("leadership: %(kind)s where a mapping is expected", kind=type(leadership).__name__))
        leadership = {}
    for key in ("chairs", "tech_leads"):
        for number, entry in enumerate(listed((leadership or {}).get(key), key, notes), 1):
            if person := read_person(entry, f"{key} {number}", notes):
                group.roles.append((person, MAINTAINER, "", ""))
    if (leadership or {}).get("emeritus_leads"):
        notes.warn(_("emeritus_leads: not used, no dates are given"))
    for number, meeting in enumerate(listed(raw.get("meetings"), "meetings", notes), 1):
        if isinstance(meeting, Mapping) and not group.agenda_pad:
            group.agenda_pad = link(meeting.get("archive_url"), notes, f"meetings {number}: archive_url")
    _read_subprojects(group, raw, notes)
    return group


def _read_subprojects(group: Group, raw: Mapping[str, Any], notes: Notes) -> None:
    for number, entry in enumerate(listed(raw.get("subprojects"), "subprojects", notes), 1):
        if not isinstance(entry, Mapping):
            notes.warn(
                _(
                    "subprojects %(number)s: %(kind)s where a mapping is expected",
                    number=number,
                    kind=type(entry).__name__,
                )
            )
            continue
        for owner in listed(entry.get("owners"), f"subprojects {number}: owners", notes):
            text = plain_text(owner, 500, notes, f"subprojects {number}: owners")
            try:
                parts = urlsplit(text).path.strip("/").split("/")
            except ValueError:
                parts = []
            path = "/".join(parts[:2])
            if len(parts) < 3 or not re.fullmatch(PATH, path, re.ASCII) or len(path) > 200:
                notes.warn(_("subprojects %(number)s: “%(text)s” names no repository", number=number, text=text[:80]))
            else:
                group.repositories.setdefault(path, HOSTS["github"] + path)
