"""Nobody sees what is not theirs: every address has an expectation here, and a new one must be given one.

To add an address: put its endpoint into API, PAGES or OPEN. If it takes a kind of id that is not known yet, say in
`ids_of` which id of another site it is tried with.
"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.catalog.add_ons import AddOn
from portal.catalog.agreements import Agreement
from portal.catalog.product_models import Product
from portal.console.door import NEEDS, PUBLIC
from portal.core.changes import Change
from portal.core.database import Base, session
from portal.core.jobs import Job
from portal.core.settings import Settings
from portal.customers.models import Customer as CustomerRow
from portal.links.models import Link, PaymentRequest
from portal.sites.api_requests import ApiRequest
from portal.sites.kept_answers import KeptAnswer
from portal.sites.models import ApiKey
from portal.subscriptions.attachments import Attachment
from portal.subscriptions.item_updates import ItemUpdate
from portal.subscriptions.models import Subscription
from portal.webhooks.models import Endpoint, Event
from tests.api.test_attachments import PDF
from tests.console.browser import Person
from tests.harness import SAMPLE, Customer, Merchant, Portal


@dataclass(frozen=True)
class Expected:
    """An address of the API. `body` is what a caller would send; ids in the path are tried with another site's."""

    body: Any = None
    ids: bool = True  # it names something of the site by its id


NO_IDS = Expected(ids=False)
PLANNED = {
    "type": "add_product",
    "product": {"description": "Towels", "amount": 31},
    "application_schedule": "scheduled",
    "apply_on": "2030-01-01",
}
HYPERLINE_UPDATE = {
    "type": "add_product",
    "application_schedule": "scheduled",
    "apply_at": "2030-01-01",
    "payment_schedule": "immediately",
    "calculation_method": "pro_rata",
    "payload": {"product_name": "Towels", "billing_interval_period": "all", "prices": [{"type": "fee", "amount": 9}]},
}

API: dict[str, Expected] = {
    "native.add_update": Expected({name: value for name, value in SAMPLE.items() if name != "webhook_url"}, ids=False),
    "native.get_subscription": Expected(),
    "native.send": Expected(),
    "native.pause": Expected(),
    "native.resume": Expected(),
    "native.close": Expected(),
    "native.archive": Expected(),
    "native.unarchive": Expected(),
    "native.schedule": Expected(),
    "native.get_payment": Expected(),
    "native.refund_payment": Expected(),
    "native.void_payment": Expected(),
    "native.retry": Expected(),
    "native.list_subscriptions": NO_IDS,
    "native.delete_subscription": Expected(),
    "native.simulate_changes": Expected({}),
    "native.change_line": Expected(PLANNED),
    "native.get_update": Expected(),
    "native.cancel_update": Expected(),
    "native.list_payments": Expected(),
    "native.list_invoices": Expected(),
    "native.list_log": Expected(),
    "native.list_requests": Expected(),
    "native.list_notifications": Expected(),
    "native.list_subscription_events": Expected(),
    "native.add_update_customer": Expected({"external_id": "c-new"}, ids=False),
    "native.get_customer": Expected(),
    "native.add_attachment": NO_IDS,
    "native.get_attachment": Expected(),
    "native.add_webhook": Expected({"url": "https://example.invalid/"}, ids=False),
    "native.list_webhooks": NO_IDS,
    "native.get_webhook": Expected(),
    "native.test_webhook": Expected(),
    "native.disable_webhook": Expected(),
    "native.enable_webhook": Expected(),
    "native.replay_webhook": Expected(),
    "native.rotate_webhook": Expected(),
    "native.remove_webhook": Expected(),
    "native.list_events": NO_IDS,
    "native.replay_event": Expected(),
    "native.get_clock": NO_IDS,
    "native.advance_clock": Expected({"to": "2030-01-01T00:00:00Z"}, ids=False),
    "native.messages": NO_IDS,
    "native.ledger": NO_IDS,
    "fundraising.list_subscriptions": NO_IDS,
    "fundraising.add_subscription": Expected({}, ids=False),
    "fundraising.get_subscription": Expected(),
    "fundraising.patch_subscription": Expected([{"op": "replace", "path": "/externalLink", "value": None}]),
    "fundraising.get_schedule": Expected(),
    "fundraising.get_payments": Expected(),
    "fundraising.get_add_ons": Expected(),
    "fundraising.get_log": Expected(),
    "fundraising.hold": Expected(),
    "fundraising.restart": Expected(),
    "fundraising.cancel": Expected(),
    "fundraising.archive": Expected(),
    "fundraising.unarchive": Expected(),
    "fundraising.change_agreement": Expected({"agreementGuid": "x"}),
    "fundraising.update_payment_method": Expected({"paymentMethodGuid": "x"}),
    "fundraising.list_contacts": NO_IDS,
    "fundraising.get_contact": Expected(),
    "fundraising.add_contact": Expected({}, ids=False),
    "fundraising.update_contact": Expected({"city": "Aarhus"}),
    "fundraising.patch_contact": Expected([{"op": "replace", "path": "/city", "value": "Aarhus"}]),
    "fundraising.archive_contact": Expected(),
    "fundraising.unarchive_contact": Expected(),
    "fundraising.archive_agreement": Expected(),
    "fundraising.unarchive_agreement": Expected(),
    "fundraising.archive_add_on": Expected(),
    "fundraising.unarchive_add_on": Expected(),
    "fundraising.list_agreements": NO_IDS,
    "fundraising.get_agreement": Expected(),
    "fundraising.add_agreement": Expected({}, ids=False),
    "fundraising.list_add_ons": NO_IDS,
    "fundraising.get_add_on": Expected(),
    "fundraising.add_add_on": Expected({}, ids=False),
    "fundraising.list_methods": NO_IDS,
    "fundraising.get_method": Expected(),
    "paymennt.create": Expected({}, ids=False),
    "paymennt.search": NO_IDS,
    "paymennt.get": Expected(),
    "paymennt.pause": Expected(),
    "paymennt.resume": Expected(),
    "paymennt.payments": Expected(),
    "paymennt.save_customer": Expected({}, ids=False),
    "paymennt.save_customers": Expected({}, ids=False),
    "paymennt.list_customers": NO_IDS,
    "paymennt.read_customers": NO_IDS,
    "paymennt.get_customer": Expected(),
    "paymennt.read_customers_one": Expected(),
    "paymennt.get_checkout": Expected(),
    "paymennt.cancel_checkout": Expected(),
    "paymennt.refund_checkout": Expected({}),
    "hyperline.create_subscription": Expected({"customer_id": "x", "products": []}, ids=False),
    "hyperline.list_subscriptions": NO_IDS,
    "hyperline.get_subscription": Expected(),
    "hyperline.update_subscription": Expected({}),
    "hyperline.list_phases": Expected(),
    "hyperline.get_phase": Expected(),
    "hyperline.activate": Expected(),
    "hyperline.pause": Expected(),
    "hyperline.reactivate": Expected(),
    "hyperline.reinstate": Expected(),
    "hyperline.transition_phase": Expected(),
    "hyperline.next_phase": Expected(),
    "hyperline.cancel": Expected(),
    "hyperline.create_update": Expected(HYPERLINE_UPDATE),
    "hyperline.create_updates": Expected({"updates": [HYPERLINE_UPDATE]}),
    "hyperline.simulate_updates": Expected({"updates": [HYPERLINE_UPDATE]}),
    "hyperline.list_updates": Expected(),
    "hyperline.get_update": Expected(),
    "hyperline.cancel_update": Expected(),
    "hyperline.create_product": Expected({}, ids=False),
    "hyperline.list_products": NO_IDS,
    "hyperline.get_product": Expected(),
    "hyperline.create_customer": Expected({}, ids=False),
    "hyperline.update_customer": Expected({}),
    "hyperline.list_customers": NO_IDS,
    "hyperline.get_customer": Expected(),
    "paymennt.create_webhook": Expected({"address": "https://example.invalid/"}, ids=False),
    "paymennt.list_webhooks": NO_IDS,
    "paymennt.get_webhook": Expected(),
    "paymennt.test_webhook": Expected(),
    "paymennt.disable_webhook": Expected(),
    "paymennt.enable_webhook": Expected(),
    "paymennt.delete_webhook": Expected(),
}
# Where one's own id is answered with what it names, whatever was done to it before.
KNOWN_BY_ID = {"paymennt.get", "paymennt.payments", "paymennt.get_customer"} | {
    f"fundraising.get_{name}"
    for name in ("subscription", "schedule", "payments", "add_ons", "log", "contact", "agreement", "add_on", "method")
}
# The customer's pages and the pretend gateway's: known by a token, and by ids of what belongs to it.
PAGES = {
    "checkout.show", "checkout.act", "checkout.receipt", "checkout.receipt_pdf", "checkout.invoice_pdf",
    "checkout.document", "checkout.agreed_page", "checkout.agreed_pdf", "checkout.ask_cancel", "checkout.ask_pause",
    "checkout.change", "checkout.change_invitation", "checkout.dates_file", "checkout.do_cancel", "checkout.do_pause",
    "checkout.do_resume", "checkout.do_undo", "checkout.genuine", "checkout.logo", "checkout.papers",
    "checkout.show_history",
    "checkout.save_choices", "checkout.show_choices", "checkout.show_invitation", "checkout.show_method",
    "checkout.terms",
    "sandbox_approve.ask", "sandbox_approve.answer", "sandbox_pay.show", "sandbox_pay.pay", "sandbox_pay.bank",
    "sandbox_pay.bank_answer",
    "sandbox_card.card", "sandbox_card.save", "sandbox_card.bank", "sandbox_card.bank_answer",
}  # fmt: skip
# Open to all: they tell nothing of any site. The phone has a rule of its own (contract section 9).
OPEN = {
    "static", "health.alive", "health.ready", "metrics.metrics", "health.robots", "health.favicon",
    "api_description.openapi_json", "sandbox_phone.phone",
    "api_description.docs", "api_description.postman_json",
}  # fmt: skip
ROLES = ("viewer", "agent", "admin")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> list[Rule]:
    app: Flask = create_app(Settings.from_environment({"PORTAL_HOME": str(tmp_path_factory.mktemp("matrix"))}))
    return list(app.url_map.iter_rules())


def test_every_address_has_an_expectation_and_every_expectation_an_address(rules: list[Rule]) -> None:
    expected = set(API) | PAGES | OPEN | set(NEEDS) | PUBLIC
    assert {rule.endpoint for rule in rules} - expected == set(), "give each of these an expectation in this file"
    assert expected - {rule.endpoint for rule in rules} == set(), "these are gone"


def test_what_takes_an_id_says_so(rules: list[Rule]) -> None:
    for rule in rules:
        if rule.endpoint in API:
            assert API[rule.endpoint].ids == bool(rule.arguments - {"version", "site_id"}), rule.endpoint


@dataclass
class Two:
    """Two sites, A and B, each with a customer who has paid; A's key knocks at B's things."""

    portal: Portal
    a: Merchant
    b: Merchant
    link_of_b: str = field(default="")

    def ids_of(self, site: Merchant) -> dict[str, str]:
        """What stands for each kind of id in an address."""
        with self.portal.reading():

            def one(table: Any) -> str:
                return str(session().scalars(select(table.id).where(table.site_id == uuid.UUID(site.site_id))).first())

            return {
                "subscription_id": one(Subscription),
                "payment_id": one(Payment),
                "invoice_id": one(Invoice),
                "customer_id": one(CustomerRow),
                "request_id": one(PaymentRequest),
                "attachment_id": one(Attachment),
                "webhook_id": one(Endpoint),
                "event_id": one(Event),
                "update_id": one(ItemUpdate),
                "product_id": one(Product),
                "phase_id": one(Subscription),  # the first phase has the id of its subscription
                "checkout_id": one(Invoice),
                "agreement_id": one(Agreement),
                "add_on_id": one(AddOn),
                "method_id": one(PaymentMethod),
            }

    def rows_of_b(self) -> dict[str, list[str]]:
        """Every row of B, to see that none was touched."""
        found = {}
        with self.portal.reading():
            for mapper in Base.registry.mappers:
                table = mapper.class_
                if hasattr(table, "site_id") and table not in {ApiRequest, KeptAnswer}:
                    rows = session().scalars(select(table).where(table.site_id == uuid.UUID(self.b.site_id)))
                    found[table.__name__] = sorted(
                        repr({name: value for name, value in vars(row).items() if name[0] != "_"}) for row in rows
                    )
        return found


def offers(site: Merchant) -> None:
    """One agreement and one add-on in the site's catalog."""
    for path, body in (("agreement", {"scheduleType": "Monthly"}), ("addOn", {})):
        whole = body | {"name": "Aid", "unitPrice": 5}
        answer = site.portal.client.post(f"/fundraising/{path}", headers={"Authorization": site.api_key}, json=whole)
        assert answer.status_code == 201, answer.text


@pytest.fixture
def two(portal: Portal, merchant: Merchant) -> Iterator[Two]:
    other = portal.merchant("Beta")
    links = []
    for number, site in enumerate((merchant, other)):
        answer = site.post(
            external_id=f"own-{number}", customer={"external_id": f"customer-{number}", "email": "x@y.example"}
        )
        links.append(answer.json["link"])
        Customer(portal, links[-1]).confirm()
        site.call("POST", "/attachment", data={"file": (io.BytesIO(PDF), "terms.pdf")})
        site.call("POST", "/webhook", json={"url": "https://example.invalid/hook", "actions": ["payment"]})
        portal.run_jobs(*(job for job in Job if job is not Job.DELIVER_WEBHOOK))
        assert site.call("POST", f"/subscription/own-{number}/update", json=PLANNED).status_code == 201
        product = {"name": "Towels", "prices": [{"type": "fee", "amount": 9}]}
        key = {"Authorization": f"Bearer {site.api_key}"}
        assert portal.client.post("/v1/products", json=product, headers=key).status_code == 201
        offers(site)
    made = Two(portal, merchant, other, links[1])
    before = made.rows_of_b()
    yield made
    assert made.rows_of_b() == before, "something of B was changed"


def addresses(portal: Portal, only_ids: bool) -> Iterator[tuple[Rule, str]]:
    """Every API address with each of its methods."""
    for rule in portal.app.url_map.iter_rules():
        if rule.endpoint in API and (API[rule.endpoint].ids or not only_ids):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def call(portal: Portal, rule: Rule, method: str, values: dict[str, str], key: str | None) -> TestResponse:
    """With this key; ids that are not given are made up."""
    path = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: values.get(found[1]) or str(uuid.uuid4()), rule.rule)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    options = {} if API[rule.endpoint].body is None else {"json": API[rule.endpoint].body}
    return portal.client.open(path, method=method, headers=headers, **options)  # type: ignore[arg-type]


def test_without_a_key_or_with_a_wrong_one_every_address_is_401(two: Two) -> None:
    for rule, method in addresses(two.portal, only_ids=False):
        values = {"version": "v4", "site_id": two.b.site_id} | two.ids_of(two.b)
        for key in (None, "sk_test_wrong"):
            assert call(two.portal, rule, method, values, key).status_code == 401, rule


def test_a_key_without_the_scope_is_refused_everywhere(two: Two) -> None:
    with two.portal.writing():
        row = session().scalars(select(ApiKey).where(ApiKey.key_id == two.a.key_id)).one()
        row.scopes = ""
    values = {"version": "v4", "site_id": two.a.site_id} | two.ids_of(two.a)
    for rule, method in addresses(two.portal, only_ids=False):
        assert call(two.portal, rule, method, values, two.a.api_key).status_code == 403, rule


def test_another_sites_address_is_as_unknown_as_one_that_does_not_exist(two: Two) -> None:
    for rule, method in addresses(two.portal, only_ids=False):
        if "site_id" not in rule.arguments:
            continue
        theirs = {"version": "v4", "site_id": two.b.site_id} | two.ids_of(two.b)
        nobodys = {"version": "v4", "site_id": str(uuid.uuid4())}
        assert alike(call(two.portal, rule, method, theirs, two.a.api_key)) == alike(
            call(two.portal, rule, method, nobodys, two.a.api_key)
        ), rule
        assert call(two.portal, rule, method, theirs, two.a.api_key).status_code == 404, rule


def test_another_sites_ids_are_as_unknown_as_ones_that_do_not_exist(two: Two) -> None:
    for rule, method in addresses(two.portal, only_ids=True):
        theirs = two.ids_of(two.b)
        kinds = rule.arguments - {"version", "site_id"}
        assert kinds <= set(theirs), f"say in ids_of what stands for {kinds - set(theirs)}"
        mine = {"version": "v4", "site_id": two.a.site_id}
        refused = call(two.portal, rule, method, mine | theirs, two.a.api_key)
        assert refused.status_code == unknown(rule), rule
        assert alike(refused) == alike(call(two.portal, rule, method, mine, two.a.api_key)), rule
        if "subscription_id" in kinds:  # by the merchant's own id too
            by_external = call(two.portal, rule, method, mine | {"subscription_id": "own-1"}, two.a.api_key)
            assert alike(by_external) == alike(refused), rule


def test_every_own_id_is_known(two: Two) -> None:
    """Without this the tests above would pass where nothing is ever found."""
    what_removes_comes_last = sorted(addresses(two.portal, only_ids=True), key=lambda one: one[1] == "DELETE")
    for rule, method in what_removes_comes_last:
        values = {"version": "v4", "site_id": two.a.site_id} | two.ids_of(two.a)
        answer = call(two.portal, rule, method, values, two.a.api_key)
        assert answer.status_code != 404, rule
        if rule.endpoint in KNOWN_BY_ID:
            assert answer.status_code == 200, answer.text


def unknown(rule: Rule) -> int:
    """The status of an unknown id in the dialect of this address (contract section 5)."""
    return 400 if rule.endpoint.startswith("paymennt.") else 404


def alike(answer: TestResponse) -> tuple[int, str, set[str]]:
    """What may be compared of an answer: not the request id, nor what is left of the limit, nor how long it took."""
    return answer.status_code, re.sub(r'"elapsed": ?\d+', "", answer.text), set(answer.headers.keys())


@pytest.mark.parametrize("field", ["id", "_id", "externalId"])
def test_another_sites_id_in_a_body_is_unknown_or_makes_ones_own(two: Two, field: str) -> None:
    theirs = "own-1" if field == "externalId" else two.ids_of(two.b)["subscription_id"]
    body = {name: value for name, value in SAMPLE.items() if name not in {"webhook_url", "external_id"}}
    answer = two.a.post(body | {field: theirs}, version="v4")
    assert (answer.status_code, answer.json.get("action")) == ((200, "added") if field == "externalId" else (404, None))


@pytest.mark.parametrize("reference", ["id", "externalId"])
def test_another_sites_customer_in_a_body_is_never_linked(two: Two, reference: str) -> None:
    theirs = two.ids_of(two.b)["customer_id"] if reference == "id" else "customer-1"
    two.a.post(external_id="new", customer={reference: theirs, "firstName": "Ann"}, version="v4")
    with two.portal.reading():
        linked = session().execute(
            select(Subscription.site_id, CustomerRow.site_id).join(
                CustomerRow, CustomerRow.id == Subscription.customer_id
            )
        )
        assert all(mine == customers for mine, customers in linked)


def test_lists_hold_ones_own_alone(two: Two) -> None:
    """Whatever answers without an id: nothing in it names anything of B."""
    theirs = [*two.ids_of(two.b).values(), "own-1", "customer-1", two.link_of_b]
    for rule, method in addresses(two.portal, only_ids=False):
        if API[rule.endpoint].ids or method != "GET":
            continue
        values = {"version": "v4", "site_id": two.a.site_id}
        text = call(two.portal, rule, method, values, two.a.api_key).text
        assert [name for name in theirs if name in text] == [], rule


def test_another_sites_link_named_in_a_text_is_never_filled_in(two: Two) -> None:
    with two.portal.reading():
        link_id = session().scalars(select(Link.id).where(Link.site_id == uuid.UUID(two.b.site_id))).first()
    trap = f"{{link:{link_id}}}"
    two.a.post(external_id="trap", description=trap, customer={"external_id": "t", "email": "t@y.example"})
    two.portal.run_jobs(Job.SEND_MESSAGE)
    [message] = [one for one in two.a.messages() if one["to"] == "t@y.example"]
    assert trap in message["body"]
    assert message["link"] in message["body"]
    assert two.link_of_b.rpartition("/")[2] not in repr(two.a.messages())


def test_a_link_opens_what_it_belongs_to_and_nothing_else(two: Two) -> None:
    mine = Customer(two.portal, two.link_of_b).path
    theirs = two.ids_of(two.a)
    for rule in two.portal.app.url_map.iter_rules():
        if rule.endpoint not in PAGES:
            continue
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        unknown = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: theirs.get(found[1], "x" * 22), rule.rule)
        refused = {404} if method == "GET" else {403, 404}  # a form without its token
        assert two.portal.client.open(unknown, method=method).status_code in refused, rule
        if rule.arguments - {"token", "ref"}:
            foreign = re.sub(r"<(\w+)>", lambda found: theirs.get(found[1], ""), rule.rule.replace("/p/<token>", mine))
            assert two.portal.client.open(foreign, method=method).status_code == 404, rule


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_its_rule_says_and_nothing_else(portal: Portal, merchant: Merchant, role: str) -> None:
    person = Person(portal, f"{role}@acme.example", role).sign_in()
    changes = len(portal.rows(Change))
    for rule in portal.app.url_map.iter_rules():
        if rule.endpoint not in NEEDS or rule.endpoint == "console.sign_out":
            continue
        path = re.sub(r"<\w+>", lambda _: str(uuid.uuid4()), rule.rule)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            status = person.client.open(path, method=method).status_code
            may = ROLES.index(role) >= ROLES.index(NEEDS[rule.endpoint])
            assert (status != 403) == may, (rule.endpoint, status)
    assert len(portal.rows(Change)) == changes
