"""What a refusal means beyond the gateway's own flag: one table of codes, one of the networks' advice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from portal.gateways.base import ChargeResult, Decline

Lost = Literal["nothing", "method", "card"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """`lost`: nothing beside this payment, the subscription's method, or the card wherever this site has it."""

    decline: Decline
    lost: Lost = "nothing"


NEVER, ASKS = Meaning("hard"), Meaning("customer")

# Codes in the spelling of billing.words; in brackets the networks' response codes (dunning.md sections 2 and 3, D11).
BY_CODE = {
    "stop_payment_order": NEVER,  # R0: this payment alone
    "revocation_of_authorization": Meaning("hard", "method"),  # R1: this agreement
    "revocation_of_all_authorizations": Meaning("hard", "card"),  # R3: every agreement on this card
    "lost_card": NEVER,  # 41
    "stolen_card": NEVER,  # 43
    "pickup_card": NEVER,  # 04, 07
    "closed_account": NEVER,  # 46
    "incorrect_number": NEVER,  # 14, 15
    "transaction_not_allowed": NEVER,  # 57, 12
    "restricted_card": NEVER,  # 62
    "do_not_try_again": NEVER,
    "expired_card": NEVER,  # 54
    "incorrect_cvc": ASKS,  # N7, 82
    "authentication_required": ASKS,  # 65 (Mastercard), 1A (Visa)
    "authentication_refused": ASKS,
}

# Merchant advice codes: no try with the same card data; some of them by our own choice (40, 41, 43).
ADVICE_NEVER = frozenset({"01", "03", "04", "21", "22", "40", "41", "42", "43"})
ADVICE_WAIT = {
    "24": timedelta(hours=1),
    "25": timedelta(hours=24),
    "26": timedelta(days=2),
    "27": timedelta(days=4),
    "28": timedelta(days=6),
    "29": timedelta(days=8),
    "30": timedelta(days=10),
}
_STRICTER: tuple[Decline, ...] = ("soft", "customer", "hard")


def strictest(result: ChargeResult) -> Decline | None:
    """The gateway's flag, the code and the advice may disagree: what forbids most counts (D6). None: no refusal."""
    if result.outcome != "failed":
        return result.decline
    said: list[Decline] = [result.decline or "soft"]
    if result.code in BY_CODE:
        said.append(BY_CODE[result.code].decline)
    if result.advice in ADVICE_NEVER:
        said.append("hard")
    return max(said, key=_STRICTER.index)


def lost(code: str | None) -> Lost:
    return BY_CODE[code].lost if code in BY_CODE else "nothing"


def not_before(advice: str | None, declined_at: datetime | None) -> datetime | None:
    """The earliest moment at which the networks allow another try; None: they do not say."""
    wait = ADVICE_WAIT.get(advice or "")
    return declined_at + wait if wait is not None and declined_at is not None else None
