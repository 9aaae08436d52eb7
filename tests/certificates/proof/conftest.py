"""A site with keys, and one signed certificate that many tests spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certificates.proof.paper import BASE, signed
from tests.conftest import settings_for
from tracker.certificates import keyring
from tracker.certificates.keyring import PublicKeys
from tracker.config import Settings


@pytest.fixture(scope="session")
def site_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_for("sqlite://", tmp_path_factory.mktemp("site"), base_url=BASE)
    keyring.configure(settings)
    keyring.current()
    return settings


@pytest.fixture
def site(site_settings: Settings) -> Settings:
    """The site whose keys are in use during this test."""
    keyring.configure(site_settings)
    return site_settings


@pytest.fixture
def new_site(tmp_path: Path) -> Settings:
    """A site that never signed anything."""
    settings = settings_for("sqlite://", tmp_path / "new", base_url=BASE)
    keyring.configure(settings)
    return settings


@pytest.fixture(scope="session")
def certificate(site_settings: Settings) -> bytes:
    """A signed document of ``site``."""
    keyring.configure(site_settings)
    return signed()


@pytest.fixture(scope="session")
def public(site_settings: Settings) -> list[PublicKeys]:
    """The public keys of ``site``."""
    keyring.configure(site_settings)
    return keyring.public_keys()
