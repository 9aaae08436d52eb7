"""The factory: settings, extensions, rooms."""

from __future__ import annotations

import logging
import mimetypes
import sys

import structlog
from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from tracker import config, sealing
from tracker.accounts import passwords, sessions
from tracker.accounts.models import User
from tracker.certificates import issuing, keyring
from tracker.db import db, engine_options
from tracker.web import errors, filters, i18n, mails, navigation, security
from tracker.web.routes import permissions_by_route


def create_app(settings: config.Settings | None = None) -> Flask:
    """The application for ``settings`` (read from file and environment by default).

    Raises RuntimeError when a route declares no permission.
    """
    settings = settings or config.load()
    app = Flask(
        "tracker",
        template_folder=str(config.bundled("templates")),
        static_folder=str(config.bundled("static")),
        instance_path=str(settings.instance),
    )
    app.extensions["settings"] = settings
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_NAME="__Host-session" if settings.production else "session",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=200,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    mimetypes.add_type("image/svg+xml", ".svg")
    _log(settings)
    passwords.configure(settings)
    sealing.configure(settings)
    keyring.configure(settings)
    issuing.configure(settings)

    db.init_app(app)
    csrf = CSRFProtect(app)
    # Mail programs POST there by themselves (RFC 8058): what stands for the token is the signature in the address.
    csrf.exempt("tracker.accounts.notice_views.unsubscribe")
    _sign_in(app, settings)
    i18n.init(app)
    filters.init(app)
    security.init(app)
    errors.init(app)
    navigation.init(app)
    mails.init(app)
    _rooms(app)
    permissions_by_route(app)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    return app


def _rooms(app: Flask) -> None:
    from tracker.accounts.views import bp as accounts
    from tracker.activities.views import bp as activities
    from tracker.agendas.views import bp as agendas
    from tracker.announcements.views import bp as announcements
    from tracker.appeals.views import bp as appeals
    from tracker.batches.views import bp as batches
    from tracker.budgets.views import bp as budgets
    from tracker.calendars.views import bp as calendars
    from tracker.carries.views import bp as carries
    from tracker.certificates.views import bp as certificates
    from tracker.certificates.well_known import bp as well_known
    from tracker.claims.views import bp as claims
    from tracker.clocks.views import bp as clocks
    from tracker.cycles.views import bp as cycles
    from tracker.dashboard.views import bp as dashboard
    from tracker.erasure.views import bp as erasure
    from tracker.exports.views import bp as exports
    from tracker.handovers.views import bp as handovers
    from tracker.health import bp as health
    from tracker.honours.views import bp as honours
    from tracker.meetings.views import bp as meetings
    from tracker.minutes.views import bp as minutes
    from tracker.pages import load_all
    from tracker.pages.views import bp as pages
    from tracker.payees.views import bp as payees
    from tracker.programmes.views import bp as programmes
    from tracker.promotions.views import bp as promotions
    from tracker.public_notices.views import bp as public_notices
    from tracker.rankings.views import bp as rankings
    from tracker.reports.views import bp as reports
    from tracker.rewards.views import bp as rewards
    from tracker.rule_changes.views import bp as rule_changes
    from tracker.series.views import bp as series
    from tracker.settlements.views import bp as settlements
    from tracker.shipping.views import bp as shipping
    from tracker.sigs.views import bp as sigs
    from tracker.tasks.views import bp as tasks

    load_all()
    for room in (
        accounts, calendars, sigs, programmes, cycles, budgets, tasks, claims, carries, handovers, appeals, reports, meetings,
        series, agendas, activities, minutes, clocks, announcements, rewards, payees, settlements, batches, rule_changes, shipping,
        rankings, public_notices, certificates, promotions, honours, erasure, dashboard, exports, pages, health, well_known,
    ):  # fmt: skip
        app.register_blueprint(room)


def _sign_in(app: Flask, settings: config.Settings) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # sessions are rows, ended by us

    @manager.user_loader
    def load(token: str) -> User | None:
        return sessions.load(token, settings)


def _log(settings: config.Settings) -> None:
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
