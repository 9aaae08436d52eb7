"""The pages of closing and erasing an account."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("erasure", __name__)
