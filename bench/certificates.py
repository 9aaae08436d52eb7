"""Certificates one after another, each another person's: rendered and signed, against typst alone setting the same page."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

from bench.timing import in_turn
from tracker import clock
from tracker.certificates import codes, document, keyring, samples, signing
from tracker.certificates.snapshot import Snapshot
from tracker.config import load

LAYOUT = samples.LAYOUTS[0]


def snapshots() -> Iterator[Snapshot]:
    """No two alike: a page that was set before costs typst nothing."""
    plain = samples.specimen(LAYOUT, base_url="https://tracker.example.org")
    for number in itertools.count():
        code = codes.new_code()
        yield dataclasses.replace(
            plain, code=code, name=f"测试者 Receiver {number}", check_url=plain.check_url.replace(plain.code, code)
        )


def measured(folder: Path, times: int) -> tuple[float, float]:
    """CPU milliseconds of typst alone, and of a certificate with its signature."""
    keyring.configure(load(folder, environ={}, secret_key="for the benchmark only"))
    people = snapshots()

    def floor() -> bytes:
        return document.typeset(next(people), LAYOUT)

    def ours() -> tuple[bytes, str]:
        snapshot = next(people)
        return signing.sign(document.render(snapshot, LAYOUT), reason=signing.reason(snapshot.code), at=clock.now())

    return in_turn(floor, ours, times)
