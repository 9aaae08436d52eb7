from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.cast import Cast
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing
from tracker.imports import task_values
from tracker.imports.tasks import REPORT_COLUMNS, Report, import_tasks
from tracker.tasks import queries, service
from tracker.tasks.models import Task

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the files of others aren't here: {DATA}")

TEMPLATE = """---
name: Intern
---

# Loops for CumSum

【任务分值】20分
【背景描述】
Prefix sums cut fusion groups.
【需求描述】  Write them as loops.
【环境要求】
- 硬件: x86
- 软件: LLVM
【编程语言】C++
【产出标准】Tests pass.
【PR提交地址】https://gitee.com/mindspore/akg
【期望完成时间】2026年12月1日
【开发指导】
【导师及邮箱】Nils nils@example.org

本issue为面向高校学生的“MindSpore开源实习”项目的任务，非参加该项目的人员勿领。
"""


def run(cast: Cast, *files: Path, **options: object) -> list[Report]:
    found = list(import_tasks(files, sig="akg", quarter=cast.cycle.quarter, **options))  # type: ignore[arg-type]
    db.session.expire_all()
    return found


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def task(report: Report) -> Task:
    return queries.get_task(report.reference)


# -- the files of others ----------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize("name", ["paddle-hackathon-9-framework.md", "paddle-hackathon-10-spring.md"])
def test_every_task_of_a_real_list_becomes_a_draft(cast: Cast, name: str) -> None:
    path = DATA / "task-lists" / name
    headings = re.findall(r"^### NO\.", path.read_text(), re.MULTILINE)
    reports = run(cast, path)
    assert len(reports) == len(headings) and not any(report.error for report in reports)
    for report in reports:
        found = task(report)
        assert found.title and found.requirement and found.background and found.state == "draft"
        assert "NO." not in found.title
    before = db.session.query(Task).count()
    again = run(cast, path)
    assert {report.warnings for report in again} == {"already there"}
    assert [report.reference for report in again] == [report.reference for report in reports]
    assert db.session.query(Task).count() == before


@needs_data
def test_a_range_shares_its_texts_and_ends_with_it(cast: Cast) -> None:
    reports = run(cast, DATA / "task-lists" / "paddle-hackathon-10-spring.md")
    by_title = {report.title: task(report) for report in reports}
    member = by_title["DM2模型复现"]
    assert "单卡前向精度对齐" in member.criteria and "Python" in member.environment and "ppmat/model" in member.guidance
    beyond = by_title["为 FastDeploy 新增 MiniMax-M1模型"]
    assert "单卡前向精度对齐" not in beyond.criteria and "覆盖率" not in beyond.requirement


@needs_data
def test_an_imported_task_is_published_after_a_maintainer_added_what_lists_dont_have(cast: Cast) -> None:
    (report, *_rest) = run(cast, DATA / "task-lists" / "paddle-hackathon-9-framework.md")
    found = task(report)
    transaction(
        lambda: service.edit_task(
            cast.mona, found, version=1, mentors=[cast.nils], points=10, area=cast.area, difficulty="L1", hours=20,
            submit_to="https://github.com/PaddlePaddle/Paddle",
        )
    )  # fmt: skip
    transaction(lambda: service.mark_ready(cast.mona, found))
    assert transaction(lambda: service.publish_task(cast.mona, found)).state == "published"


@needs_data
def test_the_empty_template_is_refused_with_the_reason(cast: Cast) -> None:
    (report,) = run(cast, DATA / "mindspore-intern-template.md")
    assert "isn't filled in" in report.error and not report.reference


# -- the intern template ----------------------------------------------------------------------------


def test_a_filled_template_is_an_internship_task(cast: Cast, tmp_path: Path) -> None:
    (report,) = run(cast, written(tmp_path, "one.md", TEMPLATE))
    found = task(report)
    assert (report.title, report.points, report.error, report.warnings) == ("Loops for CumSum", 20, "", "")
    assert found.kind == "internship" and found.pays_wage and found.gives_certificate
    assert found.expected_on == dt.date(2026, 12, 1)
    assert found.mentors == [cast.nils] and found.language == "C++" and "x86" in found.environment
    assert found.guidance == "" and "勿领" not in found.background


def test_the_english_template_and_an_unknown_tutor(cast: Cast, tmp_path: Path) -> None:
    text = "【Task score】lots\n【Requirements】\nDo it.\n【Tutor & email】nobody@example.org\n"
    (report,) = run(cast, written(tmp_path, "follow-mlir.md", text))
    assert report.title == "follow-mlir" and report.points is None
    assert "points" in report.warnings and "nobody@example.org" in report.warnings


# -- lists --------------------------------------------------------------------------------------------


def test_labels_stars_and_full_width_marks(cast: Cast, tmp_path: Path) -> None:
    text = (
        "## Kernels\n\n### NO.1 Scatter ⭐⭐\n**任务背景：**\nWhy\n\n**详细描述**：\nWhat\n```\n### NO.9 not a task\n**验收标准：** no\n```\n"
        "**提交内容：**\nCode\n\n**验收标准**\nTests\n\n**难度：** 🌟🌟🌟\n**分值：**１５\n\n### no．2 Gather\n难度：1/2⭐\n### NO.3\n"
    )
    first, second, third = run(cast, written(tmp_path, "list.md", text))
    found = task(first)
    assert (found.title, found.difficulty, found.points) == ("Scatter", "L3", 15)
    assert "not a task" in found.requirement and found.background == "Why"
    assert found.criteria == "**提交内容**\n\nCode\n\n**验收标准**\n\nTests"
    assert task(second).difficulty == "L1" and task(second).background == "Kernels"
    assert "no title" in third.error


# -- CSV ----------------------------------------------------------------------------------------------


SHEET = (
    "title,area,kind,points,difficulty,hours,backends,seats,mentors,expected_on,accept_by,prize,prize_amount,prize_currency,"
    "needs_design,criteria,colour\r\n"
    'One,Operator support,internship,20,L2,60,"CPU, GPU",2,"nils, nobody",{d},{d},A board,800.00,CNY,yes,"a\nb",red\r\n'
    "Two,nowhere,odd,5000,L9,x,TPU,0,,soon,,,-5,cn,perhaps,,\r\n"
    ",,,,,,,,,,,,,,,,\r\n"
    ",,,5,,,,,,,,,,,,,\r\n"
)


def test_a_sheet_becomes_drafts_with_what_couldnt_be_used_named(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, "plan.csv", "\ufeff" + SHEET.format(d=cast.cycle.accept_by))
    one, two, three = run(cast, path)
    found = task(one)
    assert (
        found.area == cast.area and found.mentors == [cast.nils] and found.prize_amount == 80000 and found.needs_design
    )
    assert found.backends == ["GPU", "CPU"] and found.criteria == "a\nb" and found.pays_wage
    assert "colour" in one.warnings and "nobody" in one.warnings
    for name in (
        "area",
        "kind",
        "points",
        "difficulty",
        "hours",
        "backends",
        "seats",
        "expected_on",
        "prize_amount",
        "needs_design",
    ):
        assert name in two.warnings
    assert "row 5 has no title" in three.error


def test_our_own_export_can_be_read(cast: Cast, tmp_path: Path) -> None:
    from tracker.exports.service import export

    path = written(tmp_path, "tasks.csv", b"".join(export("tasks", cast.dora, {})))
    (report,) = run(cast, path)
    assert report.warnings == "already there" and report.reference == cast.task.reference
    cast.task.title = "=Other"
    db.session.commit()
    (report,) = run(cast, path)
    assert task(report).points == 20 and task(report).mentors == [cast.nils] and not report.warnings


def test_contradictions_are_an_error_of_the_line_alone(cast: Cast, tmp_path: Path) -> None:
    text = "title;expected_on;accept_by\nBad;2026-12-02;2026-12-01\nGood;;\n"
    number = cast.cycle.next_number
    bad, good = run(cast, written(tmp_path, "plan.csv", text))
    assert bad.error and not bad.reference
    assert good.reference.endswith(f"{number:03d}")


def test_gbk_is_told_and_anything_else_refused(cast: Cast, tmp_path: Path) -> None:
    (report,) = run(cast, written(tmp_path, "gbk.csv", "标题,积分\n算子支持任务,20\n".encode("gbk")))
    assert report.title == "算子支持任务" and "GBK" in report.warnings and report.points == 20
    for name, raw in (
        ("a.csv", "title\nä ö ü ß é\n".encode("latin-1")),
        ("b.csv", "title\nx".encode("utf-16")),
        ("c.csv", b"\x89PNG\x00"),
    ):
        (refused,) = run(cast, written(tmp_path, name, raw))
        assert "UTF-8" in refused.error


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("empty.md", " \n", "empty"), ("empty.csv", "", "empty"), ("prose.md", "Just words, no task.", "neither CSV"),
        ("plain.csv", "name,points\nx,1\n", "no column"), ("twice.csv", "title,title\nx,y\n", "columns twice"),
        ("broken.csv", 'title\n"x\n', "no CSV"), ("long.csv", "title\n" + "x\n" * 2001, "more than 2000"),
    ],
)  # fmt: skip
def test_a_file_that_cant_be_used_says_why(cast: Cast, tmp_path: Path, name: str, text: str, words: str) -> None:
    (report,) = run(cast, written(tmp_path, name, text))
    assert words in report.error


def test_a_named_format_is_taken_at_its_word(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, "x.txt", "title\tpoints\nOne\t10\n")
    assert "headings" in run(cast, path, format="intern-template")[0].error
    assert "no task in it" in run(cast, path, format="task-list")[0].error
    assert run(cast, path, format="csv")[0].points == 10
    assert run(cast, path)[0].warnings == "already there"


def test_files_that_are_missing_or_too_large(cast: Cast, tmp_path: Path) -> None:
    missing, large = run(cast, tmp_path / "nothing.csv", written(tmp_path, "large.csv", b"x" * (5 * 1024 * 1024 + 1)))
    assert "can't be read" in missing.error and "5 MiB" in large.error


def test_a_dry_run_reports_and_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    before = db.session.query(Task).count()
    (report,) = run(cast, written(tmp_path, "one.md", TEMPLATE), dry_run=True)
    assert report.reference and report.row == tuple(getattr(report, name) for name in REPORT_COLUMNS)
    assert db.session.query(Task).count() == before


def test_an_unknown_quarter_and_a_person_without_the_right(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, "one.md", TEMPLATE)
    with pytest.raises(Missing):
        list(import_tasks([path], sig="akg", quarter="2001Q1"))
    with pytest.raises(Forbidden):
        run(cast, path, actor=cast.dora)
    (report,) = run(cast, path, actor=cast.mona)
    assert task(report).author_id == cast.mona.id


# -- values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "level"),
    [
        ("l3", "L3"),
        ("⭐", "L1"),
        ("🌟🌟", "L2"),
        ("★★★", "L3"),
        ("0.5⭐️", "L1"),
        ("1/2", "L1"),
        ("3", "L3"),
        ("中等", "L2"),
    ],
)
def test_difficulty_is_read_from_levels_stars_and_fractions(raw: str, level: str) -> None:
    assert task_values.difficulty(raw) == level


@pytest.mark.parametrize("raw", ["", "1/0", "⭐x", "99", "L4"])
def test_difficulty_isnt_guessed(raw: str) -> None:
    with pytest.raises(ValueError, match=".*"):
        task_values.difficulty(raw)


@pytest.mark.parametrize(
    "raw", ["2026-12-18", "2026/12/18", "2026.12.18", "2026年12月18日", "2026-12-18T10:00:00+08:00"]
)
def test_dates_as_people_write_them(raw: str) -> None:
    assert task_values.day(raw) == dt.date(2026, 12, 18)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    raw=st.binary(max_size=300),
    suffix=st.sampled_from([".csv", ".md"]),
    lead=st.sampled_from(["", "### NO.1 a\n", "【任务分值】", "title\n"]),
)
@example(raw=b"title\rPoints", suffix=".md", lead="")
def test_no_bytes_break_the_reader(
    cast: Cast, tmp_path_factory: pytest.TempPathFactory, raw: bytes, suffix: str, lead: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(lead.encode() + raw)
    for report in import_tasks([path], sig="akg", quarter=cast.cycle.quarter, dry_run=True):
        assert report.file


def test_an_empty_sheet_and_rows_that_are_too_long(cast: Cast, tmp_path: Path) -> None:
    (report,) = run(cast, written(tmp_path, "wide.csv", "title,points\nOne,5,more\n"))
    assert report.points == 5 and "more cells" in report.warnings
