"""The offer as samples: as it is, updated, declined, and in Arabic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from portal.checkout.pages import (
    DeclinedPage,
    OfferPage,
)
from portal.checkout.parts import (
    ItemLine,
    Merchant,
    PageLink,
    RailLine,
)
from portal.checkout.qr import qr_code
from portal.checkout.words import and_so_on, offer_rhythm
from portal.core.formats import amount
from portal.subscriptions.differences import Difference
from portal.subscriptions.words import rhythm_text as rhythm
from tests.looks.sample_shop import LANGUAGES, LINK, PRICE, SHELL, TODAY, form, line


def offer() -> OfferPage:
    monthly = rhythm("Monthly", 1, "en")
    return OfferPage(
        shell=SHELL,
        heading="Gold+ Plan",
        subheading="Acme Fitness membership",
        amount_text=PRICE,
        rhythm_text=offer_rhythm(monthly, "en", first=None, today=TODAY),
        rail=(
            line("now", TODAY, label="Today"),
            line("next", date(2026, 2, 28), why="February has no 31st, so on its last day"),
            line("later", date(2026, 3, 31)),
            RailLine(state="more", label=and_so_on(monthly, "en", today=TODAY, more=None)),
        ),
        form=form("confirm", 1),
        gateway_name="Northgate Pay",
        qr=qr_code(LINK),
    )


def updated() -> OfferPage:
    price = amount(3999, "USD", "en")
    base = offer()
    return replace(
        base,
        state="updated",
        amount_text=price,
        rail=tuple(
            replace(entry, amount_text=price, marked=True) if entry.amount_text else entry for entry in base.rail
        ),
        changes=(
            Difference(label="Amount every month", was=PRICE, now=price),
            Difference(label="Includes", was="Gym", now="Gym and pool"),
        ),
        items=(
            ItemLine(label="Gym", amount_text=PRICE),
            ItemLine(label="Pool", amount_text="$5.00", note="every day until 8 PM"),
        ),
        attachments=(PageLink(label="House rules (PDF)", href="#"),),
        count_text="12 payments, $479.88 in all",
        form=form("confirm", 2),
    )


def declined() -> DeclinedPage:
    base = offer()
    return DeclinedPage(
        **{name: getattr(base, name) for name in base.__dataclass_fields__},
        reason_text="not enough money in the account",
    )


def arabic_offer() -> OfferPage:
    shell = replace(
        SHELL,
        merchant=Merchant(
            name="نادي الواحة", brand="#8a2c5d", support_phone="+971 4 555 0142", support_phone_tel="+97145550142"
        ),
        lang="ar",
        dir="rtl",
        description="العضوية الذهبية",
        customer_first_name="سارة",
        check_words="نخلة زرقاء",
        languages=tuple(replace(language, current=language.code == "ar") for language in LANGUAGES),
    )
    price, old = amount(10000, "AED", "ar"), amount(9000, "AED", "ar")
    return replace(
        offer(),
        shell=shell,
        heading="العضوية الذهبية",
        subheading="اشتراك نادي الواحة",
        amount_text=price,
        rhythm_text="اليوم، ثم كل ثلاثة أشهر",
        changes=(Difference(label="المبلغ", was=old, now=price),),
        rail=(
            line("now", TODAY, price, "ar", label="اليوم"),
            line("next", date(2026, 4, 30), price, "ar", why="شهر أبريل 30 يومًا، لذلك في آخر يوم منه"),
            line("later", date(2026, 7, 31), price, "ar"),
            RailLine(state="more", label="وهكذا كل ثلاثة أشهر حتى تلغي الاشتراك"),
        ),
    )
