"""Kinds of notices: what a person chooses mail by. Every action of the diary belongs to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.text import LazyString, _l

ACCOUNT = "account"
#: A choice → the state that a new notice's mail begins in.
CHOICES: dict[str, str] = {"at_once": "queued", "daily": "digest", "off": "none"}
AT_ONCE, DAILY, OFF = CHOICES
CHOICE_NAMES: dict[str, LazyString] = {AT_ONCE: _l("At once"), DAILY: _l("Once a day"), OFF: _l("Not at all")}


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind reads: its name, what it tells, and who gets it."""

    name: LazyString
    about: LazyString
    who: LazyString


KINDS: dict[str, Kind] = {
    ACCOUNT: Kind(
        _l("Account and roles"),
        _l(
            "Links to confirm an address or to choose a password, roles given and taken, payee data changed or looked at."
        ),
        _l("everybody"),
    ),
    "claims": Kind(
        _l("My claims"),
        _l(
            "Answers to applications, designs, hand-ins and internship reports, seats that come free, warnings, hand-overs"
            " and appeals."
        ),
        _l("who holds, waits for or has applied for a task"),
    ),
    "reviews": Kind(
        _l("Waiting for my answer"),
        _l(
            "Applications, designs, hand-ins, hand-overs, appeals, objections and internship reports to answer, and claims"
            " that ended."
        ),
        _l("mentors of a task and maintainers of its SIG"),
    ),
    "progress": Kind(
        _l("Progress"),
        _l("Progress reports, comments on them, and reports that are missing before a meeting."),
        _l("holders of a task and its mentors"),
    ),
    "meetings": Kind(
        _l("Meetings"),
        _l("Days confirmed, moved or cancelled, turns as organiser, things to do, places at an activity."),
        _l("followers of a SIG, organisers, and who signed up"),
    ),
    "agenda": Kind(
        _l("Agenda proposals"),
        _l("Proposals made for a meeting that I run, and what became of mine."),
        _l("organisers of a meeting and who proposed"),
    ),
    "publications": Kind(
        _l("Publications"),
        _l(
            "Quarters and tasks that were published or closed, public notices of results, titles awarded, minutes and their"
            " corrections."
        ),
        _l("followers of a SIG, mentors of the tasks, and who is named in a notice"),
    ),
    "rewards": Kind(
        _l("Rewards"),
        _l(
            "Rewards proposed, approved, returned, cancelled and paid; settlements, payout batches, budgets and exclusions"
            " from pay."
        ),
        _l("who receives or proposed one, who may approve it, maintainers, and finance"),
    ),
    "certificates": Kind(
        _l("Certificates"),
        _l("A certificate issued to me, as a signed PDF, or revoked; and certificates that I had issued in one go."),
        _l("holders of a certificate, and who had several issued"),
    ),
    "promotions": Kind(
        _l("Roles and votes"),
        _l("Applications to become a Member, nominations, votes that open, end or wait for you, and their outcome."),
        _l("who may vote, candidates, who nominated them, and maintainers of the SIG"),
    ),
    "exports": Kind(
        _l("Exports"),
        _l("Files that were made in the background and are ready, or couldn't be made."),
        _l("who asked for one"),
    ),
}
#: Those that a person chooses about.
CHOSEN = tuple(kind for kind in KINDS if kind != ACCOUNT)

#: The subject of an action's name → its kind, where the action itself isn't named below.
BY_SUBJECT: dict[str, str] = {
    "account": ACCOUNT, "sig": ACCOUNT, "programme": ACCOUNT, "calendar_feed": ACCOUNT, "calendar": "meetings",
    "cycle": "publications", "task": "publications", "claim": "claims", "handover": "claims", "appeal": "claims",
    "report": "claims", "progress": "progress", "meeting": "meetings", "action_item": "meetings", "series": "meetings", "swap": "meetings",
    "speaker": "meetings", "signup": "meetings", "proposal": "agenda", "reward": "rewards",
    "settlement": "rewards", "ledger": "rewards",
    "public_notice": "publications", "objection": "publications", "star": "publications",
    "promotion": "promotions", "promotion_rules": "promotions", "role": ACCOUNT,
    "rule_change": "rewards", "batch": "rewards", "layout": "rewards", "export": "exports",
    # Somebody else's account number on one's own name is told at once, whatever was chosen.
    "payee": ACCOUNT, "contract": ACCOUNT, "exclusion": "rewards",
    "certificate": "certificates", "certificate_run": "certificates", "certificate_layout": "certificates",
}  # fmt: skip
BY_ACTION: dict[str, str] = {
    "task.edited": "claims", "task.carried": "claims",
    "cycle.budget_set": "rewards",
    **dict.fromkeys(
        ("claim.applied", "claim.withdrawn", "claim.design_sent", "claim.submitted", "claim.released", "claim.snoozed",
         "claim.escalated", "claim.taken_over", "task.withdrawn", "handover.accepted", "appeal.made", "appeal.withdrawn",
         "objection.made", "report.handed_in", "report.taken_back"),
        "reviews",
    ),
    "meeting.note_missing": "progress",
    "certificate.names_erased": ACCOUNT,
    "meeting.agenda_opened": "agenda",
    "meeting.minutes_written": "publications", "meeting.minutes_published": "publications",
    "meeting.minutes_corrected": "publications",
}  # fmt: skip


def kind_of(action: str) -> str:
    """The kind that the action ``action`` (``claim.approved``) belongs to; one of another release goes at once."""
    return BY_ACTION.get(action) or BY_SUBJECT.get(action.split(".")[0], ACCOUNT)


def actions_of(kind: str, actions: Mapping[str, object]) -> list[str]:
    """The names among ``actions`` that belong to ``kind``."""
    return [name for name in actions if kind_of(name) == kind]


def state_for(action: str, choices: Mapping[str, str], *, inbox: bool = True) -> str:
    """The state that the mail of a new notice of ``action`` begins in, by its reader's ``choices`` (kind → choice).

    What concerns the account, and what is told by mail alone, goes at once whatever was chosen.
    """
    kind = kind_of(action)
    if kind == ACCOUNT or not inbox:
        return CHOICES[AT_ONCE]
    return CHOICES[choices.get(kind, AT_ONCE)]
