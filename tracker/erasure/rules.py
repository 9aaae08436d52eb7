"""When an account can be erased: not while others wait for its person, nor while something is on its way to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tracker.errors import Refused
from tracker.events.sentences import REASONS as SENTENCES
from tracker.text import LazyString, Text, _l

#: What may be open, in the order of the page, and what ends it.
OPEN: dict[str, LazyString] = {
    "claim": _l("Claims and applications that haven't ended: hand in, hand over, release or withdraw them."),
    "hand_over": _l("Tasks that somebody offers to hand over: decline them."),
    "appeal": _l("Appeals that wait for their answer: withdraw them, or wait."),
    "report": _l("Internship reports that wait to be assessed: take them back, or wait."),
    "promotion": _l("Applications and nominations for a role that are open: withdraw, or wait for the outcome."),
    "maintainer": _l("SIGs without another maintainer: add one first."),
    "mentor": _l("Published tasks without another mentor: have a maintainer name one."),
    "meeting": _l("Coming meetings to organise: hand them to somebody else."),
    "talk": _l("Talks announced for coming meetings: have the organiser take them off."),
    "reward": _l(
        "Rewards that aren't paid or sent yet, or came back from the bank: they have to arrive, or be cancelled."
    ),
    "batch": _l("Payout batches frozen by this account whose lines aren't all paid: finish them first."),
}
#: Why an administrator erases somebody's account: codes, because words in the diary stay for good.
REASONS: dict[str, LazyString] = {
    code: SENTENCES[code] for code in ("asked_in_writing", "second_account", "ordered", "died")
}


@dataclass(frozen=True, slots=True)
class OpenThing:
    """Something that is open: its kind (of OPEN), its name and its page."""

    kind: str
    label: Text
    path: str


def check_open(found: Collection[OpenThing]) -> None:
    """Raises Refused while anything is open; the page names each."""
    if found:
        raise Refused(_l("The account can't be erased yet: something is still open. It is listed on this page."))


def check_administrator(*, is_admin: bool, others: int) -> None:
    """The site keeps an administrator (``others``: how many more there are). Raises Refused."""
    if is_admin and not others:
        raise Refused(_l("This is the only administrator of the site. Make somebody else one first."))


def check_other(*, own: bool, is_admin: bool) -> None:
    """Whom an administrator can't erase: themselves by this way, and other administrators. Raises Refused."""
    if own:
        raise Refused(_l("This is your own account. Close it on the page of your account."))
    if is_admin:
        raise Refused(_l("An administrator's account can't be erased by another one. Take the role away first."))
