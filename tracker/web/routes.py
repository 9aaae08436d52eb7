"""Who may call a route, and which thing it is about. A route that doesn't say so doesn't start."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, abort, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from tracker.errors import Missing
from tracker.permissions import ANYBODY, Actor, Permission, allowed

View = TypeVar("View", bound=Callable[..., Any])
Loader = Callable[..., Any]

#: Loads a thing by the route's arguments; raises Missing.
_loaders: dict[type[Any], tuple[Loader, Permission | None]] = {}


def loads(model: type[Any], visible: Permission | None = None) -> Callable[[Loader], Loader]:
    """Register how routes load a ``model``, and the permission without which it seems not to exist."""

    def register(load: Loader) -> Loader:
        _loaders[model] = (load, visible)
        return load

    return register


def actor() -> Actor:
    """Who is asking: the signed-in person or ANYBODY."""
    return cast(Actor, current_user._get_current_object()) if current_user.is_authenticated else ANYBODY


def can(permission: str, thing: Any = None) -> bool:
    """For templates: whether the reader may. The same function that guards the routes."""
    return allowed(actor(), Permission(permission), thing)


def requires(permission: Permission, model: type[Any] | None = None) -> Callable[[View], View]:
    """Guard every method of a view.

    With a ``model``, its registered loader gets the route's arguments and the view gets the thing instead: 404 when
    there is none or the reader may not see it. Then 302 to sign in or 403 when the permission is missing.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: Any) -> Any:
            given: tuple[Any, ...] = ()
            thing = None
            if model is not None:
                load, visible = _loaders[model]
                try:
                    thing = load(**arguments)
                except Missing:
                    abort(404)
                if visible is not None and not allowed(actor(), visible, thing):
                    abort(404)
                given = (thing,)
            if not allowed(actor(), permission, thing):
                return turn_away()
            return view(*given, **({} if model is not None else arguments))

        guarded.permission = permission  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def turn_away() -> Response:
    """The answer for who may not: to the sign-in and back, or 403 for whoever is signed in."""
    if current_user.is_authenticated:
        abort(403)
    target = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else _page_of(request.path)
    return redirect(url_for("accounts.login", next=target))


def _page_of(path: str) -> str:
    """The page that a POST-only address belongs to: where to go on after signing in."""
    return path if path.endswith("/") else path.rsplit("/", 1)[0] + "/"


def own_path(target: str | None) -> str | None:
    """``target`` when it is a path of this site, else None."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable():
        return target
    return None


#: Routes of Flask itself and of libraries.
EXEMPT = {"static"}


def permissions_by_route(app: Flask) -> dict[tuple[str, str], Permission]:
    """(rule, method) → permission, for every route.

    Raises RuntimeError naming the routes that declare none.
    """
    found: dict[tuple[str, str], Permission] = {}
    undeclared: list[str] = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in EXEMPT:
            continue
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if permission is None:
            undeclared.append(f"{rule.rule} ({rule.endpoint})")
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found[rule.rule, method] = permission
    if undeclared:
        raise RuntimeError(f"routes without @requires: {', '.join(sorted(undeclared))}")
    return found
