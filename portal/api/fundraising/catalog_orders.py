"""From the dialect's bodies to orders of the catalog: how an agreement spells its money and its rhythm."""

from __future__ import annotations

from decimal import Decimal

from portal.api.fundraising import names, reading, shapes
from portal.api.fundraising.catalog_bodies import AddOnBody, AgreementBody
from portal.catalog.add_ons import AddOnOrder
from portal.catalog.agreements import Agreement, AgreementOrder
from portal.core.errors import InvalidFields, Problem, invalid
from portal.sites.models import Site


def agreement_order(site: Site, body: AgreementBody) -> AgreementOrder:
    """Raises InvalidFields."""
    name, unit, every = _rhythm(body)
    assert body.name is not None
    return AgreementOrder(
        name=body.name,
        unit_amount=_unit_amount(body),
        currency=body.currency_code or site.currency,
        schedule_name=name,
        calendar_unit=unit,
        every=every,
        fixed_day=body.schedule_fixed_day,
        months=body.schedule_selected_set,
        customer_id=reading.contact_id(body.contact_guid) if body.agreement_type == "Personal" else None,
        description=body.description,
        unit=body.unit,
        default_quantity=body.default_quantity or 1,
        vat_rate=body.vat_percentage,
        is_tax_deductible=bool(body.tax_deductable),
        payment_required=body.payment_required is not False,
        accounting_code=body.purpose_accounting_code,
        data_set=body.data_set_guid,
    )


def add_on_order(site: Site, body: AddOnBody) -> AddOnOrder:
    assert body.name is not None
    assert body.unit_price is not None
    return AddOnOrder(
        name=body.name,
        unit_amount=body.unit_price,
        currency=body.currency_code or site.currency,
        description=body.description,
        vat_rate=body.vat_percentage,
        accounting_code=body.purpose_accounting_code,
    )


def refuse_other_sums(body: AgreementBody, made: Agreement) -> None:
    """Sums that were sent along must be those that will be charged. Raises InvalidFields."""
    vat = shapes.vat_of(made.amount, made.vat)
    ours = {
        "amount": (body.amount, made.amount.decimal),
        "amountVat": (body.amount_vat, vat.decimal),
        "amountTotal": (body.amount_total, (made.amount + vat).decimal),
    }
    wrong = {name: sums for name, sums in ours.items() if sums[0] is not None and sums[0] != sums[1]}
    if wrong:
        words = "It would be {}: leave it out, or mend unitPrice, defaultQuantity or vatPercentage."
        raise InvalidFields([Problem(name, "invalid", words.format(sums[1])) for name, sums in wrong.items()])


def _unit_amount(body: AgreementBody) -> Decimal:
    """The price of one; of the sum alone it is that sum's part, which must be exact."""
    if body.unit_price is not None:
        return body.unit_price
    if body.amount is None:
        raise InvalidFields([Problem("unitPrice", "missing", "It is required.")])
    quantity = body.default_quantity or 1
    part = body.amount / quantity
    if part * quantity != body.amount:
        raise invalid("unitPrice", "Give the price of one.")
    return part


def _rhythm(body: AgreementBody) -> tuple[str, str, int]:
    """(name, calendar unit, how many): Quarterly and every other 2 is every six months."""
    asked, by_unit = body.schedule_type, names.UNITS.get(body.schedule_calendar_unit or "")
    if asked is None and by_unit is None:
        raise InvalidFields([Problem("scheduleType", "missing", "Give scheduleType or scheduleCalendarUnit.")])
    name = names.rhythm_called(asked or "") or by_unit
    if name is None:
        raise invalid("scheduleType", f"Give one of {', '.join(names.RHYTHMS)}, or scheduleCalendarUnit beside it.")
    unit, size = names.RHYTHMS[name]
    if body.schedule_calendar_unit is not None and body.schedule_calendar_unit.lower() != unit:
        raise invalid("scheduleCalendarUnit", f"{name} counts in {unit}s. Give {unit.capitalize()}, or leave it out.")
    return name, unit, size * (body.schedule_every_other or 1)
