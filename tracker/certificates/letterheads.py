"""Layouts of communities: added, edited as a new version, retired. What was issued in a version keeps it."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from tracker import clock
from tracker.certificates import document, queries
from tracker.certificates.models import CertificateLayout
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.text import _l

SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
_WORDS = ("issuer", "issuer_zh", "signatory", "signatory_zh")


def add_layout(
    actor: Actor, *, slug: str, community: str, issuer: str, issuer_zh: str, signatory: str, signatory_zh: str, accent: str,
    second: str, design: str, logo: bytes | None = None,
) -> CertificateLayout:  # fmt: skip
    """A layout for the certificates of a community (empty: of those that have none). ``logo``: an uploaded picture.

    Raises Refused at a field, Forbidden.
    """
    _demand(actor)
    if not re.fullmatch(SLUG, slug) or len(slug) > 40:
        raise Refused(_l("A short name of small letters, digits and hyphens, such as mindspore."), field="slug")
    if db.session.scalar(select(CertificateLayout.id).where(CertificateLayout.slug == slug).limit(1)) is not None:
        raise Refused(
            _l("There is or was a layout with this short name. Edit it, or choose another name."), field="slug"
        )
    layout = _made(
        actor, slug, 1, community=community, issuer=issuer, issuer_zh=issuer_zh, signatory=signatory, signatory_zh=signatory_zh,
        accent=accent, second=second, design=design, logo=document.new_logo(logo) if logo else b"",
    )  # fmt: skip
    db.session.add(layout)
    record(actor, "certificate_layout.added", layout, version=1)
    return layout


def edit_layout(
    actor: Actor, layout: CertificateLayout, *, community: str, issuer: str, issuer_zh: str, signatory: str,
    signatory_zh: str, accent: str, second: str, design: str, logo: bytes | None = None, without_logo: bool = False, version: int,
) -> CertificateLayout:  # fmt: skip
    """The next version of a layout; one that was retired is taken up again with it. Without an upload the logo stays.

    Raises Refused at a field, or when it isn't the newest version any more; Forbidden.
    """
    layout = _held(actor, layout, version)
    kept = b"" if without_logo else layout.logo
    made = _made(
        actor, layout.slug, version + 1, community=community, issuer=issuer, issuer_zh=issuer_zh, signatory=signatory,
        signatory_zh=signatory_zh, accent=accent, second=second, design=design, logo=document.new_logo(logo) if logo else kept,
    )  # fmt: skip
    if layout.ended_at is None:
        layout.ended_by_id, layout.ended_at = actor.id, made.created_at
        db.session.flush()
    db.session.add(made)
    record(actor, "certificate_layout.edited", made, version=made.version)
    return made


def retire_layout(actor: Actor, layout: CertificateLayout, *, version: int) -> CertificateLayout:
    """Issue nothing in it any more. Raises Forbidden, and Refused when it changed since ``version`` or is the last in use."""
    layout = _held(actor, layout, version)
    if layout.ended_at is not None:
        raise Refused(_l("This layout is retired already."))
    if len(queries.active_layouts()) == 1:
        raise Refused(_l("It is the last layout in use: without one nothing can be issued. Add another first."))
    layout.ended_by_id, layout.ended_at = actor.id, clock.now()
    record(actor, "certificate_layout.retired", layout, version=layout.version)
    return layout


def _demand(actor: Actor) -> None:
    if actor.id is None:
        raise Forbidden(P.CERTIFICATE_LAYOUT_EDIT)
    demand(actor, P.CERTIFICATE_LAYOUT_EDIT)


def _held(actor: Actor, layout: CertificateLayout, version: int) -> CertificateLayout:
    """The newest version of the layout, held. Raises Refused when it isn't ``version``."""
    _demand(actor)
    layout = lock(CertificateLayout, queries.get_layout(layout.slug).id)
    if layout.version != version:
        raise Refused(_l("Somebody else changed this layout meanwhile. Look at it again."))
    return layout


def _made(actor: Actor, slug: str, version: int, **columns: Any) -> CertificateLayout:
    for name in _WORDS:
        columns[name] = document.visible(columns[name]).strip()
        if not 0 < len(columns[name]) <= 120:
            raise Refused(_l("1 to %(longest)s characters.", longest=120), field=name)
        if missing := document.missing_glyphs(columns[name]):
            raise Refused(
                _l("No font of the certificate has these characters: %(characters)s.", characters=document.named(missing)), field=name
            )  # fmt: skip
    if columns["design"] not in document.DESIGNS:
        raise Refused(_l("There is no such choice."), field="design")
    for name in ("accent", "second"):
        columns[name] = columns[name].strip().lower()
        if not re.fullmatch(r"#[0-9a-f]{6}", columns[name]):
            raise Refused(_l("A colour such as #1f3a5f is asked for here."), field=name)
    columns["community"] = columns["community"].strip()
    return CertificateLayout(slug=slug, version=version, created_by_id=actor.id, created_at=clock.now(), **columns)
