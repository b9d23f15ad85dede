"""The merchant's documents on the customer's pages: named as links, sent only to who holds the subscription's link."""

from __future__ import annotations

from flask import Response

from portal.checkout.parts import PageLink
from portal.checkout.reading import Facts
from portal.checkout.shell import own_path
from portal.subscriptions.attachments import Attachment


def documents(facts: Facts) -> tuple[PageLink, ...]:
    """A download link for each file that the subscription refers to."""
    path = own_path(facts)
    if not path:
        return ()
    return tuple(PageLink(label=one.name, href=f"{path}/document/{one.id}") for one in facts.attachments)


def sent(attachment: Attachment) -> Response:
    """The file as a download that no browser takes for a page of ours; call inside of a transaction."""
    response = Response(attachment.content, mimetype=attachment.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=attachment.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
