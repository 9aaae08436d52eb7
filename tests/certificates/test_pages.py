"""The public page and its files, one's own page, the list: who sees what."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from flask import Flask

from tests.certificates.earned import accepted, intern, issue, issue_task, revoke
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.certificates import badges, codes, keyring, proofs, queries, service, views
from tracker.certificates.models import Certificate
from tracker.certificates.views import same_name
from tracker.db import transaction


def text(response: Any) -> str:
    return str(response.get_data(as_text=True))


def shown(response: Any) -> str:
    """What people read."""
    return re.sub(r"<[^>]+>", " ", text(response).split("<main", 1)[1])


def hide(cast: Cast, certificate: Certificate) -> None:
    transaction(lambda: service.hide_name(cast.dora, certificate))


@pytest.mark.parametrize(
    "spelt", [str, str.lower, codes.grouped, lambda code: codes.grouped(code).lower(), lambda code: f" {code}\n"]
)
def test_whoever_has_the_code_sees_what_proves_it(cast: Cast, client: Client, spelt: Any) -> None:
    certificate = issue(cast.mona, intern(cast).key)
    answer = client.get(f"/certificates/{spelt(certificate.code)}")
    page = shown(answer)
    for words in (
        "This certificate is genuine",
        "Valid.",
        "Dora",
        "实习证明",
        "60",
        "AKG",
        codes.grouped(certificate.code),
    ):
        assert words in page
    assert "dora@example.org" not in page and "Revoke" not in page and "Hide my name" not in page
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow" and "no-store" in answer.headers["Cache-Control"]


def test_a_revoked_one_says_so_and_why_at_once(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    assert "Valid." in shown(client.get(certificate.path))
    client.get(f"{certificate.path}.pdf")
    revoke(cast.mona, certificate, "Issued <twice> by mistake.")
    answer = client.get(certificate.path)
    assert "This certificate was revoked" in shown(answer) and "Issued &lt;twice&gt; by mistake." in text(answer)
    assert "Valid." not in shown(answer)
    client.get(f"{certificate.path}.pdf", 410)
    listed = json.loads(text(client.get(f"/certificates/status/{certificate.status_list}")))
    assert "BitstringStatusListCredential" in listed["type"]
    second = issue(cast.max, certificate.entitlement)
    assert second.path in text(client.get(certificate.path))
    assert certificate.path in text(client.get(second.path))


def test_the_page_is_in_the_readers_language_and_says_the_words_of_both(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    client.raw.set_cookie("language", "zh")
    page = text(client.get(certificate.path))
    assert '<html lang="zh-Hans">' in page and "任务完成证书" in page and "completed the task" in page


# -- codes that don't exist -----------------------------------------------------------------------


def neighbours(code: str, count: int) -> list[str]:
    """Codes around an existing one: one or two characters off, swapped, shortened, lengthened."""
    chance = random.Random(7)
    found: set[str] = {code[:-1], code + "0", code[1:] + code[0], code[::-1]}
    while len(found) < count:
        letters = list(code)
        for _change in range(chance.choice((1, 1, 1, 2))):
            letters[chance.randrange(len(letters))] = chance.choice(codes.ALPHABET)
        found.add("".join(letters))
    return sorted(found - {code})[:count]


def test_10_000_guesses_around_existing_codes_find_nothing(cast: Cast, app: Flask, client: Client) -> None:
    """Each is answered like a code that never was: the same page, the same statements. One in a hundred by page, all by the
    look-up; the positive control finds what exists by both."""
    made = [issue_task(cast) for _number in range(3)]
    guesses = [guess for one in made for guess in neighbours(one.code, 3400)]
    real = {one.code for one in made}
    guesses = [guess for guess in guesses if guess not in real][:10_000]
    assert len(guesses) == 10_000
    from tracker.certificates.views import _find

    assert [guess for guess in guesses if _find(guess) is not None] == []
    assert [_find(code) is not None for code in real] == [True] * 3
    answers, asked = set(), set()
    for guess in [*guesses[::100], "0" * 26, "7" * 26, "x", "unreadable", "ü" * 26]:
        with statements(of="certificate") as seen:
            answer = client.get(f"/certificates/{guess}", 404)
        answers.add(re.sub(r'value="[^"]+"|next=[^"]+', "", text(answer)))
        asked.add(tuple(seen))
    assert len(answers) == 1 and len(asked) == 1
    for one in made:
        assert codes.grouped(one.code) in text(client.get(one.path))


@pytest.mark.parametrize("ending", ["", ".pdf", ".json"])
def test_a_missing_code_is_a_404_with_a_way_on(cast: Cast, client: Client, ending: str) -> None:
    page = shown(client.get(f"/certificates/{'0' * 26}{ending}", 404))
    assert "No such certificate" in page and "Check another code" in page


# -- a hidden name --------------------------------------------------------------------------------


def test_a_hidden_name_is_shown_to_whoever_types_it(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    hide(cast, certificate)
    page = text(client.get(certificate.path))
    assert "Name hidden" in page and "Dora" not in page
    client.get(f"{certificate.path}.pdf", 403)
    answer = client.get(f"{certificate.path}.json")
    assert "Dora" not in text(answer) and answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    wrong = text(client.post(f"{certificate.path}/name", 409, name="Otto"))
    assert "isn&#39;t the name" in wrong and "Dora" not in wrong
    assert "Dora" in shown(client.post(f"{certificate.path}/name", 200, name=" ＤORA "))
    assert "Dora" not in text(client.get(certificate.path))  # nothing is remembered


def test_tries_at_a_name_are_limited(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    hide(cast, certificate)
    for _try in range(10):
        client.post(f"{certificate.path}/name", 409, name="Otto")
    answer = client.post(f"{certificate.path}/name", 429, name="Dora")
    assert "Dora" not in shown(answer) and int(answer.headers["Retry-After"]) > 0
    client.raw.environ_base["REMOTE_ADDR"] = "192.0.2.7"  # who is somewhere else isn't locked out by it
    client.post(f"{certificate.path}/name", 200, name="Dora")


def test_right_names_are_not_counted(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    hide(cast, certificate)
    for _try in range(12):
        client.post(f"{certificate.path}/name", 409, name="Otto")
        client.post(f"{certificate.path}/name", 200, name="Dora")


def test_wrong_names_of_many_certificates_are_limited(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_NAMES", 3)
    made = [issue_task(cast) for _number in range(4)]
    for certificate in made:
        hide(cast, certificate)
    for certificate in made[:3]:
        client.post(f"{certificate.path}/name", 200, name="Dora")
        client.post(f"{certificate.path}/name", 409, name="Otto")
    client.post(f"{made[3].path}/name", 429, name="Dora")


def test_those_inside_see_a_hidden_name(cast: Cast, app: Flask) -> None:
    certificate = issue_task(cast)
    hide(cast, certificate)
    for who, sees in ((cast.dora, True), (cast.mona, True), (cast.admin, True), (cast.otto, False), (cast.nils, False)):
        inside = Client(app).sign_in(who)
        assert ("Name hidden" not in shown(inside.get(certificate.path))) == sees, who.handle
        inside.get(f"{certificate.path}.pdf", 200 if sees else 403)


@pytest.mark.parametrize(
    ("typed", "name", "same"),
    [
        ("dora ekström", "Dora Ekström", True), ("Dora  Ekström", "Dora Ekström", True), ("Dora Ekstrom", "Dora Ekström", False),
        ("Ｄora Ekström", "Dora Ekström", True), ("王小明", "王小明", True), ("王小", "王小明", False), ("", "Dora", False),
    ],
)  # fmt: skip
def test_names_are_compared_as_they_read(typed: str, name: str, same: bool) -> None:
    assert same_name(typed, name) == same


def test_the_holder_hides_shows_and_erases_by_page(cast: Cast, app: Flask) -> None:
    certificate, path = issue_task(cast), ""
    path = certificate.path
    dora, anybody = Client(app).sign_in(cast.dora), Client(app)
    dora.post(f"{path}/hide-name")
    dora.post(f"{path}/hide-name", 409)
    assert "Name hidden" in text(anybody.get(path))
    dora.post(f"{path}/show-name")
    assert "Dora" in shown(anybody.get(path))
    dora.post("/certificates/mine/erase", 422)
    dora.post("/certificates/mine/erase", checked="1")
    page = shown(anybody.get(path))
    assert "Name erased" in page and "Valid." in page and "Dora" not in page
    assert "Facts and dates below" in page and "Name, facts" not in page
    anybody.get(f"{path}.pdf", 410)
    dora.get(f"{path}.pdf", 410)
    dora.post("/certificates/mine/erase", 409, checked="1")


# -- revoking by page -----------------------------------------------------------------------------


def test_revoking_by_page(cast: Cast, app: Flask) -> None:
    certificate = issue_task(cast)
    path = certificate.path
    mona = Client(app).sign_in(cast.mona)
    assert "Revoke the certificate" in shown(mona.get(path))
    mona.post(f"{path}/revoke", 422)
    Client(app).sign_in(cast.dora).post(f"{path}/revoke", 403, reason="I don't like it.")
    Client(app).post(f"{path}/revoke", 302, reason="I don't like it.")
    mona.post(f"{path}/revoke", reason="The points were wrong.")
    mona.post(f"{path}/revoke", 409, reason="Once more.")
    assert "Issue the corrected certificate" in shown(mona.get(path))
    mona.post(f"/certificates/{'0' * 26}/revoke", 404, reason="No such.")


# -- one's own, and the list ----------------------------------------------------------------------


def test_my_page_says_what_is_there_and_what_is_missing(cast: Cast, app: Flask) -> None:
    dora = Client(app).sign_in(cast.dora)
    accepted(cast, points=40)
    page = shown(dora.get("/certificates/mine"))
    assert "40 of 60 points: 20 more by" in page and "not accepted yet" in page and "none yet" in page
    assert "Could be certified" in page
    row = intern(cast, points=20)
    assert "A maintainer of the SIG issues it." in shown(dora.get("/certificates/mine"))
    certificate = issue(cast.mona, row.key)
    page = text(dora.get("/certificates/mine"))
    assert certificate.path in page and f"{certificate.path}.pdf" in page
    assert "My certificates" in shown(dora.get("/rewards/mine"))


def test_the_list_shows_ones_sigs_and_its_export_the_same(cast: Cast, app: Flask) -> None:
    first, second = issue_task(cast), issue_task(cast, cast.otto)
    revoke(cast.mona, second)
    mona, nils = Client(app).sign_in(cast.mona), Client(app).sign_in(cast.nils)
    assert first.path in text(mona.get("/certificates/")) and second.path in text(mona.get("/certificates/"))
    assert first.path not in text(nils.get("/certificates/"))
    revoked = text(mona.get("/certificates/?state=revoked"))
    assert first.path not in revoked and second.path in revoked
    mona.get("/certificates/?state=lost", 422)
    mona.get("/certificates/?after=x", 422)
    rows = text(mona.get("/exports/certificates.csv?state=revoked")).splitlines()
    assert len(rows) == 2 and rows[1].startswith(f"{second.code},task,akg,mindspore-internship,otto,Otto,")
    assert rows[1].endswith(",Issued twice by mistake.")
    assert len(text(nils.get("/exports/certificates.csv")).splitlines()) == 1
    dora = Client(app).sign_in(cast.dora)
    assert len(text(dora.get("/exports/certificates.csv?mine=1")).splitlines()) == 2


def test_a_page_of_the_list_takes_the_same_statements_however_long_it_is(cast: Cast, app: Flask) -> None:
    mona = Client(app).sign_in(cast.mona)

    def count() -> int:
        with statements() as seen:
            mona.get("/certificates/")
        return len(seen)

    issue_task(cast)
    count()
    few = count()
    for _number in range(4):
        issue_task(cast)
    assert count() == few


def test_the_credential_of_a_revoked_certificate_says_so(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    before = client.get(f"{certificate.path}.json").text
    assert "validUntil" not in json.loads(before)
    revoke(cast.mona, certificate, "Copied from somebody.")
    document = json.loads(client.get(f"{certificate.path}.json").text)
    assert document["validUntil"] == proofs.moment(certificate.revoked_at)  # type: ignore[arg-type]
    assert document["credentialStatus"]["statusMessage"][1]["message"] == "Copied from somebody."
    assert badges.verify_credential(document, keyring.public_keys()).genuine
    assert queries.credential_of(certificate) == before  # what was issued stays
    transaction(lambda: service.hide_name(cast.dora, certificate))
    hidden = json.loads(client.get(f"{certificate.path}.json").text)
    assert hidden["validUntil"] == document["validUntil"] and "identifier" not in hidden["credentialSubject"]
