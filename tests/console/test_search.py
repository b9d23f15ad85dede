"""The one search box finds a request by whatever the person on the phone can tell."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from portal.billing.models import Invoice, Payment
from portal.core.jobs import Job
from portal.links.models import PaymentRequest
from tests.console.browser import REQUESTS, Person, counted_queries, names
from tests.harness import Customer, Merchant, Portal


@pytest.fixture
def two(portal: Portal, merchant: Merchant) -> None:
    """John Doe, and somebody who is nobody else's namesake."""
    merchant.post()
    jane = {"external_id": "8", "first_name": "Émilie", "last_name": "O'Hara 100%", "email": "Emilie_O@mail.example"}
    merchant.post(external_id="x-77", customer=jane | {"mobile_phone": "(312) 555-0188"})


def search(person: Person, text: str) -> TestResponse:
    return person.get(REQUESTS, query_string={"q": text})


def opened(portal: Portal, answer: TestResponse) -> str:
    """The external id of the one hit that a search led to."""
    assert answer.status_code == 303, answer.text
    merchants_id = {
        str(row.id): "439772921" if place == 0 else "x-77" for place, row in enumerate(portal.rows(PaymentRequest))
    }
    return merchants_id[answer.location.rpartition("/")[2]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("john doe", "439772921"),
        ("Doe John", "439772921"),
        ("émilie", "x-77"),
        ("Émilie", "x-77"),
        ("o'hara", "x-77"),
        ("111-222-3333", "439772921"),
        ("(111) 222 3333", "439772921"),
        ("+1 111 222 3333", "439772921"),
        ("001.111.222.3333", "439772921"),
        ("2223333", "439772921"),
        ("3125550188", "x-77"),
        ("johndoe@abc.com", "439772921"),
        ("JOHNDOE@ABC.COM", "439772921"),
        ("emilie_o@", "x-77"),
        ("439772921", "439772921"),
        ("39772634", "439772921"),
        ("x-77", "x-77"),
        ("100%", "x-77"),
        ("  john  ", "439772921"),
    ],
)
def test_one_hit_leads_straight_to_it(portal: Portal, two: None, maya: Person, text: str, found: str) -> None:
    assert opened(portal, search(maya, text)) == found


def test_our_own_ids_find_it(portal: Portal, two: None, maya: Person) -> None:
    row = portal.rows(PaymentRequest)[1]
    for our_id in (row.id, row.subscription_id, row.customer_id):
        assert opened(portal, search(maya, str(our_id))) == "x-77"
        assert opened(portal, search(maya, our_id.hex.upper())) == "x-77"


def test_a_request_id_of_a_call_finds_what_it_changed(
    portal: Portal, merchant: Merchant, two: None, maya: Person
) -> None:
    called = merchant.post(body={"external_id": "x-77", "amount": 12}).headers["X-Request-Id"]
    assert opened(portal, search(maya, called)) == "x-77"
    assert "No match" in search(maya, "req_00000000000000000000").text


def test_four_digits_find_a_card_and_the_end_of_a_phone(portal: Portal, merchant: Merchant, maya: Person) -> None:
    link = merchant.post().json["link"]
    Customer(portal, link).confirm()
    portal.run_jobs(Job.COMPLETE_SETUP, Job.CHARGE)
    assert search(maya, "4242").status_code == 303
    assert search(maya, "3333").status_code == 303
    assert "No match" in search(maya, "4243").text
    for table in (Payment, Invoice):
        assert search(maya, str(portal.row(table).id)).status_code == 303


@pytest.mark.parametrize(
    "text", ["%", "_", "\\", "jo%n", "john_doe", "'; DROP TABLE staff; --", "\x00", "1' OR '1'='1", "%%%"]
)
def test_signs_are_read_as_themselves(two: None, maya: Person, text: str) -> None:
    answer = search(maya, text)
    if text == "%":
        assert answer.status_code == 303  # the one name with a percent sign
    elif text in {"_", "\x00"}:
        assert answer.status_code == (303 if text == "_" else 200)
    else:
        assert names(answer) == []
        assert "No match for" in answer.text


def test_more_hits_are_listed_with_their_number(two: None, maya: Person) -> None:
    answer = search(maya, "o")
    assert len(names(answer)) == 2
    assert "2 results for “o”" in answer.text


def test_a_search_can_be_narrowed_by_filters_without_leading_away(two: None, maya: Person) -> None:
    answer = maya.get(REQUESTS, query_string={"q": "john", "state": "issued"})
    assert names(answer) == ["John Doe"]


def test_an_endless_search_is_refused_in_words(two: None, maya: Person) -> None:
    answer = search(maya, "x" * 10_000)
    assert answer.status_code == 422
    assert len(names(answer)) == 2


def test_a_search_costs_no_more_queries_than_the_history(portal: Portal, two: None, maya: Person) -> None:
    with counted_queries(portal) as sent:
        search(maya, "o")
    assert len(sent) <= 6
