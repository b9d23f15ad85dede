"""The demo agent exists on one's own machine alone, and only while the demo is all there is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.console.browser import REQUESTS, Browser, names, words
from tests.harness import Portal

BUTTON = "Continue as demo agent"


@pytest.fixture
def at_home(portal: Portal) -> Portal:
    """The embedded default with its demo site, whatever backend the tests run on."""
    changed(portal, broker_url="", host="127.0.0.1")
    portal.merchant("Demo Gym", is_demo=True)
    return portal


def changed(portal: Portal, **values: Any) -> None:
    portal.app.extensions["portal_settings"] = replace(portal.settings, **values)


def test_one_button_leads_in(at_home: Portal) -> None:
    browser = Browser(at_home)
    page = browser.get("/console/sign-in")
    assert BUTTON in page.text
    answer = browser.post("/console/demo", page)
    assert (answer.status_code, answer.location) == (303, REQUESTS)
    assert "Demo Gym · demo agent" in words(browser.get(REQUESTS))


def test_it_sees_requests_and_may_act(at_home: Portal) -> None:
    browser = Browser(at_home)
    browser.post("/console/demo", browser.get("/console/sign-in"))
    assert names(browser.get(REQUESTS)) == []
    assert "No request has been sent yet" in browser.get(REQUESTS).text


@pytest.mark.parametrize(
    "elsewhere",
    [{"broker_url": "redis://127.0.0.1:1/0"}, {"host": "0.0.0.0"}, {"host": "192.0.2.1"}],
    ids=["several processes", "every address", "a public address"],
)
def test_it_is_not_there_outside_of_the_embedded_default(at_home: Portal, elsewhere: dict[str, str]) -> None:
    changed(at_home, **({"broker_url": ""} | elsewhere))
    assert_gone(Browser(at_home))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "pay.example.com"},
        {"Host": "127.0.0.1.evil.example"},
        {"X-Forwarded-For": "198.51.100.4"},
        {"Forwarded": "for=198.51.100.4"},
    ],
    ids=["another host", "a look-alike host", "a proxy", "a modern proxy"],
)
def test_it_is_not_there_for_who_does_not_sit_at_this_machine(at_home: Portal, headers: dict[str, str]) -> None:
    assert_gone(Browser(at_home), headers=headers)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_it_knows_every_name_of_this_machine(at_home: Portal, host: str) -> None:
    assert BUTTON in Browser(at_home).get("/console/sign-in", headers={"Host": host}).text


def test_without_a_demo_site_there_is_no_demo_agent(portal: Portal) -> None:
    changed(portal, broker_url="", host="127.0.0.1")
    assert_gone(Browser(portal))


def test_another_site_ends_it_also_for_who_is_signed_in(at_home: Portal) -> None:
    browser = Browser(at_home)
    browser.post("/console/demo", browser.get("/console/sign-in"))
    assert browser.get(REQUESTS).status_code == 200
    at_home.merchant("A real shop")
    assert browser.get(REQUESTS).location == "/console/sign-in"
    assert_gone(Browser(at_home))


def assert_gone(browser: Browser, **options: Any) -> None:
    page = browser.get("/console/sign-in", **options)
    assert page.status_code == 200
    assert BUTTON not in page.text
    from tests.console.browser import csrf

    answer = browser.client.post("/console/demo", data={"csrf_token": csrf(page)}, **options)
    assert answer.status_code == 404
