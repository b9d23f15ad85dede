"""Email by SMTP: one connection and one recipient a message, the same Message-ID on every try."""

from __future__ import annotations

import smtplib
import ssl
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from portal.core.clock import real_now
from portal.customers.emails import domain_in_ascii, parse_email
from portal.notifications.channels import OutgoingText, Receipt, SendFailed

Tls = Literal["none", "starttls", "tls"]
_PORTS: dict[Tls, int] = {"none": 25, "starttls": 587, "tls": 465}
# 7 bit, so that a server without 8BITMIME takes it too.
_POLICY = SMTP.clone(cte_type="7bit")

NO_SERVER = "The mail server cannot be reached."
NOT_SECURE = "No secure connection to the mail server could be made."
NO_LOGIN = "The mail server did not let us in."
UNKNOWN_FATE = "The mail server hung up after it was given the email; whether it was sent is not known."
BAD_ADDRESS = "This email address cannot be used."


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where email is handed over; `user` is empty where no login is wanted."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: Tls


def parse_mail_url(url: str) -> MailServer:
    """Read MAIL_URL, `smtp://user:pass@host:port?tls=none|starttls|tls`. Raises ValueError that says what is wrong.

    Without `tls` the connection is secured, except to this machine. User and password are percent-encoded.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("MAIL_URL cannot be read; write smtp://user:pass@host:port?tls=starttls") from None
    if parts.scheme != "smtp" or not parts.hostname or port == 0:
        raise ValueError("MAIL_URL must begin with smtp:// and name a host")
    if parts.path not in {"", "/"} or parts.fragment:
        raise ValueError("MAIL_URL must end after the host, the port and ?tls=; encode / and # in a password")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not (user + password).isascii():
        raise ValueError("MAIL_URL must give both a user and a password, in ASCII, or neither")
    tls = _read_tls(parts.query, parts.hostname, port)
    return MailServer(parts.hostname, _PORTS[tls] if port is None else port, user, password, tls)


def _read_tls(query: str, host: str, port: int | None) -> Tls:
    asked = dict(parse_qsl(query, keep_blank_values=True))
    if asked.keys() - {"tls"}:
        raise ValueError("MAIL_URL takes one parameter, tls; encode a ? in a password as %3F")
    match asked.get("tls"):
        case "none" | "starttls" | "tls" as tls:
            return tls
        case None if _is_this_machine(host):
            return "none"
        case None:
            return "tls" if port == _PORTS["tls"] else "starttls"
    raise ValueError("MAIL_URL has a wrong tls: it must be none, starttls or tls")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class SmtpChannel:
    """Sends from one address, in the merchant's name, through the mail server of MAIL_URL."""

    name = "smtp"

    def __init__(self, mail_url: str, mail_from: str, *, timeout: float = 10.0) -> None:
        """`timeout` is for each step, in seconds. Raises ValueError naming MAIL_URL or MAIL_FROM."""
        self._server = parse_mail_url(mail_url)
        self._from = _read_sender(mail_from)
        self._timeout = timeout

    def send(self, outgoing: OutgoingText) -> Receipt:
        """Hand one email over. Raises SendFailed: for good after a 5xx about this email, else to be tried again.

        A server that hangs up between the email's last byte and its answer may have sent it: the next try can then be
        a second copy, which carries the same Message-ID. A login that fails says nothing about this email: not final.
        """
        email = self._compose(outgoing)
        with self._connection() as connection:
            self._hand_over(connection, email)
        return Receipt(gateway_ref=str(email["Message-ID"]), delivered=False)

    def _compose(self, outgoing: OutgoingText) -> EmailMessage:
        if outgoing.channel != "email":
            raise SendFailed("This channel carries email only.", final=True)
        email = EmailMessage(policy=_POLICY)
        try:
            email["From"] = Address(_one_line(outgoing.sender_name), addr_spec=self._from.addr_spec)
            email["To"] = _read_recipient(outgoing.to)
            email["Message-ID"] = f"<{outgoing.message_id}@{self._from.domain}>"
        except ValueError:
            raise SendFailed(BAD_ADDRESS, final=True) from None
        email["Subject"] = _one_line(outgoing.subject or "")
        email["Date"] = format_datetime(real_now())
        email["Auto-Submitted"] = "auto-generated"
        email.set_content(outgoing.text)
        if outgoing.html is not None:
            email.add_alternative(outgoing.html, subtype="html")
        return email

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        try:
            connection = self._connect()
            try:
                self._log_in(connection)
                yield connection
                # The email is theirs by now: a farewell that fails must not make it look unsent.
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
            finally:
                connection.close()
        except (ssl.SSLError, smtplib.SMTPNotSupportedError) as trouble:
            raise SendFailed(NOT_SECURE, final=False) from trouble
        except (smtplib.SMTPException, OSError) as trouble:
            raise SendFailed(NO_SERVER, final=False) from trouble

    def _connect(self) -> smtplib.SMTP:
        host, port, timeout = self._server.host, self._server.port, self._timeout
        name = self._from.domain  # smtplib would ask the DNS for our name, and wait
        if self._server.tls == "tls":
            return smtplib.SMTP_SSL(host, port, name, timeout=timeout, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, name, timeout)

    def _log_in(self, connection: smtplib.SMTP) -> None:
        if self._server.tls == "starttls":
            connection.starttls(context=ssl.create_default_context())
        if self._server.user:
            try:
                connection.login(self._server.user, self._server.password)
            except (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError):
                raise SendFailed(NO_LOGIN, final=False) from None

    def _hand_over(self, connection: smtplib.SMTP, email: EmailMessage) -> None:
        connection.ehlo_or_helo_if_needed()
        _require(*connection.mail(self._from.addr_spec))
        _require(*connection.rcpt(email["To"].addresses[0].addr_spec))
        try:
            answer = connection.data(email.as_bytes())
        except smtplib.SMTPDataError as refusal:
            answer = refusal.smtp_code, b""
        except (smtplib.SMTPException, OSError):
            raise SendFailed(UNKNOWN_FATE, final=False) from None
        _require(*answer)


def _require(code: int, _words: bytes) -> None:
    # The server's own words may repeat the address, which belongs in no log.
    if not 200 <= code < 300:
        raise SendFailed(f"The mail server refused the email ({code}).", final=500 <= code < 600)


def _read_sender(mail_from: str) -> Address:
    """MAIL_FROM with its domain in ASCII; unlike a customer's it may be on this machine."""
    name, _, domain = mail_from.rpartition("@")
    try:
        sender = Address(addr_spec=f"{name}@{domain_in_ascii(domain)}")
    except (ValueError, IndexError, HeaderParseError):  # the library's parser runs off the end of some texts
        sender = Address()
    if not sender.username or not sender.domain:
        raise ValueError("MAIL_FROM must be one email address, like payments@example.com")
    return sender


def _read_recipient(to: str) -> Address:
    """The one address. Raises InvalidEmail, whatever else was put in to reach more people."""
    name, _, domain = parse_email(to).rpartition("@")
    return Address(username=name, domain=domain_in_ascii(domain))


def _one_line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).split())
