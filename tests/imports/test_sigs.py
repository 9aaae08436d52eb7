"""Importing groups: real files of several communities, and small ones as dirty as they come."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.support.cast import Cast
from tracker.accounts.models import ForgeAccount, User
from tracker.db import db, transaction
from tracker.events.models import Event
from tracker.imports.sigs import REPORT_COLUMNS, Report, import_sigs
from tracker.permissions import SYSTEM
from tracker.programmes.queries import get_programme, programme_of, rules_of
from tracker.sigs.models import Membership, Repository, Sig
from tracker.sigs.queries import get_sig
from tracker.sigs.service import add_member, end_membership

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
DATA = Path(__file__).parent / "data"


def run(*paths: Path, dry_run: bool = False) -> list[Report]:
    return list(import_sigs(paths, dry_run=dry_run))


def counts() -> tuple[int, ...]:
    db.session.expire_all()
    return tuple(
        db.session.scalar(select(func.count()).select_from(model)) or 0
        for model in (Sig, Repository, User, ForgeAccount, Membership, Event)
    )


@pytest.fixture
def real() -> list[Path]:
    if not SHARED.is_dir():
        pytest.skip("the communities' files aren't beside this checkout")
    return sorted((SHARED / "sig-info").glob("*.yaml"))


def test_the_communities_files_are_read_and_a_second_run_changes_nothing(app: object, real: list[Path]) -> None:
    reports = run(*real)
    assert [r.error for r in reports] == [""] * len(real)
    assert {r.sig for r in reports} >= {
        "heterogeneous-fusion",
        "mindspore-quantum",
        "compiler",
        "packaging",
        "sig-golang",
    }
    assert all(r.people and r.repositories for r in reports)
    warnings = {r.sig: r.warnings for r in reports}
    assert "repo-admin" in warnings["mindspore-usability"]
    assert "mindspore/mindspore/" in warnings["mindspore-usability"]
    assert "orgnization" in warnings["sig-golang"]
    assert "no e-mail address" in warnings["mindspore-quantum"]
    fusion = get_sig("heterogeneous-fusion")
    assert (fusion.key, fusion.community) == ("HF", "MindSpore")
    assert fusion.repositories[0].url == "https://gitee.com/mindspore/mindspore"
    roles = {m.role for m in db.session.scalars(select(Membership).where(Membership.sig_id == fusion.id))}
    assert roles == {"maintainer", "committer", "contributor"}
    before = counts()
    again = run(*real)
    assert all("nothing changed" in r.warnings for r in again)
    assert counts() == before


def test_the_seeds_file_is_read_and_a_second_run_changes_nothing(app: object, real: list[Path]) -> None:
    reports = run(SHARED / "seed-sigs.yaml")
    assert [r.sig for r in reports] == ["heterogeneous-fusion", "akg", "ge", "driver", "runtime"]
    programme = get_programme("mindspore-internship")
    assert programme_of(get_sig("akg").id) == programme
    assert rules_of(programme.id)[0].wage["tiers"][-1] == [100, 800000]
    before = counts()
    assert "nothing changed" in run(SHARED / "seed-sigs.yaml")[0].warnings
    assert counts() == before


def test_a_dry_run_changes_nothing(app: object) -> None:
    before = counts()
    (report,) = run(DATA / "dirty.yaml", dry_run=True)
    assert report.sig == "dirty-group" and report.people
    assert counts() == before


def test_dirty_values_are_warnings_and_the_rest_is_taken(app: object) -> None:
    (report,) = run(DATA / "dirty.yaml")
    assert report.error == ""
    said = report.warnings
    for expected in (
        "“NA” says nothing", "“TO_BE_CLARIFIED” says nothing", "“repo-admin” read as repo_admin",
        "one person under two handles on gitee, ada-l and ada-two", "neither handle nor e-mail", "can't be a handle",
        "is no e-mail address", "“orgnization” read as organization", "“cann/tools/” read as cann/tools",
        "int where a person is expected", "is no repository", "surprise: not used", "names no repository",
        "read as grace",
    ):  # fmt: skip
        assert expected in said, (expected, said)
    sig = get_sig("dirty-group")
    assert sig.mailing_list == "" and sig.community == "CANN"
    assert {r.path for r in sig.repositories} == {"cann/tools", "cann/other"}
    ada = db.session.scalars(select(User).where(User.email_key == "ada@example.org")).one()
    assert ada.password_hash == "" and ada.email_verified_at is None
    assert {(f.forge, f.handle) for f in ada.forge_accounts} == {
        ("gitee", "ada-l"),
        ("gitcode", "ada_l"),
        ("github", "adal"),
    }
    committers = [m for m in ada.memberships if m.role == "committer"]
    assert [(m.repository.path, m.paths) for m in committers if m.repository] == [("cann/tools", "src/a, src/b")]


def test_a_second_run_of_a_dirty_file_says_that_nothing_changed(app: object) -> None:
    run(DATA / "dirty.yaml")
    before = counts()
    (report,) = run(DATA / "dirty.yaml")
    assert report.warnings.startswith("nothing changed")
    assert counts() == before


def test_kubernetes_groups_are_read(app: object) -> None:
    reports = run(DATA / "sigs.yaml")
    assert [r.sig for r in reports] == ["sig-testing", "wg-batch", ""]
    sig = get_sig("sig-testing")
    assert sig.key == "TESTING" and sig.agenda_pad == "https://docs.example.org/notes"
    assert [r.path for r in sig.repositories] == ["kubernetes-sigs/boskos", "kubernetes/kubernetes"]
    assert reports[0].people == 2 and "emeritus_leads" in reports[0].warnings
    assert "nothing changed" in run(DATA / "sigs.yaml")[0].warnings


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("bomb", "a: &a [x,x]\nb: &b [*a,*a]\nname: [*b,*b]\n", "aliases"),
        ("python", "name: !!python/object/apply:os.system ['true']\n", "not YAML"),
        ("broken", "name: [unclosed\n", "not YAML in line"),
        ("deep", "name: " + "[" * 60 + "]" * 60, "nested deeper"),
        ("deeper", "[" * 200_000, "nested deeper"),
        ("list", "- 1\n- 2\n", "list where a mapping"),
        ("empty", "# nothing\n", "empty"),
        ("text", "just words", "str where a mapping"),
        ("other", "apiVersion: v1\n", "no SIG in it"),
        ("date", "name: 2026-99-99\n", "can't be read"),
        ("digits", "name: " + "9" * 6000 + "\n", "can't be read"),
        ("nameless", "name: '！！'\nmaintainers: []\n", ""),
        ("two", "name: a\n---\nname: b\n", "not YAML"),
    ],
)
def test_a_broken_file_is_an_error_and_the_others_go_on(
    app: object, tmp_path: Path, name: str, text: str, reason: str
) -> None:
    bad = tmp_path / f"{name}.yaml"
    bad.write_text(text, encoding="utf-8")
    reports = run(bad, DATA / "dirty.yaml")
    assert reason in reports[0].error
    assert bool(reports[0].error) == bool(reason)
    assert reports[1].sig == "dirty-group"


def test_files_that_are_no_text_too_large_or_not_there_are_errors(app: object, tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "large.yaml").write_bytes(b"#" * (5 * 1024 * 1024 + 1))
    reports = run(tmp_path / "binary.yaml", tmp_path / "large.yaml", tmp_path / "missing.yaml", tmp_path)
    assert [r.error.split(":")[0] for r in reports] == [
        "not UTF-8 text",
        "larger than 5 MiB",
        "can't be read",
        "can't be read",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "name: {a: b}\nmaintainers: 3\nrepositories: yes\n", "name: x\nmaintainers: {gitee_id: {a: 1}}\nrepositories: [[1], null, 2.5]\n",
        "name: x\nmaintainers: [{gitee_id: [a], email: {b: c}, name: [d]}]\nrepositories: [{repo: 7, directory: 8, committers: 9}]\n",
        "name: x\n1: 2\n? [a, b]\n: c\nmaintainers: [~]\n", "sigs: 3\n", "sigs: [1, {slug: [x]}, {slug: ok-go, key: lower}]\n",
        "programmes: [{slug: p, rules: [{valid_from: never}]}, {slug: q, rules: 5}, 7]\n",
        "sigs: [{dir: 5, leadership: 6, subprojects: [1, {owners: [{a: b}]}], meetings: 8, contact: 9}]\n",
    ],
)  # fmt: skip
def test_wrong_types_anywhere_never_break_the_import(app: object, tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    for report in run(path):
        assert report.warnings or report.error


def test_a_role_that_ended_here_is_not_given_again(cast: Cast) -> None:
    run(DATA / "dirty.yaml")
    sig = get_sig("dirty-group")
    transaction(lambda: add_member(SYSTEM, sig, user=cast.mona, role="maintainer"))
    ada = db.session.scalars(
        select(Membership).where(Membership.sig_id == sig.id, Membership.role == "maintainer")
    ).first()
    assert ada is not None
    transaction(lambda: end_membership(SYSTEM, ada))
    (report,) = run(DATA / "dirty.yaml")
    assert "not given again" in report.warnings


def test_a_handle_that_only_an_erased_account_has_is_made_another(app: object, tmp_path: Path) -> None:
    path = tmp_path / "sig-info.yaml"
    path.write_text("name: Gone\nmaintainers: [{gitee_id: erased-7, email: seven@example.org}]\n", encoding="utf-8")
    run(path)
    assert db.session.scalars(select(User.handle)).all() == ["imported-erased-7"]


def test_somebody_whose_handle_is_taken_here_gets_another(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "sig.yaml"
    path.write_text("name: Taken\nmaintainers: [{gitee_id: Dora, email: other@example.org}]\n", encoding="utf-8")
    (report,) = run(path)
    assert "the account is Dora-2" in report.warnings
    (again,) = run(path)
    assert again.warnings.startswith("nothing changed")


def test_somebody_known_by_e_mail_keeps_the_account(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "sig.yaml"
    path.write_text(
        "name: Known\nmaintainers: [{gitee_id: dora_on_gitee, email: DORA@example.org}]\n", encoding="utf-8"
    )
    run(path)
    db.session.expire_all()
    assert [(f.forge, f.handle) for f in cast.dora.forge_accounts] == [("gitee", "dora_on_gitee")]
    assert get_sig("known").id in {m.sig_id for m in cast.dora.memberships}


def test_repositories_by_the_thousand(app: object, tmp_path: Path) -> None:
    path = tmp_path / "sig.yaml"
    lines = "".join(f"  - src-openeuler/package-{n}\n" for n in range(3000))
    path.write_text(
        f"name: base\nrepositories:\n- repo:\n{lines}  committers:\n  - gitee_id: lin\n    email: lin@example.org\n",
        encoding="utf-8",
    )
    (report,) = run(path)
    assert report.repositories == 3000 and report.error == ""
    (again,) = run(path)
    assert again.warnings.startswith("nothing changed")


def test_the_report_has_the_columns_of_the_contract() -> None:
    assert REPORT_COLUMNS == ("file", "sig", "people", "repositories", "warnings", "error")
    assert Report("a.yaml", error="x").row == ("a.yaml", "", 0, 0, "", "x")


def test_a_handle_on_a_profile_is_no_proof(cast: Cast, tmp_path: Path) -> None:
    db.session.add(ForgeAccount(user_id=cast.otto.id, forge="gitee", handle="chief"))
    cast.otto.password_hash = "set"
    db.session.commit()
    path = tmp_path / "sig.yaml"
    path.write_text(
        "name: Proof\nmaintainers: [{gitee_id: chief, email: chief@example.org}, {gitee_id: chief}]\n", encoding="utf-8"
    )
    run(path)
    db.session.expire_all()
    assert cast.otto.memberships == []
    assert db.session.scalars(select(User).where(User.handle_key == "chief")).one().email == "chief@example.org"
    (again,) = run(path)
    assert again.warnings.startswith("nothing changed")


def test_an_address_that_nobody_confirmed_is_no_proof(cast: Cast, tmp_path: Path) -> None:
    cast.otto.password_hash, cast.otto.email_verified_at = "set", None
    db.session.commit()
    path = tmp_path / "sig.yaml"
    path.write_text("name: Proof\nmaintainers: [{gitee_id: chief, email: otto@example.org}]\n", encoding="utf-8")
    (report,) = run(path)
    assert "hasn't confirmed it" in report.warnings and report.people == 0
    db.session.expire_all()
    assert cast.otto.memberships == []


def test_who_changed_the_address_here_is_known_by_the_handle(app: object, tmp_path: Path) -> None:
    path = tmp_path / "sig.yaml"
    path.write_text("name: Moved\nmaintainers: [{gitee_id: lin, email: old@example.org}]\n", encoding="utf-8")
    run(path)
    lin = db.session.scalars(select(User).where(User.handle_key == "lin")).one()
    lin.email = lin.email_key = "new@example.org"
    lin.password_hash = "set"
    db.session.commit()
    (again,) = run(path)
    assert again.warnings.startswith("nothing changed")
