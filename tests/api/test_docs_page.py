"""The API's page: whole without a script, nothing from elsewhere, every call to paste and to try; its collection."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from portal.api.dialect import COLUMNS
from tests.harness import Merchant, Portal
from tests.journeys.customer import ARGUMENTS
from tests.servers import chromium


@pytest.mark.parametrize("version", ["v4", "v3.1", "v3"])
def test_every_operation_stands_on_its_page_with_a_curl_to_paste(portal: Portal, version: str) -> None:
    document = portal.client.get("/api/openapi.json").json
    page = unescape(portal.client.get(f"/api/docs/{version}").text)
    paths = {path: item for path, item in document["paths"].items() if path.startswith(f"/api/{version}/")}
    for path, item in paths.items():
        for method, operation in item.items():
            assert f'id="{operation["operationId"]}"' in page
            assert operation["summary"] in page
            pasted = re.sub(r"\{([a-z]+?)(_id)?\}", lambda found: f"${found.group(1).upper()}", path)
            verb = "curl" if method == "get" else f"curl -X {method.upper()}"
            assert f'{verb} "{portal.settings.public_url}{pasted}"' in page


def test_the_page_is_strict_and_takes_nothing_from_elsewhere(portal: Portal) -> None:
    answer = portal.client.get("/api/docs")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert set(re.findall(r'<(?:style|script)[^>]* nonce="([^"]*)"', answer.text)) == {nonce.group(1)}
    assert re.findall(r"<(?:style|script)(?![^>]*nonce=)", answer.text) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []
    assert "style=" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert portal.client.get("/api/docs/v9").status_code == 404


def test_the_collection_has_every_call_of_every_version(portal: Portal) -> None:
    document = portal.client.get("/api/openapi.json").json
    collection = portal.client.get("/api/postman.json").json
    assert collection["info"]["schema"].endswith("/v2.1.0/collection.json")
    assert {one["key"] for one in collection["variable"]} == {"base_url", "site_id", "api_key"}
    requests = [
        item["request"] for edition in collection["item"] for folder in edition["item"] for item in folder["item"]
    ]
    assert len(requests) == sum(len(item) for item in document["paths"].values())
    addresses = {(one["method"], one["url"]["raw"]) for one in requests}
    assert ("POST", "{{base_url}}/api/v3/site/{{site_id}}/subscription/addUpdate") in addresses
    assert ("GET", "{{base_url}}/api/v4/site/{{site_id}}/subscription/:subscription_id") in addresses
    for one in requests:
        holes = set(re.findall(r":([a-z_]+)", one["url"]["raw"].replace("{{base_url}}", "")))
        assert holes == {variable["key"] for variable in one["url"]["variable"]}


@pytest.fixture
def address(portal: Portal) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, portal.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser() -> Iterator[Any]:
    """A browser that may not complain; refusals are what the tests ask for."""
    path = chromium.find()
    if path is None:
        pytest.skip(f"Chromium is not installed: install {chromium.PACKAGE} or set {chromium.OVERRIDE}")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 360, "height": 740})
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert [one for one in complaints if not re.search("status of 4", one)] == []


@pytest.fixture
def page(browser: Any, address: str) -> Any:
    """The page of the native API."""
    browser.goto(f"{address}/api/docs")
    return browser


@pytest.mark.browser
def test_a_call_can_be_tried_on_the_page_and_the_key_is_kept_nowhere(merchant: Merchant, page: Any) -> None:
    trial = page.locator("#v4_add_update [data-try]")
    trial.locator("[data-send]").click()
    assert "Fill in the site and the key" in trial.locator("[data-answer]").inner_text()
    page.fill("#site", merchant.site_id)
    page.fill("#key", "sk_live_no")
    trial.locator("[data-send]").click()
    assert "Only keys of sandbox sites" in trial.locator("[data-answer]").inner_text()
    page.fill("#key", merchant.api_key)
    trial.locator("[data-body]").fill('{"externalId": "1", "amount": -1}')
    trial.locator("[data-send]").click()
    trial.locator(".doc-said.bad", has_text="422 in").wait_for()
    body = '{"externalId": "1", "description": "Gold+", "amount": 34.90, "frequency": "Monthly", "frequencyUnits": 1,'
    trial.locator("[data-body]").fill(body + '"customer": {"externalId": "c"}}')
    trial.locator("[data-send]").click()
    trial.locator(".doc-said.good", has_text="200 in").wait_for()
    assert '"action": "added"' in trial.locator("pre").inner_text()
    read = page.locator("#v4_get_subscription [data-try]")
    read.locator("[data-name=subscription_id]").fill("1")
    read.locator("[data-send]").click()
    read.locator(".doc-said.good").wait_for()
    assert '"amount": 34.90' in read.locator("pre").inner_text()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
    assert merchant.api_key not in kept
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# What a dialect calls adding a customer and listing them: id of the operation, a body, and what the list then holds.
CUSTOMERS: dict[str, tuple[str, dict[str, str], str, str]] = {
    "v3": ("add_update_customer", {"external_id": "c-9"}, "get_customer", "c-9"),
    "paymennt": ("save_customer", {"email": "amina@example.com"}, "list_customers", "amina@"),
    "hyperline": ("create_customer", {"name": "Acme", "external_id": "c-9"}, "list_customers", "Acme"),
    "fundraising": ("add_contact", {"firstName": "Jens", "email": "jens@example.com"}, "list_contacts", "Jens"),
}


@pytest.mark.browser
@pytest.mark.parametrize("edition", CUSTOMERS)
def test_each_dialects_calls_can_be_tried_on_its_page(
    merchant: Merchant, browser: Any, address: str, edition: str
) -> None:
    add, body, read, shown = CUSTOMERS[edition]
    browser.goto(f"{address}/api/docs/{edition}")
    adding, reading = (browser.locator(f"#{edition}_{name} [data-try]") for name in (add, read))
    adding.locator("[data-send]").click()
    assert "at the top of this page first" in adding.locator("[data-answer]").inner_text()
    assert browser.locator("#site").count() == (edition == "v3")  # elsewhere the key says which site
    if edition == "v3":
        browser.fill("#site", merchant.site_id)
        reading.locator("[data-name=customer_id]").fill(shown)
    browser.fill("#key", merchant.api_key)
    adding.locator("[data-body]").fill("{")
    adding.locator("[data-send]").click()
    adding.locator(".doc-said.bad", has_text="4").wait_for()
    adding.locator("[data-body]").fill(json.dumps(body))
    adding.locator("[data-send]").click()
    adding.locator(".doc-said.good").wait_for()
    reading.locator("[data-send]").click()
    reading.locator(".doc-said.good").wait_for()
    assert shown in reading.locator("pre").inner_text()


def test_every_dialect_is_tried() -> None:
    assert set(COLUMNS) <= {"native", *CUSTOMERS}
