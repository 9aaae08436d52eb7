"""The room's blueprint; views and progress_views add their pages to it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("meetings", __name__)
