"""Where files that were made in the background are: below the instance folder, for their owner alone to read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from io import BufferedRandom
from pathlib import Path

from flask import current_app


def folder() -> Path:
    """``instance/exports/``; made when it is needed."""
    found = Path(current_app.instance_path) / "exports"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def path_of(job_id: int, attempt: int) -> Path:
    """The file that an attempt at a job writes: a second one never writes into the first one's."""
    return folder() / f"{job_id}-{attempt}.xlsx"


def create(path: Path) -> BufferedRandom:
    """A new file, or an old one of the same name emptied, that nobody else can read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")


def digest(file: BufferedRandom) -> str:
    """SHA-256 of what was written, which is on the disk from now on."""
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def kept() -> Iterator[tuple[Path, int, int]]:
    """Each file with the job and the attempt that it is of; 0 where its name says nothing."""
    for path in sorted(folder().iterdir()):
        job, _, attempt = path.stem.partition("-")
        yield path, int(job) if job.isdecimal() else 0, int(attempt) if attempt.isdecimal() else 0
