"""Commands about certificates: whether a file is genuine, and the keys that prove it."""

from __future__ import annotations

from pathlib import Path

import click

from tracker import config
from tracker.certificates import badges, codes, keyring, verification
from tracker.certificates.keyring import KeysUnusable, PublicKeys
from tracker.certificates.verdicts import Verdict, refuse
from tracker.commands.frame import Failed, tell

_file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group()
def certificates() -> None:
    """Certificates and the keys that prove them. Nothing of this asks the database or the network."""


@certificates.command()
@click.argument("file", metavar="FILE", type=_file)
@click.option("--keys", "pem", metavar="PUBLIC.pem", type=_file,
              help="The issuer's public keys, from /.well-known/certificate-keys.pem; by default those of this instance.")  # fmt: skip
def verify(file: Path, pem: Path | None) -> None:
    """Say whether FILE, a PDF or a credential in JSON, is genuine: signed by the issuer, and nothing changed since.

    Exits 0 when it is, 1 when it isn't. Whether a certificate was revoked since only the issuer knows: ask at its check page.
    """
    found = _verdict(file, _public_keys(pem))
    click.echo(str(found.sentence))
    if not found.genuine:
        raise Failed(f"{file.name} isn't genuine ({found.reason})")
    if found.code:
        click.echo(f"code: {codes.grouped(found.code)}")
    if found.signed_at:
        click.echo(f"signed: {found.signed_at.isoformat()}")
    click.echo(f"key: {found.key_id}")
    tell("Whether it was revoked since is asked at the issuer's check page, with the code.")


@certificates.command()
def keys() -> None:
    """Print the public keys of this instance, as PEM; kept beside a certificate they prove it without this site."""
    click.echo(keyring.public_pem(_own_keys()), nl=False)


@certificates.command("rotate-keys")
def rotate_keys() -> None:
    """Sign with new keys from now on. What the old ones have signed stays valid; their secrets are destroyed."""
    settings = config.load()
    try:
        made = keyring.rotate(settings)
    except KeysUnusable as error:
        raise Failed(error.why) from error
    click.echo(made)
    tell(f"From now on certificates are signed with {made}. Keep a copy of {keyring.folder(settings)}.")


def _verdict(file: Path, public: list[PublicKeys]) -> Verdict:
    with file.open("rb") as stream:
        data = stream.read(verification.LARGEST + 1)
    if not data.lstrip().startswith(b"{"):
        return verification.verify_pdf(data, public)
    try:
        return badges.verify_credential(badges.read_credential(data), public)
    except (ValueError, RecursionError):
        return refuse("not_badge")


def _public_keys(pem: Path | None) -> list[PublicKeys]:
    if pem is None:
        return _own_keys()
    try:
        found = keyring.read_public(pem.read_text(encoding="utf-8", errors="replace"))
    except KeysUnusable as error:
        raise click.BadParameter(f"{pem.name}: {error.why}", param_hint="--keys") from error
    if not found:
        raise click.BadParameter(f"{pem.name} holds no certificate in PEM", param_hint="--keys")
    return found


def _own_keys() -> list[PublicKeys]:
    keyring.configure(config.load())
    try:
        found = keyring.public_keys()
    except KeysUnusable as error:
        raise config.SettingError(error.why) from error
    if not found:
        raise config.SettingError(
            "this instance has no keys of certificates yet: they are made with the first certificate"
        )
    return found


COMMANDS: tuple[click.Command, ...] = (certificates,)
