"""Is this genuine? The words that the message has too, whom to call, and this page on a phone by its QR code."""

from __future__ import annotations

from urllib.parse import urlsplit

from werkzeug.wrappers import Response as BaseResponse

from portal.checkout.own import door
from portal.checkout.own.frame import still
from portal.checkout.own.pages import GenuinePage
from portal.checkout.parts import Fact
from portal.checkout.qr import qr_code
from portal.checkout.reading import Facts
from portal.checkout.routes import bp
from portal.checkout.shell import own_address, own_path
from portal.core.database import reading
from portal.core.speech import catalog


@bp.get("/<token>/genuine")
def genuine(token: str) -> BaseResponse:
    with reading():
        facts = door.opened(token)
    if facts is None or not door.is_open(facts):
        return door.main_page(facts)
    return door.page("genuine", genuine_page(facts))


def genuine_page(facts: Facts) -> GenuinePage:
    shell, say, address = still(facts), catalog(facts.locale), own_address(facts)
    facts_told = [Fact(label=say.gettext("Who asks"), value=facts.site.name)]
    if facts.subscription.external_id:
        facts_told.append(
            Fact(label=say.gettext("Their number for it"), value=facts.subscription.external_id, is_id=True)
        )
    facts_told.append(
        Fact(label=say.gettext("Address of this page begins with"), value=urlsplit(address).netloc, is_id=True)
    )
    known = shell.merchant.support_phone or shell.merchant.support_email
    if known:
        facts_told.append(Fact(label=say.gettext("Their contact here, to compare"), value=known, is_id=True))
    return GenuinePage(
        shell=shell,
        words=shell.check_words or "",
        facts=tuple(facts_told),
        back_href=own_path(facts),
        address=address,
        qr=qr_code(address) if address else None,
    )
