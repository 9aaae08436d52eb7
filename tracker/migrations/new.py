"""``make migration``: write the next version from the models.

``python -m tracker.migrations.new MESSAGE`` compares the models with a database at the newest version;
``--first`` writes the first version anew, which is right only as long as nothing is released.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

from alembic import command

from tracker.migrations import FOLDER, config, engine_for, upgrade_tables

FIRST = "0001"


def write(message: str, *, first: bool = False) -> Path:
    """Write a version into ``versions/`` and return its path. Read it before you commit it."""
    versions = FOLDER / "versions"
    if first:
        for old in versions.glob("*.py"):
            old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/models.db"
        numbers = [int(path.name[:4]) for path in versions.glob("[0-9]*.py")]
        if numbers:
            upgrade_tables(url)
        revision = f"{max(numbers, default=0) + 1:04d}"
        with engine_for(url).begin() as connection, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "autogenerate skipping")  # env.py brings those indexes along
            command.revision(config(connection), message, autogenerate=True, rev_id=revision)
    return next(versions.glob(f"{revision}_*.py"))


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--first"]
    sys.stdout.write(f"{write(' '.join(words) or 'First tables', first='--first' in sys.argv)}\n")
