"""Facts that the package carries itself: the five groups, their programmes and rules, and example tasks."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml


def load() -> dict[str, Any]:
    """The groups and programmes: ``{"programmes": [{slug, name, rules, …}], "sigs": [{slug, key, areas, …}]}``.

    Wages are in major units of their currency, as people write them; see ``imports.seeds.plant``.
    """
    text = resources.files(__name__).joinpath("sigs.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
