"""What the merchant adds to its pages: the logo, and the terms to read. Both by the customer's own link."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, make_response, render_template

from portal.checkout import language
from portal.checkout.parts import Shell
from portal.checkout.reading import read
from portal.checkout.routes import bp, wrong
from portal.checkout.shell import own_path, shell
from portal.core import formats
from portal.core.database import reading, session
from portal.core.instants import local_day
from portal.links import find as find_links
from portal.sites.models import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsPage:
    """terms.html: the merchant's own words, paragraph by paragraph, in whatever language they are."""

    shell: Shell
    paragraphs: tuple[str, ...]
    since_text: str
    back_href: str = ""


@bp.get("/<token>/logo")
def logo(token: str) -> Response:
    with reading():
        found = find_links.by_token(token)
        site = session().get_one(Site, found.request.site_id) if found else None
        picture, kind = (site.logo, site.logo_type) if site else (None, None)
    if picture is None or kind is None:
        return wrong()
    response = Response(picture, mimetype=kind)
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@bp.get("/<token>/terms")
def terms(token: str) -> Response:
    with reading():
        found = find_links.by_token(token)
        facts = read(found) if found else None
        text, at = (facts.site.terms_text, facts.site.terms_at) if facts else (None, None)
    if facts is None or text is None or at is None:
        return wrong()
    day = local_day(at, facts.site.timezone)
    page = TermsPage(
        shell=replace(shell(facts), live=None, menu=()),
        paragraphs=tuple(part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()),
        since_text=formats.long_day(day, facts.locale, today=day.min),
        back_href=language.kept(own_path(facts)),
    )
    return make_response(render_template("checkout/terms.html", page=page))
