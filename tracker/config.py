"""Typed settings: defaults < ``instance/config.toml`` < ``TRACKER_*`` environment."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Where templates and static files are: inside the installed package, or beside it in a checkout.
PACKAGE = Path(__file__).resolve().parent


class SettingError(ValueError):
    """A setting has a value that can't be used; the message names it."""


def bundled(name: str) -> Path:
    """The folder ``name`` (``templates``, ``static``) that this installation carries."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def default_instance() -> Path:
    """``TRACKER_INSTANCE``, the checkout's ``instance/``, or the same below the working directory."""
    if given := os.environ.get("TRACKER_INSTANCE"):
        return Path(given).absolute()
    beside = PACKAGE.parent / "instance"
    if beside.is_dir() and (PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    return Path("instance").absolute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between installations. See docs/operations.md for each line."""

    instance: Path
    #: ``development`` (demo data, mail readable in the browser) or ``production``.
    env: str = "development"
    database_url: str = ""
    secret_key: str = field(default="", repr=False)
    #: Every link in a mail starts with it; never taken from a request.
    base_url: str = "http://127.0.0.1:8000"
    #: ``smtp://user:password@host:587`` (STARTTLS where offered) or ``smtps://…``; empty: mail stays in the outbox.
    smtp_url: str = ""
    mail_from: str = "SIG Tracker <tracker@localhost>"
    #: How many proxies in front may be believed about the client's address.
    trusted_proxies: int = 0
    session_idle_minutes: int = 60 * 24 * 7
    session_hours: int = 24 * 30
    #: Sign-in lock-out: tries per window, per account and per address.
    login_tries: int = 10
    login_window_seconds: int = 300
    #: argon2id cost; the tests lower it.
    argon2_time: int = 3
    argon2_memory_kib: int = 65536
    log_level: str = "INFO"
    #: Keys that seal payee data, newest first, separated by commas; by default kept in ``instance/payee_keys``.
    payee_keys: str = field(default="", repr=False)
    #: Encrypts the secret keys of certificates in ``instance/certificate_keys``; empty: they are kept as they are.
    certificate_passphrase: str = field(default="", repr=False)
    #: Payee data that a person asked to have removed goes this long after the last payment to them.
    payee_retention_days: int = 365
    #: The worker starts the nightly job at this time of day in this zone.
    nightly_at: str = "02:00"
    nightly_zone: str = "Asia/Shanghai"

    @property
    def production(self) -> bool:
        return self.env == "production"


def _converted(name: str, kind: Any, value: Any) -> Any:
    if kind in ("int", int):
        if isinstance(value, bool) or not str(value).strip().lstrip("-").isdigit():
            raise SettingError(f"TRACKER_{name.upper()} must be a whole number, not {value!r}")
        return int(value)
    if kind in ("Path", Path):
        return Path(str(value))
    return str(value)


def load(
    instance: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    fallback: Mapping[str, Any] | None = None,
    **overrides: Any,
) -> Settings:
    """Read the settings; ``fallback`` holds where neither file nor environment say anything.

    Raises SettingError for an unknown name in config.toml or an unusable value.
    """
    environ = os.environ if environ is None else environ
    instance = (instance or default_instance()).absolute()
    kinds = {f.name: f.type for f in fields(Settings) if f.name != "instance"}
    given: dict[str, Any] = dict(fallback or {})
    file = instance / "config.toml"
    if file.is_file():
        try:
            from_file = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingError(f"{file.name}: {error}") from error
        for name, value in from_file.items():
            if name not in kinds:
                raise SettingError(f"{file.name}: there is no setting {name!r}")
            given[name] = _converted(name, kinds[name], value)
    for name, kind in kinds.items():
        if (value := environ.get(f"TRACKER_{name.upper()}")) is not None:
            given[name] = _converted(name, kind, value)
    given.update(overrides)
    settings = Settings(instance=instance, **given)
    if settings.env not in ("development", "production"):
        raise SettingError(f"TRACKER_ENV must be development or production, not {settings.env!r}")
    _check_nightly(settings)
    if settings.payee_retention_days < 0:
        raise SettingError("TRACKER_PAYEE_RETENTION_DAYS can't be negative")
    instance.mkdir(parents=True, exist_ok=True)
    if not settings.database_url:
        settings = replace(settings, database_url=f"sqlite:///{instance / 'tracker.db'}")
    if not settings.secret_key:
        settings = replace(settings, secret_key=_kept_key(instance / "secret_key"))
    return settings


def _check_nightly(settings: Settings) -> None:
    try:
        dt.time.fromisoformat(settings.nightly_at)
    except ValueError:
        raise SettingError(
            f"TRACKER_NIGHTLY_AT must be a time of day such as 02:00, not {settings.nightly_at!r}"
        ) from None
    try:
        ZoneInfo(settings.nightly_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingError(
            f"TRACKER_NIGHTLY_ZONE must be a time zone such as Asia/Shanghai, not {settings.nightly_zone!r}"
        ) from None


def _kept_key(path: Path) -> str:
    """The key in ``path``; made there once, readable by its owner alone.

    Written aside and linked into place, so that a second worker starting at the same time reads a whole key.
    """
    if not path.exists():
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_text(encoding="ascii").strip()
