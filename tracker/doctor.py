"""What is wrong with an installation, and how to mend it."""

from __future__ import annotations

import importlib.util
import platform
import smtplib
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tracker import __version__, config, migrations, rotation, sealing, triggers
from tracker.certificates import keyring
from tracker.certificates.keyring import KeysUnusable
from tracker.config import SettingError, Settings
from tracker.db import SQLITE_AT_LEAST
from tracker.events import outbox
from tracker.maintenance import connected

#: Shorter keys can be guessed.
KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Finding:
    """``level`` is ``ok``, ``note`` or ``wrong``; ``fatal``: the server doesn't start like this."""

    level: str
    about: str
    says: str
    mend: str = ""
    fatal: bool = False


def findings(settings: Settings, *, thorough: bool = True) -> list[Finding]:
    """Every check's answer, in the order of the report; ``thorough`` also calls the mail server."""
    found = [*_versions(settings), *_settings(settings), *_files(), *_certificate_keys(settings)]
    try:
        if settings.database_url.startswith("sqlite") and migrations.current(settings.database_url) is None:
            found.append(_not_set_up())
        else:
            with connected(settings.database_url) as connection:
                found += (schema := list(_schema(connection)))
                if not any(finding.fatal for finding in schema):
                    found += _sealed(settings, connection, thorough=thorough)
                found += (
                    _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection, settings)
                )
    except (DBAPIError, ImportError) as error:
        said = " ".join(str(getattr(error, "orig", error)).split())
        mend = "Check TRACKER_DATABASE_URL and that the server runs."
        if isinstance(error, ImportError):
            mend = "Install it: pip install 'tracker[postgres]'"
        found.append(Finding("wrong", "database", said, mend, fatal=True))
    if thorough:
        found += _mail(settings)
    return found


def _versions(settings: Settings) -> Iterator[Finding]:
    yield Finding("ok", "versions", f"tracker {__version__}, Python {platform.python_version()}")
    yield Finding("ok", "settings", f"{settings.env}, instance folder {settings.instance}")


def _settings(settings: Settings) -> Iterator[Finding]:
    if len(settings.secret_key) < KEY_LENGTH:
        yield Finding(
            "wrong" if settings.production else "note", "secret key", f"shorter than {KEY_LENGTH} characters",
            "Unset TRACKER_SECRET_KEY: a good one is made and kept in the instance folder.", fatal=settings.production,
        )  # fmt: skip
    kept = settings.instance / "secret_key"
    if kept.is_file() and stat.S_IMODE(kept.stat().st_mode) & 0o077:
        yield Finding("wrong", "secret key", f"{kept} can be read by others", f"chmod 600 {kept}")
    if settings.production and not settings.base_url.startswith("https://"):
        yield Finding(
            "wrong", "base URL", f"{settings.base_url} isn't https", "Set TRACKER_BASE_URL to what people type."
        )


def _files() -> Iterator[Finding]:
    for name in ("templates", "static"):
        if not config.bundled(name).is_dir():
            yield Finding("wrong", "installation", f"no {name} at {config.bundled(name)}", "Install again.", fatal=True)
    if not list((config.PACKAGE / "translations").rglob("*.mo")):
        yield Finding("note", "translations", "none compiled: pages are in English", "python build_translations.py")


def _certificate_keys(settings: Settings) -> Iterator[Finding]:
    """The keys of certificates: there, readable by their owner alone, one pair with secrets, and the library that signs."""
    about, kept = "certificate keys", keyring.folder(settings)
    rotate = "Run: tracker certificates rotate-keys"
    if importlib.util.find_spec("pyhanko") is None:
        yield Finding("note", about, "certificates can't be signed: pyHanko is missing", "pip install 'tracker[sign]'")
    if not (files := keyring.key_files(settings)):
        yield Finding("ok", about, "none yet: made with the first certificate; then keep a copy")
        return
    keyring.configure(settings)
    try:
        newest = keyring.current()
    except KeysUnusable as error:
        yield Finding("wrong", about, error.why, f"Put the copy of {kept} back, and the passphrase it was made with.")
        return
    yield Finding("ok", about, f"{kept}: {len(files)}, signing with {newest.id}")
    for path in (kept, *files):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                "wrong",
                about,
                f"{path} can be read by others",
                f"chmod go= {path}; then: tracker certificates rotate-keys",
            )
    if any(keyring.has_secrets(file) for file in files[:-1]):
        yield Finding("note", about, "secrets of older keys are still there: a rotation isn't finished", rotate)
    if not keyring.is_encrypted(files[-1]):
        mend = (
            rotate
            if settings.certificate_passphrase
            else f"Set TRACKER_CERTIFICATE_PASSPHRASE, then {rotate[0].lower()}{rotate[1:]}"
        )
        yield Finding("note", about, "the secrets aren't encrypted by a passphrase", mend)


def _not_set_up() -> Finding:
    return Finding("wrong", "schema", "the database isn't set up", "Run: tracker init", fatal=True)


def _schema(connection: Connection) -> Iterator[Finding]:
    revision = migrations.revision_of(connection)
    if revision is None:
        yield _not_set_up()
        return
    if revision != migrations.head():
        yield Finding(
            "wrong",
            "schema",
            f"is at {revision}, this release needs {migrations.head()}",
            "Run: tracker init",
            fatal=True,
        )
        return
    if wrong := triggers.differences(connection):
        yield Finding("wrong", "schema", f"triggers differ: {', '.join(wrong[:5])}", "Run: tracker init", fatal=True)
        return
    yield Finding("ok", "schema", f"revision {revision}, all triggers in place")


def _sealed(settings: Settings, connection: Connection, *, thorough: bool) -> Iterator[Finding]:
    """The keys of payee data: there, readable by their owner alone, and opening what is sealed."""
    kept, about = sealing.key_file(settings), "payee keys"
    where = "TRACKER_PAYEE_KEYS" if settings.payee_keys else str(kept)
    sealing.configure(settings)
    try:
        count = sealing.check_keys(settings)
    except SettingError as error:
        yield Finding(
            "wrong", about, str(error), f"Put the keys that are kept with the backups into {where}.", fatal=True
        )
        return
    found = rotation.look(connection, thorough=thorough)
    if found.broken:
        said = f"{len(found.broken)} of {found.values} sealed values looked at can't be opened: {', '.join(found.broken[:5])}"
        mend = f"Put the key that is kept with the backups into {where}, as a further one; what was changed by hand is lost."
        # With nothing that opens, a server would go on with another key and hide the loss.
        yield Finding("wrong", about, said, mend, fatal=len(found.broken) == found.values)
    elif not count:
        yield Finding(
            "ok", about, "none yet: made when something is sealed first; then keep a copy, apart from the backups"
        )
    else:
        yield Finding("ok", about, f"{where}: {count}, opening all {found.values} sealed values looked at")
    if not settings.payee_keys and kept.is_file():
        if stat.S_IMODE(kept.stat().st_mode) & 0o077:
            yield Finding(
                "wrong", about, f"{kept} can be read by others", f"chmod 600 {kept}; then: tracker keys rotate"
            )
        if count > 1:
            yield Finding("note", about, f"{count} keys: a rotation isn't finished", "Run: tracker keys rotate")


def _sqlite(connection: Connection) -> Iterator[Finding]:
    version = str(connection.scalar(text("SELECT sqlite_version()")))
    if tuple(int(part) for part in version.split(".")) < SQLITE_AT_LEAST:
        least = ".".join(map(str, SQLITE_AT_LEAST))
        yield Finding(
            "wrong", "SQLite", f"{version} can corrupt a log that several connections write; {least} or newer is needed",
            "Install pysqlite3, or use PostgreSQL.", fatal=True,
        )  # fmt: skip
    wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    given = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()).lower() for name in wanted}
    if given != wanted:
        said = ", ".join(f"{name}={value}" for name, value in given.items() if value != wanted[name])
        yield Finding("wrong", "durability", said, "Put the database on a local disk.", fatal=True)
    else:
        yield Finding("ok", "durability", f"SQLite {version}, write-ahead log, synchronous=FULL")


def _postgresql(connection: Connection, settings: Settings) -> Iterator[Finding]:
    version, commits = (
        connection.scalar(text("SHOW server_version")),
        connection.scalar(text("SHOW synchronous_commit")),
    )
    fsync = connection.scalar(text("SHOW fsync"))
    if commits == "off" or fsync == "off":
        yield Finding(
            "wrong" if settings.production else "note", "durability",
            f"synchronous_commit={commits}, fsync={fsync}: what was answered can be lost",
            "Set both on in postgresql.conf.", fatal=settings.production,
        )  # fmt: skip
    else:
        yield Finding("ok", "durability", f"PostgreSQL {version}, synchronous_commit={commits}")


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_url:
        level, mend = ("wrong", "Set TRACKER_SMTP_URL.") if settings.production else ("note", "")
        yield Finding(level, "mail", "no mail server is set: mail waits in the outbox", mend)
        return
    try:
        outbox.connect(settings.smtp_url).quit()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("wrong", "mail", " ".join(str(error).split()), "Check TRACKER_SMTP_URL.")
        return
    yield Finding("ok", "mail", "the mail server answers")
