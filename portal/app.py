"""create_app(): the only place where everything is wired together."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Literal

from flask import Flask
from flask_babel import Babel
from flask_socketio import SocketIO
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import compress, errors, headers, health, metrics
from portal.api import description as api_description
from portal.api import rate_limits, request_log
from portal.api.fundraising import addresses as fundraising
from portal.api.hyperline import addresses as hyperline
from portal.api.native import addresses as native
from portal.api.paymennt import addresses as paymennt
from portal.broker import make_broker, sender
from portal.checkout import brand_pages, language
from portal.checkout import downloads as checkout_downloads
from portal.checkout import live as checkout_live
from portal.checkout import papers as checkout_papers
from portal.checkout import routes as checkout
from portal.checkout import shell as checkout_shell
from portal.checkout.brand import rule as brand_css
from portal.checkout.own import addresses as checkout_own
from portal.checkout.stylesheet import customer_css, docs_css, sandbox_css
from portal.console import access as console_access
from portal.console import setup as console
from portal.core import database, jobs, live, logs, security, speech
from portal.core.settings import Settings
from portal.gateways import registry as gateways
from portal.notifications import registry as channels
from portal.sandbox import approve as sandbox_approve
from portal.sandbox import card as sandbox_card
from portal.sandbox import pay as sandbox_pay
from portal.sandbox import phone as sandbox_phone
from portal.webhooks import addresses

MAX_BODY = 1_000_000
# Importing a file registers its addresses.
PAGES = (checkout, checkout_papers, checkout_downloads, brand_pages, checkout_own)
Sockets = Literal["threading", "gevent", "none"]


def create_app(settings: Settings | None = None, *, sockets: Sockets = "threading") -> Flask:
    """The application over these settings (default: the environment); the process is its own from now on.

    `sockets`: how this process holds open pages; with none it only tells the process that does.
    """
    settings = settings or Settings.from_environment()
    app = Flask("portal", root_path=str(Path(__file__).parent))
    _configure(app, settings)
    _connect_database(app, settings)
    _connect_outside(app, settings, sockets=sockets)
    _open_doors(app, settings)
    take_over(app)
    return app


def take_over(app: Flask) -> None:
    """Let what a process has one of be this app's: its keys, gateways, channels, logs, and where hints and pushes go.

    A server has one app, and is done with create_app(). Where several live in one process, the last to call has it.
    """
    settings: Settings = app.extensions["portal_settings"]
    logs.configure(settings.log_format)
    security.configure(settings.secret_keys)
    gateways.configure(settings)
    channels.configure(settings)
    addresses.configure(settings.public_url, settings.live_url)
    checkout_shell.configure(settings)
    jobs.set_sender(sender(app.extensions["portal_broker"]))
    live.set_emitter(app.extensions["portal_emitter"])


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["portal_settings"] = settings
    keys = security.KeyRing(settings.secret_keys)
    app.config.update(
        SECRET_KEY=keys.current("session").secret,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=100_000,
        MAX_FORM_PARTS=100,
        SESSION_COOKIE_NAME="console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        SESSION_COOKIE_PATH="/",
        BABEL_DEFAULT_LOCALE="en",
        TEMPLATES_AUTO_RELOAD=False,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Babel(app, locale_selector=language.of_request)
    speech.install(app.jinja_env, language.current)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _connect_database(app: Flask, settings: Settings) -> None:
    if settings.on_sqlite:
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 20, "max_overflow": 60, "pool_timeout": 10}
    database.db.init_app(app)
    with app.app_context():
        database.prepare(database.db.engine)


def _connect_outside(app: Flask, settings: Settings, *, sockets: Sockets) -> None:
    """The broker for hints, the sockets for pushes, and who keeps limits and the log of calls."""
    app.extensions["portal_broker"] = make_broker(settings)
    app.extensions["portal_rate_limiter"] = rate_limits.make_limiter(settings)
    app.extensions["portal_request_log"] = request_log.Writer(app)
    app.extensions["portal_emitter"] = _connect_pages(app, settings, sockets)


def _connect_pages(app: Flask, settings: Settings, sockets: Sockets) -> live.Emitter | None:
    """Open pages are held here, or told through the broker; a chore of the embedded default tells nobody."""
    holds_pages = sockets != "none"
    if not holds_pages and not settings.broker_url:
        return None
    socketio = SocketIO(
        app if holds_pages else None,
        message_queue=settings.broker_url or None,
        async_mode=sockets if holds_pages else "threading",
        transports=["websocket"],
        cors_allowed_origins=[settings.public_url],
        max_http_buffer_size=10_000,
        manage_session=False,
    )

    def emit(subscription_id: uuid.UUID, version: int, sequence: int) -> None:
        newest = {"version": version, "sequence": sequence}
        socketio.emit(checkout_live.UPDATED, newest, to=checkout_live.room(subscription_id))

    if holds_pages:
        checkout_live.listen(socketio, app)
    return emit


def _open_doors(app: Flask, settings: Settings) -> None:
    headers.install(app, settings)
    compress.install(app)
    errors.install(app)
    sandboxes = sandbox_card.bp, sandbox_approve.bp, sandbox_pay.bp, sandbox_phone.bp
    apis = native.bp, fundraising.bp, hyperline.bp, paymennt.bp
    for door in (*apis, api_description.bp, checkout.bp, *sandboxes, health.bp, metrics.bp):
        app.register_blueprint(door)
    console.install(app)
    app.extensions["staff_test_sites"] = console_access.visible_test_sites
    app.context_processor(
        lambda: {
            "customer_css": customer_css(),
            "sandbox_css": sandbox_css(),
            "docs_css": docs_css(),
            "brand_css": brand_css,
            "csp_nonce": headers.nonce(),
        }
    )
