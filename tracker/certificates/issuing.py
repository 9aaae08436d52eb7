"""Making a certificate ready: what it will say, its picture, and the signed paper. Nothing of this is in the database yet.

Setting and signing take some 25 ms and happen before the transaction that issues: whoever writes meanwhile isn't held up.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from tracker import clock
from tracker.certificates import badges, codes, document, queries, signing
from tracker.certificates.entitlements import Entitlement
from tracker.certificates.models import Certificate, CertificateLayout
from tracker.certificates.rules import NotEntitled, fits
from tracker.certificates.samples import specimen
from tracker.certificates.snapshot import Snapshot
from tracker.certificates.wording import Wording, wording
from tracker.config import Settings
from tracker.errors import Forbidden, Refused
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.text import _l

#: Stands for the code where none is given yet.
SPECIMEN = "0" * codes.LENGTH
PICTURE_WIDTH = 1200

_settings: Settings | None = None


def configure(settings: Settings) -> None:
    """Take the site's address from the settings."""
    global _settings
    _settings = settings


def address_of(path: str) -> str:
    """The site's address of a path."""
    return f"{_settings.base_url.rstrip('/') if _settings else ''}{path}"


@dataclass(frozen=True, slots=True)
class Paper:
    """A signed certificate that isn't issued yet."""

    entitlement: str
    user_id: int
    snapshot: Snapshot
    layout_id: int
    pdf: bytes
    key_id: str

    @property
    def sha256(self) -> str:
        """Of the signed file."""
        return hashlib.sha256(self.pdf).hexdigest()


def drawn(layout: CertificateLayout) -> document.Layout:
    """A layout as the document takes it."""
    return document.Layout(
        key=layout.key, issuer=layout.issuer, issuer_zh=layout.issuer_zh, signatory=layout.signatory,
        signatory_zh=layout.signatory_zh, accent=layout.accent, second=layout.second, logo=layout.logo, design=layout.design,
    )  # fmt: skip


def draft(row: Entitlement, layout: CertificateLayout, code: str = SPECIMEN) -> Snapshot:
    """What a certificate of ``row`` says, issued today; what nobody sees of names and titles is left out."""
    programme, seen_of = row.programme, document.visible
    return Snapshot(
        code=code, kind=row.kind, layout=layout.key, name=seen_of(row.name).strip(), community=seen_of(row.sig.community),
        sig=seen_of(row.sig.name), sig_zh=seen_of(row.sig.name_zh), programme=seen_of(programme.name) if programme else "",
        programme_zh=seen_of(programme.name_zh) if programme else "", title=seen_of(row.title), title_zh=seen_of(row.title_zh), points=row.points, period_from=row.period_from, period_to=row.period_to,
        issued_on=clock.today(programme.time_zone if programme else row.sig.time_zone), signatory=layout.signatory,
        signatory_zh=layout.signatory_zh, issuer=layout.issuer, issuer_zh=layout.issuer_zh,
        check_url=address_of(f"/certificates/{code}"), replaces=row.corrects[1] if row.corrects else "",
    )  # fmt: skip


def seen(snapshot: Snapshot) -> str:
    """What a preview showed, as a digest: what is issued is what was looked at. The code and the day aside."""
    same = dataclasses.replace(snapshot, code="", check_url="", issued_on=snapshot.issued_on.min)
    return hashlib.sha256(same.to_json().encode()).hexdigest()


def missing_glyphs(snapshot: Snapshot) -> str:
    """Characters of it that no font has; empty where all are there."""
    return document.missing_glyphs(_said(snapshot))


def unprintable(rows: Iterable[Entitlement], layout: CertificateLayout) -> dict[str, str]:
    """Of many, by key, the characters that no font has, for people to read; those where all are there aren't in it."""
    return _unprintable({row.key: _said(draft(row, layout)) for row in rows})


def _unprintable(said: dict[str, str]) -> dict[str, str]:
    """Halves what isn't fine until the ones are found: a try takes some milliseconds, and nearly always all are fine."""
    words = dict.fromkeys(word for text in said.values() for word in text.split() if not word.isascii())
    if document.has_glyphs("\n".join(words)):
        return {}
    if len(said) == 1:
        return {
            key: document.named(missing) for key, text in said.items() if (missing := document.missing_glyphs(text))
        }
    rows = list(said.items())
    half = len(rows) // 2
    return _unprintable(dict(rows[:half])) | _unprintable(dict(rows[half:]))


def _said(it: Snapshot) -> str:
    return "\n".join((it.name, it.community, it.title, it.title_zh, it.sig, it.sig_zh, it.programme, it.programme_zh, it.signatory,
                      it.signatory_zh, it.issuer, it.issuer_zh))  # fmt: skip


def picture(row: Entitlement, layout: CertificateLayout) -> bytes:
    """A PNG of it, marked as a specimen. Raises MissingGlyphs."""
    return document.picture(draft(row, layout), drawn(layout), width=PICTURE_WIDTH)


def sample(layout: document.Layout) -> bytes:
    """A PNG of an invented certificate in a layout that may not be saved yet. Raises MissingGlyphs."""
    return document.picture(specimen(layout, base_url=address_of("")), layout, width=PICTURE_WIDTH)


def said_by(certificate: Certificate) -> Wording:
    """The sentences of a certificate that was issued, as they stand on the paper; from its own columns, without the name."""
    row = certificate
    return wording(
        Snapshot(
            code=row.code, kind=row.kind, layout="", name="", community=row.community, sig=row.sig_name, sig_zh=row.sig_name_zh,
            programme=row.programme_name, programme_zh=row.programme_name_zh, title=row.title, title_zh=row.title_zh,
            points=row.points, period_from=row.period_from, period_to=row.period_to, issued_on=row.issued_on, signatory="",
            signatory_zh="", issuer="", issuer_zh="", check_url="",
        )
    )  # fmt: skip


def published_credential(certificate: Certificate) -> str:
    """What the public may have of the credential; of a revoked one a copy that says so. Raises KeysUnusable for that."""
    text = queries.credential_of(certificate)
    if certificate.revoked_at is None:
        return text
    return badges.revoked_credential(text, reason=certificate.reason, revoked_at=certificate.revoked_at, at=clock.now())


def make(row: Entitlement, layout: CertificateLayout) -> Paper:
    """Set and sign a certificate.

    Raises NotEntitled where something stands against it, MissingGlyphs, and what ``signing.sign`` raises.
    """
    check_ready(row)
    snapshot = draft(row, layout, codes.new_code())
    pdf, key_id = signing.sign(
        document.render(snapshot, drawn(layout)), reason=signing.reason(snapshot.code), at=clock.now()
    )
    return Paper(row.key, row.user_id, snapshot, layout.id, pdf, key_id)


def check_ready(row: Entitlement) -> None:
    """Raises NotEntitled where something stands against a certificate of ``row``, whoever issues it."""
    if row.certified:
        raise NotEntitled("certified")
    if row.obstacle:
        raise NotEntitled(row.obstacle)
    if not document.visible(row.name).strip():
        raise NotEntitled("no_name")


class LayoutEnded(Refused):
    """The layout was retired, or another version has taken its place."""

    def __init__(self) -> None:
        super().__init__(
            _l("This layout isn't in use any more. Look at the certificate in another one."), field="layout"
        )


def check_layout(row: Entitlement, layout: CertificateLayout) -> None:
    """Raises LayoutEnded, and Refused where the layout is another community's."""
    if layout.ended_at is not None:
        raise LayoutEnded
    if not fits(layout.community, row.sig.community):
        raise Refused(_l("This layout is another community's."), field="layout")


def check_issue(actor: Actor, row: Entitlement) -> None:
    """Raises Forbidden and NotEntitled where ``actor`` can't issue a certificate of ``row`` now."""
    if not allowed(actor, P.CERTIFICATE_ISSUE, row):
        raise Forbidden(P.CERTIFICATE_ISSUE)
    if row.user_id == actor.id:
        raise NotEntitled("own")
    check_ready(row)
