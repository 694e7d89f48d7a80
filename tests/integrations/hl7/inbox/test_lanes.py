"""Order of arrival within a lane, side by side between lanes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7.inbox.lanes import Turns


def turns(*, workers: int = 4) -> Turns[str]:
    """Return a queue of texts whose letters are their lanes."""
    return Turns(lambda item: frozenset(item.rstrip("0123456789")), workers=workers)


def test_items_of_one_lane_go_one_after_the_other() -> None:
    queue = turns()
    for item in ("a1", "a2", "b1"):
        queue.add(item)
    assert queue.take(1) == ["a1"]
    assert queue.take(5) == ["b1"]
    queue.done(["a1"])
    assert queue.take(5) == ["a2"]


def test_a_worker_that_is_alone_takes_several_of_a_lane_in_order() -> None:
    queue = turns(workers=1)
    for item in ("a1", "a2", "ab1", "b1"):
        queue.add(item)
    assert queue.take(9) == ["a1", "a2", "ab1", "b1"]


def test_beside_others_a_worker_gets_no_two_of_a_lane_for_the_first_may_sleep() -> None:
    queue = turns()
    for item in ("a1", "b1", "a2", "c1"):
        queue.add(item)
    assert queue.take(9) == ["a1", "b1", "c1"]
    queue.sleep("a1")
    assert queue.take(9) == []
    queue.wake("a1")
    assert queue.take(9) == ["a1"]


def test_who_waits_for_a_lane_holds_up_those_behind_in_its_other_lanes() -> None:
    queue = turns()
    for item in ("a1", "ab1", "b1", "c1"):
        queue.add(item)
    assert queue.take(1) == ["a1"]
    assert queue.take(9) == ["c1"], "the merge ab1 was there before b1"
    queue.done(["a1"])
    assert queue.take(9) == ["ab1"]
    queue.done(["ab1"])
    assert queue.take(9) == ["b1"]


def test_a_sleeper_keeps_its_lane_and_holds_up_no_other() -> None:
    for workers in (1, 4):
        queue = turns(workers=workers)
        for item in ("a1", "a2", "b1"):
            queue.add(item)
        assert queue.take(1) == ["a1"]
        queue.sleep("a1")
        assert queue.take(9) == ["b1"]
        queue.wake("a1")
        assert queue.take(9) == (["a1", "a2"] if workers == 1 else ["a1"])


@given(
    st.lists(st.sampled_from(["a", "b", "c", "ab", "bc", "abc"]), max_size=30),
    st.lists(st.integers(0, 3), min_size=200, max_size=200),
)
def test_every_lane_is_worked_through_in_order(kinds: list[str], choices: list[int]) -> None:
    queue = turns()
    items = [f"{kind}{n}" for n, kind in enumerate(kinds)]
    for item in items:
        queue.add(item)
    working: list[list[str]] = []
    done: list[str] = []
    for choice in choices:
        if choice < 2 and len(working) < 4:
            if batch := queue.take(choice + 1):
                working.append(batch)
        elif working:
            batch = working.pop(choice % len(working))
            done += batch
            queue.done(batch)
    while working or len(queue):
        if batch := queue.take(3):
            working.append(batch)
        done += (finished := working.pop(0))
        queue.done(finished)
    assert sorted(done) == sorted(items)
    for lane in "abc":
        own = [item for item in done if lane in item]
        assert own == [item for item in items if lane in item]
