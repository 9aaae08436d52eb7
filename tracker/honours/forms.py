"""What is typed and uploaded for the hall of honour. Field names are the services' keywords."""

from __future__ import annotations

from typing import Any

from tracker.errors import Refused
from tracker.honours.pictures import MOST_BYTES, square
from tracker.honours.rules import LONGEST_CITATION
from tracker.text import _l
from tracker.web.forms import Form, Line, Number, Prose, required
from tracker.web.shapes import ShapeError
from tracker.web.uploads import Upload


class AwardForm(Form):
    """A star of the year."""

    user = Line(_l("Handle of the person"), required(), hint=_l("Such as lin-wei."), longest=80)
    year = Number(_l("Year"), required(), hint=_l("This year or the last one."), least=2000, most=2100)
    citation = Prose(
        _l("Citation"), required(_l("Say what for: everybody reads it.")),
        hint=_l("What the person did, in a sentence or two. It stands in the hall of honour."), longest=LONGEST_CITATION,
    )  # fmt: skip


class WithdrawStarForm(Form):
    """Why a title is taken back."""

    reason = Prose(_l("Reason"), required(_l("Say why: the person reads it.")), longest=1000)


class PictureUpload(Upload):
    """A picture, made small and square as soon as it is read; see ``pictures.square``."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None:
            try:
                self.data = square(self.data)
            except Refused as refusal:
                self.data = None
                raise ShapeError(str(refusal.message)) from refusal


class PictureForm(Form):
    """A picture of oneself."""

    file = PictureUpload(
        _l("Picture"), required(_l("Choose a picture.")),
        hint=_l("JPEG, PNG or WebP, at most %(most)s MB. The middle is kept as a small square; place, time and whatever else "
                "the camera noted are removed.", most=f"{MOST_BYTES / 1e6:.1f}"),
        most=MOST_BYTES,
    )  # fmt: skip
