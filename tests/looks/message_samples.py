"""What every message is given, as a sample."""

from __future__ import annotations

from typing import Any

from tests.looks.offer_samples import updated
from tests.looks.sample_shop import LINK, PRICE


def message_context() -> dict[str, Any]:
    """What every message is given; the optional ones that a kind does not use are left unread."""
    return {
        "merchant_name": "Acme Fitness",
        "first_name": "John",
        "description": "Gold+ Plan",
        "amount_text": PRICE,
        "rhythm_text": "every month",
        "link": LINK,
        "check_words": "amber kite",
        "support_phone": "(312) 555-0142",
        "valid_days": 7,
        "taken_amount_text": PRICE,
        "next_amount_text": PRICE,
        "next_day": "Feb 28",
        "from_day": "Mar 31",
        "reason_text": "not enough money in the account",
        "retry_day": "Mar 3",
        "changes": updated().changes,
        "until_day": "Feb 27",
        "card_text": "Visa ending 4242",
        "expires_day": "Mar 31",
    }
