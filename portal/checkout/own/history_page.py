"""Everything that happened: payments, changes and messages in one line of time, for the person who pays."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response as BaseResponse

from portal.checkout import history
from portal.checkout.own import door, happenings
from portal.checkout.own.frame import still
from portal.checkout.own.happenings import Happened
from portal.checkout.own.pages import HistoryPage
from portal.checkout.parts import HistoryLine
from portal.checkout.reading import SHOWN_PAYMENTS, Facts
from portal.checkout.routes import bp
from portal.checkout.shell import own_path
from portal.core import formats
from portal.core.database import reading


@bp.get("/<token>/history")
def show_history(token: str) -> BaseResponse:
    with reading():
        facts = door.opened(token)
        if facts is None or not door.is_live(facts):
            return door.main_page(facts)
        log, sent = happenings.changes(facts.subscription.id), happenings.messages(facts.subscription.id)
    path = own_path(facts)
    lines = _lines(facts, happenings.told(facts, log, sent))
    return door.page("history", HistoryPage(shell=still(facts), lines=lines, back_href=path))


def _lines(facts: Facts, others: list[Happened]) -> tuple[HistoryLine, ...]:
    """The newest first; where older payments are left out, so is what happened before them."""
    paid = history.timed(facts)
    since = min((at for at, _ in paid), default=None) if len(facts.payments) >= SHOWN_PAYMENTS else None
    kept = [(one.at, _line(facts, one)) for one in others if since is None or one.at >= since]
    return tuple(line for _, line in sorted((*paid, *kept), key=lambda one: one[0], reverse=True))


def _line(facts: Facts, one: Happened) -> HistoryLine:
    local = one.at.astimezone(ZoneInfo(facts.site.timezone))
    return HistoryLine(at_text=formats.moment(local, facts.locale), at_iso=local.isoformat(), text=one.text)
