"""Forms of the customer's pages: no cookie, so the token is an HMAC over the link, the action and the version shown."""

from __future__ import annotations

import uuid
from typing import Any, Self

from flask import request
from wtforms import Form, HiddenField, IntegerField
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.validators import AnyOf, InputRequired, Optional, ValidationError

from portal.checkout.parts import PostForm
from portal.core.security import keys

ACTIONS = ("confirm", "change-method", "send-new-link", "pay-now", "approve", "retry-day", "pay")
PURPOSE = "checkout forms"


def token_for(link_id: uuid.UUID, action: str, version: int | None) -> str:
    return keys().sign(PURPOSE, f"{link_id}:{action}:{version if version is not None else ''}")


def post_form(link_id: uuid.UUID, action: str, version: int | None = None) -> PostForm:
    """The hidden values of one form on a page."""
    return PostForm(action=action, csrf_token=token_for(link_id, action, version), version=version)


class LinkCSRF(CSRF):
    """Good for this link, this action and this version alone; it does not age, so a page left open still works."""

    def setup_form(self, form: Any) -> Any:
        self._link_id = form.meta.csrf_context
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        return ""

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        message = f"{self._link_id}:{form.action.data}:{form.version.data if form.version.data is not None else ''}"
        if not keys().signed(PURPOSE, message, field.data or ""):
            raise ValidationError("This page is out of date. Look again, then repeat.")


class LinkForm(Form):
    """What a tap on the customer's page posts."""

    class Meta:
        csrf = True
        csrf_class = LinkCSRF

    action = HiddenField(validators=[InputRequired(), AnyOf(ACTIONS)])
    version = IntegerField(validators=[Optional()])

    @classmethod
    def posted(cls, link_id: uuid.UUID) -> Self:
        return cls(request.form, meta={"csrf_context": link_id})


def from_here(public_url: str) -> bool:
    """True unless the browser says that the POST comes from another site (contract section 6)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin in {public_url, request.host_url.rstrip("/")}
