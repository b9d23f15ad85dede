"""What every answer carries: a request id and the headers that keep a page to itself."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

from portal.core.context import acting, begin_request, new_request_id
from portal.core.settings import Settings
from portal.webhooks.addresses import OURS


def nonce() -> str:
    """The one nonce of this answer's inline styles and scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    value: str = g.csp_nonce
    return value


def install(app: Flask, settings: Settings) -> None:
    live = settings.live_url.replace("http", "ws", 1)

    @app.before_request
    def begin() -> Response | None:
        begin_request(new_request_id())
        if OURS in request.headers:
            return Response("A webhook of this portal leads back to it.\n", 508, mimetype="text/plain")
        return None

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = acting().request_id
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        if settings.public_url.startswith("https://"):
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", policy(live))
            response.headers.setdefault("X-Frame-Options", "DENY")
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow, noarchive")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def policy(live: str) -> str:
    """No third party, nothing inline without this answer's nonce; sockets to where the live process listens."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce()}' 'strict-dynamic'",
            f"style-src 'nonce-{nonce()}' 'self'",
            "img-src 'self' data:",
            f"connect-src 'self' {live}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )
