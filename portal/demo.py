"""The demo: one test site with one request to open, so that the first minute shows the whole thing."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

from portal.console.people import create_staff
from portal.core.context import acting_as
from portal.core.database import reading, transaction
from portal.core.settings import Settings
from portal.customers.add_or_update import CustomerOrder, Phone
from portal.links import find as find_links
from portal.links.tokens import placeholder
from portal.sites.create import NewSite, create, demo_site
from portal.subscriptions.add_or_update import add_or_update
from portal.subscriptions.calendar import Frequency
from portal.subscriptions.orders import SubscriptionOrder

ORDER = SubscriptionOrder(
    external_id="demo-1",
    description="Gold+ Plan",
    amount=Decimal("34.99"),
    frequency=Frequency.MONTHLY,
    frequency_units=1,
    customer=CustomerOrder(
        external_id="demo-john",
        first_name="John",
        last_name="Doe",
        phone=Phone("312-555-0142", "+13125550142"),
        email="johndoe@example.com",
        notify_phone=True,
        notify_email=True,
    ),
)


def welcome(settings: Settings) -> str:
    """What `make run` prints. The secrets are kept beside the data, readable by its owner alone."""
    path = settings.home / "demo.json"
    with reading():
        exists = demo_site() is not None
    if not exists:
        _keep(path, _make())
    kept = json.loads(path.read_text()) if path.exists() else {}
    return _words(settings, kept)


def _make() -> dict[str, str]:
    with transaction():
        created = create(NewSite("Acme Fitness", is_demo=True))
        created.site.support_phone = "+13125550142"
        person = create_staff("demo@example.com", "admin")
        with acting_as("merchant", created.key.key_id):
            saved = add_or_update(created.site.id, ORDER)
        return {
            "site_id": str(created.site.id),
            "api_key": created.key.api_key,
            "webhook_secret": created.webhook_secret,
            "link": placeholder(saved.link_id) if saved.link_id else "",
            "email": person.email,
            "password": person.password,
            "totp_secret": person.totp_secret,
        }


def _keep(path: Path, values: dict[str, str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=1)


def _words(settings: Settings, kept: dict[str, str]) -> str:
    base = settings.public_url
    with reading():
        link = find_links.fill(kept.get("link", ""), base)
    site = kept.get("site_id", "?")
    return f"""
  Payment links are running at {base}

  Customer's page   {link}
  Sandbox phone     {base}/sandbox/phone
  Console           {base}/console    (button: Continue as demo agent)
                    or {kept.get("email")}  {kept.get("password")}  TOTP {kept.get("totp_secret")}

  Add a subscription:

  curl -s {base}/api/v3/site/{site}/subscription/addUpdate \\
    -H 'Authorization: Bearer {kept.get("api_key")}' -H 'Content-Type: application/json' \\
    -d '{{"external_id": "439772921", "description": "Gold+ Plan", "amount": 34.99, "frequency": "Monthly",
         "frequency_units": 1, "customer": {{"external_id": "39772634", "first_name": "John", "last_name": "Doe",
         "mobile_phone": "111-222-3333", "email": "johndoe@abc.com"}}, "webhook_url": "https://yourcompany.com/webhook"}}'

  Ctrl-C stops it.
"""
