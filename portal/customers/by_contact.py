"""Who a phone or an email belongs to at a site, for callers that know a customer by nothing else."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from portal.core.database import one_at_a_time, session
from portal.customers.models import Customer
from portal.sites.models import Site


def find(site: Site, phone: str | None, email: str | None) -> Customer | None:
    """The customer with this phone (E.164) or email, and with no other one in its place; the oldest of several.

    Somebody who shares a phone but has another address of their own is somebody else: nothing of theirs is shown or
    sent to the other. Two first calls for one contact meet here, and the second waits for the first.
    """
    contacts = sorted(contact for contact in (phone, email and email.lower()) if contact)
    for contact in contacts:
        one_at_a_time(f"contact:{site.id}:{contact}")
    if not contacts:
        return None
    mail = func.lower(Customer.email)
    same = [Customer.mobile_phone == phone] if phone else []
    same += [mail == email.lower()] if email else []
    fits = [Customer.site_id == site.id, or_(*same)]
    fits += [or_(Customer.mobile_phone == phone, Customer.mobile_phone.is_(None))] if phone else []
    fits += [or_(mail == email.lower(), Customer.email.is_(None))] if email else []
    return session().scalar(select(Customer).where(*fits).order_by(Customer.created_at, Customer.id).limit(1))
