"""Forms and fields that check shape: every value bounded, nothing guessed, what was typed kept.

Field names are the keyword names of the service that the form feeds.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, NumberInput, TextArea, TextInput
from wtforms.widgets.core import DateInput, EmailInput, PasswordInput, TimeInput

from tracker import money
from tracker.db import MAX_ID
from tracker.text import Text, _, is_blank
from tracker.web.shapes import Optional, ShapeError, clean, required, showable, web_link

__all__ = ["Choice", "Choices", "Day", "Email", "Form", "Line", "Link", "Links", "Money", "Number", "Prose",
           "Secret", "Several", "ShapeError", "Tick", "TimeOfDay", "Typed", "clean", "required", "web_link"]  # fmt: skip


class Form(FlaskForm):
    """A form that refuses doubled fields and knows why a service refused it. Fields it doesn't have are left alone."""

    refusal: Text | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        sent = request.form if request.method == "POST" else request.args
        for name in sent:
            field = self._fields.get(name)
            if field is None or isinstance(field, (SelectMultipleField, Links)) or getattr(field, "repeats", False):
                continue
            if len(sent.getlist(name)) > 1:
                field.errors = [*field.errors, _("This field was sent twice.")]
                valid = False
        return valid

    def values(self) -> dict[str, Any]:
        """The typed values by field name, without the token and the buttons."""
        return {name: field.data for name, field in self._fields.items() if name != "csrf_token"}

    @property
    def first_error(self) -> str:
        """The first field at fault with its label, for steps without a page of their own."""
        for field in self:
            if field.errors:
                label = getattr(field.label, "text", "") or field.name
                return f"{label}: {field.errors[0]}"
        return _("The form is incomplete.")

    @property
    def wrong(self) -> list[Field]:
        """The fields with errors, in the order of the page."""
        return [field for field in self if field.errors]


class Typed(StringField):
    """A field whose text is read by ``read`` into a value; what was typed is kept for the page."""

    def __init__(
        self, label: Text | None = None, validators: Sequence[Any] | None = None, *, hint: Text = "", **kwargs: Any
    ) -> None:
        self.hint = hint
        self.typed = ""
        checks = list(validators or [])
        if not any(isinstance(v, (DataRequired, InputRequired, Optional)) for v in checks):
            checks.insert(0, Optional())
        super().__init__(label, checks, **kwargs)

    def read(self, typed: str) -> Any:
        return typed

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)

    #: What an empty field means.
    empty: Any = None

    def process_data(self, value: Any) -> None:
        """A request without any form leaves fields as empty as one that holds nothing."""
        self.data = self.empty if value is None else value

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = self.empty
        if not valuelist:
            return
        if not isinstance(valuelist[0], str):
            raise ShapeError(_("This isn't text."))
        self.typed = valuelist[0]
        if not is_blank(self.typed):
            self.data = self.read(self.typed)

    def _value(self) -> str:
        return showable(self.typed) if self.raw_data else self.show(self.data)


class Line(Typed):
    """Text on one line, trimmed, at most ``longest`` characters; ``pattern`` must match all of it."""

    empty = ""

    def __init__(
        self, label: Text | None = None, validators: Sequence[Any] | None = None, *,
        longest: int = 200, pattern: str | None = None, wrong: Text | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self.longest, self.pattern, self.wrong = longest, pattern, wrong
        super().__init__(label, validators, **kwargs)

    def read(self, typed: str) -> str:
        value = clean(typed.strip(), lines=False)
        if len(value) > self.longest:
            raise ShapeError(
                _("At most %(longest)s characters; this has %(length)s.", longest=self.longest, length=len(value))
            )
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise ShapeError(str(self.wrong or _("This isn't in the form that is asked for.")))
        return value


class Email(Line):
    """An e-mail address, checked for shape without asking the network."""

    widget = EmailInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, longest=254, **kwargs)

    def read(self, typed: str) -> str:
        from email_validator import EmailNotValidError, validate_email

        value = super().read(typed)
        try:
            return validate_email(value, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError as error:
            raise ShapeError(_("This isn't an e-mail address.")) from error


class Secret(Typed):
    """A password: taken as it is, never shown again."""

    widget = PasswordInput(hide_value=True)
    empty = ""

    def read(self, typed: str) -> str:
        if len(typed) > 200:
            raise ShapeError(_("At most %(longest)s characters; this has %(length)s.", longest=200, length=len(typed)))
        return clean(typed, lines=False)


class Prose(Typed):
    """Text of several lines, at most ``longest`` characters."""

    widget = TextArea()
    empty = ""

    def __init__(self, *args: Any, longest: int = 20_000, **kwargs: Any) -> None:
        self.longest = longest
        super().__init__(*args, **kwargs)

    def read(self, typed: str) -> str:
        value = clean(typed, lines=True).strip()
        if len(value) > self.longest:
            raise ShapeError(
                _("At most %(longest)s characters; this has %(length)s.", longest=self.longest, length=len(value))
            )
        return value


class Number(Typed):
    """A whole number from ``least`` to ``most``, in plain digits."""

    widget = NumberInput(step="1")

    def __init__(self, *args: Any, least: int = 0, most: int = MAX_ID, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(*args, **kwargs)

    def read(self, typed: str) -> int:
        text = typed.strip()
        if not re.fullmatch(r"-?[0-9]{1,10}", text):
            raise ShapeError(_("A whole number is asked for here."))
        value = int(text)
        if not self.least <= value <= self.most:
            raise ShapeError(_("Between %(least)s and %(most)s.", least=self.least, most=self.most))
        return value


class Money(Typed):
    """An amount with at most two decimals, read into minor units (``12.5`` → 1250). Negative where ``signed``, nothing where
    ``zero`` is allowed."""

    widget = TextInput()

    def __init__(
        self, *args: Any, signed: bool = False, zero: bool = False, most: int = money.MOST, **kwargs: Any
    ) -> None:
        self.signed, self.zero, self.most = signed, zero, most
        super().__init__(*args, **kwargs)

    def read(self, typed: str) -> int:
        try:
            value = money.parse(typed)
        except ValueError as error:
            raise ShapeError(_("An amount such as 800 or 800.00 is asked for here.")) from error
        if (value == 0 and not self.zero) or (value < 0 and not self.signed) or abs(value) > self.most:
            raise ShapeError(_("The amount is out of range. Type one from 0.01 to %(most)s.", most=self.most // 100))
        return value

    def show(self, value: Any) -> str:
        return "" if value is None else money.decimal(value)


class Day(Typed):
    """A date as YYYY-MM-DD."""

    widget = DateInput()

    def read(self, typed: str) -> dt.date:
        text = typed.strip()
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
                raise ValueError
            day = dt.date.fromisoformat(text)
        except ValueError as error:
            raise ShapeError(_("A date such as 2026-12-18 is asked for here.")) from error
        if not 2000 <= day.year <= 2100:
            raise ShapeError(_("Between 2000 and 2100."))
        return day

    def show(self, value: Any) -> str:
        return value.isoformat() if value else ""


class TimeOfDay(Typed):
    """A time as HH:MM."""

    widget = TimeInput()

    def read(self, typed: str) -> dt.time:
        text = typed.strip()
        if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text, re.ASCII):
            raise ShapeError(_("A time such as 19:00 is asked for here."))
        return dt.time.fromisoformat(text)

    def show(self, value: Any) -> str:
        return value.strftime("%H:%M") if value else ""


class Link(Typed):
    """One http(s) address."""

    widget = TextInput()
    empty = ""

    def read(self, typed: str) -> str:
        return web_link(typed)


class Links(Typed):
    """http(s) addresses, one a line, at most ``most``."""

    widget = TextArea()

    def __init__(self, *args: Any, most: int = 20, **kwargs: Any) -> None:
        self.most = most
        super().__init__(*args, **kwargs)

    @property
    def empty(self) -> list[str]:
        return []

    def read(self, typed: str) -> list[str]:
        links = [web_link(line) for line in typed.splitlines() if line.strip()]
        if len(links) > self.most:
            raise ShapeError(_("At most %(most)s links.", most=self.most))
        return list(dict.fromkeys(links))

    def show(self, value: Any) -> str:
        return "\n".join(value or [])


class Tick(Field):
    """A check box: on when it was sent as ``1``."""

    widget = CheckboxInput()

    def __init__(
        self, label: Text | None = None, validators: Sequence[Any] | None = None, *, hint: Text = "", **kwargs: Any
    ) -> None:
        self.hint = hint
        super().__init__(label, list(validators or []), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist and valuelist[0] not in ("1", "on", "y", ""):
            raise ShapeError(_("This box is either ticked or not."))
        self.data = bool(valuelist and valuelist[0])

    def _value(self) -> str:
        return "1"


Choices = Iterable[tuple[Any, Text]] | Callable[[], Iterable[tuple[Any, Text]]]


def _options(choices: Choices) -> list[SelectChoice] | Callable[[], list[SelectChoice]]:
    """The choices in WTForms' own kind; those that a function gives are asked for when the form is made."""
    if callable(choices):
        return lambda: [SelectChoice(value, name) for value, name in choices()]
    return [SelectChoice(value, name) for value, name in choices]


def _no_such() -> str:
    return _("There is no such choice.")


class Choice(SelectField):
    """One of ``choices`` [(value, name)]; ``kind`` reads the sent text into the value."""

    def __init__(
        self, label: Text | None = None, validators: Sequence[Any] | None = None, *,
        choices: Choices, kind: Callable[[str], Any] = str, hint: Text = "", **kwargs: Any,
    ) -> None:  # fmt: skip
        self.hint = hint
        super().__init__(label, list(validators or []), coerce=_reader(kind), choices=_options(choices), **kwargs)

    def pre_validate(self, form: Any) -> None:
        if not any(self.coerce(value) == self.data for value, *_rest in self.iter_choices()):
            raise ShapeError(_no_such())


class Several(SelectMultipleField):
    """Any of ``choices`` [(value, name)]."""

    def __init__(
        self, label: Text | None = None, validators: Sequence[Any] | None = None, *,
        choices: Choices, kind: Callable[[str], Any] = str, hint: Text = "", **kwargs: Any,
    ) -> None:  # fmt: skip
        self.hint = hint
        super().__init__(label, list(validators or []), coerce=_reader(kind), choices=_options(choices), **kwargs)

    def pre_validate(self, form: Any) -> None:
        known = {self.coerce(value) for value, *_rest in self.iter_choices()}
        if self.data and not set(self.data) <= known:
            raise ShapeError(_no_such())


def _reader(kind: Callable[[str], Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value is None or value == "":
            return None if kind is not str else ""
        if isinstance(value, str) and kind is int and not re.fullmatch(r"-?[0-9]{1,10}", value):
            raise ValueError(_no_such())
        return kind(value)

    return read
