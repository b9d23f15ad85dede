"""The broker that carries hints: in process on the embedded default, Redis where several processes share the work."""

from __future__ import annotations

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from portal.core.jobs import QUEUES, Job, Sender
from portal.core.settings import Settings


def make_broker(settings: Settings) -> dramatiq.Broker:
    """A broker that knows every queue. Its own retries, delays, limits and results are off: due rows do all that."""
    if settings.embedded:
        broker: dramatiq.Broker = StubBroker(middleware=[])
    else:
        # Its default gives a dead worker's messages back by a lottery of 1 in 1000 commands; here within seconds.
        broker = RedisBroker(  # type: ignore[no-untyped-call]
            url=settings.broker_url,
            middleware=[],
            heartbeat_timeout=15_000,
            maintenance_chance=100_000,
            socket_timeout=2,
            socket_connect_timeout=1,
        )
    for queue in sorted(set(QUEUES.values())):
        broker.declare_queue(queue)
    return broker


def sender(broker: dramatiq.Broker) -> Sender:
    """How `core.jobs` hands over a hint: the job's name and the ids, nothing else."""

    def send(job: Job, ids: tuple[str, ...]) -> None:
        broker.enqueue(dramatiq.Message(queue_name=QUEUES[job], actor_name=job.value, args=ids, kwargs={}, options={}))

    return send
