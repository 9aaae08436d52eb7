import pytest

from tracker.accounts import passwords, rules, tokens
from tracker.accounts.names import normalised
from tracker.config import Settings


@pytest.mark.parametrize("handle", ["ab", "dora", "Dora-E", "d.o_r-a", "x" * 40, "7of9"])
def test_it_takes_ordinary_handles(handle: str) -> None:
    assert rules.handle_problem(handle) is None


@pytest.mark.parametrize(
    "handle", ["", "a", "-ab", "ab-", "a b", "系统", "x" * 41, "a\x00b", "dora\n", "admin", "Admin", "admin1", "ROOT"]
)
def test_it_refuses_strange_and_kept_handles(handle: str) -> None:
    assert rules.handle_problem(handle) is not None


@pytest.mark.parametrize(
    "password",
    [
        "short", "password1234", "Passw0rd!!", "qwertyuiop", "summer2026!!", "passwordpassword", "aaaaaaaaaa", "abababababab",
        "my-DORA-secret", "dora.e@x-77-long", "1qaz2wsx3edc", "woaini1314520",
    ],
)  # fmt: skip
def test_it_refuses_passwords_that_are_tried_first(password: str) -> None:
    assert rules.password_problem(password, handle="dora", email="dora.e@example.org") is not None


@pytest.mark.parametrize(
    "password", ["four unrelated words", "demo-demo-demo", "kräftig-grüne-wiese", "天地玄黄宇宙洪荒日月盈昃"]
)
def test_it_takes_good_passwords(password: str) -> None:
    assert rules.password_problem(password, handle="dora", email="dora.e@example.org") is None


def test_a_short_handle_may_stand_inside_a_password_but_not_be_it() -> None:
    assert rules.password_problem("some monument here", handle="mo", email="someone@example.org") is None
    assert rules.password_problem("xyz1234567890", handle="xyz", email="someone@example.org") is not None


def test_names_that_look_the_same_are_the_same() -> None:
    assert normalised(" Ｄora ") == normalised("DORA") == "dora"
    assert normalised("STRASSE@x.org") == normalised("straße@x.org")


def test_an_address_that_grows_too_long_is_refused() -> None:
    assert rules.address_key("a@example.org") == "a@example.org"
    assert rules.address_key("ﷺ" * 60 + "@example.org") is None


def test_no_account_costs_a_check_and_is_never_right(tmp_path: object) -> None:
    passwords.configure(Settings(instance=None, argon2_time=1, argon2_memory_kib=8))  # type: ignore[arg-type]
    hashed = passwords.hash_password("four unrelated words")
    assert hashed.startswith("$argon2id$")
    assert passwords.verify_password(hashed, "four unrelated words")
    assert not passwords.verify_password(hashed, "four unrelated word")
    assert not passwords.verify_password("", "nobody has this password")
    assert not passwords.verify_password("not a hash", "anything")
    assert not passwords.is_outdated(hashed)
    passwords.configure(Settings(instance=None, argon2_time=2, argon2_memory_kib=8))  # type: ignore[arg-type]
    assert passwords.is_outdated(hashed)
    passwords.configure(Settings(instance=None, argon2_time=1, argon2_memory_kib=8))  # type: ignore[arg-type]


def test_a_link_is_good_for_its_purpose_and_its_site() -> None:
    signed = tokens.sign(7, "confirm", "key")
    assert tokens.read(signed, "confirm", "key") == 7
    assert tokens.read(signed, "reset", "key") is None
    assert tokens.read(signed, "confirm", "other key") is None
    assert tokens.read("nonsense", "confirm", "key") is None
