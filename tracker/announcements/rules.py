"""What may be announced on a mailing list: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from tracker.text import Text, _day, _l

AGENDA, MINUTES = "agenda", "minutes"
#: One address and nothing else: a list is sometimes given by the link to its page.
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides it: the SIG's ``mailing_list`` as it was typed, what became of the meeting, and when its agenda opens.

    ``off``: it doesn't take place; ``over``: it did, or has begun; ``opens``: the day on which the agenda opens, while that
    is ahead; ``published``: its minutes are.
    """

    sig: str
    mailing_list: str
    off: bool
    over: bool
    opens: dt.date | None
    published: bool


def is_address(text: str) -> bool:
    """Whether mail can be sent to ``text``: one address in plain ASCII."""
    return text.isascii() and len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def obstacle(kind: str, facts: Facts) -> Text | None:
    """Why the agenda or the minutes can't be announced now, and what to do; None when they can."""
    if not facts.mailing_list:
        return _l(
            "%(sig)s has no mailing list. A maintainer enters its address among the facts of the SIG.", sig=facts.sig
        )
    if not is_address(facts.mailing_list):
        return _l(
            "The mailing list of %(sig)s is given as “%(list)s”, which is no e-mail address. A maintainer enters the address"
            " among the facts of the SIG.",
            sig=facts.sig, list=facts.mailing_list[:80],
        )  # fmt: skip
    if kind == MINUTES:
        if not facts.published:
            return _l("The minutes aren't published yet. Publish them, then announce them.")
        return None
    if facts.off:
        return _l("The meeting doesn't take place. Its followers were told; announce the next one.")
    if facts.over:
        return _l("The meeting has begun. Announce its minutes once they are published.")
    if facts.opens is not None:
        return _l("The agenda isn't open yet: it opens on %(day)s. Announce it then.", day=_day(facts.opens))
    return None
