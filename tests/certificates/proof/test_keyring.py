"""The site's keys: made once, kept whole, changed without losing what they proved."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.conftest import settings_for
from tracker import clock, doctor, keeping
from tracker.certificates import keyring
from tracker.certificates.keyring import KeysUnusable
from tracker.config import SettingError, Settings

Said = Callable[[Settings], list[tuple[str, str]]]


def test_the_first_pair_is_made_when_it_is_needed_first(new_site: Settings) -> None:
    assert keyring.public_keys() == []
    assert not keyring.folder(new_site).exists()
    made = keyring.current()
    assert [pair.id for pair in keyring.public_keys()] == [made.id] and len(made.id) == 16
    assert [path.name for path in keyring.folder(new_site).iterdir()] == ["0001.pem"]
    assert keyring.current() is made


def test_its_owner_alone_can_read_it(new_site: Settings) -> None:
    keyring.current()
    for path in (keyring.folder(new_site), *keyring.key_files(new_site)):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_of_many_first_writers_one_wins(new_site: Settings) -> None:
    rings = [keyring._Ring(new_site) for _ in range(6)]
    ready, found = threading.Barrier(len(rings)), []

    def work(ring: keyring._Ring) -> None:
        ready.wait()
        found.append(ring.read(make=True)[1])

    threads = [threading.Thread(target=work, args=(ring,)) for ring in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({keys.id for keys in found if keys}) == 1 and len(found) == len(rings)
    assert [path.name for path in keyring.folder(new_site).iterdir()] == ["0001.pem"]


def test_a_rotation_keeps_what_is_public_and_destroys_what_is_secret(new_site: Settings) -> None:
    first = keyring.current()
    second = keyring.rotate(new_site)
    assert keyring.current().id == second != first.id, "a process that runs takes the new pair"
    old, new = keyring.public_keys()
    assert (old.id, new.id) == (first.id, second)
    assert old.until == new.since and new.until is None
    assert [keyring.has_secrets(file) for file in keyring.key_files(new_site)] == [False, True]
    assert old.badge is not None and old.badge.public_bytes_raw() == first.badge.public_key().public_bytes_raw()


def test_the_older_pair_is_out_of_time_an_hour_after_the_rotation(new_site: Settings) -> None:
    keyring.current()
    keyring.rotate(new_site)
    old, new = keyring.public_keys()
    assert old.until is not None
    assert old.in_use(old.until - dt.timedelta(days=400)) and old.in_use(old.until + dt.timedelta(minutes=59))
    assert not old.in_use(old.until + dt.timedelta(hours=1))
    assert not new.in_use(new.since - dt.timedelta(minutes=61)) and new.in_use(new.since - dt.timedelta(minutes=59))
    assert new.in_use(new.since + dt.timedelta(days=36500))


def test_a_rotation_that_was_killed_is_finished_by_the_next(new_site: Settings) -> None:
    keyring.current()
    [first] = keyring.key_files(new_site)
    whole = first.read_text()
    keyring.rotate(new_site)
    first.write_text(whole)  # as if it had been killed before the old secrets went
    keyring.rotate(new_site)
    assert [keyring.has_secrets(file) for file in keyring.key_files(new_site)] == [False, False, True]


def test_two_dont_rotate_at_once(new_site: Settings) -> None:
    keyring.current()
    with keeping.alone(keyring.folder(new_site) / ".lock") as free:
        assert free
        with pytest.raises(SettingError, match="somebody else"):
            keyring.rotate(new_site)
    assert len(keyring.key_files(new_site)) == 1


def test_a_passphrase_from_the_environment_encrypts_the_secrets(tmp_path: Path) -> None:
    plain = settings_for("sqlite://", tmp_path)
    secret = dataclasses.replace(plain, certificate_passphrase="a long sentence of ours")
    assert "a long sentence" not in repr(secret)
    keyring.configure(secret)
    made = keyring.current()
    [file] = keyring.key_files(secret)
    assert keyring.is_encrypted(file)
    for other in (plain, dataclasses.replace(plain, certificate_passphrase="another sentence")):
        keyring.configure(other)
        assert [pair.id for pair in keyring.public_keys()] == [made.id], "what is public needs no passphrase"
        with pytest.raises(KeysUnusable) as refusal:
            keyring.current()
        assert "PASSPHRASE" in refusal.value.why and "doctor" in str(refusal.value)


def test_keys_from_before_the_passphrase_work_until_they_are_rotated(new_site: Settings) -> None:
    made = keyring.current()
    secret = dataclasses.replace(new_site, certificate_passphrase="a long sentence of ours")
    keyring.configure(secret)
    assert keyring.current().id == made.id
    keyring.rotate(secret)
    assert keyring.is_encrypted(keyring.key_files(secret)[-1])


def test_keys_that_went_away_arent_replaced_in_silence(new_site: Settings) -> None:
    keyring.current()
    [file] = keyring.key_files(new_site)
    file.unlink()
    for ask in (keyring.public_keys, keyring.current, keyring.public_keys, keyring.current):
        with pytest.raises(KeysUnusable) as refusal:
            ask()
        assert "had keys before" in refusal.value.why
    assert keyring.key_files(new_site) == []


@pytest.mark.parametrize(
    "text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\udcff"]
)
def test_a_broken_file_is_told(new_site: Settings, text: str) -> None:
    keyring.current()
    [file] = keyring.key_files(new_site)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(KeysUnusable):
        keyring.current()


def test_the_certificate_is_for_documents_and_outlives_them(site: Settings) -> None:
    [pair] = keyring.public_keys()
    usage = pair.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and usage.content_commitment and not usage.key_cert_sign
    assert not pair.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert pair.certificate.not_valid_after_utc > clock.now() + dt.timedelta(days=40 * 365)
    assert "tracker.example.org" in pair.certificate.subject.rfc4514_string()


def test_what_is_published_is_read_back_and_holds_no_secret(site: Settings) -> None:
    text = keyring.public_pem(keyring.public_keys())
    assert "PRIVATE" not in text
    assert [(pair.id, pair.since, pair.until) for pair in keyring.read_public(text)] == [
        (pair.id, pair.since, pair.until) for pair in keyring.public_keys()
    ]
    assert x509.load_pem_x509_certificate(text.encode()) == keyring.public_keys()[0].certificate
    assert serialization.load_pem_public_key(text[text.index("-----BEGIN PUBLIC") :].encode())


# -- the doctor -----------------------------------------------------------------------------------


@pytest.fixture
def said() -> Said:
    def ask(settings: Settings) -> list[tuple[str, str]]:
        found = doctor.findings(settings, thorough=False)
        return [(finding.level, finding.says) for finding in found if finding.about == "certificate keys"]

    return ask


def test_the_doctor_finds_none_yet(new_site: Settings, said: Said) -> None:
    assert said(new_site) == [("ok", "none yet: made with the first certificate; then keep a copy")]
    assert keyring.key_files(new_site) == [], "looking makes none"


def test_the_doctor_says_how_they_are_kept(new_site: Settings, said: Said) -> None:
    made = keyring.current()
    (level, first), (noted, second) = said(new_site)
    assert level == "ok" and made.id in first
    assert noted == "note" and "aren't encrypted" in second
    secret = dataclasses.replace(new_site, certificate_passphrase="a long sentence of ours")
    keyring.rotate(secret)
    [(level, first)] = said(secret)
    assert level == "ok" and ": 2, signing with" in first


def test_the_doctor_finds_what_is_wrong(new_site: Settings, said: Said) -> None:
    keyring.current()
    [file] = keyring.key_files(new_site)
    file.chmod(0o644)
    assert any(level == "wrong" and "read by others" in says for level, says in said(new_site))
    whole = file.read_text()
    keyring.rotate(new_site)
    file.write_text(whole)
    assert any("isn't finished" in says for _level, says in said(new_site))
    keyring.key_files(new_site)[-1].write_text("nonsense")
    [(level, _says)] = said(new_site)
    assert level == "wrong"


def test_whoever_rotates_leaves_the_keys_to_whom_the_folder_belongs(new_site: Settings) -> None:
    """As root does, whose service runs as somebody else."""
    owner = (65534, 65534) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(new_site.instance, *owner)
    keyring.rotate(new_site)
    keyring.rotate(new_site)
    paths = [keyring.folder(new_site), *keyring.folder(new_site).iterdir()]
    assert {path.name for path in paths} == {"certificate_keys", ".lock", "0001.pem", "0002.pem"}
    assert {(path.stat().st_uid, path.stat().st_gid) for path in paths} == {owner}
