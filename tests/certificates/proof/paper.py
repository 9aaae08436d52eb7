"""Certificates of invented people, to render, sign and spoil."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from tracker.certificates import document, samples, signing
from tracker.certificates.document import Layout
from tracker.certificates.snapshot import Snapshot

CODE = "5HWTK8PN3JZC61QE7B2M4XRDVA"
BASE = "https://tracker.example.org"
SIGNED_AT = dt.datetime(2026, 11, 2, 3, 4, 5, tzinfo=dt.UTC)
CLASSIC, PLAIN = samples.LAYOUTS
SHORT, MIDDLE = "王明", "Nguyễn Thị Minh Khai 阮氏明开"
LONG = "Maria-Theresia Wilhelmina von Hohenberg-Oberstein y Fernández de la Cruz Échelle"
LONG_ZH = "阿卜杜热合曼·买买提吐尔逊·艾合麦提江·阿不力孜（古丽娜尔）"


def snapshot(**changes: Any) -> Snapshot:
    """An internship that was certified on 2 November 2026."""
    made = Snapshot(
        code=CODE, kind="internship", layout="mindspore", name="程小满 Cheng Xiaoman", community="MindSpore", sig="AKG",
        sig_zh="图算融合", programme="the MindSpore Open Source Internship", programme_zh="MindSpore 开源实习", title="",
        title_zh="", points=100, period_from=dt.date(2026, 4, 6), period_to=dt.date(2026, 10, 30),
        issued_on=dt.date(2026, 11, 2), signatory="Mona Feld, Maintainer", signatory_zh="莫娜·费尔德，负责人",
        issuer="MindSpore Community", issuer_zh="昇思 MindSpore 社区", check_url=f"{BASE}/certificates/{CODE}",
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def signed(said: Snapshot | None = None, layout: Layout = CLASSIC, *, at: dt.datetime = SIGNED_AT) -> bytes:
    """The document of ``said``, signed with the keys that are in use."""
    said = said or snapshot()
    return signing.sign(document.render(said, layout), reason=signing.reason(said.code), at=at)[0]
