"""Tells the machines that look at links before people do: previews of chats, scanners of mail, search engines."""

from __future__ import annotations

import re

# By what they call themselves. One that claims to be a browser cannot be told from a person, and nothing hangs on it:
# an open is only noted, and confirming needs a card.
_NAMES = re.compile(
    r"bot\b|crawler|spider|preview|externalhit|whatsapp/|slackbot|slack-img|skypeuri|embedly|ms-office|safelinks"
    r"|proofpoint|mimecast|barracuda|google-safety|adsbot|mediapartners",
    re.IGNORECASE,
)


def is_machine(agent: str) -> bool:
    """Whether this User-Agent names itself as a preview, a scanner or a search engine, with a script or without."""
    return _NAMES.search(agent) is not None
