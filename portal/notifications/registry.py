"""Which channel carries a text or an email of a site; a new channel is one file and one line here."""

from __future__ import annotations

from portal.core.settings import Settings, WrongSetting
from portal.notifications.channels import Channel
from portal.notifications.email import SmtpChannel
from portal.notifications.phone import PhoneChannel

_mail: Channel | None = None


def configure(settings: Settings) -> None:
    global _mail
    try:
        _mail = SmtpChannel(settings.mail_url, settings.mail_from) if settings.mail_url else None
    except ValueError as error:
        name, _, problem = str(error).partition(" ")
        raise WrongSetting(name.rstrip(":"), problem) from None


def channel_for(mode: str, channel: str) -> Channel | None:
    """Emails go by SMTP where MAIL_URL is set; on test sites the sandbox phone takes the rest; None: nobody can."""
    if channel == "email" and _mail is not None:
        return _mail
    return PhoneChannel() if mode == "test" else None
