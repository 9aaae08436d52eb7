"""The wheel carries everything and starts outside the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.server import command, environment

ROOT = Path(__file__).resolve().parents[2]

SERVE = """
import sys
from tracker.app import create_app
import tracker
app = create_app()
client = app.test_client()
for path, words in (("/tasks/", "Tasks"), ("/static/css/base.css", "body")):
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    assert words in answer.get_data(as_text=True), path
chinese = client.get("/tasks/", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
assert "任务" in chinese, "no translations"
print(tracker.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_it_carries_templates_styles_translations_and_seeds(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for kind in ("templates", "static"):
        for path in (ROOT / kind).rglob("*"):
            if path.is_file():
                assert f"tracker/{path.relative_to(ROOT)}" in names
    for wanted in (
        "tracker/translations/zh_Hans_CN/LC_MESSAGES/messages.mo", "tracker/seeds/sigs.yaml", "tracker/seeds/tasks.yaml",
        "tracker/migrations/versions/0001_first_tables.py", "tracker/migrations/script.py.mako",
    ):  # fmt: skip
        assert wanted in names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "instance/"))]


def test_it_starts_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "site packages", tmp_path / "else where"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    env = {**environment(tmp_path / "instance"), "PYTHONPATH": str(target), "PYTHONSAFEPATH": "1"}
    for arguments in (["init"], ["demo", "--phase", "planning"], ["doctor"]):
        command(*arguments, env=env, cwd=elsewhere)
    shown = subprocess.run(
        [sys.executable, "-c", SERVE], env=env, cwd=elsewhere, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert Path(shown.stdout.strip()).is_relative_to(target)
    assert (tmp_path / "instance" / "tracker.db").is_file()
