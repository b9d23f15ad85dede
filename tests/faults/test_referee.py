"""The referee itself is tried: with a bug put into the workers, or one row falsified, it must turn red."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import create_engine, text

from tests.faults.books import Books
from tests.faults.conftest import Mailbox, Referee
from tests.faults.crew import MAIL_LEASE, Crew
from tests.faults.referee import Game, verdict
from tests.faults.stage import FEBRUARY, JANUARY, PLAN, Stage, due_next_month, sending
from tests.harness import Portal

pytestmark = pytest.mark.faults


@pytest.mark.parametrize(
    ("mutant", "point", "seen_by"),
    [
        ("random key", "gateway.charged", {"I1", "I2", "I3", "I4", "I12"}),
        ("silence is success", "charge.before_call", {"I2", "I4", "I12"}),
        ("silence is failure", "gateway.charged", {"I1", "I12"}),
        ("nobody asks first", "gateway.charged", set()),  # the key alone saves it, for as long as a gateway keeps keys
    ],
)
def test_a_worker_that_mistreats_a_lost_answer_is_found_out(
    stage: Stage, crew: Crew, referee: Referee, mutant: str, point: str, seen_by: set[str]
) -> None:
    due = due_next_month(stage)
    crew.start(fault=point, mutant=mutant).dies()
    crew.start(mutant=mutant)
    assert set(referee.finds(due={PLAN: due})) == seen_by


@pytest.mark.parametrize(("mutant", "seen_by"), [("next date is lost", set()), ("slot is ignored", {"I3", "I4"})])
def test_what_saves_a_run_that_comes_back_to_a_period_is_that_its_slot_is_unique(
    stage: Stage, crew: Crew, referee: Referee, mutant: str, seen_by: set[str]
) -> None:
    due = due_next_month(stage)
    crew.start(mutant=mutant)
    assert set(referee.finds(due={PLAN: due})) == seen_by


@pytest.mark.parametrize(("mutant", "amount_minor"), [("random refund key", 1000), ("no refund cap", None)])
def test_a_worker_that_gives_back_twice_is_found_out(
    stage: Stage, crew: Crew, referee: Referee, mutant: str, amount_minor: int | None
) -> None:
    stage.charged()
    stage.given_back(amount_minor)
    crew.start(fault="gateway.refunded", mutant=mutant).dies()
    crew.start(mutant=mutant)
    assert set(referee.finds(due={PLAN: {JANUARY}})) == {"I12"}


def test_a_message_that_two_hold_at_once_is_found_out(stage: Stage, crew: Crew, referee: Referee) -> None:
    sending(stage)
    hints = stage.hints()
    crew.start(mutant="lease is ignored", hints=hints + hints)
    assert set(referee.finds()) == {"I9"}


def test_a_sequence_that_lags_behind_its_event_is_found_out(stage: Stage, crew: Crew, referee: Referee) -> None:
    due = due_next_month(stage)
    crew.start(mutant="sequence is not kept")
    assert set(referee.finds(due={PLAN: due})) == {"I11"}


def test_an_answer_that_is_written_twice_is_found_out(stage: Stage, crew: Crew, referee: Referee) -> None:
    """The money came once and was told twice."""
    due = due_next_month(stage)
    crew.start(mutant="settled twice")
    assert set(referee.finds(due={PLAN: due})) == {"I11"}


def test_a_second_copy_that_no_kill_explains_is_found_out(stage: Stage, crew: Crew, referee: Referee) -> None:
    crew.lease = MAIL_LEASE
    sending(stage)
    crew.start(fault="message.sent").dies()
    crew.start()
    assert set(referee.finds(sends_cut=0)) == {"I9"}


@pytest.mark.parametrize(
    ("falsified", "seen_by"),
    [
        ("DELETE FROM events WHERE sequence = 2", {"I11"}),
        ("UPDATE subscriptions SET status = 'paused'", {"I11"}),
        ("UPDATE changes SET actor = ''", {"I11"}),
        ("UPDATE payments SET amount_minor = amount_minor + 1", {"I1", "I2", "I12"}),
        ("UPDATE payments SET status = 'failed'", {"I1", "I11", "I12", "states"}),
        ("UPDATE payments SET due_at = paid_at", {"I15"}),
        ("UPDATE terms SET amount_minor = amount_minor - 1", {"I5", "I7"}),
        ("UPDATE invoices SET status = 'void', paid_at = NULL", {"states"}),
        ("UPDATE messages SET status = 'skipped'", {"I9"}),
        ("DELETE FROM consents", {"I5", "I6", "states"}),
        ("UPDATE payments SET refunded_minor = 1", {"I12"}),
        ("UPDATE subscriptions SET external_id = 'another'", {"I7", "I8"}),
        ("UPDATE invoices SET description = 'sk_secret'", {"I14"}),
    ],
)
def test_a_falsified_row_is_found_out(
    stage: Stage, mailbox: Mailbox, portal: Portal, falsified: str, seen_by: set[str]
) -> None:
    stage.charged()
    mails, written = tuple(mailbox.message_ids), (("439772921", 3499),)
    game = Game(due={PLAN: {JANUARY}}, mails=mails, acknowledged=written, secrets=("sk_secret",))
    address = portal.settings.database_url
    assert verdict(Books.read(address), game) == {}
    engine = create_engine(address)
    with engine.begin() as connection:
        assert connection.execute(text(falsified)).rowcount
    engine.dispose()
    assert set(verdict(Books.read(address), game)) == seen_by


def test_a_charge_that_was_not_due_and_one_that_is_missing_are_found_out(
    stage: Stage, mailbox: Mailbox, portal: Portal
) -> None:
    stage.charged()
    books = Books.read(portal.settings.database_url)
    mails = tuple(mailbox.message_ids)
    assert set(verdict(books, Game({PLAN: {JANUARY, FEBRUARY}}, mails))) == {"I4"}
    assert set(verdict(books, Game({PLAN: {date(2026, 2, 1)}}, mails))) == {"I4"}
