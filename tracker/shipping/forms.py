"""What is typed about addresses and parcels. Field names are the services' keywords."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel import Locale
from flask_babel import get_locale
from wtforms import Field
from wtforms.widgets import TextInput

from tracker.rewards.forms import Pairs
from tracker.shipping import rules
from tracker.text import Text, _, _l
from tracker.web.forms import Choice, Form, Line, ShapeError, clean, required

#: Codes that are no place one sends to.
_NO_PLACES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


@cache
def _places(locale: str) -> list[tuple[str, Text]]:
    """ISO 3166-1 alpha-2 → name in the language of ``locale``, China first."""
    names = {str(code): str(name) for code, name in Locale.parse(locale).territories.items()}
    found = {code: names[code] for code in names if len(code) == 2 and code.isalpha() and code not in _NO_PLACES}
    others = sorted((code for code in found if code != "CN"), key=lambda code: found[code])
    return [("CN", found["CN"]), *((code, found[code]) for code in others)]


def places() -> list[tuple[str, Text]]:
    """The choices of a country or region in the reader's language."""
    return _places(str(get_locale() or "en"))


def place_name(code: str) -> str:
    """``China`` of ``CN``, in the reader's language."""
    return str(dict(places()).get(code, code))


class AddressForm(Form):
    """Where a thing is to be sent."""

    recipient = Line(
        _l("Recipient"), required(), hint=_l("The name on the parcel."), longest=rules.LONGEST["recipient"]
    )
    phone = Line(
        _l("Phone"), required(), hint=_l("The carrier asks for it; abroad with its country code, such as +65."),
        longest=rules.LONGEST["phone"], pattern=rules.PHONE, wrong=_l("Digits, blanks and + ( ) - are fine here."),
    )  # fmt: skip
    country = Choice(_l("Country or region"), required(), choices=places)
    region = Line(_l("Province or state"), longest=rules.LONGEST["region"])
    city = Line(_l("City"), required(), longest=rules.LONGEST["city"])
    street = Line(
        _l("Street and house"),
        required(),
        hint=_l("In China with the district: 海淀区……"),
        longest=rules.LONGEST["street"],
    )
    postcode = Line(
        _l("Postcode"), longest=rules.LONGEST["postcode"], pattern=rules.POSTCODE,
        wrong=_l("Letters, digits, blanks and - are fine here."),
    )  # fmt: skip


class Numbers(Field):
    """Tracking numbers, one for each line in the same order."""

    widget = TextInput()
    repeats = True

    def process_data(self, value: Any) -> None:
        self.data = value or []

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [text.strip() if isinstance(text, str) else "" for text in valuelist]
        for text in self.data:
            if len(clean(text, lines=False)) > rules.TRACKING_LONGEST:
                raise ShapeError(_("At most %(longest)s characters.", longest=rules.TRACKING_LONGEST))


class ShipForm(Form):
    """Noting that things were sent: each line as ``number.version`` with its tracking number, by one carrier."""

    lines = Pairs(_l("Lines"))
    carrier = Line(_l("Carrier"), required(), longest=rules.CARRIER_LONGEST)
    tracking = Numbers(_l("Tracking number"))
