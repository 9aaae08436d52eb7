"""What is typed about a SIG, its areas, repositories and people."""

from __future__ import annotations

from typing import Any

from tracker.accounts.models import User
from tracker.accounts.queries import find_user
from tracker.sigs.models import ROLES, Sig
from tracker.sigs.rules import SLUG
from tracker.text import _, _l
from tracker.web.forms import Choice, Day, Form, Line, Link, Prose, ShapeError, required


class Person(Line):
    """A handle or e-mail address of somebody with an account, read into the User."""

    def read(self, typed: str) -> Any:
        name = super().read(typed)
        if (user := find_user(name)) is None:
            raise ShapeError(_("There is no account “%(name)s”. Ask them to register first.", name=name[:60]))
        return user

    def show(self, value: Any) -> str:
        return value.handle if isinstance(value, User) else ""


class ByHandle(Person):
    """The same by handle alone, for forms that anybody may send: they aren't the place to try whose an e-mail address is."""

    def read(self, typed: str) -> Any:
        if "@" in Line.read(self, typed).removeprefix("@"):
            raise ShapeError(_("Nobody has this handle."))
        return super().read(typed)


class SigForm(Form):
    """A SIG's texts, list, pads and zone."""

    name = Line(_l("Name"), required(), longest=120)
    name_zh = Line(_l("Name in Chinese"), longest=120)
    community = Line(_l("Community"), longest=60)
    scope = Prose(_l("What the SIG is for"), longest=5000)
    scope_zh = Prose(_l("What the SIG is for, in Chinese"), longest=5000)
    goals = Prose(_l("Goals"), longest=5000, hint=_l("One a line."))
    mailing_list = Line(_l("Mailing list"), longest=254, hint=_l("An address or a link."))
    agenda_pad = Link(_l("Agenda pad"))
    minutes_pad = Link(_l("Minutes pad"))
    time_zone = Line(_l("Time zone"), required(), longest=40, hint=_l("Such as Asia/Shanghai."))


class AreaForm(Form):
    """A new area."""

    slug = Line(
        _l("Short name"), required(), longest=60, pattern=SLUG, hint=_l("For addresses: small letters, digits, hyphens."),
        wrong=_l("Small letters, digits and single hyphens."),
    )  # fmt: skip
    name = Line(_l("Name"), required(), longest=120)
    name_zh = Line(_l("Name in Chinese"), longest=120)


class AreaNamesForm(Form):
    """Another name for an area."""

    name = Line(_l("Name"), required(), longest=120)
    name_zh = Line(_l("Name in Chinese"), longest=120)


class RepositoryForm(Form):
    """A new repository."""

    path = Line(
        _l("Repository"), required(), longest=200, pattern=r"[A-Za-z0-9._-]+(/[A-Za-z0-9._+-]+){1,3}",
        hint=_l("Owner and name, such as mindspore/akg."), wrong=_l("Owner and name with a slash, such as mindspore/akg."),
    )  # fmt: skip
    url = Link(_l("Address"))
    role = Line(_l("What it is for"), longest=200)


class RepositoryFactsForm(Form):
    """Where a repository is and what it is for."""

    url = Link(_l("Address"))
    role = Line(_l("What it is for"), longest=200)


class MemberForm(Form):
    """A role for somebody. Areas and repositories are those of ``sig``."""

    user = Person(_l("Person"), required(), longest=254, hint=_l("Handle or e-mail address of their account."))
    role = Choice(_l("Role"), choices=lambda: [(token, name) for token, name in ROLES.items()])
    area = Choice(_l("Area"), choices=(), kind=int, hint=_l("For a Contributor."))
    repository = Choice(_l("Repository"), choices=(), kind=int, hint=_l("For a Committer."))
    paths = Line(_l("Paths in it"), longest=300, hint=_l("Empty: all of it."))
    since = Day(_l("Since"), hint=_l("Empty: today."))

    def __init__(self, sig: Sig, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sig = sig
        self.area.choices = [("", _("none")), *((area.id, area.name) for area in sig.areas)]
        self.repository.choices = [
            ("", _("none")),
            *((repository.id, repository.path) for repository in sig.repositories),
        ]

    def values(self) -> dict[str, Any]:
        """As the service wants them: things instead of their ids."""
        typed = super().values()
        areas = {area.id: area for area in self.sig.areas}
        repositories = {repository.id: repository for repository in self.sig.repositories}
        return {**typed, "area": areas.get(typed["area"]), "repository": repositories.get(typed["repository"])}


class EndForm(Form):
    """The day a role ends."""

    until = Day(_l("Until"), hint=_l("Empty: today."))


class FollowForm(Form):
    """Nothing but the token."""
