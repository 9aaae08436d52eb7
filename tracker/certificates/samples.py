"""Layouts to begin with, one for each of two communities, and a made-up certificate to show a layout by. Their marks are our own."""

from __future__ import annotations

import datetime as dt

from tracker.certificates.document import Layout
from tracker.certificates.snapshot import Snapshot

_ARCS = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
    b'<g fill="none" stroke-width="4.5" stroke-linecap="round">'
    b'<path d="M5 40a19 19 0 0 1 38 0" stroke="#1f3a5f"/><path d="M14 40a10 10 0 0 1 20 0" stroke="#b08d3c"/></g>'
    b'<circle cx="24" cy="10" r="4.5" fill="#b08d3c"/></svg>'
)
_LAYERS = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
    b'<path d="M24 4 44 15 24 26 4 15Z" fill="#c23b2a"/>'
    b'<path d="M4 23 24 34 44 23M4 32 24 43 44 32" fill="none" stroke="#7a1f2b" stroke-width="4" stroke-linejoin="round"/></svg>'
)

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        key="mindspore", design="classic", accent="#1f3a5f", second="#b08d3c", logo=_ARCS,
        issuer="MindSpore Community", issuer_zh="昇思 MindSpore 社区",
        signatory="For the maintainers of the community", signatory_zh="社区负责人（代表）",
    ),
    Layout(
        key="cann", design="plain", accent="#7a1f2b", second="#d08a2a", logo=_LAYERS,
        issuer="CANN Community", issuer_zh="CANN 社区",
        signatory="For the maintainers of the community", signatory_zh="社区负责人（代表）",
    ),
)  # fmt: skip


def specimen(layout: Layout, *, base_url: str) -> Snapshot:
    """What a layout is shown by: a certificate of nobody, whose code was never issued."""
    code = "0" * 26
    return Snapshot(
        code=code, kind="internship", layout=layout.key, name="王小明 Wang Xiaoming", community=layout.issuer.split()[0],
        sig="Example", sig_zh="示例", programme="the Open Source Internship", programme_zh="开源实习", title="", title_zh="",
        points=60, period_from=dt.date(2026, 7, 1), period_to=dt.date(2026, 9, 30), issued_on=dt.date(2026, 10, 12),
        signatory=layout.signatory, signatory_zh=layout.signatory_zh, issuer=layout.issuer, issuer_zh=layout.issuer_zh,
        check_url=f"{base_url.rstrip('/')}/certificates/{code}",
    )  # fmt: skip
