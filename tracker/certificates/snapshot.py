"""What a certificate says, as it was issued: later changes of accounts, groups and rules don't change it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import rfc8785

VERSION = 1
KINDS = ("internship", "task", "service")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was certified. Days are days of the programme's zone."""

    #: 26 characters without hyphens, see ``codes``.
    code: str
    #: ``internship``, ``task`` or ``service``.
    kind: str
    #: Key of the layout it was issued in.
    layout: str
    #: As issued.
    name: str
    community: str
    sig: str
    sig_zh: str
    #: Empty for service.
    programme: str
    programme_zh: str
    #: The task's title, the role (``Maintainer of AKG``), or empty.
    title: str
    title_zh: str
    points: int | None
    period_from: dt.date | None
    period_to: dt.date | None
    issued_on: dt.date
    #: Name and office, from the layout.
    signatory: str
    signatory_zh: str
    #: The community's words for itself, from the layout.
    issuer: str
    issuer_zh: str
    #: Where anybody asks whether it is valid; goes into the QR code.
    check_url: str
    #: Code of the certificate that this one corrects.
    replaces: str = ""

    def to_json(self) -> str:
        """RFC 8785 canonical JSON: the same text for the same facts, in every version of every library."""
        return rfc8785.dumps({"version": VERSION, **{name: _plain(value) for name, value in _facts(self)}}).decode()

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """Raises ValueError for anything that ``to_json`` doesn't write."""
        data = json.loads(text)
        if not isinstance(data, dict) or data.pop("version", None) != VERSION:
            raise ValueError("not a snapshot of this version")
        try:
            for name in ("period_from", "period_to", "issued_on"):
                data[name] = None if data[name] is None else dt.date.fromisoformat(data[name])
            return cls(**data)
        except (KeyError, TypeError) as error:
            raise ValueError("not a snapshot") from error


def _facts(snapshot: Snapshot) -> list[tuple[str, Any]]:
    return [(field.name, getattr(snapshot, field.name)) for field in dataclasses.fields(snapshot)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
