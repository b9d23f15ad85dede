"""Signing in and out: password, then a code; on one's own machine the demo agent needs neither."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from portal.console import access, codes, passwords, people, throttle
from portal.console.door import WANTED, bp
from portal.console.forms import OUT_OF_DATE, ActForm, CodeForm, SignInForm
from portal.console.throttle import TooManyTries
from portal.core.clock import real_now
from portal.core.database import reading, transaction

log = logging.getLogger(__name__)

HALF = "half"  # the password was right, the code is still to come
HALF_LIFE = 300  # seconds
WRONG = "The e-mail or the password is wrong."
WRONG_CODE = "This code is wrong or was used before. Wait for the next one."


@bp.get("/sign-in")
def sign_in() -> Response:
    return _password_page(SignInForm())


@bp.post("/sign-in")
def check_password() -> Response:
    form = SignInForm()
    if not form.validate():
        return _password_page(form, _problem(form), 400 if form.is_forged else 422)
    email, password = form.email.data or "", form.password.data or ""
    try:
        with transaction():
            tries = throttle.begin(people.same_email(email), _address())
    except TooManyTries as refused:
        return _wait(_password_page(form, str(refused), 429))
    with reading():
        known = people.find(email)
    if not passwords.matches(known.password_hash if known else None, password) or known is None:
        log.warning("sign-in refused", extra={"step": "password", "address": _address()})
        return _password_page(form, WRONG, 422)
    with transaction():
        throttle.forgive(tries)
    cookie[HALF] = {"id": str(known.id), "at": int(real_now().timestamp())}
    return redirect(url_for("console.code"), 303)


@bp.get("/code")
def code() -> Response:
    return redirect(url_for("console.sign_in"), 303) if _half() is None else _code_page(CodeForm())


@bp.post("/code")
def check_code() -> Response:
    staff_id, form = _half(), CodeForm()
    if staff_id is None:
        return redirect(url_for("console.sign_in"), 303)
    if not form.validate():
        return _code_page(form, _problem(form), 400 if form.is_forged else 422)
    try:
        secret = _spend(staff_id, form.code.data or "")
    except TooManyTries as refused:
        return _wait(_code_page(form, str(refused), 429))
    except codes.SecretLost as lost:
        log.error("sign-in impossible", extra={"reason": lost.code, "staff": str(staff_id)})
        return _code_page(form, str(lost), 503)
    return _code_page(form, WRONG_CODE, 422) if secret is None else _enter(secret)


@bp.post("/demo")
def demo() -> Response:
    """The demo agent: where may_be_demo_agent says so; elsewhere there is nothing at this address."""
    if not ActForm().validate():
        return _password_page(SignInForm(formdata=None), OUT_OF_DATE, 400)
    with transaction():
        secret = access.start(None) if access.may_be_demo_agent() else None
        access.end(str(cookie.get(access.COOKIE, "")))
    return _enter(secret) if secret is not None else abort(404)


@bp.post("/sign-out")
def sign_out() -> Response:
    if not ActForm().validate():
        return redirect(url_for("console.requests"), 303)
    with transaction():
        access.end(str(cookie.get(access.COOKIE, "")))
    cookie.clear()
    return redirect(url_for("console.sign_in"), 303)


def _spend(staff_id: uuid.UUID, text: str) -> str | None:
    """The secret of a new session where the code is right; the try is counted first, the old session ends."""
    with reading():
        known = people.of(staff_id)
    if known is None:
        return None
    with transaction():
        tries = throttle.begin(known.email, _address())
    with transaction():
        if not codes.use(staff_id, text):
            log.warning("sign-in refused", extra={"step": "code", "staff": str(staff_id), "address": _address()})
            return None
        throttle.forgive(tries)
        access.end(str(cookie.get(access.COOKIE, "")))
        return access.start(staff_id)


def _enter(secret: str) -> Response:
    """Nothing of the cookie from before the sign-in stays, but where the person was going."""
    wanted = str(cookie.get(WANTED, ""))
    cookie.clear()
    cookie[access.COOKIE] = secret
    log.info("signed in to the console", extra={"address": _address()})
    return redirect(wanted if wanted.startswith("/console/") else url_for("console.requests"), 303)


def _half() -> uuid.UUID | None:
    """Who has given the password and has still to give the code, within five minutes."""
    half: Any = cookie.get(HALF)
    if not isinstance(half, dict) or not 0 <= int(real_now().timestamp()) - int(half["at"]) <= HALF_LIFE:
        return None
    return uuid.UUID(half["id"])


def _problem(form: ActForm) -> str:
    return OUT_OF_DATE if form.is_forged else ""


def _address() -> str:
    return request.remote_addr or ""


def _password_page(form: SignInForm, problem: str = "", status: int = 200) -> Response:
    with reading():
        offer_demo = access.may_be_demo_agent()
    page = render_template("console/sign_in.html", form=form, problem=problem, offer_demo=offer_demo)
    return make_response(page, status)


def _code_page(form: CodeForm, problem: str = "", status: int = 200) -> Response:
    return make_response(render_template("console/code.html", form=form, problem=problem), status)


def _wait(response: Response) -> Response:
    response.headers["Retry-After"] = str(int(throttle.WINDOW.total_seconds()))
    return response
