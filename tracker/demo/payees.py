"""Payee data of the demo's people, all of it invented: who gave it, who didn't, a contract, an exclusion, a look."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from tracker.payees import service
from tracker.payees.models import Payee
from tracker.payees.queries import Recipient

if TYPE_CHECKING:
    from tracker.demo.story import Story

#: The sample numbers of GB 11643-1999 and of a card scheme; otto gives none although money is on the way.
GIVEN = {
    "dora": ("Dora Ekström", "P4711 0815", "Example Bank, Main Branch", "6200 0000 0000 0005"),
    "suhe": ("苏和", "11010519491231002X", "示例银行高新支行", "6212 1422 2200 0003"),
}  # fmt: skip


def give(story: Story) -> None:
    """Tell it; needs the claims of the quarter."""
    for handle, (name, number, bank, account) in GIVEN.items():
        given = {"legal_name": name, "id_number": number, "bank": bank, "account": account}
        story.at(0.3, partial(_give, story, handle, given))
    programme = next(iter(sorted(story.programmes.values(), key=lambda programme: programme.slug)))
    suhe, cheng = Recipient(story.who("suhe")), Recipient(story.who("cheng"))
    story.at(0.32, lambda: service.edit_contract(
        story.who("fay"), suhe, programme, starts_on=story.first, ends_on=story.first + dt.timedelta(days=364),
        agreement=one_page("Internship agreement (an example)"), version=0))  # fmt: skip
    story.at(0.33, lambda: service.add_exclusion(
        story.who("fay"), cheng, programme=programme, kind="employee", note="", since=story.first, until=None))  # fmt: skip
    story.at(0.68, lambda: service.look_at_payee(story.who("finn"), suhe, reason="First payment: account compared"))


def _give(story: Story, handle: str, given: dict[str, str]) -> Payee:
    return service.change_payee(story.who(handle), **given, version=0)


def one_page(words: str) -> bytes:
    """A PDF of one page with a line of ASCII words."""
    text = f"BT /F 16 Tf 60 780 Td ({words.translate(str.maketrans('()', '[]'))}) Tj ET".encode("ascii")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    made, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return made + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, len(made),
    )  # fmt: skip
