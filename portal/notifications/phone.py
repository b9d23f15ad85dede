"""The sandbox phone: takes every text and email and delivers at once; its page shows them from the message rows."""

from __future__ import annotations

from portal.notifications.channels import OutgoingText, Receipt


class PhoneChannel:
    """Nothing leaves the house, so nothing can fail; sending the same message again is the same message."""

    name = "phone"

    def send(self, outgoing: OutgoingText) -> Receipt:
        return Receipt(gateway_ref=f"phone-{outgoing.message_id}", delivered=True)
