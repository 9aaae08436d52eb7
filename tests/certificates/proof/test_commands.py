"""``tracker certificates``: a file is checked with the public key alone, without a database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.certificates.proof.paper import BASE, SIGNED_AT, snapshot
from tracker import cli
from tracker.certificates import badges, keyring
from tracker.config import Settings

Run = Callable[..., int]
WHERE = "/certificates/status.json#7"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a machine that has nothing of the tracker."""
    for name in ("TRACKER_DATABASE_URL", "TRACKER_CERTIFICATE_PASSPHRASE", "TRACKER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "elsewhere"))
    return lambda *arguments: cli.run(["certificates", *map(str, arguments)])


@pytest.fixture
def public_pem(site: Settings, tmp_path: Path) -> Path:
    file = tmp_path / "public.pem"
    file.write_text(keyring.public_pem(keyring.public_keys()))
    return file


@pytest.fixture
def paper(certificate: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(certificate)
    return file


def test_it_is_checked_with_the_public_key_alone(
    run: Run, paper: Path, public_pem: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", paper, "--keys", public_pem) == 0
    said = capsys.readouterr()
    assert "Genuine" in said.out and "5HWTK-8PN3J-ZC61Q-E7B2M-4XRDVA" in said.out and SIGNED_AT.isoformat() in said.out
    assert "check page" in said.err
    assert not (tmp_path / "elsewhere").exists(), "no settings, no database, no keys were needed or made"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data + b"\n", "appended"),
        (lambda data: data[:-100], "truncated"),
        (lambda data: data.replace(b"/Lang", b"/Long", 1), "changed"),
        (lambda data: b"hello", "not_pdf"),
        (lambda data: b"", "not_pdf"),
        (lambda data: b"{", "not_badge"),
        (lambda data: b"[" * 100_000, "not_pdf"),
        (lambda data: b'{"a":' * 100_000, "not_badge"),
    ],
)
def test_what_isnt_genuine_exits_1_and_says_why(
    run: Run,
    paper: Path,
    public_pem: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[bytes], bytes],
    reason: str,
) -> None:
    paper.write_bytes(spoil(paper.read_bytes()))
    assert run("verify", paper, "--keys", public_pem) == 1
    said = capsys.readouterr()
    assert said.out.startswith("Not genuine") and reason in said.err


def test_another_sites_keys_dont_prove_it(run: Run, paper: Path, tmp_path: Path, new_site: Settings) -> None:
    keyring.current()
    other = tmp_path / "other.pem"
    other.write_text(keyring.public_pem(keyring.public_keys()))
    assert run("verify", paper, "--keys", other) == 1


def test_a_credential_is_checked_too(
    run: Run, public_pem: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = badges.credential(snapshot(), status_url=BASE + WHERE, with_name=True, at=SIGNED_AT)
    file = tmp_path / "badge.json"
    file.write_text(text)
    assert run("verify", file, "--keys", public_pem) == 0
    assert "nothing that it says has been changed" in capsys.readouterr().out
    file.write_text(json.dumps({**json.loads(text), "name": "Another"}))
    assert run("verify", file, "--keys", public_pem) == 1


def test_a_credential_that_says_something_twice_is_not_genuine(run: Run, public_pem: Path, tmp_path: Path) -> None:
    """One reader takes the first, another the last: what is signed must be what everybody reads."""
    text = badges.credential(snapshot(), status_url=BASE + WHERE, with_name=True, at=SIGNED_AT)
    file = tmp_path / "badge.json"
    for once in ('"awardedDate":', '"identityHash":', '"verificationMethod":'):
        assert once in text
        file.write_text(text.replace(once, f'{once} "2020-01-01T00:00:00Z", {once}', 1))
        assert run("verify", file, "--keys", public_pem) == 1


def test_a_status_list_is_no_certificate(
    run: Run, public_pem: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "list.json"
    file.write_text(badges.status_list(f"{BASE}/certificates/status/1", [], at=SIGNED_AT))
    assert run("verify", file, "--keys", public_pem) == 1
    assert "isn't a credential" in capsys.readouterr().out


def test_bad_input_exits_2(run: Run, paper: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", tmp_path / "nothing.pdf", "--keys", paper) == 2
    assert run("verify", paper, "--keys", paper) == 2
    assert run("verify", tmp_path, "--keys", paper) == 2
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert run("verify", paper, "--keys", broken) == 2
    assert run("verify", paper) == 2
    assert "no keys of certificates yet" in capsys.readouterr().err


def test_keys_are_printed_and_changed(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("keys") == 2
    assert run("rotate-keys") == 0
    first = capsys.readouterr().out.strip()
    assert run("rotate-keys") == 0
    second = capsys.readouterr().out.strip()
    assert run("keys") == 0
    printed = capsys.readouterr().out
    assert [pair.id for pair in keyring.read_public(printed)] == [first, second]
    assert "PRIVATE" not in printed


@pytest.mark.parametrize("command", [(), ("verify",), ("keys",), ("rotate-keys",)])
def test_every_command_has_help(run: Run, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    assert run(*command, "--help") == 0
    assert "Usage: tracker certificates" in capsys.readouterr().out


def test_keys_that_are_broken_are_told(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rotate-keys") == 0
    (tmp_path / "elsewhere" / "certificate_keys" / "0001.pem").write_text("nonsense")
    assert run("keys") == 2
    assert run("rotate-keys") == 1
    assert "doesn't hold" in capsys.readouterr().err
