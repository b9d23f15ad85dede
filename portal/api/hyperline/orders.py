"""From the dialect's bodies to orders of the domain: products found or made, amounts, intervals and days."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from portal.api.hyperline import values
from portal.api.hyperline.bodies import REPEATING, PhaseBody, ProductLine, SubscriptionBody
from portal.catalog import products
from portal.catalog.product_models import Product
from portal.catalog.products import ProductOrder
from portal.core.errors import InvalidFields, Problem, invalid
from portal.core.ids import new_id, read_id
from portal.core.money import Money
from portal.customers import find as find_customers
from portal.customers.add_or_update import CustomerOrder
from portal.sites.models import Site
from portal.subscriptions.grids import Pay
from portal.subscriptions.item_orders import ItemOrder
from portal.subscriptions.lines import LineKind
from portal.subscriptions.orders import SubscriptionOrder
from portal.subscriptions.phases import PhaseOrder
from portal.subscriptions.product_changes import Billed
from portal.subscriptions.proration import Method
from portal.subscriptions.rhythm_names import from_interval
from portal.subscriptions.rhythms import Only, Repeats, Rhythm


@dataclass(frozen=True, slots=True)
class Held:
    """Products as items of a subscription, and those of them that it alone has, by the name they are known by."""

    items: tuple[ItemOrder, ...]
    own: dict[str, ProductOrder] = field(default_factory=dict)

    def keep_own(self, site: Site, subscription_id: uuid.UUID) -> None:
        for reference, order in self.own.items():
            products.own(site, subscription_id, order, reference)


def held(site: Site, lines: Sequence[ProductLine], currency: str, place: str, *, numbered: bool = True) -> Held:
    """Raises InvalidFields naming each product that is neither known nor described, by its place in the body."""
    known = _known(site, lines)
    items: list[ItemOrder] = []
    own: dict[str, ProductOrder] = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines):
        at = f"{place}.{number}" if numbered else place
        product = known.get(line.product_id or "")
        problems += _problems(line, product, currency, at)
        if problems:
            continue
        item, made = _item(line, product, currency)
        items.append(item)
        if made is not None and item.product_id is not None:
            own[item.product_id] = made
    if problems:
        raise InvalidFields(problems)
    return Held(tuple(items), own)


def subscription_order(site: Site, body: SubscriptionBody, currency: str, found: Held) -> SubscriptionOrder:
    """Everything it costs stands in its products; the base is nothing."""
    rhythm = rhythm_of(body, found.items)
    end = values.day_of(body.cancel_at, site.timezone)
    return SubscriptionOrder(
        description=body.name or ", ".join(dict.fromkeys(item.description for item in found.items))[:500],
        amount=Decimal(0),
        currency=currency,
        frequency=rhythm.frequency,
        frequency_units=rhythm.units,
        items=found.items,
        customer=CustomerOrder(id=customer_id(site, body.customer_id)),
        start_on=values.day_of(body.starts_at, site.timezone),
        end_on=end - timedelta(days=1) if end is not None and end > date.min else end,
        is_keyed=False,
    )


def rhythm_of(body: SubscriptionBody, items: Sequence[ItemOrder]) -> Rhythm:
    """The interval of the whole, else that of the first product that repeats."""
    lines = [line for line in body.first_products if line.billing_interval_period in REPEATING]
    period, count = body.billing_interval_period, body.billing_interval_count
    if period is None and lines:
        period, count = lines[0].billing_interval_period, lines[0].billing_interval_count
    if period is None:
        words = "Give how often it is billed, for the whole or with a product."
        raise InvalidFields([Problem("billing_interval_period", "missing", words)])
    rhythm = from_interval(period, count or 1)
    assert isinstance(rhythm, Rhythm)
    check_recurs(rhythm, items, "products")
    return rhythm


def check_recurs(rhythm: Rhythm, items: Sequence[ItemOrder], place: str) -> None:
    """Something must fall due on every date. Raises InvalidFields."""
    if not any(_comes_with_each(item.repeats, rhythm) for item in items):
        raise invalid(place, "At least one product must be billed with every interval of the subscription.")


def phase_orders(site: Site, bodies: Sequence[PhaseBody], currency: str, first: int) -> list[tuple[PhaseOrder, Held]]:
    """The phases after the present one; `first` is the place of the first of them in the body."""
    found = []
    for number, body in enumerate(bodies):
        goods = held(site, body.products, currency, f"phases.{first + number}.products")
        order = PhaseOrder(
            items=goods.items,
            name=body.name,
            starts_on=values.day_of(body.starts_at, site.timezone),
            method=Method(body.calculation_method or Method.PRO_RATA),
            pay=Pay(body.payment_schedule or Pay.IMMEDIATELY),
        )
        found.append((order, goods))
    return found


def customer_id(site: Site, text: str | None) -> uuid.UUID:
    """By our id or the merchant's own. Raises NotFound, for another site's too."""
    return find_customers.by_either_id(site.id, text or "").id


def _known(site: Site, lines: Sequence[ProductLine]) -> dict[str, Product]:
    named = [line.product_id for line in lines if line.product_id]
    found = products.held_by(site.id, [], named)
    by_id = {product.id: product for product in found if product.subscription_id is None}
    return {name: by_id[our_id] for name in named if (our_id := read_id(name)) in by_id and our_id is not None}


def _problems(line: ProductLine, product: Product | None, currency: str, at: str) -> list[Problem]:
    if product is None and line.product_name is None:
        words = "There is no product with this id: give product_name to make one of this subscription's own."
        return [Problem(f"{at}.product_name" if line.product_id is None else f"{at}.product_id", "missing", words)]
    if line.amount_minor is None and product is None:
        return [Problem(f"{at}.prices", "missing", "Give the price of a product that is not in your catalog.")]
    if line.amount_minor is None and product is not None and product.currency != currency:
        words = f"This product is priced in {product.currency}, the subscription in {currency}: give its prices."
        return [Problem(f"{at}.prices", "missing", words)]
    return []


def _item(line: ProductLine, product: Product | None, currency: str) -> tuple[ItemOrder, ProductOrder | None]:
    amount_minor = line.amount_minor or (product.amount_minor if product else 0)
    repeats: Repeats = Only.ALL
    if line.billing_interval_period is not None:
        repeats = from_interval(line.billing_interval_period, line.billing_interval_count or 1)
    name = line.product_name or (product.name if product else "")
    reference = str(product.id) if product else line.product_id or str(new_id())
    shows = product.shows_dates if product else line.display_interval_dates_in_description is not False
    item = ItemOrder(
        description=name,
        amount=Money(amount_minor, currency).decimal,
        count=line.count or 1,
        kind=LineKind.ONE_OFF if repeats is Only.ONCE else LineKind.PRODUCT,
        repeats=repeats,
        billed=Billed(line.start_or_end or Billed.START),
        own_day=isinstance(repeats, Rhythm),
        product_id=reference,
        shows_dates=shows,
    )
    if product is not None:
        return item, None
    return item, ProductOrder(name, currency, amount_minor, line.product_description, shows)


def _comes_with_each(repeats: Repeats, rhythm: Rhythm) -> bool:
    return repeats is Only.ALL or (isinstance(repeats, Rhythm) and repeats.step == rhythm.step)
