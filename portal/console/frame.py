"""What stands around every page of the console: the sandbox's band, the search, who is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.console import times
from portal.console.access import SignedIn
from portal.console.forms import ActForm
from portal.sites import clock
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class Band:
    """A test site says so; the time is its own, empty where several sites are on the page."""

    time_text: str
    time_iso: str


@dataclass(frozen=True, slots=True)
class Frame:
    who: str
    merchant: str
    current: str
    query: str
    csrf: str
    may_act: bool
    band: Band | None


def frame(person: SignedIn, sites: Sequence[Site] = (), *, current: str = "", query: str = "") -> Frame:
    """`sites` are those that the page is about; call it while their transaction is open."""
    who = person.name if person.name == "demo agent" else f"{person.name}, {person.role}"
    return Frame(
        who=who,
        merchant=sites[0].name if len(sites) == 1 else "",
        current=current,
        query=query,
        csrf=ActForm().csrf_token.current_token,
        may_act=person.may_act,
        band=_band(sites),
    )


def _band(sites: Sequence[Site]) -> Band | None:
    if not sites or any(site.mode != "test" for site in sites):
        return None
    if len(sites) > 1:
        return Band("", "")
    now = times.local(clock.now(sites[0]), sites[0].timezone)
    return Band(times.full_moment(now), now.isoformat(timespec="seconds"))
