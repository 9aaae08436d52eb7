"""The room's blueprint; its views add their pages to it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("certificates", __name__)
