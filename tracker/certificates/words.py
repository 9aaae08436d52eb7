"""How a certificate reads: the sentence of its kind, in one language or in both."""

from __future__ import annotations

from typing import Any, Protocol

from tracker.certificates.models import INTERNSHIP, KINDS, TASK
from tracker.events.mails import in_language
from tracker.text import _


class Said(Protocol):
    """What the sentence needs: a certificate's own columns, or a row of them."""

    kind: str
    title: str
    title_zh: str
    points: int | None
    sig_name: str
    sig_name_zh: str
    programme_name: str
    programme_name_zh: str


def in_both(certificate: Said) -> list[tuple[str, str, str]]:
    """(language of the page, kind, sentence), English first: whoever checks a certificate may read either."""
    found = []
    for language, tag in (("en", "en"), ("zh", "zh-Hans")):
        with in_language(language):
            found.append((tag, str(KINDS[certificate.kind]), sentence(certificate, chinese=language == "zh")))
    return found


def sentence(certificate: Said, *, chinese: bool) -> str:
    """What its holder did, in the present language; goes on from the name."""
    facts: dict[str, Any] = {
        name: (getattr(certificate, f"{column}_zh") if chinese else "") or getattr(certificate, column)
        for name, column in (("title", "title"), ("sig", "sig_name"), ("programme", "programme_name"))
    }
    if certificate.kind == INTERNSHIP:
        said = _("completed the %(programme)s in the SIG %(sig)s with %(points)s accepted points.", points=certificate.points,
                 programme=facts["programme"], sig=facts["sig"])  # fmt: skip
    elif certificate.kind == TASK:
        said = _("completed the task “%(title)s” of the SIG %(sig)s (%(programme)s), accepted with %(points)s points.",
                 points=certificate.points, **facts)  # fmt: skip
    else:
        said = _("serves or served the community as %(title)s.", title=facts["title"])
    return said
