"""The public keys at addresses where programs look for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from flask import Flask

from tests.support.client import Client
from tracker.certificates import badges, keyring
from tracker.config import Settings


@pytest.fixture
def settings(app: Flask) -> Settings:
    found: Settings = app.extensions["settings"]
    return found


def test_anybody_gets_the_keys(client: Client, settings: Settings) -> None:
    made = keyring.current()
    answer = client.get("/.well-known/certificate-keys.pem")
    assert answer.mimetype == "application/x-pem-file"
    [pair] = keyring.read_public(answer.get_data(as_text=True))
    assert pair.id == made.id and pair.certificate == made.certificate
    assert x509.load_pem_x509_certificate(answer.get_data()) == made.certificate
    assert b"PRIVATE" not in answer.get_data()


def test_the_site_is_a_did_document(client: Client, settings: Settings) -> None:
    made = keyring.current()
    answer = client.get("/.well-known/did.json")
    assert answer.get_json() == badges.controller(settings.base_url, keyring.public_keys())
    assert answer.get_json()["assertionMethod"] == [f"{badges.did(settings.base_url)}#{made.id}"]


@pytest.mark.parametrize("address", ["/.well-known/did.json", "/.well-known/certificate-keys.pem"])
def test_checkers_on_other_sites_may_read_them(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_asking_makes_no_keys(client: Client, settings: Settings, tmp_path: Path) -> None:
    keyring.configure(Settings(instance=tmp_path, base_url=settings.base_url))
    assert client.get("/.well-known/certificate-keys.pem").get_data() == b""
    assert client.get("/.well-known/did.json").get_json()["verificationMethod"] == []
    assert list(tmp_path.iterdir()) == []
