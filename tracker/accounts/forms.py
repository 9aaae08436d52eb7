"""What is typed on the pages of accounts."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from tracker.accounts.rules import HANDLE, LEAST_PASSWORD
from tracker.events.kinds import CHOICE_NAMES, KINDS
from tracker.text import Text, _l
from tracker.web.forms import Choice, Email, Form, Line, Prose, Secret, Tick, required

_HANDLE_HINT = _l("2 to 40 letters, digits or - _ . Others see it; it stays.")
_PASSWORD_HINT = _l("At least %(least)s characters. Four unrelated words are good.", least=LEAST_PASSWORD)


class RegisterForm(Form):
    handle = Line(
        _l("Handle"), required(), longest=40, pattern=HANDLE, hint=_HANDLE_HINT,
        wrong=_l("2 to 40 letters, digits or - _ . with a letter or digit at both ends."),
    )  # fmt: skip
    display_name = Line(_l("Name"), required(), longest=80, hint=_l("As it shall stand on pages and certificates."))
    email = Email(
        _l("E-mail"), required(), hint=_l("We send a link to confirm it. Others see it only on tasks that you mentor.")
    )
    password = Secret(_l("Password"), required(), hint=_PASSWORD_HINT)


class LoginForm(Form):
    handle = Line(_l("Handle or e-mail"), required(), longest=254)
    password = Secret(_l("Password"), required())


class ResetRequestForm(Form):
    handle = Line(_l("Handle or e-mail"), required(), longest=254)


class ResetForm(Form):
    password = Secret(_l("New password"), required(), hint=_PASSWORD_HINT)


class PasswordForm(Form):
    current = Secret(_l("Present password"), required())
    password = Secret(_l("New password"), required(), hint=_PASSWORD_HINT)


class EmailForm(Form):
    email = Email(
        _l("New e-mail"), required(), hint=_l("We send a link there; your present address stays until you use it.")
    )
    password = Secret(_l("Your password"), required())


@cache
def zones() -> list[tuple[str, Text]]:
    """IANA names, Beijing's first."""
    named = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "posix/", "right/")))
    return [(zone, zone) for zone in dict.fromkeys(["Asia/Shanghai", "UTC", *named])]


LANGUAGE_CHOICES: list[tuple[str, Text]] = [("", _l("As the browser asks for")), ("en", "English"), ("zh", "中文")]
_FORGE_HANDLE = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,79})"


class ProfileForm(Form):
    display_name = Line(_l("Name"), required(), longest=80, hint=_l("As it shall stand on pages and certificates."))
    affiliation = Line(_l("School or employer"), longest=120, hint=_l("Needed before you can claim a task."))
    gitee = Line("Gitee", longest=80, pattern=_FORGE_HANDLE)
    gitcode = Line("GitCode / AtomGit", longest=80, pattern=_FORGE_HANDLE)
    github = Line("GitHub", longest=80, pattern=_FORGE_HANDLE)
    language = Choice(_l("Language"), choices=LANGUAGE_CHOICES, hint=_l("Of pages and mails."))
    time_zone = Choice(_l("Time zone"), choices=zones)
    in_ranking = Tick(
        _l("Show me in rankings of points"),
        hint=_l("By handle. Without it others don't see you there; you see your own rank. Public notices of results name you all the same."),
    )  # fmt: skip
    in_hall = Tick(
        _l("Show me in the hall of honour"),
        hint=_l("With your picture, deeds and titles. Without it nobody sees you there, at once. Roles that you hold still "
                "stand on the pages of their SIGs."),
    )  # fmt: skip


class LanguageForm(Form):
    language = Choice(_l("Language"), choices=LANGUAGE_CHOICES[1:])


def _mail_of(kind: str) -> Choice:
    return Choice(KINDS[kind].name, choices=list(CHOICE_NAMES.items()))


class NoticesForm(Form):
    """A choice for each kind of notices that one can choose about."""

    claims = _mail_of("claims")
    reviews = _mail_of("reviews")
    progress = _mail_of("progress")
    meetings = _mail_of("meetings")
    agenda = _mail_of("agenda")
    publications = _mail_of("publications")
    rewards = _mail_of("rewards")
    certificates = _mail_of("certificates")
    promotions = _mail_of("promotions")
    exports = _mail_of("exports")


class RolesForm(Form):
    is_admin = Tick(_l("Administrator"), hint=_l("Manages people and SIGs; reads everything."))
    is_finance = Tick(_l("Finance"), hint=_l("Approves and pays rewards that somebody else proposed."))


class SuspendForm(Form):
    reason = Prose(_l("Reason"), required(), longest=1000)
