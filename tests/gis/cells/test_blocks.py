"""Any engine gives the results of the windows in their order."""

import socket
from functools import partial
from types import SimpleNamespace

import pytest

from gis.cells.blocks import _others, _waited, here, map_windows
from gis.cells.grid import plan_grid, windows
from gis.errors import ConfigError, DataError

TILES = windows(plan_grid((0, 0, 900, 700), 4544, 10), 20)


def corner(offset, window):
    return offset + window[0].start * 1000 + window[1].start


WANT = [corner(7, w) for w in TILES]


@pytest.mark.parametrize(
    "engine",
    [
        "serial",
        "threads",
        pytest.param("processes", marks=pytest.mark.slow),
        pytest.param("dask", marks=pytest.mark.slow),
    ],
)
def test_every_engine_keeps_the_order(engine):
    # the wheel's own function, because workers import by name
    import operator

    seen = []
    got = map_windows(
        operator.itemgetter(0),
        TILES,
        engine=engine,
        workers=2,
        progress=lambda done, of: seen.append((done, of)),
    )
    assert list(got) == [(w, w[0]) for w in TILES]
    assert seen[-1] == (len(TILES), len(TILES))


@pytest.mark.parametrize("engine", ["serial", "threads"])
def test_results_are_the_function_of_the_window(engine):
    assert [r for _, r in map_windows(partial(corner, 7), TILES, engine=engine)] == WANT


def test_only_a_few_are_under_way():
    started = []

    def work(w):
        started.append(w)
        return w

    found = map_windows(work, TILES, engine="threads", workers=2)
    next(found)
    found.close()
    assert len(started) < len(TILES)


def test_a_fault_comes_through():
    def work(w):
        raise ValueError("tile")

    with pytest.raises(ValueError, match="tile"):
        list(map_windows(work, TILES, engine="threads"))


def test_unknown_engine_and_no_worker_are_refused():
    with pytest.raises(ConfigError, match="no such engine"):
        map_windows(lambda w: w, TILES, engine="spark")
    with pytest.raises(ConfigError, match="worker"):
        map_windows(lambda w: w, TILES, workers=0)


def of_cluster(status, raised, workers):
    """A client and a future that is never answered without a limit, as after a lost worker."""

    def result(*, timeout):
        raise raised

    future = SimpleNamespace(status=status, done=lambda: True, result=result)
    client = SimpleNamespace(status="running", scheduler_info=lambda: {"workers": workers})
    return client, future


def test_a_result_lost_with_its_worker_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr("gis.cells.blocks._ALONE_S", 0.0)
    with pytest.raises(DataError, match="lost all its workers"):
        _waited(*of_cluster("finished", TimeoutError(), {}), "tcp://a:1")


def test_a_timeout_of_the_function_itself_is_its_own():
    with pytest.raises(TimeoutError, match="of mine"):
        _waited(*of_cluster("error", TimeoutError("of mine"), {"w": 1}), "tcp://a:1")


def test_work_keeps_off_a_worker_as_long_as_there_is_another():
    def of(*addresses):
        return SimpleNamespace(scheduler_info=lambda: {"workers": dict.fromkeys(addresses)})

    assert _others(of("a", "b"), "a") == ["b"]
    assert _others(of("a"), "a") is None
    assert _others(of("a", "b"), "") is None


def test_who_computes_is_the_machine_where_there_is_no_cluster():
    assert here() == socket.gethostname()
