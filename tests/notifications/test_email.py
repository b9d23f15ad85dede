"""Email against real SMTP servers on this machine: what is sent, and what each kind of refusal means."""

from __future__ import annotations

import email
import email.policy
import socket
import time
from dataclasses import replace

import pytest
from aiosmtpd.smtp import AuthResult

from portal.notifications import email as channel_email
from portal.notifications.channels import OutgoingText, SendFailed
from portal.notifications.email import MailServer, SmtpChannel, parse_mail_url
from tests.certificates import Authority
from tests.mail_server import serving

MESSAGE = OutgoingText(
    message_id="0198c0de-0000-7000-8000-000000000001",
    channel="email",
    to="johndoe@abc.com",
    subject="Confirm your Gold+ Plan",
    text="Hello Zoë,\nconfirm here: https://pay.example.com/p/" + "a" * 90 + "\n.\nBye\n",
    html="<p>Hello Zoë</p>",
    sender_name="Acme Fitness",
)


class Mailbox:
    """Keeps what it is given; `rcpt` and `data` are its answers."""

    def __init__(self, rcpt="250 OK", data="250 OK", sender="250 OK"):
        self.rcpt, self.data, self.sender = rcpt, data, sender
        self.envelopes = []

    async def handle_MAIL(self, server, session, envelope, address, options):  # the library's name for it
        envelope.mail_from = address
        return self.sender

    async def handle_RCPT(self, server, session, envelope, address, options):  # the library's name for it
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):  # the library's name for it
        self.envelopes.append(envelope)
        if self.data == "hang up":
            server.transport.abort()
        return self.data

    def read(self):
        """The last email, as a mail program reads it."""
        return email.message_from_bytes(self.envelopes[-1].original_content, policy=email.policy.default)


def send(mailbox, message=MESSAGE, mail_from="payments@example.com"):
    with serving(mailbox) as port:
        return SmtpChannel(f"smtp://127.0.0.1:{port}?tls=none", mail_from, timeout=5).send(message)


def failure(mailbox, message=MESSAGE):
    with pytest.raises(SendFailed) as failed:
        send(mailbox, message)
    return failed.value


def test_an_email_arrives_with_text_and_html_from_the_merchant_by_name():
    mailbox = Mailbox()
    receipt = send(mailbox)
    assert str(mailbox.read()["From"]) == "Acme Fitness <payments@example.com>"
    assert str(mailbox.read()["To"]) == "johndoe@abc.com"
    assert str(mailbox.read()["Subject"]) == "Confirm your Gold+ Plan"
    assert mailbox.read()["Message-ID"] == receipt.gateway_ref == f"<{MESSAGE.message_id}@example.com>"
    assert mailbox.read()["Date"].datetime is not None
    assert mailbox.read().get_content_type() == "multipart/alternative"
    assert mailbox.read().get_body(("plain",)).get_content().splitlines() == MESSAGE.text.splitlines()
    assert mailbox.read().get_body(("html",)).get_content().strip() == MESSAGE.html
    assert not receipt.delivered


def test_the_envelope_names_one_sender_and_one_recipient():
    mailbox = Mailbox()
    send(mailbox)
    assert mailbox.envelopes[0].mail_from == "payments@example.com"
    assert mailbox.envelopes[0].rcpt_tos == ["johndoe@abc.com"]


def test_the_message_travels_in_seven_bits_and_short_lines():
    mailbox = Mailbox()
    send(mailbox, replace(MESSAGE, subject="Größe " * 40))
    raw = mailbox.envelopes[0].original_content
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert str(mailbox.read()["Subject"]) == ("Größe " * 40).strip()


@pytest.mark.parametrize(
    "name", ["Müller, Söhne & Töchter Zahlungsgesellschaft mit beschränkter Haftung, Zweigstelle Göttingen",
             'Bob "The Gym" O\'Neil', "Acme <evil@evil.example>", "Fit, Inc.", "صالة رياضية", "a" * 200, ""],
)  # fmt: skip
def test_any_name_of_a_merchant_leaves_one_sender_with_our_address(name):
    mailbox = Mailbox()
    send(mailbox, replace(MESSAGE, sender_name=name))
    (sender,) = mailbox.read()["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "payments@example.com")


@pytest.mark.parametrize(
    "hostile",
    ["Acme\r\nBcc: eve@evil.example", "Acme\nBcc: eve@evil.example", "Acme\x00\x0b\u2028Bcc: eve@evil.example"],
)
def test_line_breaks_in_names_and_subjects_add_no_header(hostile):
    mailbox = Mailbox()
    send(mailbox, replace(MESSAGE, sender_name=hostile, subject=hostile))
    assert mailbox.read()["Bcc"] is None
    assert str(mailbox.read()["Subject"]) == "Acme Bcc: eve@evil.example"
    assert [sender.addr_spec for sender in mailbox.read()["From"].addresses] == ["payments@example.com"]


@pytest.mark.parametrize(
    "to", ["a@abc.com,b@abc.com", "a@abc.com\r\nBcc: b@abc.com", "a@abc.com>\r\nRCPT TO:<b@abc.com", "", "a"]
)
def test_whatever_is_not_one_address_fails_for_good_and_reaches_nobody(to):
    mailbox = Mailbox()
    failed = failure(mailbox, replace(MESSAGE, to=to))
    assert (failed.final, failed.reason) == (True, channel_email.BAD_ADDRESS)
    assert mailbox.envelopes == []


def test_an_international_domain_goes_out_in_punycode():
    mailbox = Mailbox()
    send(mailbox, replace(MESSAGE, to="kontakt@bücher.example"), mail_from="pay@BÜCHER.example")
    assert mailbox.envelopes[0].rcpt_tos == ["kontakt@xn--bcher-kva.example"]
    assert mailbox.read()["Message-ID"].endswith("@xn--bcher-kva.example>")


def test_a_text_message_is_not_for_this_channel():
    assert failure(Mailbox(), replace(MESSAGE, channel="sms")).final


@pytest.mark.parametrize("code", [421, 450, 451, 452])
def test_a_4xx_is_to_be_tried_again(code):
    failed = failure(Mailbox(rcpt=f"{code} Try later, johndoe@abc.com"))
    assert (failed.final, failed.reason) == (False, f"The mail server refused the email ({code}).")
    assert not failure(Mailbox(data=f"{code} Try later")).final


@pytest.mark.parametrize("code", [550, 551, 552, 553, 554])
def test_a_5xx_is_final(code):
    failed = failure(Mailbox(rcpt=f"{code} No such user johndoe@abc.com"))
    assert (failed.final, failed.reason) == (True, f"The mail server refused the email ({code}).")
    assert failure(Mailbox(data=f"{code} Refused")).final
    assert failure(Mailbox(sender=f"{code} Refused")).final


def test_a_drop_after_data_is_tried_again_under_the_same_message_id():
    mailbox = Mailbox(data="hang up")
    failed = failure(mailbox)
    assert (failed.final, failed.reason) == (False, channel_email.UNKNOWN_FATE)
    mailbox.data = "250 OK"
    send(mailbox)
    first, second = (email.message_from_bytes(envelope.original_content) for envelope in mailbox.envelopes)
    assert first["Message-ID"] == second["Message-ID"]


def test_a_server_that_never_speaks_is_left_at_the_time_limit():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        channel = SmtpChannel(f"smtp://127.0.0.1:{mute.getsockname()[1]}?tls=none", "payments@example.com", timeout=0.2)
        begun = time.monotonic()
        with pytest.raises(SendFailed) as failed:
            channel.send(MESSAGE)
    assert (failed.value.final, failed.value.reason) == (False, channel_email.NO_SERVER)
    assert time.monotonic() - begun < 2


def test_a_server_that_is_not_there_is_tried_again():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(SendFailed) as failed:
            SmtpChannel(f"smtp://127.0.0.1:{unused.getsockname()[1]}", "payments@example.com").send(MESSAGE)
    assert not failed.value.final


def test_a_farewell_that_goes_wrong_does_not_make_a_taken_email_look_unsent():
    class Rude(Mailbox):
        async def handle_QUIT(self, server, session, envelope):  # the library's name for it
            return "451 Not now"

    mailbox = Rude()
    assert send(mailbox).gateway_ref
    assert len(mailbox.envelopes) == 1


def logs_in(server, session, envelope, mechanism, credentials):
    return AuthResult(success=(credentials.login, credentials.password) == (b"pay", b"p@ss/word"), handled=False)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def test_a_login_goes_over_starttls_with_a_trusted_certificate_only(authority, monkeypatch):
    mailbox = Mailbox()
    options = {"tls_context": authority.server_context("localhost"), "authenticator": logs_in, "auth_required": True}
    with serving(mailbox, **options) as port:
        right = SmtpChannel(f"smtp://pay:p%40ss%2Fword@localhost:{port}?tls=starttls", "payments@example.com")
        wrong = SmtpChannel(f"smtp://pay:guess@localhost:{port}?tls=starttls", "payments@example.com")
        with pytest.raises(SendFailed, match=channel_email.NOT_SECURE):
            right.send(MESSAGE)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
        assert right.send(MESSAGE).gateway_ref
        with pytest.raises(SendFailed, match=channel_email.NO_LOGIN) as failed:
            wrong.send(MESSAGE)
    assert not failed.value.final
    assert len(mailbox.envelopes) == 1


def test_a_server_without_starttls_gets_nothing_in_the_clear():
    mailbox = Mailbox()
    with serving(mailbox) as port, pytest.raises(SendFailed, match=channel_email.NOT_SECURE) as failed:
        SmtpChannel(f"smtp://127.0.0.1:{port}?tls=starttls", "payments@example.com").send(MESSAGE)
    assert not failed.value.final
    assert mailbox.envelopes == []


def test_an_email_goes_over_tls_from_the_first_byte(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    mailbox = Mailbox()
    with serving(mailbox, ssl_context=authority.server_context("localhost")) as port:
        assert SmtpChannel(f"smtp://localhost:{port}?tls=tls", "payments@example.com").send(MESSAGE).gateway_ref
    assert len(mailbox.envelopes) == 1


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, "", "", "starttls")),
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, "", "", "none")),
        ("smtp://localhost", MailServer("localhost", 25, "", "", "none")),
        ("smtp://mail.example.com:465", MailServer("mail.example.com", 465, "", "", "tls")),
        ("smtp://u%40x:p%2Fw%3F@mail.example.com?tls=tls", MailServer("mail.example.com", 465, "u@x", "p/w?", "tls")),
        ("smtp://[::1]:2525/?tls=starttls", MailServer("::1", 2525, "", "", "starttls")),
    ],
)
def test_a_mail_url_is_read(url, server):
    assert parse_mail_url(url) == server


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mail.example.com", "smtp://"),
        ("http://mail.example.com", "smtp://"),
        ("smtp://", "host"),
        ("smtp://mail.example.com:mail", "cannot be read"),
        ("smtp://mail.example.com:0", "host"),
        ("smtp://mail.example.com:99999", "cannot be read"),
        ("smtp://user@mail.example.com", "both"),
        ("smtp://:hushhush@mail.example.com", "both"),
        ("smtp://user:hüshhush@mail.example.com", "ASCII"),
        ("smtp://mail.example.com?tls=ssl", "none, starttls or tls"),
        ("smtp://mail.example.com?tls=", "none, starttls or tls"),
        ("smtp://mail.example.com?ssl=1", "tls"),
        ("smtp://mail.example.com/inbox", "end after"),
        ("smtp://user:hush/hush@mail.example.com", "cannot be read"),
    ],
)
def test_a_wrong_mail_url_says_what_is_wrong_and_not_the_password(url, problem):
    with pytest.raises(ValueError, match=problem) as wrong:
        parse_mail_url(url)
    assert "MAIL_URL" in str(wrong.value)
    assert "hush" not in str(wrong.value)


def test_a_password_is_not_shown_where_a_server_is():
    assert "hush" not in repr(parse_mail_url("smtp://user:hush@mail.example.com"))


@pytest.mark.parametrize(
    "mail_from", ["", "payments", "a@", "@b", "Pay <pay@example.com>", "a@b.com, c@d.com", "a@b.com\r\nX: y"]
)
def test_a_wrong_sender_stops_the_start(mail_from):
    with pytest.raises(ValueError, match="MAIL_FROM"):
        SmtpChannel("smtp://localhost", mail_from)
