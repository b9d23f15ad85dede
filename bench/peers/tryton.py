"""Tryton's sale_subscription: consumption, invoice and posted move of so many monthly subscriptions, due today.

A unit is a consumption, a posted invoice with its number and its accounting move, and the next date; no payment.
Called with the address of a PostgreSQL database that is empty, and the number of subscriptions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

# A script's own folder comes first on the path, where its neighbours would stand for packages.
sys.path.pop(0)
server, _, database = sys.argv[1].rpartition("/")
count = int(sys.argv[2])
TODAY, BEGUN = date(2026, 11, 1), date(2026, 10, 1)


def prepare(folder: Path) -> Path:
    """Make the database with the module and all it needs; the configuration that names it."""
    config, password = folder / "trytond.conf", folder / "password"
    config.write_text(f"[database]\nuri = {server}/\n")
    password.write_text("a password for one run")
    command = [Path(sys.executable).with_name("trytond-admin"), "-c", config, "-d", database, "--all"]
    subprocess.run(
        [*command, "--email", "bench@example.com", "-u", "sale_subscription", "--activate-dependencies"],
        env=os.environ | {"TRYTONPASSFILE": str(password)},
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return config


folder = tempfile.TemporaryDirectory(prefix="portal-bench-")
config_file = prepare(Path(folder.name))

import trytond.config as trytond_config  # noqa: E402 - the database must be there first

trytond_config.update_etc(str(config_file))

from proteus import Model  # noqa: E402
from proteus import config as proteus_config  # noqa: E402

here = proteus_config.set_trytond(database, config_file=str(config_file))

from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts  # noqa: E402
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences  # noqa: E402
from trytond.modules.company.tests.tools import create_company, get_company  # noqa: E402
from trytond.pool import Pool  # noqa: E402
from trytond.transaction import Transaction, TransactionError  # noqa: E402


def sold() -> tuple[int, int, int, int]:
    """A company that keeps books and sells one service monthly; ids of company, rhythm, service and unit."""
    create_company()
    company = get_company()
    here._context["company"] = company.id
    create_chart()
    span = (date(2026, 7, 1), date(2027, 4, 30))
    set_fiscalyear_invoice_sequences(create_fiscalyear(today=span)).click("create_period")
    rhythm = Model.get("sale.subscription.recurrence.rule.set")(name="Monthly")
    rhythm.rules[0].freq, rhythm.rules[0].interval = "monthly", 1
    rhythm.save()
    category = Model.get("product.category")(name="Plans", accounting=True)
    category.account_revenue = get_accounts()["revenue"]
    category.save()
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    template = Model.get("product.template")(name="Gold+", type="service", salable=True)
    template.default_uom = template.sale_uom = unit
    template.list_price, template.account_category = Decimal("34.99"), category
    template.save()
    service = Model.get("sale.subscription.service")(product=template.products[0], consumption_recurrence=rhythm)
    service.save()
    return company.id, rhythm.id, service.id, unit.id


company, rhythm, service, unit = sold()
locks: dict[str, Any] = {}


def in_transaction(work: Callable[[Pool], Any], *, keep: bool = True) -> None:
    """One transaction, as the crons use; locks are learnt from a refused try, as Tryton's dispatcher learns them."""
    while True:
        try:
            with Transaction().start(
                database, here.user, context={"company": company, "_check_access": False}, **locks
            ) as transaction:
                work(Pool(database))
                transaction.commit() if keep else transaction.rollback()
            return
        except TransactionError as error:
            error.fix(locks)


def stock(pool: Pool) -> None:
    """So many customers with one running subscription each."""
    parties = pool.get("party.party").create(
        [{"name": f"Doe {number}", "addresses": [("create", [{"street": "1 Main Street"}])]} for number in range(count)]
    )
    line = {
        "service": service, "description": "Gold+ Plan", "quantity": 1, "unit": unit, "unit_price": Decimal("34.99"),
        "consumption_recurrence": rhythm, "start_date": BEGUN,
    }  # fmt: skip
    subscription = pool.get("sale.subscription")
    rows = subscription.create(
        [
            {"company": company, "party": party.id, "invoice_address": party.addresses[0].id, "start_date": BEGUN,
             "currency": pool.get("company.company")(company).currency.id, "invoice_start_date": TODAY,
             "invoice_recurrence": rhythm, "lines": [("create", [line])]}
            for party in parties
        ]
    )  # fmt: skip
    subscription.quote(rows)
    subscription.run(rows)


def consume(pool: Pool) -> None:
    pool.get("sale.subscription.line").generate_consumption(date=date(2026, 10, 31))


def invoice(pool: Pool) -> None:
    pool.get("sale.subscription").generate_invoice(date=TODAY)


def post(pool: Pool, limit: int | None = None) -> None:
    invoices = pool.get("account.invoice")
    invoices.post(invoices.search([("state", "=", "draft")], limit=limit))


def check(pool: Pool) -> None:
    assert pool.get("account.invoice").search([("state", "=", "posted")], count=True) == count


in_transaction(stock)
begun = time.perf_counter()
in_transaction(consume)
in_transaction(invoice)
drafted = time.perf_counter()
in_transaction(lambda pool: post(pool, 1), keep=False)
posting = time.perf_counter()
in_transaction(post)
seconds = time.perf_counter() - posting + drafted - begun
in_transaction(check)
folder.cleanup()
print(json.dumps({"units": count, "seconds": seconds}))
