"""Pages of accounts: registering, signing in and out, the profile."""

from __future__ import annotations

from flask import Blueprint

from tracker.permissions import Permission as P
from tracker.web.routes import requires

bp = Blueprint("accounts", __name__)


@bp.route("/login", methods=["GET", "POST"])
@requires(P.ACCOUNT_OPEN)
def login() -> str:
    return ""


@bp.post("/logout")
@requires(P.ACCOUNT_USE)
def logout() -> str:
    return ""


@bp.get("/account/")
@requires(P.ACCOUNT_USE)
def profile() -> str:
    return ""


@bp.get("/notices/")
@requires(P.ACCOUNT_USE)
def notices() -> str:
    return ""
