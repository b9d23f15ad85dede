"""kill -9 at every named point of confirming, charging and sending: both sides agree, each period is charged once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import chain

import pytest

from tests.faults.conftest import Referee
from tests.faults.crew import LEASE, MAIL_LEASE, Crew
from tests.faults.stage import (
    FEBRUARY,
    JANUARY,
    PLAN,
    Stage,
    answer_lost,
    at_its_end,
    changing_a_line,
    confirming,
    due_next_month,
    ending_with_a_refund,
    ending_with_arrears,
    numbering,
    refunding,
    refused_at_first,
    sending,
    trying_a_third_time,
    trying_again,
)

pytestmark = pytest.mark.faults

Operation = Callable[[Stage], Iterable[date | str]]

# F1 before the intent is committed · F2 committed, not enqueued · F3 before the gateway is called
# F4 called, no answer · F5 answer read, not committed · F6 committed, not acknowledged · F7 acknowledged
CHARGE = {
    "F1": ["charge.before_claim_commit"],
    "F3": ["charge.claimed", "charge.before_call"],
    "F4": ["gateway.charged"],
    "F5": ["charge.answered", "charge.before_settle_commit"],
    "F6": ["charge.settled"],
}
REFUND = {
    "F3": ["refund.claimed", "refund.before_call"],
    "F4": ["gateway.refunded"],
    "F5": ["refund.answered", "refund.before_settle_commit"],
    "F6": ["refund.settled"],
    "F7": ["acked.refund"],
}
POINTS: dict[Operation, dict[str, list[str]]] = {
    confirming: {
        "F1": ["setup.before_claim_commit"],
        "F2": ["enqueue.charge"],
        "F3": ["setup.claimed"],
        "F4": ["gateway.setup_read"],
        "F5": ["setup.answered", "setup.before_commit"],
        "F6": ["setup.committed"],
        "F7": ["acked.complete_setup"],
        "first charge F1": CHARGE["F1"],
        "first charge F2": ["enqueue.send_message"],
        "first charge F3": CHARGE["F3"],
        "first charge F4": CHARGE["F4"],
        "first charge F5": CHARGE["F5"],
        "first charge F6": CHARGE["F6"],
        "first charge F7": ["acked.charge"],
    },
    due_next_month: CHARGE
    | {
        "F1": ["run.before_commit"],
        "F2": ["run.committed"],
        "F3": ["charge.before_call"],
        "F7": ["acked.advance_clock"],
    },
    refused_at_first: {"F4": CHARGE["F4"], "F5": CHARGE["F5"], "F6": CHARGE["F6"]},
    trying_again: CHARGE | {"F7": ["acked.advance_clock"]},
    trying_a_third_time: {"F3": CHARGE["F3"], "F4": CHARGE["F4"], "F5": CHARGE["F5"], "F7": ["acked.charge"]},
    answer_lost: {"F4": CHARGE["F4"], "F5": CHARGE["F5"]},
    refunding: REFUND | {"F1": ["refund.before_claim_commit"]},
    ending_with_a_refund: REFUND
    | {
        "F1": ["run.before_commit", "cancellation.before_commit", "refund.before_claim_commit"],
        "F2": ["run.committed", "enqueue.refund"],
        "F7": ["acked.advance_clock", "acked.refund"],
    },
    at_its_end: {"F1": ["cancellation.before_commit"], "F7": ["acked.end_canceled"]},
    changing_a_line: {
        "F1": ["item_update.before_commit"],
        "F3": CHARGE["F3"],
        "F4": CHARGE["F4"],
        "F5": CHARGE["F5"],
        "F7": ["acked.update_item"],
    },
    ending_with_arrears: {"F1": ["run.before_commit"], "F2": ["run.committed"], "F4": CHARGE["F4"], "F5": CHARGE["F5"]},
    numbering: {"F1": ["numbering.before_commit"], "F7": ["acked.number_invoices"]},
    sending: {
        "F1": ["message.before_claim_commit"],
        "F3": ["message.claimed"],
        "F4 and F5": ["message.sent", "message.before_settle_commit"],
        "F6": ["message.settled"],
        "F7": ["acked.send_message"],
    },
}
GIVEN_BACK = {refunding: [34.99], ending_with_a_refund: [22.49], at_its_end: [22.49]}  # all of it; 18 of 28 days
CASES = [
    pytest.param(operation, point, id=f"{operation.__name__} {name} {point}")
    for operation, named in POINTS.items()
    for name, points in named.items()
    for point in points
]
BETWEEN_SENDING_AND_WRITING = {"message.sent", "message.before_settle_commit"}


@pytest.mark.parametrize(("operation", "point"), CASES)
def test_a_worker_killed_at_a_point_loses_nothing_and_charges_once(
    stage: Stage, crew: Crew, referee: Referee, operation: Operation, point: str
) -> None:
    crew.lease = MAIL_LEASE if operation is sending else LEASE
    due = operation(stage)
    # A text's second hint would be acknowledged while the first is still at the mail server: the sweep alone, then.
    crew.start(fault=point, hints=() if operation is sending else stage.hints()).dies()
    crew.start()
    assert referee.finds(due={PLAN: due}, sends_cut=point in BETWEEN_SENDING_AND_WRITING) == {}
    given_back = [entry["amount"] for entry in stage.shop.ledger() if "refund_of" in entry]
    assert given_back == GIVEN_BACK.get(operation, [])


def test_a_worker_killed_at_one_point_after_the_other_loses_nothing(stage: Stage, crew: Crew, referee: Referee) -> None:
    """Each successor dies a step further on."""
    stage.confirmed()
    for point in ("setup.claimed", "setup.answered", "setup.before_commit", *chain(*CHARGE.values())):
        crew.start(fault=point).dies()
    crew.start()
    assert referee.finds(due={PLAN: {JANUARY}}) == {}


@pytest.mark.parametrize(("point", "was_taken"), [("run.committed", False), ("gateway.charged", True)])
def test_a_close_behind_a_killed_charge_takes_nothing_more_and_records_what_was_taken(
    stage: Stage, crew: Crew, referee: Referee, point: str, was_taken: bool
) -> None:
    """Either charged before the close, or not at all."""
    due_next_month(stage)
    crew.start(fault=point).dies()
    assert stage.shop.call("POST", "/subscription/439772921/close").status_code == 200
    crew.start()
    assert referee.finds(due={PLAN: {JANUARY, FEBRUARY} if was_taken else {JANUARY}}) == {}
    assert stage.shop.subscription()["close_reason"] == "canceled_merchant"
