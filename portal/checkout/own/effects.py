"""What would happen, said before the tap: the dates a pause leaves out, what an end takes, what undoing does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from portal.billing import payers, wishes
from portal.billing.wishes import Break
from portal.checkout import dates, forms
from portal.checkout.own.frame import amount, line, long, post_form, short, still
from portal.checkout.own.pages import CanceledPage, CancelPage, PauseChoice, PausePage, RestedPage
from portal.checkout.pages import PausedPage
from portal.checkout.parts import ManageOption, RailLine
from portal.checkout.reading import Facts
from portal.checkout.shell import own_path, shell
from portal.core import formats
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.sites import clock
from portal.subscriptions import agenda, pausing


def pause_page(facts: Facts, *, stale: bool = False) -> PausePage:
    choices = tuple(_choice(facts, one, place == 0) for place, one in enumerate(_breaks(facts)))
    form = post_form(facts, "pause", wishes.shown(facts.subscription, facts.money))
    return PausePage(
        shell=still(facts),
        choices=choices,
        form=form,
        back_href=own_path(facts),
        stale=stale,
    )


def _breaks(facts: Facts) -> tuple[Break, ...]:
    return wishes.breaks(facts.subscription, facts.binding)


def _choice(facts: Facts, one: Break, is_first: bool) -> PauseChoice:
    say, locale = catalog(facts.locale), facts.locale
    if one.payments is None:
        return PauseChoice(
            value="open",
            label=say.gettext("Until I start it again"),
            effect=say.gettext("Nothing is taken until you start it again on your page. You can do that at any time."),
            checked=is_first,
        )
    label = say.ngettext("Leave out %(count)s payment", "Leave out %(count)s payments", one.payments)
    effect = say.ngettext(
        "%(days)s is not taken. Next: %(amount)s on %(next)s.",
        "%(days)s are not taken. Next: %(amount)s on %(next)s.",
        one.payments,
    )
    assert one.next_on is not None
    days = formats.listed([short(facts, day) for day in one.left_out], facts.locale)
    words = filled(effect, locale, days=days, amount=amount(facts), next=long(facts, one.next_on))
    return PauseChoice(
        value=str(one.payments), label=filled(label, locale, count=one.payments), effect=words, checked=is_first
    )


def cancel_page(facts: Facts, *, stale: bool = False) -> CancelPage:
    form = post_form(facts, "cancel", wishes.shown(facts.subscription, facts.money))
    return CancelPage(
        shell=still(facts),
        rail=_cancel_rail(facts),
        form=form,
        back_href=own_path(facts),
        owed=_owed(facts),
        undo=_undo_words(facts),
        stale=stale,
    )


def _cancel_rail(facts: Facts) -> tuple[RailLine, ...]:
    say, today = catalog(facts.locale), clock.today(facts.site)
    lines = [line(facts, "now", today, label=say.gettext("Today"), word=say.gettext("Canceled"))]
    if facts.money.rest.minor:
        taken = formats.amount(facts.money.rest.minor, facts.binding.currency, facts.locale)
        lines.append(line(facts, "now", today, amount_text=taken, why=_rest_words(facts)))
    until = facts.money.paid_until
    if until is not None and until >= today:
        why = filled(
            say.gettext("%(what)s is paid until here and stays yours."), facts.locale, what=facts.binding.description
        )
        lines.append(line(facts, "end", until, word=say.gettext("Last day"), why=why))
    following = _next_on(facts)
    if following is not None:
        why = say.gettext("Not taken. Nothing is taken after today.")
        lines.append(line(facts, "off", following, amount_text=amount(facts), struck=True, why=why))
    return tuple(lines)


def _rest_words(facts: Facts) -> str:
    """What ending it now still costs, and why."""
    say, since = catalog(facts.locale), facts.money.rest.since
    if since is None:
        return say.gettext("For what waited for the next payment.")
    return filled(say.gettext("For what was used since %(day)s."), facts.locale, day=long(facts, since))


def _next_on(facts: Facts) -> date | None:
    if facts.subscription.status == "paused":
        return pausing.resumed_on(facts.site, facts.subscription, facts.binding)
    return facts.subscription.next_due_on


def _owed(facts: Facts) -> str:
    """What canceling does not wipe out, said before the tap."""
    say = catalog(facts.locale)
    if facts.money.is_under_way:
        return say.gettext("A payment is being taken at this moment. If your bank takes it, it stays taken.")
    if not facts.money.owed_minor:
        return ""
    words = say.gettext(
        "%(amount)s from before is still to pay. It is not taken by itself any more; %(merchant)s may ask you for it."
    )
    owed = formats.amount(facts.money.owed_minor, facts.binding.currency, facts.locale)
    return filled(words, facts.locale, amount=owed, merchant=facts.site.name)


def _undo_words(facts: Facts) -> str:
    say, until = catalog(facts.locale), facts.money.paid_until
    if facts.money.owed_minor or facts.money.is_under_way:
        return ""
    if until is None or until < clock.today(facts.site):
        return say.gettext("You can undo this here today.")
    return filled(say.gettext("You can undo this here until %(day)s."), facts.locale, day=long(facts, until))


def canceled_page(facts: Facts) -> CanceledPage:
    """It is over by the customer's own wish, and can still be undone."""
    say, today = catalog(facts.locale), clock.today(facts.site)
    closed_on = local_day(facts.subscription.closed_at or facts.now, facts.site.timezone)
    until = facts.money.paid_until
    words = say.gettext("You canceled it on %(day)s. Nothing more is taken.")
    if until is not None and until >= today:
        words = say.gettext(
            "You canceled it on %(day)s. Nothing more is taken. It is paid until %(until)s and stays yours until then."
        )
    return CanceledPage(
        shell=shell(facts),
        words=filled(words, facts.locale, day=long(facts, closed_on), until=long(facts, until) if until else ""),
        rail=dates.own_rail(facts),
        undo=post_form(facts, "undo", wishes.shown(facts.subscription, facts.money), "undo"),
        effect=_undo_effect(facts),
    )


def _undo_effect(facts: Facts) -> str:
    say = catalog(facts.locale)
    if facts.subscription.hold_reason is not None:
        return say.gettext("Undoing it brings it back paused, as it was. Nothing is taken until it is started again.")
    following = facts.after_undo
    if following is None:
        return say.gettext("Undoing it brings it back. Nothing more is to be taken.")
    words = say.gettext("Undoing it brings it back as it was. Next: %(amount)s on %(day)s.")
    return filled(words, facts.locale, amount=amount(facts), day=long(facts, following))


def pause_option(facts: Facts) -> ManageOption | None:
    """The way to the page that asks, where the merchant allows it now."""
    if not wishes.may_pause(facts.site, facts.subscription, facts.money):
        return None
    effect = catalog(facts.locale).gettext("Leave out a payment or more. You see the exact next date first.")
    return ManageOption(href=f"{own_path(facts)}/pause", effect=effect)


def cancel_option(facts: Facts) -> ManageOption | None:
    if not wishes.may_cancel(facts.site, facts.subscription):
        return None
    say, until = catalog(facts.locale), facts.money.paid_until
    words = say.gettext("Nothing is taken after today.")
    if until is not None and until >= clock.today(facts.site):
        words = filled(
            say.gettext("Nothing is taken after today. It is paid until %(day)s and stays yours until then."),
            facts.locale,
            day=long(facts, until),
        )
    if facts.money.rest.minor:
        rest = formats.amount(facts.money.rest.minor, facts.binding.currency, facts.locale)
        last = filled(say.gettext("%(amount)s is still to pay."), facts.locale, amount=rest)
        words = f"{last} {_rest_words(facts)} {words}"
    return ManageOption(href=f"{own_path(facts)}/cancel", effect=words)


def paused_page(facts: Facts, page: PausedPage) -> PausedPage:
    """The pause with its end, what starting now would take, and the way out."""
    subscription = facts.subscription
    on = subscription.resume_on
    again = None
    if wishes.may_resume(subscription):
        again = post_form(facts, "resume", wishes.shown(subscription, facts.money), "resume")
    return replace(
        page,
        next_amount_text=amount(facts) if on else "",
        next_day_text=long(facts, on) if on else "",
        next_day_iso=on.isoformat() if on else "",
        rail=_paused_rail(facts),
        resume=again,
        resume_effect=_resume_effect(facts),
        cancel=cancel_option(facts),
    )


def rested_page(facts: Facts) -> RestedPage:
    """Whoever paid has stopped: what giving a card would take, and the way out."""
    effect = ""
    if facts.subscription.hold_reason == payers.STOPPED:
        effect = _resume_effect(facts)
    if facts.money.owed_minor:
        owed = formats.amount(facts.money.owed_minor, facts.binding.currency, facts.locale)
        words = catalog(facts.locale).gettext("%(amount)s is overdue and is taken at once.")
        effect = f"{filled(words, facts.locale, amount=owed)} {effect}".strip()
    return RestedPage(
        shell=shell(facts),
        rail=dates.own_rail(facts),
        new_card=forms.post_form(facts.link.id, "change-method"),
        effect=effect,
        cancel=cancel_option(facts),
    )


def _paused_rail(facts: Facts) -> tuple[RailLine, ...]:
    """What was taken, the dates that are left out, and the one on which it goes on."""
    subscription, say = facts.subscription, catalog(facts.locale)
    past = dates.own_rail(facts)[-2:]
    on, index = subscription.resume_on, subscription.next_index
    if on is None or index is None:
        return past
    left_out = []
    for place in range(index, index + wishes.MOST_LEFT_OUT):
        day = agenda.date_at(subscription, facts.binding, place)
        if day is None or day >= on:
            break
        left_out.append(line(facts, "off", day, amount_text=amount(facts), struck=True, why=say.gettext("Left out")))
    return (*past, *left_out, line(facts, "next", on, amount_text=amount(facts)))


def _resume_effect(facts: Facts) -> str:
    on = pausing.resumed_on(facts.site, facts.subscription, facts.binding)
    if on is None:
        return ""
    words = catalog(facts.locale).gettext("Starting again now takes %(amount)s on %(day)s.")
    return filled(words, facts.locale, amount=amount(facts), day=long(facts, on))
