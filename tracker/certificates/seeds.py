"""The layouts that come with the tracker. Plain data: an administrator edits them like any other."""

from __future__ import annotations

from typing import Any

_SIGNATORY = {"signatory": "For the maintainers of the SIG", "signatory_zh": "SIG负责人（代表）"}

#: The last is for communities without one of their own.
SEEDS: tuple[dict[str, Any], ...] = (
    {
        "slug": "mindspore", "community": "MindSpore", "issuer": "MindSpore open source community",
        "issuer_zh": "昇思MindSpore开源社区", **_SIGNATORY, "accent": "#1f3a5f", "second": "#b3402e", "design": "classic",
    },
    {
        "slug": "openeuler", "community": "openEuler", "issuer": "openEuler open source community",
        "issuer_zh": "openEuler开源社区", **_SIGNATORY, "accent": "#12306b", "second": "#0a7d8c", "design": "classic",
    },
    {
        "slug": "cann", "community": "CANN", "issuer": "CANN open source community", "issuer_zh": "CANN开源社区",
        **_SIGNATORY, "accent": "#7a1f2b", "second": "#3b3f46", "design": "classic",
    },
    {
        "slug": "general", "community": "", "issuer": "Open source community", "issuer_zh": "开源社区", **_SIGNATORY,
        "accent": "#2b3a4a", "second": "#6b5b3e", "design": "plain",
    },
)  # fmt: skip
