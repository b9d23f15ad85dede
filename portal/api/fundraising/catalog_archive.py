"""Addresses of the dialect: agreements and add-ons that are no longer offered, and offered again."""

from __future__ import annotations

from flask import Response, g

from portal.api.answers import answer
from portal.api.fundraising import answers, reading, shapes
from portal.api.fundraising.door import bp
from portal.api.fundraising.manual import ADD_ONS, AGREEMENTS, manual
from portal.catalog import add_ons, agreements, archiving
from portal.core.database import transaction


@bp.post("/agreement/<agreement_id>/Archive")
@manual.operation("Archive an agreement", tag=AGREEMENTS, answers={200: answers.Agreement})
def archive_agreement(agreement_id: str) -> Response:
    """Hidden from lists, and no subscription can take it any more. Those that have it go on as they are."""
    with transaction():
        site, found = reading.the_site(), agreements.find(g.site_id, agreement_id)
        archiving.archive(site, found)
        return answer(shapes.agreement_shape(site, found))


@bp.post("/agreement/<agreement_id>/Unarchive")
@manual.operation("Unarchive an agreement", tag=AGREEMENTS, answers={200: answers.Agreement})
def unarchive_agreement(agreement_id: str) -> Response:
    """Offered again."""
    with transaction():
        site, found = reading.the_site(), agreements.find(g.site_id, agreement_id)
        archiving.unarchive(site, found)
        return answer(shapes.agreement_shape(site, found))


@bp.post("/addOn/<add_on_id>/Archive")
@manual.operation("Archive an add-on", tag=ADD_ONS, answers={200: answers.AddOn})
def archive_add_on(add_on_id: str) -> Response:
    """Hidden from lists, and no subscription can take it any more. Those that have it go on paying for it."""
    with transaction():
        site, found = reading.the_site(), add_ons.find(g.site_id, add_on_id)
        archiving.archive(site, found)
        return answer(shapes.add_on_shape(site, found))


@bp.post("/addOn/<add_on_id>/Unarchive")
@manual.operation("Unarchive an add-on", tag=ADD_ONS, answers={200: answers.AddOn})
def unarchive_add_on(add_on_id: str) -> Response:
    """Offered again."""
    with transaction():
        site, found = reading.the_site(), add_ons.find(g.site_id, add_on_id)
        archiving.unarchive(site, found)
        return answer(shapes.add_on_shape(site, found))
