"""The room's blueprint; its views add their pages to it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("promotions", __name__)
