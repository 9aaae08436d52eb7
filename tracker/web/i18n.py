"""Which language and time zone a page is in: the account's choice, then the browser's."""

from __future__ import annotations

from flask import Flask, g, has_request_context, request
from flask_babel import Babel
from flask_login import current_user

from tracker.config import PACKAGE

#: Our two-letter choice → Babel's locale.
LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
LANGUAGE_COOKIE = "language"
HOME_ZONE = "Asia/Shanghai"
babel = Babel()


def language() -> str:
    """``en`` or ``zh``; chosen once a request, for every date and message of a page asks."""
    if not has_request_context():
        return "en"
    if "language" not in g:
        g.language = _chosen()
    return str(g.language)


def _chosen() -> str:
    if current_user and current_user.is_authenticated and current_user.language in LOCALES:
        return str(current_user.language)
    if (chosen := request.cookies.get(LANGUAGE_COOKIE)) in LOCALES:
        return str(chosen)
    return request.accept_languages.best_match(["en", "zh", "zh-CN", "zh-Hans", "zh-Hans-CN", "zh-SG"], "en")[:2]


def locale() -> str:
    return LOCALES[language()]


def time_zone() -> str:
    """The reader's zone; Asia/Shanghai for visitors."""
    if not has_request_context():
        return HOME_ZONE
    if "time_zone" not in g:
        g.time_zone = current_user.time_zone if current_user and current_user.is_authenticated else HOME_ZONE
    return str(g.time_zone)


def own_zone() -> str:
    """The zone that the signed-in reader chose; empty for visitors, who see the time where a thing takes place."""
    return time_zone() if has_request_context() and current_user and current_user.is_authenticated else ""


def init(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(PACKAGE / "translations")
    babel.init_app(app, default_locale="en", locale_selector=locale, timezone_selector=time_zone)
