"""The layouts that come with the tracker. Plain data: an administrator edits them like any other."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tracker.certificates.document import Layout
from tracker.certificates.samples import LAYOUTS

_COMMUNITIES = {"mindspore": "MindSpore", "cann": "CANN"}
_SIGNATORY = {"signatory": "For the maintainers of the community", "signatory_zh": "社区负责人（代表）", "logo": b""}


def _seed(layout: Layout) -> dict[str, Any]:
    said = asdict(layout)
    return {"slug": said.pop("key"), "community": _COMMUNITIES[layout.key], **said}


#: The last is for communities without one of their own.
SEEDS: tuple[dict[str, Any], ...] = (
    *(_seed(one) for one in LAYOUTS),
    {
        "slug": "openeuler", "community": "openEuler", "issuer": "openEuler Community", "issuer_zh": "openEuler 社区",
        **_SIGNATORY, "accent": "#12306b", "second": "#0a7d8c", "design": "classic",
    },
    {
        "slug": "general", "community": "", "issuer": "Open Source Community", "issuer_zh": "开源社区", **_SIGNATORY,
        "accent": "#2b3a4a", "second": "#6b5b3e", "design": "plain",
    },
)  # fmt: skip
