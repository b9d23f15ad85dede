"""What every channel must do, whatever it sends by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiosmtpd.handlers import Sink

from portal.notifications.channels import OutgoingText, Receipt
from portal.notifications.email import SmtpChannel
from portal.notifications.phone import PhoneChannel
from tests.mail_server import serving

EMAIL = OutgoingText(
    message_id="0198c0de-0000-7000-8000-000000000001",
    channel="email",
    to="johndoe@abc.com",
    subject="Confirm your subscription",
    text="Confirm: https://pay.example.com/p/abc\n",
    html="<p>Confirm</p>",
    sender_name="Acme Fitness",
)


@pytest.fixture(params=["phone", "smtp"])
def channel(request):
    if request.param == "phone":
        yield PhoneChannel()
        return
    with serving(Sink()) as port:
        yield SmtpChannel(f"smtp://127.0.0.1:{port}?tls=none", "payments@example.com")


def test_a_channel_has_the_name_under_which_it_is_known(channel, request):
    assert channel.name == request.node.callspec.params["channel"]


def test_a_message_that_is_taken_has_a_reference(channel):
    receipt = channel.send(EMAIL)
    assert isinstance(receipt, Receipt)
    assert receipt.gateway_ref


def test_a_repeat_has_the_same_reference_and_another_message_has_another(channel):
    first, repeat = channel.send(EMAIL), channel.send(EMAIL)
    other = channel.send(replace(EMAIL, message_id="0198c0de-0000-7000-8000-000000000002"))
    assert first.gateway_ref == repeat.gateway_ref != other.gateway_ref


def test_a_message_without_html_and_with_letters_of_all_kinds_is_taken(channel):
    assert channel.send(
        replace(EMAIL, html=None, subject="Zoë · مرحبا", text="Grüße 🙂\n", sender_name="Ünal, Søn & Co")
    ).gateway_ref
