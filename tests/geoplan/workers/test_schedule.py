"""Every step once, after what it needs, by whoever is free."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.steps import Step
from geoplan.workers.schedule import share_out


@st.composite
def graphs(draw: st.DrawFn) -> list[Step]:
    """Steps that need some of those before them."""
    n = draw(st.integers(0, 9))
    return [
        Step(str(i), "", tuple(map(str, sorted(draw(st.sets(st.integers(0, i - 1)))))))
        if i
        else Step("0", "")
        for i in range(n)
    ]


@given(graphs(), st.integers(1, 3), st.sets(st.integers(0, 8)))
def test_each_once_and_after_its_needs(steps: list[Step], n: int, refused: set[int]) -> None:
    done: list[str] = []
    lock = threading.Lock()

    def first(step: Step) -> bool:
        with lock:
            assert set(step.needs) <= set(done)
            done.append(step.name)
        return True

    def other(step: Step) -> bool:
        return int(step.name) not in refused and first(step)

    share_out(steps, [first] + [other] * (n - 1))
    assert sorted(done) == sorted(s.name for s in steps)


def test_one_alone_keeps_the_order() -> None:
    steps = [Step("a", ""), Step("b", "", ("a",)), Step("c", ""), Step("d", "", ("b",))]
    done: list[str] = []
    share_out(steps, [lambda s: not done.append(s.name)])
    assert done == ["a", "b", "c", "d"]


def test_two_steps_are_under_way_at_once() -> None:
    both = threading.Barrier(2, timeout=10)  # broken if one waited for the other
    share_out([Step("a", ""), Step("b", "")], [lambda _: both.wait() >= 0] * 2)


def test_what_another_cannot_do_the_first_does() -> None:
    here: list[str] = []
    share_out(
        [Step(str(i), "") for i in range(5)],
        [lambda s: not here.append(s.name), lambda _: False],
    )
    assert sorted(here) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("failing", [0, 1])
def test_the_first_fault_stops_all(failing: int) -> None:
    stopped: list[str] = []
    both = threading.Barrier(2, timeout=10)
    done: list[str] = []

    def works(step: Step) -> bool:
        both.wait()
        done.append(step.name)
        return True

    def fails(_: Step) -> bool:
        both.wait()
        raise ValueError("no")

    workers = [works, fails] if failing else [fails, works]
    steps = [Step("a", ""), Step("b", ""), Step("c", "", ("a", "b"))]
    with pytest.raises(ValueError, match="no"):
        share_out(steps, workers, lambda: stopped.append("stop"))
    assert len(done) == 1
    assert stopped == ["stop"]


def test_what_stands_in_a_row_the_first_does_alone() -> None:
    chain = [Step("0", "")] + [Step(str(i), "", (str(i - 1),)) for i in range(1, 20)]
    here: list[str] = []
    share_out(chain, [lambda s: not here.append(s.name), lambda _: pytest.fail("waked")])
    assert here == [s.name for s in chain]
