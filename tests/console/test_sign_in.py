"""Signing in: password and code, one at a time, with patience for nobody who guesses."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from argon2 import extract_parameters

from portal.console import passwords
from portal.console.models import SignInTry, Staff, StaffSession
from portal.console.people import create_staff
from portal.console.sign_in import WRONG, WRONG_CODE
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import InvalidFields
from tests.console.browser import REQUESTS, Browser, Person, csrf, words
from tests.harness import Portal


@pytest.fixture
def agent(portal: Portal) -> Person:
    return Person(portal, "maya@acme.example", "agent")


def test_a_password_and_then_a_code_lead_in(agent: Person) -> None:
    page = agent.get("/console", follow_redirects=True)
    assert '<label for="email">E-mail</label>' in page.text
    assert '<label for="password">Password</label>' in page.text
    assert agent.give_password().location == "/console/code"
    assert '<label for="code">Code</label>' in agent.get("/console/code").text
    answer = agent.give_code()
    assert (answer.status_code, answer.location) == (303, REQUESTS)
    assert "maya@acme.example, agent" in words(agent.get(REQUESTS))


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(agent: Person) -> None:
    wrong = agent.give_password("not it at all")
    unknown = agent.give_password(email="nobody@acme.example")
    assert wrong.status_code == unknown.status_code == 422
    assert WRONG in wrong.text
    assert wrong.text.replace("maya", "nobody").replace(csrf(wrong), "") == unknown.text.replace(csrf(unknown), "")


def test_an_unknown_person_costs_the_same_work(agent: Person) -> None:
    kept = agent.portal.row(Staff).password_hash
    assert extract_parameters(kept) == extract_parameters(passwords._nobody())
    assert passwords.matches(kept, agent.password)
    assert not passwords.matches(None, agent.password)


def test_an_email_is_read_without_regard_to_case(agent: Person) -> None:
    assert agent.give_password(email=" Maya@ACME.example ").location == "/console/code"


def test_a_wrong_code_does_not_lead_in(agent: Person) -> None:
    agent.give_password()
    right = int(agent.code())
    answer = agent.give_code(f"{(right + 1) % 1_000_000:06}")
    assert answer.status_code == 422
    assert WRONG_CODE in answer.text
    assert not agent.is_in


def test_a_code_is_good_once(agent: Person) -> None:
    with time_machine.travel(real_now(), tick=False):
        agent.sign_in()
        agent.post("/console/sign-out")
        agent.give_password()
        assert agent.give_code().status_code == 422
    with time_machine.travel(real_now() + timedelta(seconds=61), tick=False):
        assert agent.give_code().status_code == 303


def test_a_code_from_half_a_minute_ago_still_works_and_an_older_one_does_not(agent: Person) -> None:
    now = real_now()
    with time_machine.travel(now, tick=False):
        code = agent.code()
    with time_machine.travel(now + timedelta(seconds=95), tick=False):
        agent.give_password()
        assert agent.give_code(code).status_code == 422
    with time_machine.travel(now + timedelta(seconds=30), tick=False):
        agent.give_password()
        assert agent.give_code(code).status_code == 303


def test_the_second_factor_cannot_be_skipped_by_its_address(agent: Person) -> None:
    assert agent.get("/console/code").location == "/console/sign-in"
    token = csrf(agent.get("/console/sign-in"))
    answer = agent.client.post("/console/code", data={"csrf_token": token, "code": agent.code()})
    assert answer.location == "/console/sign-in"
    agent.give_password()
    assert not agent.is_in


def test_the_password_is_good_for_five_minutes(agent: Person) -> None:
    agent.give_password()
    with time_machine.travel(real_now() + timedelta(minutes=6)):
        assert agent.get("/console/code").location == "/console/sign-in"


@pytest.mark.parametrize("email", ["maya@acme.example", "nobody@acme.example"], ids=["known", "unknown"])
def test_five_failures_of_an_email_have_to_wait(agent: Person, email: str) -> None:
    for _ in range(5):
        assert agent.give_password("wrong", email).status_code == 422
    answer = agent.give_password(email=email)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "Wait 15 minutes" in answer.text
    with time_machine.travel(real_now() + timedelta(minutes=16)):
        assert agent.give_password().location == "/console/code"


def test_wrong_codes_have_to_wait_too(agent: Person) -> None:
    agent.give_password()
    for _ in range(5):
        assert agent.give_code("000000x").status_code == 422
    assert agent.give_code().status_code == 429


def test_twenty_failures_of_an_address_have_to_wait_whatever_the_names(agent: Person) -> None:
    with agent.portal.writing():
        from portal.console.throttle import _subject

        for _ in range(20):
            session().add(SignInTry(subject=_subject("address", "127.0.0.1"), at=real_now()))
    assert agent.give_password().status_code == 429
    elsewhere = agent.client.post(
        "/console/sign-in",
        data={"csrf_token": csrf(agent.get("/console/sign-in")), "email": agent.email, "password": agent.password},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert elsewhere.location == "/console/code"


def test_a_right_sign_in_leaves_no_try_behind(agent: Person) -> None:
    agent.sign_in()
    assert agent.portal.rows(SignInTry) == []


def test_a_disabled_person_is_out_at_once_and_cannot_come_back(agent: Person) -> None:
    assert agent.sign_in().is_in
    with agent.portal.writing():
        session().query(Staff).one().disabled_at = real_now()
    assert not agent.is_in
    assert WRONG in agent.give_password().text


def test_a_person_disabled_between_password_and_code_stays_outside(agent: Person) -> None:
    agent.give_password()
    with agent.portal.writing():
        session().query(Staff).one().disabled_at = real_now()
    assert agent.give_code().status_code == 422


@pytest.mark.parametrize(("idle", "alive"), [(29, True), (31, False)], ids=["29 minutes", "31 minutes"])
def test_half_an_hour_without_a_page_ends_the_session(agent: Person, idle: int, alive: bool) -> None:
    agent.sign_in()
    with time_machine.travel(real_now() + timedelta(minutes=idle)):
        assert agent.is_in is alive


def test_a_session_ends_after_eight_hours_of_work(agent: Person) -> None:
    agent.sign_in()
    start = real_now()
    for minutes in range(20, 8 * 60, 20):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert agent.is_in
    with time_machine.travel(start + timedelta(hours=8, minutes=1)):
        assert not agent.is_in


def test_being_seen_is_noted_once_a_minute_at_most(agent: Person) -> None:
    agent.sign_in()
    first = agent.portal.row(StaffSession).seen_at
    assert agent.is_in
    assert agent.portal.row(StaffSession).seen_at == first
    with time_machine.travel(real_now() + timedelta(seconds=61)):
        assert agent.is_in
        assert agent.portal.row(StaffSession).seen_at > first


def test_signing_out_ends_the_session_for_a_stolen_cookie_too(agent: Person) -> None:
    agent.sign_in()
    thief = Browser(agent.portal)
    cookie = agent.client.get_cookie("console")
    assert cookie is not None
    thief.client.set_cookie("console", cookie.value)
    assert thief.get(REQUESTS).status_code == 200
    assert agent.post("/console/sign-out").location == "/console/sign-in"
    assert thief.get(REQUESTS).status_code == 303


def test_a_cookie_from_before_the_sign_in_is_worth_nothing_after_it(agent: Person) -> None:
    agent.give_password()
    before = agent.client.get_cookie("console")
    agent.give_code()
    planted = Browser(agent.portal)
    assert before is not None
    planted.client.set_cookie("console", before.value)
    assert planted.get(REQUESTS).location == "/console/sign-in"


def test_signing_in_again_ends_the_session_before(agent: Person) -> None:
    agent.sign_in()
    with time_machine.travel(real_now() + timedelta(minutes=2)):
        agent.sign_in()
    ended = [row.ended_at is not None for row in agent.portal.rows(StaffSession)]
    assert ended == [True, False]


def test_the_row_keeps_no_secret_of_the_cookie(agent: Person) -> None:
    agent.sign_in()
    with agent.client.session_transaction() as cookie:
        secret = cookie["staff"]
    row = agent.portal.row(StaffSession)
    assert len(row.token_hash) == 32
    assert secret.encode() not in row.token_hash


@pytest.mark.parametrize("path", ["sign-in", "demo"])
def test_a_forged_sign_in_is_refused(agent: Person, path: str) -> None:
    answer = agent.client.post(f"/console/{path}", data={"email": agent.email, "password": agent.password})
    assert answer.status_code == 400
    assert not agent.is_in


def test_a_page_open_for_hours_still_signs_in(agent: Person) -> None:
    page = agent.get("/console/sign-in")
    with time_machine.travel(real_now() + timedelta(hours=5)):
        answer = agent.post("/console/sign-in", page, email=agent.email, password=agent.password)
        assert answer.location == "/console/code"


def test_after_signing_in_one_is_where_one_wanted_to_go(agent: Person) -> None:
    assert agent.get("/console/health?x=1").location == "/console/sign-in"
    agent.give_password()
    assert agent.give_code().location == "/console/health?x=1"


def test_an_endless_address_is_not_carried_through_the_sign_in(agent: Person) -> None:
    agent.get("/console/health?x=" + "y" * 5000)
    agent.give_password()
    assert agent.give_code().location == REQUESTS


def test_empty_fields_are_named(agent: Person) -> None:
    answer = agent.post("/console/sign-in", agent.get("/console/sign-in"), email="", password="")
    assert answer.status_code == 422
    assert "Enter your e-mail." in answer.text


@pytest.mark.parametrize(
    ("email", "role"),
    [("maya@acme.example", "boss"), ("not an address", "agent"), ("MAYA@acme.example", "agent")],
    ids=["role", "address", "twice"],
)
def test_a_person_that_cannot_be_made_is_refused(agent: Person, email: str, role: str) -> None:
    with pytest.raises(InvalidFields), agent.portal.writing():
        create_staff(email, role)
