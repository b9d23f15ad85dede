"""What a browser calls itself, in the words of support: "iPhone, Safari"."""

from __future__ import annotations

# First match wins: most browsers also claim to be the ones before them.
_DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("HeadlessChrome", "automated Chrome"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("FBAN", "Facebook"),
    ("Instagram", "Instagram"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def in_words(agent: str) -> str:
    """Device and browser as far as they are known; an unknown agent's own first word, or "unknown browser"."""
    parts = [next((word for sign, word in table if sign in agent), "") for table in (_DEVICES, _BROWSERS)]
    known = ", ".join(part for part in parts if part)
    return known or (agent.split("/")[0].split()[:1] or ["unknown browser"])[0][:40]
