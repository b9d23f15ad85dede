"""What support does with a payment: refund it, whole or in part, void it, try it again; the effect is said before."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response

from portal.billing import call_off, collect_now, refunds
from portal.billing.collect_now import Tap
from portal.billing.models import Payment
from portal.billing.refunds import Call, Locked
from portal.console import payment_story
from portal.console.door import bp, signed_in
from portal.console.forms import OUT_OF_DATE, MoneyForm, RefundForm
from portal.console.frame import frame
from portal.console.request_page import Told
from portal.core.database import reading, session, transaction
from portal.core.errors import InvalidFields, NotAllowedNow, NotFound, PortalError, invalid
from portal.core.ids import read_id
from portal.core.money import InvalidAmount, Money

DONE = {
    "refunded": Told(done="The money is on its way back to the customer."),
    "voided": Told(done="The charge was undone. Nothing was taken."),
    "asked": Told(done="The gateway has not answered yet. It is being asked; look again in a minute."),
    "off": Told(done="It is not collected any more."),
    "retried": Told(done="The card is being charged now. Its bank's answer appears here and in the timeline."),
}
MOVED_SINCE = "The payment has changed since this page was opened. Look at it again, then repeat."
Move = Callable[[Locked], Call | None]


@bp.get("/payments/<payment_id>")
def payment_page(payment_id: str) -> Response:
    return _shown(payment_id, DONE.get(request.args.get("done", ""), Told()))


@bp.post("/payments/<payment_id>/refund")
def refund_payment(payment_id: str) -> Response:
    """All that is left, or the amount that was typed."""
    form = RefundForm()

    def move(locked: Locked) -> Call:
        return refunds.open_refund(locked, _minor(form.amount.data or "", locked.payment))

    return _move(payment_id, form, move, done="refunded")


@bp.post("/payments/<payment_id>/void")
def void_payment(payment_id: str) -> Response:
    """Undone at the gateway where money was taken, else called off."""

    def move(locked: Locked) -> Call | None:
        if not call_off.is_uncollected(locked.payment):
            return refunds.open_void(locked)
        call_off.call_off(locked)
        return None

    return _move(payment_id, MoneyForm(), move, done="off")


@bp.post("/payments/<payment_id>/retry")
def retry_payment(payment_id: str) -> Response:
    def move(locked: Locked) -> None:
        tap = Tap(locked.payment.invoice_id, collect_now.tries(locked.subscription.id))
        collect_now.collect_now(locked.site, locked.subscription, tap)

    return _move(payment_id, MoneyForm(), move, done="retried")


def _move(payment_id: str, form: MoneyForm, move: Move, done: str) -> Response:
    """Noted with who did it and committed, then the gateway is called. A refusal comes back with the page's words."""
    if not form.validate():
        return _shown(payment_id, Told(problem=OUT_OF_DATE), 400)
    try:
        with transaction():
            locked = _locked(payment_id)
            if payment_story.stands(locked.payment) != form.stood.data:
                raise NotAllowedNow(MOVED_SINCE)
            call = move(locked)
        if call is not None:
            done = _returned(call)
    except InvalidFields as wrong:
        return _shown(payment_id, Told(problem=" ".join(one.message for one in wrong.problems)), wrong.status)
    except PortalError as refused:
        return _shown(payment_id, Told(problem=str(refused)), refused.status)
    return redirect(url_for("console.payment_page", payment_id=payment_id, done=done), 303)


def _locked(payment_id: str) -> Locked:
    """404 for a payment that this person may not see."""
    our_id = read_id(payment_id)
    payment = session().get(Payment, our_id) if our_id else None
    if payment is None or signed_in().only_site not in {None, payment.site_id}:
        raise NoSuchPage
    try:
        return refunds.lock(payment.site_id, payment.id)
    except NotFound:
        raise NoSuchPage from None


def _returned(call: Call) -> str:
    """Call the gateway with nothing held and write its answer. Raises NotAllowedNow where it refused."""
    result = refunds.collect(call)
    with transaction():
        refund = refunds.settle(call.refund_id, result)
        status, kind, said = refund.status, refund.kind, refund.words or refund.code
    if status == "failed":
        raise NotAllowedNow(f"The gateway refused: {said}. Nothing was sent back.")
    if status != "succeeded":
        return "asked"
    return "voided" if kind == "void" else "refunded"


def _minor(text: str, payment: Payment) -> int | None:
    """What was typed in minor units; None, all that is left, where the form asked for no amount."""
    if "amount" not in request.form:
        return None
    try:
        return Money.parse(text.strip().replace(",", ""), payment.currency).minor
    except InvalidAmount:
        raise invalid("amount", "Give an amount such as 12.50.") from None


def _shown(payment_id: str, told: Told, status: int = 200) -> Response:
    person, our_id = signed_in(), read_id(payment_id)
    if our_id is None:
        raise NoSuchPage
    with reading():
        page, around = _read(our_id, person.only_site)
    return make_response(render_template("console/payment.html", page=page, told=told, frame=around), status)


def _read(our_id: uuid.UUID, only_site: uuid.UUID | None) -> tuple[object, object]:
    try:
        page, site = payment_story.read(our_id, only_site)
    except NotFound:
        raise NoSuchPage from None
    return page, frame(signed_in(), [site], current="requests")
