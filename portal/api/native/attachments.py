"""Addresses of the native API: files that a subscription shows to its customer."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel, Field

from portal.api import auth, casing
from portal.api.answers import answer
from portal.api.native import answers_lists as answers
from portal.api.native import values
from portal.api.native.manual import manual
from portal.api.native.routes import bp
from portal.api.operation import File
from portal.billing.snapshot import local
from portal.core.database import reading, session, transaction
from portal.core.errors import invalid
from portal.sites.models import Site
from portal.subscriptions import attachments
from portal.subscriptions.attachments import ENDINGS, LARGEST, Attachment

UPLOAD = "native.add_attachment"
FRAME = 100_000  # what a form adds around its file


def _allow_more() -> None:
    if request.endpoint == UPLOAD:
        request.max_content_length = LARGEST + FRAME


@bp.record_once
def _before_everything(state: BlueprintSetupState) -> None:
    """A file may be larger than other bodies: said before any guard reads the body."""
    state.app.before_request_funcs.setdefault(None, []).insert(0, _allow_more)


class NameQuery(BaseModel):
    """What the file is called, where it is sent without a form."""

    name: values.OptionalText = Field(None, description="The name that the customer reads.")


@bp.post("/attachment")
@manual.operation(
    "Add an attachment",
    tag="Attachments",
    query=NameQuery,
    answers={200: answers.AddedAttachment},
    uploads=("multipart/form-data", *ENDINGS),
)
def add_attachment(version: str, site_id: str, query: NameQuery) -> Response:
    """A PDF, PNG or JPEG up to 5 MB, as the `file` of a form or as the body itself. Its content decides what it is,
    not its name. Name its id in `attachment_refs` of a subscription, and the customer can download it there."""
    mine = auth.own_site(site_id)
    name, content = _sent()
    with transaction():
        site = session().get_one(Site, mine)
        kept = attachments.keep(site, query.name or name, content)
        return answer(casing.written(_shape(site, kept), version))


@bp.get("/attachment/<attachment_id>")
@manual.operation(
    "Download an attachment", tag="Attachments", answers={200: File(tuple(ENDINGS), "The file, as a download.")}
)
def get_attachment(version: str, site_id: str, attachment_id: str) -> Response:
    """The file as it was sent, with the type that its content has."""
    mine = auth.own_site(site_id)
    with reading():
        found = attachments.find(mine, attachment_id)
        response = Response(found.content, mimetype=found.media_type)
        response.headers.set("Content-Disposition", "attachment", filename=found.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _sent() -> tuple[str, bytes]:
    """Name and content of the file: the only one of a form, or the body. Raises UnknownKind for another type."""
    if request.mimetype == "multipart/form-data":
        files = list(request.files.values())
        if len(files) != 1:
            raise invalid("file", "Send one file, as the field named file.")
        return files[0].filename or "", files[0].read(LARGEST + 1)
    if request.mimetype not in (*ENDINGS, "application/octet-stream"):
        raise attachments.UnknownKind
    return "", request.get_data(cache=False)


def _shape(site: Site, kept: Attachment) -> dict[str, Any]:
    return {
        "success": True,
        "_id": str(kept.id),
        "id": str(kept.id),
        "name": kept.name,
        "media_type": kept.media_type,
        "size": kept.size,
        "sha256": kept.sha256,
        "created_at": local(site, kept.created_at),
    }
