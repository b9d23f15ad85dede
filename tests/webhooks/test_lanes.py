"""Whose webhooks may be under way together: limits hold in any order of events, and nobody who waits is forgotten."""

from __future__ import annotations

import uuid
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.webhooks.outbox import Lane
from workers.lanes import SLOW_SECONDS, THREADS, Lanes, Place

SITES = [uuid.uuid4() for _ in range(3)]
HOSTS = ["a.example", "b.example", "c.example"]
QUICK, SLOW = 0.05, SLOW_SECONDS


def lane(site: int = 0, host: int = 0, address: str = "/") -> Lane:
    return Lane(SITES[site], address, HOSTS[host])


def fill(lanes: Lanes, where: Lane) -> list[Place]:
    """As many calls to this address as may be under way."""
    places = []
    while place := lanes.enter(where, uuid.uuid4()):
        places.append(place)
    return places


def test_one_address_has_half_of_the_threads() -> None:
    assert len(fill(Lanes(), lane())) == THREADS // 2


def test_many_addresses_of_one_site_or_of_one_host_leave_some_threads_to_others() -> None:
    by_site, by_host = Lanes(), Lanes()
    of_site = [place for number in range(3) for place in fill(by_site, lane(host=number, address=f"/{number}"))]
    of_host = [place for number in range(3) for place in fill(by_host, lane(site=number))]
    assert len(of_site) == len(of_host) == THREADS * 3 // 4
    assert by_site.enter(lane(site=1), uuid.uuid4())


def test_one_that_was_slow_has_one_thread_and_all_slow_ones_have_half() -> None:
    lanes = Lanes()
    slow = [lane(site=site, host=host, address=f"/{site}{host}") for site in range(3) for host in range(3)]
    for one in slow:
        lanes.leave(enter(lanes, one), seconds=SLOW)
    assert [len(fill(lanes, one)) for one in slow] == [1, 1, 1, 1, 0, 0, 0, 0, 0]


def test_one_quick_answer_and_it_is_as_the_others_again() -> None:
    lanes = Lanes()
    assert [lanes.leave(enter(lanes, lane()), seconds=SLOW)[1] for _ in range(3)] == [1, 2, 3]
    assert lanes.leave(enter(lanes, lane()), seconds=QUICK)[1] == 0
    assert len(fill(lanes, lane())) == THREADS // 2


def test_where_nothing_was_called_nothing_is_learned() -> None:
    lanes = Lanes()
    lanes.leave(enter(lanes, lane()), seconds=SLOW)
    assert lanes.leave(enter(lanes, lane()), seconds=None)[1] == 1


def test_who_found_no_room_is_called_when_there_is_some_and_the_addresses_take_turns() -> None:
    lanes = Lanes()
    places = [*fill(lanes, lane()), *fill(lanes, lane(address="/other"))]  # both also wait, once each
    first, second = [uuid.uuid4() for _ in range(2)], [uuid.uuid4() for _ in range(2)]
    for one in first:
        assert lanes.enter(lane(), one) is None
    for one in second:
        assert lanes.enter(lane(address="/other"), one) is None
    called = [lanes.leave(place, seconds=QUICK)[0] for place in places]
    assert called.index(second[0]) < called.index(first[1])
    assert set(first + second) <= set(called)


@settings(deadline=None)
@given(data=st.data())
def test_the_limits_hold_and_everybody_gets_in_in_the_end(data: st.DataObject) -> None:
    lanes, inside, where, hints = Lanes(), list[Place](), dict[uuid.UUID, Lane](), list[uuid.UUID]()
    got_in = set[uuid.UUID]()

    def comes(delivery_id: uuid.UUID) -> None:
        if place := lanes.enter(where[delivery_id], delivery_id):
            inside.append(place)
            got_in.add(delivery_id)

    def leaves(number: int, seconds: float | None) -> None:
        following, _ = lanes.leave(inside.pop(number), seconds=seconds)
        if following is not None:
            hints.append(following)

    for _ in range(data.draw(st.integers(0, 60))):
        if inside and data.draw(st.booleans()):
            leaves(data.draw(st.integers(0, len(inside) - 1)), data.draw(st.sampled_from([QUICK, SLOW, None])))
        elif hints and data.draw(st.booleans()):
            comes(hints.pop(0))
        else:
            delivery_id = uuid.uuid4()
            site, host = data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))
            where[delivery_id] = lane(site, host, data.draw(st.sampled_from("ab")))
            comes(delivery_id)
        assert max(Counter(one.lane for one in inside).values(), default=0) <= THREADS // 2
        assert max(Counter(one.lane.site_id for one in inside).values(), default=0) <= THREADS * 3 // 4
        assert max(Counter(one.lane.host for one in inside).values(), default=0) <= THREADS * 3 // 4
    while hints or inside:
        if hints:
            comes(hints.pop(0))
        else:
            leaves(0, QUICK)
    assert got_in == set(where)


def enter(lanes: Lanes, where: Lane) -> Place:
    place = lanes.enter(where, uuid.uuid4())
    assert place is not None
    return place
