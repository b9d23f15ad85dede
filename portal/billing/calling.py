"""Calls to gateways, many at once and at each account's pace, from one event loop in a thread of the process."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Literal

from portal.core.faults import reach
from portal.gateways.base import NO_ANSWER, NOT_SENT, NOT_YET, ChargeOrder, ChargeResult, TooFast
from portal.gateways.pacing import Pacer
from portal.gateways.registry import gateway

log = logging.getLogger(__name__)

# ask: what became of an earlier try, which goes out now if it never did; look: ask, but let it be; call_off: nobody
# waits for the customer's bank any more
Kind = Literal["charge", "ask", "look", "call_off"]

ANSWER_WITHIN = 20.0  # seconds; a third of the lease, so that a slow answer is still settled by who asked
SEND_WITHIN = 35.0  # seconds; what has not gone out by then is given back, as the lease leaves no time for an answer
AT_ONCE = 400  # for each account
GROUP, GROUP_WAIT = 1000, 0.2  # settle this many together, or what has come this many seconds after the first
FEW = 3  # this many calls are somebody who waits: they go before the rest of a billing run
WATCH = 1.0  # seconds from one look for late answers to the next
THREADS = 16  # for a gateway that blocks, as the sandbox does


@dataclass(frozen=True, slots=True)
class Call:
    """One question to a gateway: take the money, or what became of an earlier try."""

    attempt_id: uuid.UUID
    gateway: str
    kind: Kind
    order: ChargeOrder


Answered = tuple[Call, ChargeResult]


def collect(calls: Sequence[Call], settle: Callable[[list[Answered]], None]) -> None:
    """Call the gateways, many at once, and settle the answers in groups as they arrive, in this thread.

    Holds no row and no connection; never raises for one of the calls. What a gateway's rate kept from going out in
    time comes back as NOT_YET.
    """
    if not calls:
        return
    caller = _caller()
    batch = _Batch(caller.loop, len(calls))
    caller.ask(calls, batch)
    try:
        for group in batch.groups():
            settle(group)
    finally:
        caller.forget(batch)


class _Batch:
    """The answers to the calls of one `collect`, from the thread that calls to the thread that settles."""

    def __init__(self, loop: asyncio.AbstractEventLoop, size: int) -> None:
        self._loop, self._left = loop, size
        self._lock, self._ready = threading.Lock(), threading.Event()
        self._answers: list[Answered] = []
        self._taken = 0
        self.is_over = False

    def put(self, call: Call, result: ChargeResult) -> None:
        """Called in the event loop."""
        with self._lock:
            self._answers.append((call, result))
            if len(self._answers) >= min(GROUP, self._left):
                self._ready.set()
            elif len(self._answers) == 1:
                self._loop.call_later(GROUP_WAIT, self._ring, self._taken)

    def groups(self) -> Iterator[list[Answered]]:
        while self._left:
            self._ready.wait()
            with self._lock:
                self._ready.clear()
                group, self._answers = self._answers, []
                self._left -= len(group)
                self._taken += 1
            yield group

    def _ring(self, taken: int) -> None:
        with self._lock:
            if taken == self._taken and self._answers:
                self._ready.set()


@dataclass(slots=True)
class _Account:
    """What one account at a gateway is asked, and what it will be asked next."""

    pacer: Pacer
    first: deque[_Question] = field(default_factory=deque)
    rest: deque[_Question] = field(default_factory=deque)
    under_way: int = 0
    wakes: bool = False

    def waiting(self) -> deque[_Question]:
        return self.first or self.rest


@dataclass(slots=True, eq=False)
class _Question:
    call: Call
    batch: _Batch
    account: _Account
    context: Context


class _Caller:
    """The event loop and its accounts; everything but `ask` and `forget` happens in its thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(ThreadPoolExecutor(THREADS, "gateway"))
        self._accounts: dict[tuple[str, str], _Account] = {}
        self._under_way: dict[asyncio.Task[None], float] = {}  # with the moment each began, oldest first
        self._watches = False
        threading.Thread(target=self.loop.run_forever, name="gateways", daemon=True).start()

    def ask(self, calls: Sequence[Call], batch: _Batch) -> None:
        context = copy_context()
        questions = [_Question(call, batch, self._account(call), context) for call in calls]
        self.loop.call_soon_threadsafe(self._take_in, questions)
        self.loop.call_soon_threadsafe(self.loop.call_later, SEND_WITHIN, self._give_back, batch)

    def forget(self, batch: _Batch) -> None:
        """Nobody waits for this batch any more: nothing of it goes out from now on."""
        if not batch.is_over:
            batch.is_over = True
            self.loop.call_soon_threadsafe(self._give_back, batch)

    def _take_in(self, questions: list[_Question]) -> None:
        for question in questions:
            (question.account.first if len(questions) <= FEW else question.account.rest).append(question)
        for account in {id(question.account): question.account for question in questions}.values():
            self._go_on(account)

    def _account(self, call: Call) -> _Account:
        pace = gateway(call.gateway).pace(call.order.site_id)
        key = call.gateway, pace.account if pace else str(call.order.site_id)
        return self._accounts.get(key) or self._accounts.setdefault(key, _Account(Pacer(pace)))

    def _go_on(self, account: _Account) -> None:
        """Start what may start now, and come back when the next may."""
        while account.under_way < AT_ONCE and (waiting := account.waiting()):
            now = self.loop.time()
            earliest = account.pacer.earliest(now)
            if earliest > now:
                if not account.wakes:
                    account.wakes = True
                    self.loop.call_at(earliest, self._wake, account)
                return
            account.pacer.start(now)
            account.under_way += 1
            question = waiting.popleft()
            self._under_way[self.loop.create_task(self._ask(question), context=question.context)] = now
            if not self._watches:
                self._watches = True
                self.loop.call_later(WATCH, self._watch)

    def _wake(self, account: _Account) -> None:
        account.wakes = False
        self._go_on(account)

    def _watch(self) -> None:
        """End what has no answer in time. One look a second: a timer for each call would cost as much as the call."""
        late = self.loop.time() - ANSWER_WITHIN
        for task, began in self._under_way.items():
            if began <= late:
                task.cancel()
        if self._under_way:
            self.loop.call_later(WATCH, self._watch)
        self._watches = bool(self._under_way)

    async def _ask(self, question: _Question) -> None:
        result: ChargeResult | TooFast = NO_ANSWER
        try:
            result = await _answer(question.call)
        except asyncio.CancelledError:
            pass  # by _watch: no answer
        except Exception:
            # An adapter that fails may have sent the order before: what became of it is asked for later.
            log.exception("a gateway's adapter failed", extra={"attempt": str(question.call.attempt_id)})
        self._under_way.pop(asyncio.current_task())  # type: ignore[arg-type]
        question.account.under_way -= 1
        self._take(question, result)
        self._go_on(question.account)

    def _take(self, question: _Question, result: ChargeResult | TooFast) -> None:
        now, account = self.loop.time(), question.account
        if not isinstance(result, TooFast):
            account.pacer.answered(now)
            question.batch.put(question.call, result)
            return
        account.pacer.refused(now, result.retry_after)
        if question.batch.is_over:
            question.batch.put(question.call, NOT_YET)
        else:
            (account.first or account.rest).appendleft(question)  # the same order under the same key

    def _give_back(self, batch: _Batch) -> None:
        """What has waited for its turn until now goes out under another claim."""
        batch.is_over = True
        for account in list(self._accounts.values()):
            for waiting in (account.first, account.rest):
                for question in [one for one in waiting if one.batch is batch]:
                    waiting.remove(question)
                    batch.put(question.call, NOT_YET)


_this: _Caller | None = None
_making = threading.Lock()


def _caller() -> _Caller:
    """The process's own, made at the first call, so that a gateway's connections outlive the batch."""
    global _this
    with _making:
        if _this is None:
            _this = _Caller()
        return _this


def _forget() -> None:
    global _this
    _this = None


os.register_at_fork(after_in_child=_forget)  # threads stay with the parent


async def _answer(call: Call) -> ChargeResult | TooFast:
    reach("charge.before_call")
    asked = gateway(call.gateway)
    if call.kind == "call_off":
        return await asked.call_off(call.order.site_id, call.order.key)
    if call.kind != "charge":
        known = await asked.look_up(call.order.site_id, call.order.key)
        if known is not None:
            return known
        # The gateway has never seen the key, so nothing was taken: the same try goes out now, or never.
        if call.kind == "look":
            return NOT_SENT
    return await asked.charge(call.order)
