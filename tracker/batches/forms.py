"""What is typed about batches and layouts. Field names are the services' keywords."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import Field
from wtforms.widgets import FileInput, HiddenInput, TextArea

from tracker.batches.bank_files import MOST_BYTES
from tracker.batches.freezing import LONGEST_TITLE
from tracker.batches.models import ENCODINGS, ROWS
from tracker.rewards.models import CURRENCIES
from tracker.text import Text, _, _l
from tracker.web.forms import Choice, Form, Line, Number, Prose, ShapeError, Tick, Typed, clean, required


class Shown(Typed):
    """What a page showed, in one field: ``12.3 15.2``, read into a mapping or into pairs by ``word``."""

    widget = HiddenInput()

    def __init__(self, *args: Any, word: str, **kwargs: Any) -> None:
        self.word = re.compile(rf"({word})\.([0-9]{{1,9}})", re.ASCII)
        super().__init__(*args, **kwargs)

    def read(self, typed: str) -> Any:
        found = [self.word.fullmatch(part) for part in typed.split()]
        if not all(found):
            raise ShapeError(_("This can't be read. Load the page again."))
        return self.pairs([(match.group(1), int(match.group(2))) for match in found if match])

    def pairs(self, read: list[tuple[str, int]]) -> Any:
        return set(read)


class ShownLines(Shown):
    """Number → version."""

    @property
    def empty(self) -> dict[int, int]:
        return {}

    def pairs(self, read: list[tuple[str, int]]) -> dict[int, int]:
        return {int(number): version for number, version in read}


class Fen(Line):
    """A sum in minor units, as the page repeated it."""

    widget = HiddenInput()
    empty: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, pattern=r"[0-9]{1,15}", **kwargs)

    def read(self, typed: str) -> Any:
        return int(super().read(typed))


class Upload(Field):
    """A file of at most ``most`` bytes, read into bytes."""

    widget = FileInput()

    def __init__(
        self, label: Text | None = None, validators: Sequence[Any] | None = None, *, most: int, hint: Text = "", **kwargs: Any
    ) -> None:  # fmt: skip
        self.most, self.hint = most, hint
        super().__init__(label, list(validators or []), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = b""
        for part in valuelist:
            if not isinstance(part, FileStorage):
                raise ShapeError(_("This isn't a file."))
            self.data = part.stream.read(self.most + 1)
            if len(self.data) > self.most:
                raise ShapeError(_("The file is larger than %(most)s KiB.", most=self.most // 1024))


class Columns(Typed):
    """``heading = field``, one column a line."""

    widget = TextArea()

    @property
    def empty(self) -> list[dict[str, str]]:
        return []

    def read(self, typed: str) -> list[dict[str, str]]:
        if len(typed) > 10_000:
            raise ShapeError(
                _("At most %(longest)s characters; this has %(length)s.", longest=10_000, length=len(typed))
            )
        columns = []
        for number, line in enumerate(typed.splitlines(), 1):
            if not line.strip():
                continue
            heading, sign, field = clean(line, lines=False).rpartition("=")
            if not sign:
                raise ShapeError(_("Line %(number)s has no “=” between the heading and the field.", number=number))
            columns.append({"heading": heading.strip(), "field": field.strip()})
        return columns

    def show(self, value: Any) -> str:
        return "\n".join(f"{column['heading']} = {column['field']}" for column in value or [])


class FreezeForm(Form):
    """Freezing what the page showed."""

    lines = ShownLines(_l("Lines"), required(), word="[0-9]{1,9}")
    count = Number(_l("Lines"), required(), most=1_000_000, widget=HiddenInput())
    amount = Fen(_l("Sum"), required())
    currency = Choice(_l("Currency"), required(), choices=[(code, code) for code in CURRENCIES], widget=HiddenInput())
    layouts = Shown(_l("Layouts"), required(), word="[a-z0-9-]{1,40}")
    title = Line(_l("Title"), hint=_l("Optional: what the list calls it."), longest=LONGEST_TITLE)
    checked = Tick(_l("I have checked the lines and their sum"), required(_l("Check the lines, then tick the box.")))


class CancelBatchForm(Form):
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())
    reason = Prose(_l("Reason"), required(_l("Say why it is cancelled.")), longest=2000)


class ResultForm(Form):
    """The bank's answer."""

    file = Upload(
        _l("Result file"), required(_l("Choose the bank's file.")),
        hint=_l("CSV in UTF-8 or GB18030, at most %(most)s KiB.", most=MOST_BYTES // 1024), most=MOST_BYTES,
    )  # fmt: skip


class ApplyForm(Form):
    """Noting what the file says, once it was looked at."""

    checked = Tick(_l("I have checked the lines and their sums"), required(_l("Check the lines, then tick the box.")))


class _LayoutForm(Form):
    name = Line(_l("Name"), required(), longest=80)
    name_zh = Line(_l("Chinese name"), longest=80)
    rows = Choice(_l("Rows"), required(_l("Choose one.")), choices=list(ROWS.items()))
    encoding = Choice(_l("Encoding"), required(_l("Choose one.")), choices=list(ENCODINGS.items()))
    columns = Columns(_l("Columns"), required(), hint=_l("One a line, in the order of the file: heading = field."))
    preview = Tick(_l("Preview"))


class LayoutForm(_LayoutForm):
    slug = Line(
        _l("Short name"), required(), hint=_l("It stands in the name of the file: small letters, digits, hyphens."), longest=40
    )  # fmt: skip


class LayoutEditForm(_LayoutForm):
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class RetireLayoutForm(Form):
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())
