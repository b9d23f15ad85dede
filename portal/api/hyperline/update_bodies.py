"""Bodies of updates: six kinds told apart by `type`, when each applies, how it is reckoned and when it is paid."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, model_validator

from portal.api.hyperline.bodies import Body, Optional, Prices, ProductLine, wrong
from portal.api.hyperline.values import Count, Minor, Moment, Needed, Percent, Text, one_of, whole

MOST_UPDATES = 20
APPLICATION = ("immediately", "scheduled")
PAYMENT = ("immediately", "next_invoice", "custom")
METHODS = ("pro_rata", "pay_in_full", "do_not_charge")


class Settings(Optional):
    """When the change applies, how the period in which it falls is reckoned, and when it is paid."""

    application_schedule: Annotated[str | None, *one_of(*APPLICATION)] = None
    payment_schedule: Annotated[str | None, *one_of(*PAYMENT)] = None
    calculation_method: Annotated[str | None, *one_of(*METHODS)] = None
    apply_at: Moment = Field(None, description="With scheduled: the day of the change.")
    charge_at: Moment = Field(None, description="With custom: a day after it.")
    refund_method: Annotated[str | None, *one_of("wallet")] = Field(
        None, description="What is credited is kept for the next invoice."
    )


class Named(Body):
    """A product that the subscription holds, by its id or its `line_id`."""

    product_id: Annotated[Text, Needed] = None

    @model_validator(mode="before")
    @classmethod
    def _other_spellings(cls, value: Any) -> Any:
        if not isinstance(value, dict) or value.get("product_id") is not None:
            return value
        other = next((value[name] for name in ("line_id", "subscription_product_id", "id") if value.get(name)), None)
        return value | ({"product_id": other} if other is not None else {})


class Recounted(Named):
    count: Annotated[Count, Needed] = None


class Repriced(Named):
    prices: Annotated[Prices | None, Needed] = None

    @model_validator(mode="before")
    @classmethod
    def _one_price(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("prices") is None and isinstance(value.get("price"), dict):
            return value | {"prices": [value["price"]]}
        return value


class CouponLine(Body):
    """What comes off before tax: a percentage or an amount, off the whole or one product."""

    coupon_id: Annotated[Text, Needed] = Field(None, description="Your own id of it; remove_coupon names it.")
    name: Text = Field(None, description="As it stands on invoices; the id where it is left out.")
    type: Annotated[str | None, *one_of("percent", "amount")] = None
    discount_percent: Percent = None
    discount_amount: Minor = Field(None, description="In minor units.")
    duration_count: Annotated[int | None, whole(1, 1000)] = Field(
        None, description="Off the next so many payments; for ever where it is left out."
    )
    product_id: Text = Field(None, description="Off this product alone.")

    @model_validator(mode="before")
    @classmethod
    def _other_spellings(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        found = dict(value)
        if found.get("coupon_id") is None and "id" in found:
            found["coupon_id"] = found["id"]
        products = found.get("product_ids")
        if found.get("product_id") is None and isinstance(products, list) and len(products) == 1:
            found["product_id"] = products[0]
        return found

    @model_validator(mode="after")
    def _one_discount(self) -> CouponLine:
        if (self.discount_percent is None) == (self.discount_amount is None):
            raise wrong("discount_percent", "Give either discount_percent or discount_amount.")
        if self.type is not None and (self.type == "percent") != (self.discount_percent is not None):
            raise wrong("type", f"A coupon of type {self.type} has its discount_{self.type}.")
        return self


class CouponNamed(Body):
    coupon_id: Annotated[Text, Needed] = None


class AddProduct(Settings):
    """A product more."""

    type: Literal["add_product"]
    payload: ProductLine


class RemoveProduct(Settings):
    """A product less."""

    type: Literal["remove_product"]
    payload: Named


class UpdateCount(Settings):
    """Another count of a product."""

    type: Literal["update_count"]
    payload: Recounted


class UpdatePrice(Settings):
    """Another price of a product."""

    type: Literal["update_price", "update_prices"]
    payload: Repriced


class AddCoupon(Settings):
    """Something off."""

    type: Literal["add_coupon"]
    payload: CouponLine


class RemoveCoupon(Settings):
    """Nothing off any more."""

    type: Literal["remove_coupon"]
    payload: CouponNamed


AnyUpdate = Annotated[
    AddProduct | RemoveProduct | UpdateCount | UpdatePrice | AddCoupon | RemoveCoupon, Field(discriminator="type")
]


class UpdateBody(RootModel[AnyUpdate]):
    """One change of a product."""


class UpdatesBody(Settings):
    """Several changes at once, all or none; what stands beside them holds for those that say nothing of their own."""

    updates: Annotated[list[AnyUpdate], Field(min_length=1, max_length=MOST_UPDATES)]

    @model_validator(mode="after")
    def _each_whole(self) -> UpdatesBody:
        shared = Settings.model_fields
        for one in self.updates:
            for name in shared:
                if getattr(one, name) is None and getattr(self, name) is not None:
                    setattr(one, name, getattr(self, name))
        return self


def check_settings(one: Settings, place: str) -> list[tuple[str, str, str]]:
    """What is missing or contradicts itself, as (field, kind, words)."""
    found = [
        (f"{place}{name}", "missing", "It is required.")
        for name in ("application_schedule", "payment_schedule", "calculation_method")
        if getattr(one, name) is None
    ]
    if one.application_schedule == "scheduled" and one.apply_at is None:
        found.append((f"{place}apply_at", "missing", "Give the day with application_schedule scheduled."))
    if one.application_schedule == "immediately" and one.apply_at is not None:
        found.append((f"{place}apply_at", "invalid", "Leave it out, or choose application_schedule scheduled."))
    if one.payment_schedule == "custom" and one.charge_at is None:
        found.append((f"{place}charge_at", "missing", "Give the day with payment_schedule custom."))
    if one.payment_schedule in {"immediately", "next_invoice"} and one.charge_at is not None:
        found.append((f"{place}charge_at", "invalid", "Leave it out, or choose payment_schedule custom."))
    return found
