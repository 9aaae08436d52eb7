"""What is typed about certificates. Field names are the services' keywords."""

from __future__ import annotations

import re
from typing import Any

from wtforms import Field
from wtforms.widgets import HiddenInput

from tracker.certificates.document import DESIGNS
from tracker.certificates.entitlements import MOST
from tracker.certificates.logos import LARGEST as MOST_LOGO
from tracker.certificates.queries import layouts_for
from tracker.sigs.models import Sig
from tracker.text import Text, _, _l
from tracker.web.filters import local
from tracker.web.forms import Choice, Form, Line, Number, Prose, ShapeError, Tick, required
from tracker.web.uploads import Upload

#: Certificates of this site have some 100 KiB; what is larger isn't one.
MOST_PDF = 1024 * 1024
DESIGN_NAMES: dict[str, Text] = {"classic": _l("Classic: a frame and a seal"), "plain": _l("Plain: white space")}
assert set(DESIGN_NAMES) == set(DESIGNS)


class Keys(Field):
    """Any number of entitlements."""

    widget = HiddenInput()
    repeats = True

    def process_data(self, value: Any) -> None:
        self.data = value or []

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = []
        if len(valuelist) > MOST:
            raise ShapeError(_("At most %(most)s at once.", most=MOST))
        for text in valuelist:
            if not isinstance(text, str) or not re.fullmatch(r"[a-z]{4,10}-[0-9]{1,10}(-[0-9]{1,10}|-ended)?", text):
                raise ShapeError(_("This line can't be read."))
            self.data.append(text)


class _InLayout(Form):
    """``layout``: one of those that the SIG's community may use."""

    layout = Choice(_l("Layout"), required(), choices=[])

    def __init__(self, sig: Sig | None = None, **data: Any) -> None:
        super().__init__(**data)
        layouts = layouts_for(sig.community) if sig else []
        self.layout.choices = [(one.slug, f"{one.slug} · {local(one, 'issuer')}") for one in layouts]


class IssueForm(_InLayout):
    """Issuing what the preview showed."""

    seen = Line("", required(), longest=64, widget=HiddenInput())


class RunForm(_InLayout):
    """Issuing those that are picked."""

    keys = Keys(_l("Certificates"), required(_l("Pick at least one.")))


class RevokeForm(Form):
    reason = Prose(_l("Reason"), required(_l("Say why: whoever checks the certificate reads it.")), longest=2000)


class NameForm(Form):
    """What whoever checks a certificate read on it."""

    name = Line(_l("Name on the certificate"), required(), longest=200)


class CheckForm(Form):
    """A code, or a file, to be checked."""

    code = Line(_l("Code"), longest=200)
    file = Upload(
        _l("PDF file"), most=MOST_PDF,
        hint=_l("The file as it was issued, at most %(size)s KiB. It isn't kept.", size=MOST_PDF // 1024),
    )  # fmt: skip


class EraseForm(Form):
    checked = Tick(
        _l("I have the PDFs that I want to keep, and know that this can't be undone"),
        required(_l("Keep your PDFs, then tick the box.")),
    )


class _LayoutForm(Form):
    community = Line(
        _l("Community"),
        hint=_l("As its SIGs write it, such as MindSpore. Empty: of those without a layout."),
        longest=60,
    )
    issuer = Line(_l("Issuer"), required(), longest=120)
    issuer_zh = Line(_l("Issuer, Chinese"), required(), longest=120)
    signatory = Line(
        _l("Signed by"), required(), hint=_l("Name and office, as they shall stand below the line."), longest=120
    )
    signatory_zh = Line(_l("Signed by, Chinese"), required(), longest=120)
    accent = Line(_l("Colour of lines and titles"), required(), hint=_l("Such as #1f3a5f."), longest=7)
    second = Line(_l("Second colour"), required(), hint=_l("Such as #b3402e."), longest=7)
    design = Choice(_l("Design"), required(_l("Choose one.")), choices=list(DESIGN_NAMES.items()))
    logo = Upload(
        _l("Logo"),
        most=MOST_LOGO,
        hint=_l("PNG, JPEG, WebP or plain SVG, at most %(size)s KiB.", size=MOST_LOGO // 1024),
    )
    preview = Tick(_l("Preview"))


class LayoutForm(_LayoutForm):
    slug = Line(_l("Short name"), required(), hint=_l("Small letters, digits, hyphens."), longest=40)


class LayoutEditForm(_LayoutForm):
    without_logo = Tick(_l("Without the logo that it has"))
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class RetireLayoutForm(Form):
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())
