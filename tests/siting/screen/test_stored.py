"""Screening from files: the same bits as in memory, resumed, and on a cluster."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from gis.cells.rasterize import coverage_runs, ragged
from gis.errors import DataError
from siting.screen.coded import areas_by_state, screen_program
from siting.screen.factors import compile_rules
from siting.screen.prepare import prepare_features, prepared
from siting.screen.stored import screen_stored, store_case
from tests.siting.screen import screening_world as w


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    source = w.world(11)
    folder = tmp_path_factory.mktemp("case")
    ready = prepared(
        source,
        folder / "cache",
        dict.fromkeys((*source.vectors, *source.rasters), "world 11"),
        w.GRID,
        fields={"road": ["road_class"]},
        rasters=tuple(source.rasters),
    )
    zones = {"all": coverage_runs(ragged([w.county()]), w.GRID)}
    whole = screen_program(
        compile_rules(w.rules(), source, w.GRID, w.RUNS, zones=zones), source, tile_px=4096
    )
    return ready, zones, whole, folder


def _same(stored, whole):
    assert np.array_equal(stored.summary.table, whole.table)
    assert np.array_equal(stored.summary.quanta, whole.quanta)
    assert areas_by_state(stored.summary) == areas_by_state(whole)
    assert areas_by_state(stored.summary, "all") == areas_by_state(whole, "all")
    code = np.zeros(whole.code.shape, whole.code.dtype)
    for window, part in stored.codes():
        code[window] = part
    assert np.array_equal(code, whole.code)
    state = np.zeros(code.shape, dtype=np.uint8)
    for window, part in stored.states():
        state[window] = part
    assert np.array_equal(state, whole.state[whole.code])
    assert len(np.unique(state)) > 2


def _store(case, folder):
    ready, zones, _, _ = case
    return store_case(folder, w.rules(), ready, w.GRID, w.RUNS, zones=zones)


def test_prepared_layers_give_the_same_bits(case):
    ready, zones, whole, _ = case
    again = screen_program(
        compile_rules(w.rules(), ready, w.GRID, w.RUNS, zones=zones), ready, tile_px=17
    )
    assert np.array_equal(again.code, whole.code)
    assert np.array_equal(again.quanta, whole.quanta)


@pytest.mark.parametrize("tile", [16, 29, 500])
def test_stored_equals_in_memory(case, tmp_path, tile):
    _same(screen_stored(_store(case, tmp_path), tile_px=tile), case[2])


def test_a_run_goes_on_from_its_tiles(case, tmp_path):
    folder = _store(case, tmp_path)
    screen_stored(folder, tile_px=16)
    files = sorted((folder / "tiles").glob("*.npz"))
    before = {f: f.stat().st_mtime_ns for f in files}
    files[3].unlink()  # as if the run had been killed before it
    del before[files[3]]
    _same(screen_stored(folder, tile_px=16), case[2])
    assert {f: f.stat().st_mtime_ns for f in before} == before
    assert files[3].exists()


def test_tiles_of_another_case_are_not_used(case, tmp_path):
    folder = _store(case, tmp_path)
    screen_stored(folder, tile_px=16)
    ready, zones, whole, _ = case
    store_case(folder, w.rules(distance=10.0), ready, w.GRID, w.RUNS, zones=zones)
    other = screen_stored(folder, tile_px=16)
    assert areas_by_state(other.summary) != areas_by_state(whole)
    _same(screen_stored(_store(case, folder), tile_px=16), whole)


def test_no_case_is_refused(tmp_path):
    with pytest.raises(DataError, match="no stored case"):
        screen_stored(tmp_path)


def test_layers_prepared_in_parts(tmp_path):
    source = w.world(11)
    whole = source.features("settlement")

    def parts():
        from dataclasses import replace

        for i in range(len(whole)):
            yield replace(
                whole,
                shapes=whole.shapes.take(np.array([i])),
                table=whole.table.iloc[[i]],
                half_width_m=whole.half_width_m[[i]],
            )

    path = prepare_features(tmp_path, "settlement", "parts", source, [], parts)
    xy = np.load(path / "xy.npy")
    feature = np.load(path / "feature.npy")
    assert len(xy) == len(whole.shapes.xy)
    assert feature.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.slow
def test_processes_give_the_same_bits(case, tmp_path):
    _same(screen_stored(_store(case, tmp_path), tile_px=20, engine="processes"), case[2])


@pytest.mark.slow
def test_a_cluster_gives_the_same_bits_with_progress(case, tmp_path):
    seen = []
    stored = screen_stored(
        _store(case, tmp_path),
        tile_px=16,
        engine="dask",
        progress=lambda done, of: seen.append((done, of)),
    )
    _same(stored, case[2])
    assert seen[-1] == (20, 20)  # 70 x 50 cells in tiles of 16: 5 x 4
    assert [d for d, _ in seen] == list(range(1, 21))


@pytest.mark.slow
def test_a_killed_worker_changes_nothing(case, tmp_path):
    from distributed import Client, LocalCluster

    folder = _store(case, tmp_path)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        with Client(cluster) as client:
            pids = list(client.run(os.getpid).values())
        killed = threading.Event()

        def progress(done, of):
            if done == 3 and not killed.is_set():
                os.kill(pids[0], signal.SIGKILL)
                killed.set()
                time.sleep(0.2)

        stored = screen_stored(
            folder, tile_px=10, engine=cluster.scheduler_address, progress=progress
        )
    assert killed.is_set()
    _same(stored, case[2])
