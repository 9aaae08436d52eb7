"""A field for one file, read whole and bounded; what is in it is for the room to judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import Field
from wtforms.widgets import FileInput

from tracker.text import Text, _
from tracker.web.shapes import ShapeError


class Upload(Field):
    """The bytes of one file, at most ``most``; None where none was picked. Its name and its kind as sent are never believed."""

    widget = FileInput()

    def __init__(
        self, label: Text | None = None, validators: Sequence[Any] | None = None, *, most: int, hint: Text = "", **kwargs: Any
    ) -> None:  # fmt: skip
        self.most, self.hint = most, hint
        super().__init__(label, list(validators or []), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if len(valuelist) > 1:
            raise ShapeError(_("This field was sent twice."))
        sent = valuelist[0] if valuelist else ""
        if isinstance(sent, str):  # nothing picked, or a form that sends the name alone
            if sent:
                raise ShapeError(_("This isn't a file."))
            return
        data = sent.stream.read(self.most + 1)
        if len(data) > self.most:
            size = f"{self.most / 2**20:.1f}".removesuffix(".0")
            raise ShapeError(_("The file is too large: at most %(size)s MiB.", size=size))
        if not data and sent.filename:
            raise ShapeError(_("The file is empty."))
        self.data = data or None
