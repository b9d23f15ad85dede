"""django-silver: `generate_docs` over so many customers with one prebilled monthly plan each, due today.

A unit is an issued invoice with its entry, the archived customer and provider, and a transaction row.
Called with the address of a PostgreSQL database that is empty, and the number of subscriptions.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date, timedelta
from urllib.parse import urlsplit

import django
from django.conf import settings

# A script's own folder comes first on the path, where this very file would stand for the package.
sys.path.pop(0)
address, count = urlsplit(sys.argv[1]), int(sys.argv[2])
DATABASE = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": address.path[1:],
    "USER": address.username,
    "HOST": address.hostname,
    "PORT": address.port,
}
CONTRIB = ("auth", "contenttypes", "sessions", "messages", "staticfiles", "admin")
settings.configure(
    SECRET_KEY="bench",
    USE_TZ=True,
    STATIC_URL="/static/",
    ROOT_URLCONF="silver.urls",
    DATABASES={"default": DATABASE},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["dal", "dal_select2", *(f"django.contrib.{app}" for app in CONTRIB), "rest_framework", "silver"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    PAYMENT_PROCESSORS={"manual": {"class": "silver.payment_processors.manual.ManualProcessor"}},
    PAYMENT_METHOD_SECRET=b"A" * 43 + b"=",
    SILVER_AUTOMATICALLY_CREATE_TRANSACTIONS=True,
    SILVER_PAYMENT_TOKEN_EXPIRATION=timedelta(days=7),
    SILVER_CURRENCY_CONVERTER="silver.currencies.DummyConverter",
    SILVER_SHOW_PDF_STORAGE_URL=False,
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.management import call_command  # noqa: E402 - models need the settings
from silver.documents_generator import DocumentsGenerator  # noqa: E402
from silver.models import (  # noqa: E402
    BillingLog,
    Customer,
    Invoice,
    PaymentMethod,
    Plan,
    ProductCode,
    Provider,
    Subscription,
)
from silver.models.transactions import Transaction  # noqa: E402

BEGUN, BILLED_TO, TODAY = date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)


def stock() -> None:
    """Subscriptions that were billed for October and are due for November."""
    call_command("migrate", verbosity=0)
    place = {"address_1": "1 Main Street", "city": "Springfield", "country": "US"}
    provider = Provider.objects.create(
        name="Bench", flow="invoice", invoice_series="B", invoice_starting_number=1, default_document_state="issued",
        **place,
    )  # fmt: skip
    code = ProductCode.objects.create(value="gold")
    plan = Plan.objects.create(
        name="Gold+", interval="month", interval_count=1, amount="34.99", currency="USD", prebill_plan=True,
        generate_after=0, provider=provider, product_code=code,
    )  # fmt: skip
    Customer.objects.bulk_create(
        Customer(first_name="John", last_name=f"Doe {number}", currency="USD", consolidated_billing=False, **place)
        for number in range(count)
    )
    customers = list(Customer.objects.all())
    Subscription.objects.bulk_create(
        Subscription(plan=plan, customer=customer, start_date=BEGUN, state="active") for customer in customers
    )
    BillingLog.objects.bulk_create(
        BillingLog(subscription=subscription, billing_date=BEGUN, total="34.99", plan_amount="34.99",
                   plan_billed_up_to=BILLED_TO, metered_features_billed_up_to=BEGUN - timedelta(days=1))
        for subscription in Subscription.objects.all()
    )  # fmt: skip
    PaymentMethod.objects.bulk_create(
        PaymentMethod(customer=customer, payment_processor="manual", verified=True) for customer in customers
    )


stock()
begun = time.perf_counter()
DocumentsGenerator().generate(billing_date=TODAY)
seconds = time.perf_counter() - begun
assert Invoice.objects.filter(state="issued").count() == Transaction.objects.count() == count
print(json.dumps({"units": count, "seconds": seconds}))
