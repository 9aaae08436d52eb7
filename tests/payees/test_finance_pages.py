"""Pages of finance: the masked list, looks, contracts with hostile files, exclusions; for nobody else, and not for one's own."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.payees.conftest import AGREEMENT, DATA, FIRST, LAST, OTHER, contract_for, events, exclude, give
from tests.payees.test_pdf import BAD
from tests.rewards.lines import propose
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.db import db, transaction
from tracker.payees import pdf, queries, service
from tracker.payees.models import Payee, PayeeLook, PayExclusion
from tracker.payees.secrets import agreement_of, dates_of
from tracker.web import csv as tables


@pytest.fixture
def fay(cast: Cast, client: Client) -> Client:
    return client.sign_in(cast.fay)


def contract_page(cast: Cast, handle: str = "dora") -> str:
    return f"/payees/{handle}/contracts/{cast.programme.slug}"


def sheet(client: Client, query: str = "") -> list[list[str]]:
    answer = client.get(f"/payees.csv{query}")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="payees-')
    text = answer.get_data(as_text=True)
    assert text.startswith(tables.BOM)
    return list(csv.reader(io.StringIO(text[1:])))


# -- the list -------------------------------------------------------------------------------------


def test_the_list_is_masked_and_complete(cast: Cast, fay: Client) -> None:
    assert "Nothing is kept yet" in fay.get("/payees/").text
    give(cast.dora)
    contract_for(cast, cast.otto)
    exclude(cast, cast.nils)
    page = fay.get("/payees/").text
    for shown in ("王**", "****002X", "****0005", ">dora<", ">otto<", ">nils<", "Employed by a member organisation"):
        assert shown in page
    assert ">mona<" not in page and not any(value in page for value in DATA.values())
    header, *rows = sheet(fay)
    assert [row[0] for row in rows] == ["dora", "nils", "otto"] and header[2:5] == [
        "legal_name",
        "id_number",
        "account",
    ]
    assert rows[0][2:5] == ["王**", "****002X", "****0005"] and rows[0][5].endswith("+08:00")
    assert rows[1][8] == f"{cast.programme.slug}: employee" and rows[2][7] == cast.programme.slug


def test_ones_own_line_is_not_on_it(cast: Cast, fay: Client) -> None:
    give(cast.fay)
    give(cast.finn, **OTHER)
    assert [row[0] for row in sheet(fay)[1:]] == ["finn"]
    assert 'class="ref">fay<' not in fay.get("/payees/?show=everybody").text


def test_who_lacks_data_is_found(cast: Cast, fay: Client) -> None:
    propose(cast)
    propose(cast, user=cast.otto)
    give(cast.otto)
    propose(cast, user=cast.nils, amount=None, currency="")  # a thing needs no account
    assert [row[0] for row in sheet(fay, "?show=missing")[1:]] == ["dora"]
    page = fay.get("/payees/?show=missing").text
    assert ">dora<" in page and ">otto<" not in page and "1 payment" in page
    give(cast.dora)
    assert "Nobody is missing" in fay.get("/payees/?show=missing").text


def test_the_filters_stay_in_the_address(cast: Cast, fay: Client) -> None:
    give(cast.dora)
    contract_for(cast, cast.otto)
    slug = cast.programme.slug
    assert [row[0] for row in sheet(fay, f"?programme={slug}")[1:]] == ["otto"]
    propose(cast)
    assert [row[0] for row in sheet(fay, f"?programme={slug}")[1:]] == ["dora", "otto"]
    assert [row[0] for row in sheet(fay, f"?programme={slug}&show=missing")[1:]] == []
    assert [row[0] for row in sheet(fay, f"?programme={slug}&show=everybody")[1:]] == ["dora", "otto"]
    assert sheet(fay, "?programme=nowhere&show=everybody")[1:] == []
    assert [row[0] for row in sheet(fay, "?q=OTT")[1:]] == ["otto"]
    assert sheet(fay, "?q=%25")[1:] == [] and "Nobody fits" in fay.get("/payees/?q=zzz").text
    page = fay.get(f"/payees/?q=ott&programme={slug}").text
    assert 'value="ott"' in page and f"/payees.csv?programme={slug}&amp;q=ott" in page
    assert sheet(fay, "?lang=zh")[0][0] == "用户名" and len(sheet(fay, "?lang=zh")[0]) == len(sheet(fay)[0])


@pytest.mark.parametrize("query", ["show=all", "programme=../x", "programme=A", "after=a~b"])
def test_a_filter_that_can_not_be_is_refused(fay: Client, query: str) -> None:
    fay.get(f"/payees/?{query}", 422)
    if not query.startswith("after"):
        fay.get(f"/payees.csv?{query}", 422)


def test_the_list_comes_page_by_page(cast: Cast, fay: Client) -> None:
    people = [cast.person(f"p{number:02d}") for number in range(60)]
    db.session.commit()
    for user in people:
        exclude(cast, user)
    seen, path = [], "/payees/"
    while path:
        page = fay.get(path).text
        seen += [row.split("<")[0] for row in page.split('class="ref">')[1:]]
        path = (
            page.split('rel="next"')[0].split('href="')[-1].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in page
            else ""
        )
        path = f"/payees/{path}" if path else ""
    assert seen == [user.handle for user in people] == [row[0] for row in sheet(fay)[1:]]


def test_the_list_takes_as_many_statements_for_many_as_for_few(cast: Cast, fay: Client) -> None:
    give(cast.dora)
    fay.get("/payees/")
    with statements() as few:
        fay.get("/payees/")
    for user in (cast.otto, cast.nils, cast.mona, cast.max):
        give(user)
        contract_for(cast, user)
        exclude(cast, user)
    with statements() as many:
        fay.get("/payees/")
    assert len(many) == len(few) <= 8


def test_a_row_that_can_not_be_opened_is_said_and_stops_nothing(cast: Cast, fay: Client) -> None:
    give(cast.dora)
    give(cast.otto)
    db.session.execute(update(Payee).where(Payee.user_id == cast.dora.id).values(sealed="gAAAA"))
    db.session.commit()
    page = fay.get("/payees/").text
    assert "be opened" in page and "****0005" in page
    assert [row[2] for row in sheet(fay)[1:]] == ["", "王**"]
    assert "tracker doctor" in fay.get("/payees/dora/").text
    assert "tracker doctor" in fay.post("/payees/dora/show", 409, reason="First payment").text
    assert db.session.query(PayeeLook).count() == 0


# -- looks ----------------------------------------------------------------------------------------


def test_a_look_shows_once_and_is_noted(cast: Cast, fay: Client) -> None:
    give(cast.dora)
    assert DATA["account"] not in fay.get("/payees/dora/").text
    answer = fay.post("/payees/dora/show", 200, reason="First payment")
    assert all(value in answer.text for value in DATA.values()) and "Shown this once" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert DATA["account"] not in fay.get("/payees/dora/").text
    [look] = db.session.scalars(select(PayeeLook))
    assert (look.user_id, look.looker_id, look.kind, look.reason) == (
        cast.dora.id,
        cast.fay.id,
        "payee",
        "First payment",
    )


@pytest.mark.parametrize("reason", [None, "", "abcd", "x" * 301, "a\x00bcdef", ["First payment", "Second payment"]])
def test_without_a_reason_nothing_is_shown(cast: Cast, fay: Client, reason: Any) -> None:
    give(cast.dora)
    page = fay.post("/payees/dora/show", 422, reason=reason).text
    assert DATA["account"] not in page and 'aria-invalid="true"' in page
    assert db.session.query(PayeeLook).count() == 0 and events("payee.looked") == []


def test_the_dates_and_the_file_of_a_contract_are_looked_at_apart(cast: Cast, fay: Client) -> None:
    contract_for(cast, cast.dora)
    path = contract_page(cast)
    page = fay.get("/payees/dora/").text
    assert "1 March 2026" not in page and "28 February 2027" not in page
    shown = fay.post(f"{path}/show", 200, reason="When it ends").text
    assert "Sunday 1 March 2026" in shown and "Sunday 28 February 2027" in shown
    file = fay.post(f"{path}/agreement", 200, reason="Is it signed")
    assert file.data == AGREEMENT and file.headers["Content-Type"] == "application/pdf"
    name = f"agreement-{cast.programme.slug}-dora.pdf"
    assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in file.headers["Cache-Control"] and file.headers["X-Content-Type-Options"] == "nosniff"
    for address in ("show", "agreement"):
        assert 'aria-invalid="true"' in fay.post(f"{path}/{address}", 422, reason="?").text
    assert [look.kind for look in db.session.scalars(select(PayeeLook).order_by(PayeeLook.id))] == [
        "contract",
        "agreement",
    ]


def test_there_is_no_address_for_what_is_not_there(cast: Cast, fay: Client) -> None:
    path = contract_page(cast)
    for address in (f"{path}/show", f"{path}/agreement"):
        fay.post(address, 404, reason="First payment")
    for address in ("/payees/nobody/", "/payees/dora@example.org/", "/payees/dora/contracts/nowhere"):
        fay.get(address, 404)
    out = exclude(cast, cast.otto)
    fay.post(f"/payees/dora/exclusions/{out.id}/end", 404, until="2027-01-01")
    fay.post(f"/payees/otto/exclusions/{2**31}/end", 404, until="2027-01-01")
    assert "no payee data to look at" in fay.post("/payees/dora/show", 409, reason="First payment").text


# -- contracts ------------------------------------------------------------------------------------


def upload(data: bytes, name: str = "signed.pdf", kind: str = "application/pdf") -> tuple[io.BytesIO, str, str]:
    return io.BytesIO(data), name, kind


DAYS = {"starts_on": FIRST.isoformat(), "ends_on": LAST.isoformat()}


def test_finance_enters_a_contract_with_its_agreement(cast: Cast, fay: Client) -> None:
    path = contract_page(cast)
    assert 'enctype="multipart/form-data"' in fay.get(path).text
    answer = fay.post(path, **DAYS, version=0, agreement=upload(AGREEMENT))
    assert answer.headers["Location"].endswith("/payees/dora/")
    [contract] = queries.contracts_of(cast.dora.id)
    assert dates_of(contract).ends_on == LAST and agreement_of(contract) == AGREEMENT
    page = fay.get(path).text
    assert "A contract is kept" in page and FIRST.isoformat() not in page and 'name="version" value="1"' in page
    fay.post(path, starts_on=FIRST.isoformat(), ends_on="", version=1, agreement=upload(b"", ""))
    db.session.expire_all()
    [contract] = queries.contracts_of(cast.dora.id)
    assert dates_of(contract).ends_on is None and agreement_of(contract) == AGREEMENT


HOSTILE: dict[str, tuple[bytes, str, str]] = {
    **{name: (data, "signed.pdf", "application/pdf") for name, data in BAD.items()},
    "HTML named .pdf": (b"<script>alert(1)</script>", "signed.pdf", "application/pdf"),
    "empty": (b"", "signed.pdf", "application/pdf"),
    "a byte too large": (AGREEMENT + b"\0" * (pdf.MOST + 1 - len(AGREEMENT)), "signed.pdf", "application/pdf"),
    "a picture that says it is a PDF": (b"\xff\xd8\xff\xe0" + b"\0" * 99, "scan.pdf", "application/pdf"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_pdf_is_refused(cast: Cast, fay: Client, name: str) -> None:
    data, called, kind = HOSTILE[name]
    page = fay.post(contract_page(cast), 422, **DAYS, version=0, agreement=upload(data, called, kind)).text
    assert 'id="agreement-e1"' in page and "alert(1)" not in page
    assert queries.contracts_of(cast.dora.id) == []


def test_what_the_sender_calls_a_file_counts_for_nothing(cast: Cast, fay: Client) -> None:
    for version, (name, kind) in enumerate(
        (("x.html", "text/html"), ("../../etc/passwd", "image/png"), ('a"b\r\nX: y', ""))
    ):
        fay.post(contract_page(cast), **DAYS, version=version, agreement=upload(AGREEMENT, name, kind))
    file = fay.post(f"{contract_page(cast)}/agreement", 200, reason="Is it signed")
    assert file.headers["Content-Type"] == "application/pdf" and "html" not in str(file.headers)


def test_the_largest_file_is_taken_and_more_than_a_request_holds_is_not(cast: Cast, fay: Client) -> None:
    head, _, tail = AGREEMENT.rpartition(b"startxref")
    largest = head + b"%" + b" " * (pdf.MOST - len(AGREEMENT) - 2) + b"\nstartxref" + tail
    assert len(largest) == pdf.MOST
    fay.post(contract_page(cast), **DAYS, version=0, agreement=upload(largest))
    assert fay.post(f"{contract_page(cast)}/agreement", 200, reason="Is it signed").data == largest
    fay.post(contract_page(cast), 413, **DAYS, version=1, agreement=upload(b"%PDF-1.4" + b"\0" * 2 * 1024 * 1024))


@pytest.mark.parametrize(
    "typed",
    [
        {"starts_on": ""}, {"starts_on": "2026-02-30"}, {"ends_on": "2026-02-28"}, {"ends_on": "tomorrow"}, {"version": ""},
        {"agreement": "signed.pdf"},
    ],
)  # fmt: skip
def test_an_invalid_contract_is_asked_for_again(cast: Cast, fay: Client, typed: dict[str, str]) -> None:
    fay.post(contract_page(cast), 422, **{**DAYS, "version": "0", **typed})
    assert queries.contracts_of(cast.dora.id) == []


def test_two_files_for_one_field_are_refused(cast: Cast, fay: Client) -> None:
    page = fay.post(contract_page(cast), 422, **DAYS, version=0, agreement=[upload(AGREEMENT), upload(AGREEMENT)]).text
    assert "sent twice" in page


def test_a_file_in_a_field_of_text_is_refused(cast: Cast, fay: Client) -> None:
    fay.post("/payees/dora/show", 422, reason=upload(AGREEMENT))
    fay.post(contract_page(cast), 422, **{**DAYS, "starts_on": upload(AGREEMENT)}, version=0)


def test_a_stale_contract_page_is_refused(cast: Cast, fay: Client) -> None:
    contract_for(cast, cast.dora)
    assert "since you opened" in fay.post(contract_page(cast), 409, **DAYS, version=0).text
    assert "since you opened" in fay.post(f"{contract_page(cast)}/remove", 409, reason="By mistake", version=9).text


def test_a_contract_is_removed_with_a_reason(cast: Cast, fay: Client) -> None:
    path = f"{contract_page(cast)}/remove"
    fay.post(path, 422)
    fay.post(path, 404, reason="By mistake", version=1)
    contract_for(cast, cast.dora)
    fay.post(path, 409, reason="?", version=1)
    fay.post(path, reason="By mistake", version=1)
    assert queries.contracts_of(cast.dora.id) == []


# -- exclusions -----------------------------------------------------------------------------------


def test_finance_excludes_and_ends(cast: Cast, fay: Client) -> None:
    typed = {"programme": cast.programme.slug, "kind": "other", "note": "Paid by the university", "since": "2026-10-01"}
    fay.post("/payees/dora/exclusions", **typed, until="")
    [out] = db.session.scalars(select(PayExclusion))
    page = fay.get("/payees/dora/").text
    assert "Paid by the university" in page and f"/payees/dora/exclusions/{out.id}/end" in page
    today = clock.today("Asia/Shanghai").isoformat()
    fay.post(f"/payees/dora/exclusions/{out.id}/end", until=today)
    db.session.expire_all()
    assert out.until is not None and out.until.isoformat() == today
    assert events("exclusion.added")[0].facts["reason"] == "Paid by the university"


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"kind": "lazy"}, 422), ({"programme": "nowhere"}, 422), ({"since": ""}, 422), ({"since": "1999-12-31"}, 422),
        ({"note": "x" * 501}, 422), ({"kind": "other", "note": ""}, 422), ({"until": "2026-09-30"}, 422),
    ],
)  # fmt: skip
def test_an_invalid_exclusion_is_asked_for_again(cast: Cast, fay: Client, typed: dict[str, str], status: int) -> None:
    good = {"programme": cast.programme.slug, "kind": "employee", "note": "", "since": "2026-10-01", "until": ""}
    fay.post("/payees/dora/exclusions", status, **{**good, **typed})
    assert db.session.query(PayExclusion).count() == 0


def test_an_exclusion_that_is_over_is_not_ended_again(cast: Cast, fay: Client) -> None:
    out = exclude(cast, cast.dora)
    transaction(lambda: service.end_exclusion(cast.finn, out, until=FIRST))
    assert "already" in fay.post(f"/payees/dora/exclusions/{out.id}/end", 409, until="2027-01-01").text
    fay.post(f"/payees/dora/exclusions/{out.id}/end", 422, until="never")


# -- nobody else ----------------------------------------------------------------------------------


def test_for_anybody_else_there_is_nothing(cast: Cast, app: Flask) -> None:
    give(cast.dora)
    contract_for(cast, cast.dora)
    out = exclude(cast, cast.dora)
    path = contract_page(cast)
    for who in (None, cast.dora, cast.otto, cast.mona, cast.nils, cast.admin):
        client = Client(app)
        if who is not None:
            client.sign_in(who)
        for address in ("/payees/", "/payees.csv", "/payees/dora/", "/payees/nobody/", path):
            client.get(address, 404)
        for address in ("/payees/dora/show", path, f"{path}/show", f"{path}/agreement", f"{path}/remove",
                        "/payees/dora/exclusions", f"/payees/dora/exclusions/{out.id}/end"):  # fmt: skip
            client.post(address, 404, reason="First payment", version=1)
        home = client.get("/").text
        assert 'href="/payees/"' not in home
    assert db.session.query(PayeeLook).count() == 0


def test_ones_own_is_not_there_for_finance_either(cast: Cast, fay: Client) -> None:
    give(cast.fay)
    path = contract_page(cast, "fay")
    for address in ("/payees/fay/", path):
        fay.get(address, 404)
    for address in ("/payees/fay/show", path, f"{path}/show", "/payees/fay/exclusions"):
        fay.post(address, 404, reason="First payment", **DAYS, version=0)
    assert 'href="/payees/"' in fay.get("/").text


def test_a_token_is_asked_for(cast: Cast, fay: Client) -> None:
    give(cast.dora)
    fay.post("/payees/dora/show", 400, token=False, reason="First payment")
    assert db.session.query(PayeeLook).count() == 0
