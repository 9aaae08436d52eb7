"""The sentences of a certificate, whatever is missing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.certificates.proof.paper import snapshot
from tracker.certificates.wording import both, wording

SINCE, UNTIL = dt.date(2026, 4, 6), dt.date(2026, 10, 30)


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        ({}, "in the special interest group AKG, from 6 April 2026 to 30 October 2026 and earned 100 points of accepted work.",
         "于2026年4月6日至2026年10月30日期间参加MindSpore社区「MindSpore 开源实习」，在图算融合特别兴趣小组完成实习任务，累计获得100个验收积分。"),
        ({"period_from": None, "period_to": None, "points": 1}, "interest group AKG and earned 1 point of accepted work.",
         "参加MindSpore社区"),
        ({"period_from": None, "period_to": None, "points": None}, "interest group AKG.", "完成实习任务。特此证明。"),
        ({"programme_zh": "", "sig_zh": ""}, "AKG, from", "参加MindSpore社区「the MindSpore Open Source Internship」，在AKG特别兴趣小组"),
        ({"sig_zh": "图算融合特别兴趣小组"}, "AKG", "在图算融合特别兴趣小组完成"),
        ({"kind": "task", "title": "Fuse operators", "title_zh": "算子融合", "points": 20},
         "completed the task “Fuse operators” of the special interest group AKG in the MindSpore community;"
         " the work was reviewed and accepted with 20 points.", "的任务「算子融合」，成果经评审验收通过，获得20积分。"),
        ({"kind": "task", "title": "算子融合", "title_zh": "", "points": None}, "reviewed and accepted.", "的任务「算子融合」，成果经评审验收通过。"),
        ({"kind": "service", "title": "Maintainer of AKG", "title_zh": "AKG 负责人", "period_from": SINCE, "period_to": None},
         "has served the MindSpore community as Maintainer of AKG since 6 April 2026.", "自2026年4月6日起担任MindSpore社区AKG 负责人"),
        ({"kind": "service", "title": "Maintainer of AKG", "title_zh": "", "period_from": None, "period_to": UNTIL},
         "as Maintainer of AKG until 30 October 2026.", "截至2026年10月30日担任"),
        ({"community": ""}, "Internship, in the special interest group AKG, from", "期间参加「MindSpore 开源实习」，在图算融合"),
        ({"kind": "task", "community": "", "title": "Fuse operators", "title_zh": "算子融合", "points": 20},
         "of the special interest group AKG; the work was", "完成图算融合特别兴趣小组的任务「算子融合」"),
        ({"kind": "service", "community": "", "title": "Maintainer of AKG", "title_zh": "图引擎SIG负责人", "period_to": None},
         "has served as Maintainer of AKG since 6 April 2026. The special interest group gives its thanks.", "起担任图引擎SIG负责人，"),
        ({"kind": "service", "community": "昇思社区", "title": "Maintainer of AKG", "title_zh": "图引擎SIG负责人"},
         "has served the 昇思社区 community as", "期间担任昇思社区图引擎SIG负责人"),
        ({"kind": "service", "community": "openEuler Community", "title": "Maintainer of AKG"},
         "has served the openEuler Community as", "担任openEuler Community社区"),
        ({"sig_zh": "图引擎Sig"}, "AKG", "在图引擎Sig完成"),
    ],
)  # fmt: skip
def test_it_says_what_is_known(changes: dict[str, Any], english: str, chinese: str) -> None:
    words = wording(snapshot(**changes))
    assert english in words.said and chinese in words.said_zh
    assert ",." not in words.said and "  " not in words.said and "None" not in words.said + words.said_zh


def test_two_languages_stand_beside_each_other_once() -> None:
    assert both("开源社区", "Community") == "开源社区 · Community"
    assert both("CANN", "CANN") == both("", "CANN") == "CANN"
