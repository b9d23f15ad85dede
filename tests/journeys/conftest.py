"""What a journey stands on: the product running, a browser, a merchant with a new site, a customer with a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys import merchant as merchants
from tests.journeys.customer import ARGUMENTS, Customer
from tests.journeys.database import Servers, own_places
from tests.journeys.merchant import Merchant
from tests.journeys.processes import Product
from tests.servers import chromium

NewCustomer = Callable[..., Customer]


@pytest.fixture(scope="package")
def product(backend: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One tree of processes for all journeys of this folder; each test has a site of its own on it."""
    with own_places(backend) as (database_url, broker_url):
        running = Product(tmp_path_factory.mktemp("product"), database_url, broker_url)
        try:
            running.start()
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip(f"Chromium is not installed: install {chromium.PACKAGE} or set {chromium.OVERRIDE}")
    with sync_playwright() as playwright:
        yield (opened := playwright.chromium.launch(executable_path=path, args=ARGUMENTS))
        opened.close()


@pytest.fixture(autouse=True)
def watch(browser: Browser, product: Product) -> Iterator[None]:
    """A journey fails when a process died or logged an error on the way, whatever the pages showed."""
    with product.watched():
        yield


@pytest.fixture
def journey(request: pytest.FixtureRequest) -> str:
    """The journey's name on its pictures: that of its file."""
    return str(request.path.stem).removeprefix("test_").replace("_", "-")


@pytest.fixture
def merchant(product: Product, journey: str) -> Merchant:
    """A new test site in Chicago on the real time."""
    return merchants.create(product, f"Acme {journey}")


@pytest.fixture
def merchant_on_clock(product: Product, journey: str) -> Merchant:
    """A new test site in Chicago whose clock stands at three in the morning of January 31, 2026."""
    return merchants.create(product, f"Acme {journey}", clock="2026-01-31T09:00:00Z")


@pytest.fixture
def new_customer(browser: Browser, journey: str) -> Iterator[NewCustomer]:
    """Hands out phones; options are Playwright's of a context. At the end no browser may have complained."""
    customers: list[Customer] = []

    def make(**options: Any) -> Customer:
        customers.append(Customer(browser, journey, **options))
        return customers[-1]

    yield make
    complaints = [words for customer in customers for words in customer.complaints]
    for customer in customers:
        customer.leaves()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def customer(new_customer: NewCustomer) -> Customer:
    return new_customer()
