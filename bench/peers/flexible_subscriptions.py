"""django-flexible-subscriptions: `process_subscriptions` over so many due monthly subscriptions.

A unit is a date moved on and a transaction row, after a payment stub that says yes; no invoice and no event.
Called with the address of a PostgreSQL database that is empty, and the number of subscriptions.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit

import django
from django.conf import settings

address, count = urlsplit(sys.argv[1]), int(sys.argv[2])
DATABASE = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": address.path[1:],
    "USER": address.username,
    "HOST": address.hostname,
    "PORT": address.port,
}
settings.configure(
    SECRET_KEY="bench",
    USE_TZ=True,
    DATABASES={"default": DATABASE},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "subscriptions"],
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - models need the settings
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402
from subscriptions.management.commands._manager import Manager  # noqa: E402
from subscriptions.models import PlanCost, SubscriptionPlan, SubscriptionTransaction, UserSubscription  # noqa: E402

MONTH = "6"  # the code of this unit in subscriptions.models


def stock() -> None:
    """So many users, each subscribed to one monthly plan since a month and due since an hour."""
    call_command("migrate", verbosity=0)
    plan = SubscriptionPlan.objects.create(plan_name="Gold+", plan_description="Gold+ Plan")
    cost = PlanCost.objects.create(plan=plan, recurrence_period=1, recurrence_unit=MONTH, cost="34.99")
    User.objects.bulk_create(User(username=f"user{number}") for number in range(count))
    now = timezone.now()
    dates = {"date_billing_start": now - timedelta(days=31), "date_billing_next": now - timedelta(hours=1)}
    UserSubscription.objects.bulk_create(
        UserSubscription(user=user, subscription=cost, active=True, cancelled=False, **dates)
        for user in User.objects.all()
    )


stock()
begun = time.perf_counter()
Manager().process_subscriptions()
seconds = time.perf_counter() - begun
assert SubscriptionTransaction.objects.count() == count
print(json.dumps({"units": count, "seconds": seconds}))
