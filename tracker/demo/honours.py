"""Internship reports and the hall of honour: a report in versions, two that wait, stars of the year, drawn pictures."""

from __future__ import annotations

import datetime as dt
import io
from functools import partial
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from tracker import clock
from tracker.honours import service as honours
from tracker.honours.pictures import square
from tracker.permissions import SYSTEM
from tracker.reports import service as reports
from tracker.reports.models import InternshipReport
from tracker.reports.queries import find_report
from tracker.sigs import service as sigs

if TYPE_CHECKING:
    from tracker.demo.story import Story

FIRST = """# ReduceMean as loops

I expressed **ReduceMean** and its gradient as composite operators of AKG, so that they fuse with what stands around them.

## What I did

- read the neighbouring operators and wrote the tests first
- expressed the mean as a sum and a product
- measured both on a CPU

## What came of it

The operator is merged. It is faster than before."""
SECOND = FIRST.replace(
    "It is faster than before.",
    "On 1,024 × 1,024 numbers it takes 0.41 ms instead of 0.77 ms, with errors below 1e-6 against NumPy.",
) + """

## What I learned

Writing down the accuracy that is asked for before writing code saved me a week."""  # fmt: skip
WAITING = """# Following MLIR 21

I moved the lowering passes to the new builder calls, in four pull requests.

| part | tests before | tests after |
|---|---|---|
| passes | 212 | 240 |
| pipelines | 31 | 31 |"""
#: Colours of the pictures: nobody's photo, drawn here.
FACES = {
    "mona": ("#2f5d8a", "#f2c14e"),
    "luqing": ("#7a3b69", "#8ad1c2"),
    "edda": ("#3c6e47", "#f0efe7"),
    "dora": ("#b4532a", "#ffe0b5"),
}


def running(story: Story) -> None:
    """Reports are written and handed in; a star of last year, faces, somebody who was a Contributor once."""
    _past(story)
    for handle in FACES:
        story.at(0.3, partial(honours.set_picture, story.who(handle), file=square(_drawn(handle))))
    story.at(0.2, lambda: honours.award_star(
        story.who("luqing"), story.sigs["akg"], user="cheng", year=story.first.year - 1,
        citation="Answered every question of newcomers within a day, for a whole year."))  # fmt: skip
    report = _handed_in(story, "dora", FIRST, 0.6)
    story.at(0.66, lambda: reports.assess_report(
        story.who("nils"), report, verdict="changes", version=report.version,
        text="Good to read. How much faster, and how exact? Please give both in figures."))  # fmt: skip
    _handed_in(story, "bai", WAITING, 0.95)
    programme = report.programme
    story.at(
        0.9, lambda: reports.start_report(story.who("gu"), programme, draft="Softmax fusion for CPU: notes so far.")
    )


def closing(story: Story) -> None:
    """The report is changed as it was asked for, and accepted; this year's star."""
    report = find_report(story.who("dora").id, story.cycles["akg"].programme_id)
    assert report is not None  # handed in while the quarter ran
    story.at(0.975, lambda: reports.edit_report(story.who("dora"), report, draft=SECOND, version=report.version))
    story.at(0.98, lambda: reports.hand_in_report(story.who("dora"), report, version=report.version))
    story.at(0.991, lambda: reports.assess_report(
        story.who("nils"), report, verdict="accept", version=report.version,
        text="Dora worked by herself, measured before she claimed, and left the code easier to read than she found it."))  # fmt: skip
    story.at(0.993, lambda: honours.award_star(
        story.who("mona"), story.sigs["akg"], user="dora", year=clock.today("Asia/Shanghai").year,
        citation="Showed with ReduceMean how an operator is expressed, measured and written about."))  # fmt: skip


def _past(story: Story) -> None:
    """Pavel was a Contributor of AKG for a year."""
    pavel, akg = story.who("pavel"), story.sigs["akg"]

    def work() -> None:
        role = sigs.add_member(
            SYSTEM, akg, user=pavel, role="contributor", since=dt.date(2024, 3, 1), area=akg.areas[0], source="demo"
        )
        sigs.end_membership(SYSTEM, role, until=dt.date(2025, 3, 1))

    story.at(0.02, work)


def _handed_in(story: Story, handle: str, text: str, share: float) -> InternshipReport:
    who = story.who(handle)
    words = {"dora": "ReduceMean as loops", "bai": "Follow the MLIR 21 release"}[handle]
    programme = story.claim(handle, words).task.cycle.programme
    report: InternshipReport = story.at(share - 0.03, lambda: reports.start_report(who, programme, draft=text))
    story.at(share, lambda: reports.hand_in_report(who, report, version=report.version))
    return report


def _drawn(handle: str) -> bytes:
    """A pattern of squares in two colours, mirrored like a face; the same for the same handle."""
    dark, light = FACES[handle]
    image = Image.new("RGB", (320, 320), light)
    draw = ImageDraw.Draw(image)
    bits = int.from_bytes(handle.encode(), "big") * 2654435761
    for row in range(5):
        for column in range(3):
            if bits >> (row * 3 + column) & 1:
                for x in {column, 4 - column}:
                    draw.rectangle((35 + x * 50, 35 + row * 50, 84 + x * 50, 84 + row * 50), fill=dark)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
