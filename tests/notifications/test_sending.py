"""Messages owed by a subscription reach a real mail server: once each, retried by the table, never for what is over."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

import pytest

from portal.core.settings import Settings
from portal.links.models import PaymentRequest
from portal.notifications import registry
from portal.notifications.models import Message
from portal.webhooks.models import Event
from tests.harness import Customer, Merchant, Portal
from tests.mail_server import serving

MAIL_ONLY = {"external_id": "c-1", "first_name": "Ann", "email": "ann@example.com"}


class Mailbox:
    """Takes what comes, or answers DATA with `answer`."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer, self.mails = answer, list[Any]()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("2"):
            self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return self.answer


def use_mail(settings: Settings, port: int) -> None:
    import dataclasses

    registry.configure(
        dataclasses.replace(settings, mail_url=f"smtp://127.0.0.1:{port}?tls=none", mail_from="pay@example.com")
    )


def test_the_link_goes_by_email_with_text_and_html_to_one_recipient(portal: Portal, merchant: Merchant) -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        use_mail(portal.settings, port)
        link = merchant.post(customer=MAIL_ONLY).json["link"]
        portal.run_jobs()
    [(to, mail)] = mailbox.mails
    assert to == ["ann@example.com"]
    assert "Acme Fitness" in str(mail["From"])
    assert "Gold+ Plan" in str(mail["Subject"])
    assert link in mail.get_body(("plain",)).get_content()
    assert link in mail.get_body(("html",)).get_content()
    assert merchant.messages()[0]["link"] == link
    assert portal.row(PaymentRequest).status == "sent"


def test_a_mail_refused_for_now_is_tried_again_and_arrives_once(portal: Portal, merchant_on_clock: Merchant) -> None:
    mailbox = Mailbox("450 Later")
    with serving(mailbox) as port:
        use_mail(portal.settings, port)
        merchant_on_clock.post(customer=MAIL_ONLY)
        portal.run_jobs()
        assert portal.row(Message).status == "queued"
        mailbox.answer = "250 OK"
        merchant_on_clock.advance("2026-01-31T09:02")
    assert len(mailbox.mails) == 1
    assert (portal.row(Message).status, portal.row(Message).tries) == ("sent", 2)


def test_a_mail_refused_for_good_fails_and_the_merchant_is_told(portal: Portal, merchant: Merchant) -> None:
    with serving(Mailbox("550 No such person")) as port:
        use_mail(portal.settings, port)
        merchant.post(customer=MAIL_ONLY)
        portal.run_jobs()
    assert portal.row(Message).status == "failed"
    notices = [event.facts for event in portal.rows(Event, action="notification")]
    assert [(notice["error"], "•••••@example.com" in notice["message"]) for notice in notices] == [(True, True)]


def test_what_is_tried_in_vain_for_days_is_given_up(portal: Portal, merchant_on_clock: Merchant) -> None:
    with serving(Mailbox("451 Never")) as port:
        use_mail(portal.settings, port)
        merchant_on_clock.post(customer=MAIL_ONLY)
        portal.run_jobs()
        merchant_on_clock.advance("2026-02-10T09:00")
    assert (portal.row(Message).status, portal.row(Message).tries) == ("failed", 9)


def test_nobody_is_asked_for_what_was_withdrawn_before_the_message_left(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    merchant.post(active=False)
    portal.run_jobs()
    assert merchant.messages() == []
    assert portal.row(Message).status == "skipped"


def test_send_again_makes_a_new_link_and_keeps_the_old_one_and_refuses_a_repeat(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    first = merchant.call("POST", "/subscription/439772921/send")
    assert first.status_code == 200
    again = merchant.call("POST", "/subscription/439772921/send")
    assert again.status_code == 409
    portal.run_jobs()
    assert len(merchant.messages()) == 2
    assert customer.page().status == 200
    assert Customer(portal, first.json["link"]).page().status == 200
    assert first.json["link"] != f"{portal.settings.public_url}{customer.path}"


@pytest.mark.parametrize("purpose", ["confirmed", "terms_changed", "payment_failed"])
def test_every_kind_of_message_has_words_on_both_channels(
    portal: Portal, merchant_on_clock: Merchant, purpose: str
) -> None:
    both = MAIL_ONLY | {
        "mobile_phone": "111-222-3333",
        "notification_options": {"notify_phone": True, "notify_email": True},
    }
    link = merchant_on_clock.post(customer=both).json["link"]
    Customer(portal, link).confirm("4000 0000 0000 0341" if purpose == "payment_failed" else "4242 4242 4242 4242")
    portal.run_jobs()
    if purpose == "terms_changed":
        merchant_on_clock.post(customer=both, amount=39.99)
        portal.run_jobs()
    told = [message for message in merchant_on_clock.messages() if message["purpose"] == purpose]
    assert {message["channel"] for message in told} == {"sms", "email"}
    for message in told:
        assert "{" not in message["body"]
        assert "Gold+ Plan" in message["body"]
        assert message["link"] in message["body"]
        assert ("$39.99" if purpose == "terms_changed" else "$34.99") in message["body"]
