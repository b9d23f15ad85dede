"""What every gateway can do, and the values that go in and come back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Outcome = Literal["succeeded", "failed", "requires_action", "unknown"]
Decline = Literal["soft", "hard", "customer"]


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """Take this amount once. The same `key` never takes money twice; `at` is the site's time, for sandbox ledgers.

    `reference` tells what it was for (`<subscription>/<slot>/<number>`) and is kept by the gateway beside the charge,
    so that a charge we lost (a restored backup) can be put back in its place.
    """

    key: str
    site_id: uuid.UUID
    method_ref: str
    amount_minor: int
    currency: str
    description: str
    at: datetime
    reference: str = ""


@dataclass(frozen=True, slots=True)
class GatewayCharge:
    """One charge as the gateway's own list has it; `outcome` captured or declined."""

    key: str
    gateway_ref: str
    amount_minor: int
    currency: str
    outcome: Literal["captured", "declined"]
    code: str | None
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """What the gateway says. `decline`: what may help: soft (later), hard (another card), customer (they must act).

    `code` is one of billing.declines where it means more than that; `advice` is the merchant advice code (MAC).
    """

    outcome: Outcome
    gateway_ref: str | None = None
    code: str | None = None
    decline: Decline | None = None
    words: str | None = None
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalOrder:
    """Ask for the page on which the customer answers their bank about the charge `key`, and where it leads back."""

    site_id: uuid.UUID
    key: str
    merchant_name: str
    amount_text: str
    return_path: str


NO_ANSWER = ChargeResult("unknown", code="no_answer", words="No answer.")
# Our own word, no gateway's: it was asked, has never seen the key, and the try shall not be made any more.
NOT_SENT = ChargeResult("failed", code="not_sent")
# Our own word too: its turn did not come in time, by the gateway's rate; the same try goes out under a later claim.
NOT_YET = ChargeResult("unknown", code="not_yet")


@dataclass(frozen=True, slots=True)
class TooFast:
    """The gateway refused a call by its rate and did nothing about it; `retry_after` in seconds, where it says so."""

    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a gateway lets itself be called: `burst` at once, then `per_second`; `account`: all who share that."""

    account: str
    per_second: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Give this much of the charge `charge_ref` back, once however often the same `key` is sent.

    `zone` is the site's time zone: by its civil day a gateway says how long a charge can be voided.
    """

    key: str
    site_id: uuid.UUID
    charge_ref: str
    amount_minor: int
    currency: str
    at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What the gateway says to a refund or a void; `words` are its own."""

    outcome: Literal["succeeded", "failed", "unknown"]
    gateway_ref: str | None = None
    code: str | None = None
    words: str | None = None


NO_REFUND_ANSWER = RefundResult("unknown", code="no_answer", words="No answer.")


@dataclass(frozen=True, slots=True)
class SetupOrder:
    """Ask for a page on which the customer saves a method; `return_path` may hold `{link:<id>}` for the address."""

    setup_id: uuid.UUID
    site_id: uuid.UUID
    merchant_name: str
    description: str
    amount_text: str
    return_path: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SetupPage:
    gateway_ref: str
    url: str


@dataclass(frozen=True, slots=True)
class SavedMethod:
    gateway_ref: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class SetupState:
    """How the customer's visit to the gateway's page stands; `method` only when saved."""

    status: Literal["open", "saved", "refused", "expired"]
    method: SavedMethod | None = None


@dataclass(frozen=True, slots=True)
class PayOrder:
    """Ask for a page on which the customer pays this amount, once, before `expires_at` (the site's time, as `at`).

    `key` and `reference` are those of a charge: what is paid on the page stands under them in the gateway's list.
    """

    visit_id: uuid.UUID
    key: str
    reference: str
    site_id: uuid.UUID
    merchant_name: str
    description: str
    amount_minor: int
    currency: str
    amount_text: str
    return_path: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PayState:
    """How the customer's visit to a page of a PayOrder stands; once it is over, `result` is the gateway's word."""

    status: Literal["open", "over", "expired"]
    result: ChargeResult | None = None
    card: SavedMethod | None = None


class Gateway(Protocol):
    """A payment provider. Time-outs and torn connections are `unknown`, never `failed`, and no call raises for them."""

    name: str

    def pace(self, site_id: uuid.UUID) -> Pace | None:
        """How fast the site's account may be called; None: the gateway names no rate."""

    async def charge(self, order: ChargeOrder) -> ChargeResult | TooFast:
        """Take the money, or replay what this key got before.

        All of it or nothing: an adapter undoes a partial approval and answers with a refusal (dunning.md D18).
        """

    async def look_up(self, site_id: uuid.UUID, key: str) -> ChargeResult | TooFast | None:
        """What became of this key; None: the gateway has never seen it; outcome `unknown`: it cannot say now."""

    async def call_off(self, site_id: uuid.UUID, key: str) -> ChargeResult:
        """Stop waiting for the customer's bank: failed, or succeeded where the money has come meanwhile."""

    async def refund(self, order: RefundOrder) -> RefundResult:
        """Send back part or all of a captured charge, or replay what this key got before."""

    async def void(self, order: RefundOrder) -> RefundResult:
        """Undo a whole charge as if it had never been, while the gateway allows it, or replay this key's answer."""

    async def look_up_refund(self, site_id: uuid.UUID, key: str) -> RefundResult | None:
        """What became of this key's refund or void; None: the gateway has never seen it."""

    def charges(self, site_id: uuid.UUID) -> Iterable[GatewayCharge]:
        """Every charge of a site in the order in which the gateway wrote it; refunds are not charges."""

    def approval_page(self, order: ApprovalOrder) -> str | None:
        """Where the customer answers their bank about this charge; None: nothing is asked any more."""

    def open_setup(self, order: SetupOrder) -> SetupPage:
        """A page of the gateway's for this setup; the same setup_id gives the same page."""

    def setup_state(self, gateway_ref: str) -> SetupState: ...

    def open_payment(self, order: PayOrder) -> SetupPage:
        """A page of the gateway's to pay this order; the same visit_id gives the same page."""

    def payment_state(self, gateway_ref: str, at: datetime, *, end: bool = False) -> PayState:
        """How the visit stands `at` the site's time; with `end`, or past its time, nothing can be paid on it any more.

        `expired` is final: no money has come by this visit, and none will.
        """
