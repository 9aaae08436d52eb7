"""How predicates are put together: each says in its docstring whom it lets in, and so does what is made of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Asked of an actor (permissions.Actor) and a thing with the attributes that it reads.
Predicate = Callable[[Any, Any], bool]


def any_of(*predicates: Predicate) -> Predicate:
    def either(actor: Any, thing: Any) -> bool:
        return any(p(actor, thing) for p in predicates)

    either.__doc__ = " or ".join(_sentence(p) for p in predicates)
    return either


def all_of(*predicates: Predicate) -> Predicate:
    def every(actor: Any, thing: Any) -> bool:
        return all(p(actor, thing) for p in predicates)

    every.__doc__ = ", and ".join(_sentence(p) for p in predicates)
    return every


def no(predicate: Predicate) -> Predicate:
    def denied(actor: Any, thing: Any) -> bool:
        return not predicate(actor, thing)

    denied.__doc__ = f"not: {_sentence(predicate)}"
    return denied


def _sentence(predicate: Predicate) -> str:
    return (predicate.__doc__ or predicate.__name__).strip().rstrip(".").lower()


# -- of the thing alone, whoever asks --------------------------------------------------------------


def is_handed_in(actor: Any, thing: Any) -> bool:
    """It is handed in."""
    return bool(thing.is_handed_in)


def is_shown(actor: Any, thing: Any) -> bool:
    """It is shown in the hall of honour."""
    return bool(thing.is_shown)
