"""Compiles the translations: a hook of the build, and `python build_translations.py` in a checkout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).resolve().parent / "tracker" / "translations"


def compile_all() -> list[Path]:
    """Write a .mo beside every .po that is newer than it; returns what was written."""
    written = []
    for source in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        aside = target.with_suffix(".part")
        with aside.open("wb") as file:
            write_mo(file, catalogue)
        aside.replace(target)
        written.append(target)
    return written


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # called as a script where nothing is built
    pass
else:

    class TranslationsHook(BuildHookInterface):  # type: ignore[type-arg]
        """hatchling calls it before it packs a wheel."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            compile_all()
            if version == "standard":
                # In a checkout they stand beside the package; a wheel carries them inside it.
                build_data["force_include"].update({name: f"tracker/{name}" for name in ("templates", "static")})


if __name__ == "__main__":
    for path in compile_all():
        print(f"compiled {path.relative_to(TRANSLATIONS.parent.parent)}", file=sys.stderr)
