"""Is the process alive, and can it do its work."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.core.database import reading, session
from portal.migrations.state import newest_revision

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    return jsonify(status="alive")


@bp.get("/readyz")
def ready() -> tuple[Response, int]:
    """503 with the reason when the database, its migrations or the broker are wrong."""
    problem = database_problem() or broker_problem()
    if problem:
        return jsonify(status="not ready", reason=problem), 503
    return jsonify(status="ready"), 200


def database_problem() -> str | None:
    try:
        with reading():
            present = session().scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return "The database does not answer, or has no tables yet: run `portal db upgrade`."
    wanted = newest_revision()
    return None if present == wanted else f"The database is at migration {present}, this code needs {wanted}."


def broker_problem() -> str | None:
    broker = current_app.extensions["portal_broker"]
    client = getattr(broker, "client", None)
    if client is None:
        return None
    try:
        client.ping()
    except RedisError as error:
        return f"The broker does not answer: {type(error).__name__}."
    return None


@bp.get("/robots.txt")
def robots() -> Response:
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@bp.get("/favicon.ico")
def favicon() -> Response:
    """Browsers ask for it beside papers and pictures, which cannot say that there is none."""
    return Response(status=204, headers={"Cache-Control": "public, max-age=86400"})
