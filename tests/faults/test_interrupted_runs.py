"""Killed, interrupted, bereft of workers: the same bytes on the next start, or a sentence."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geoplan.cli import main as spoken_main
from geoplan.finished import finished_run
from geoplan.plan_file import load_plan
from geoplan.run import run_plan
from gis.errors import ConfigError, DataError
from layers.run_record import check_result
from siting.screen.how import with_options
from tests.faults import small_county as sc

pytestmark = pytest.mark.slow  # whole runs, though small ones

KILLS = 20
SEED = 20261127
# 5.2 x 4.4 km in cells of 20 m are 262 x 222 cells: 5 x 4 tiles of 64
TILES = "tile_px = 64\n"


def run(
    plan_path: Path,
    out: Path,
    how: dict[str, Any] | None = None,
    progress=None,
    steps: tuple[str, ...] = ("screen", "sites"),
) -> Path:
    plan = with_options(load_plan(plan_path), **(how or {}))
    return run_plan(
        plan, out, only=steps, progress=progress or (lambda *_: None),
        documents=False, afresh=True, tell=lambda _: None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sc.county(tmp_path_factory.mktemp("county"), cell_m=20.0, more=TILES)


@pytest.fixture(scope="module")
def truth(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run gives that nothing disturbs."""
    return sc.stable_bytes(run(plan, tmp_path_factory.mktemp("truth") / "out"))


# ------------------------------------------------------------------------------------ kill -9


def _child(plan: str, out: str, ready: Any) -> None:
    ready.set()
    run(Path(plan), Path(out))


@pytest.fixture(scope="module")
def server() -> Any:
    """Processes that begin with everything imported: killed at work, not while they load."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["geoplan.run", "siting.screen.step_screen", "siting.sites.step_sites", __name__]
    )
    return context


def start(server: Any, plan: Path, out: Path) -> Any:
    ready = server.Event()
    child = server.Process(target=_child, args=(str(plan), str(out), ready))
    child.start()
    assert ready.wait(120)
    return child


def test_killed_at_twenty_random_moments_the_next_start_gives_the_same_bytes(
    plan, truth, server, tmp_path
):
    out = tmp_path / "out"
    # how long a run takes here and now, so that the moments fall inside it
    whole_s = 0.0
    for _ in range(2):  # the first one loads what the others find loaded
        child = start(server, plan, out)
        began = time.monotonic()
        child.join(300)
        whole_s = time.monotonic() - began
    assert sc.stable_bytes(out) == truth
    moments = random.Random(SEED)
    killed = resumed = 0
    for i in range(KILLS):
        if i % 2:  # every other time nothing is there yet
            shutil.rmtree(out)
        child = start(server, plan, out)
        time.sleep(moments.uniform(0.0, whole_s))
        with contextlib.suppress(ProcessLookupError):  # done already, on a quicker moment
            os.kill(child.pid, signal.SIGKILL)
        child.join(60)
        killed += child.exitcode == -signal.SIGKILL
        partial = out.with_name(".out.partial")
        resumed += (partial / ".steps.json").exists()
        if out.exists():  # the result there is whole, the former or the new one
            check_result(out)
            assert sc.stable_bytes(out) == truth
        again = run(plan, out)
        check_result(again)
        assert sc.stable_bytes(again) == truth, f"kill {i}"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["out"], f"kill {i}"
    assert killed >= KILLS // 2
    assert resumed >= 1


def test_a_reader_after_a_kill_finds_the_former_result(plan, truth, server, tmp_path):
    out = run(plan, tmp_path / "out")
    child = start(server, plan, out)
    while not out.with_name(".out.partial").exists():
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.join(60)
    assert finished_run(load_plan(plan), out, tell=print) == out
    assert sc.stable_bytes(out) == truth


# ------------------------------------------------------------------------------------- Ctrl-C


# an interruption while modules are loaded, and one that passes through compiled text
IMPORTING = """
import builtins, runpy, sys
real, left = builtins.__import__, [1]

def hook(name, *args, **kwargs):
    if name == "typer" and left:
        left.pop()
        raise KeyboardInterrupt
    return real(name, *args, **kwargs)

builtins.__import__ = hook
sys.argv = ["geoplan", "rules", "--lang", "en"]
runpy.run_module("geoplan", run_name="__main__")
"""
COMPILED = """
import sys
import geoplan.cli
from geoplan.__main__ import main
geoplan.cli.command = lambda lang: exec("raise KeyboardInterrupt")
sys.argv = ["geoplan", "rules", "--lang", "en"]
main()
"""


# what is started in the background by a shell would be deaf to it
HEARING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from geoplan.__main__ import main
main()
"""


@pytest.mark.parametrize("code", [IMPORTING, COMPILED])
def test_an_interruption_at_any_moment_leaves_with_130(code):
    args = [sys.executable, "-c", code]
    done = subprocess.run(args, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 130
    assert done.stderr.startswith("Interrupted: the last complete result is untouched")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("engine", "lang", "words"),
    [
        ("threads", "en", "Interrupted: the last complete result is untouched"),
        ("threads", "zh", "已中断："),
        ("processes", "zh", "已中断："),
        ("dask", "zh", "已中断："),
    ],
)
def test_an_interrupted_run_says_its_sentence(plan, truth, tmp_path, lang, words, engine):
    out = run(plan, tmp_path / "out")
    args = [sys.executable, "-c", HEARING, "screen", str(plan), "--out", str(out), "--afresh"]
    args += ["--lang", lang, "--scheduler", engine]
    child = subprocess.Popen(
        args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not out.with_name(".out.partial").exists():
        assert child.poll() is None
        time.sleep(0.01)
    time.sleep({"threads": 0.0, "processes": 1.0, "dask": 2.0}[engine])  # workers begin
    # as a terminal does: to the whole group, workers too
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate(timeout=120)
    assert child.returncode == 130
    assert words in said[1]
    assert "Traceback" not in said[0] + said[1]
    check_result(out)
    assert sc.stable_bytes(out) == truth
    assert not out.with_name(".out.lock").exists()
    assert sc.stable_bytes(run(plan, out)) == truth


def test_tiles_of_an_input_that_was_another_for_a_moment_are_not_taken_up(truth, tmp_path):
    # as in a folder that is synchronised: replaced when the layers are read, the run is
    # killed, and the file is back (its very inode) when it starts again
    own = sc.county(tmp_path / "county", cell_m=20.0, more=TILES)
    red, kept = own.parent / "red.geojson", own.parent / "kept.geojson"
    out = tmp_path / "out"

    def progress(label: str, n: int, _: int) -> None:
        if label == "screen pv" and n == 0 and not kept.exists():
            red.rename(kept)
            sc.red_line(own.parent, 0.1)
        elif label == "screen pv" and n > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(own, out, {"engine": "processes"}, progress)
    assert list((out.with_name(".out.partial") / ".aside").rglob("*.npz"))
    kept.replace(red)
    wanted = json.loads(truth["summary.json"])["screening"]["pv"]["area_ha"]
    assert sc.land(run(own, out, {"engine": "processes"})) == wanted


# -------------------------------------------------------------------------- workers that die


def at_first_tile(act) -> Any:
    done: list[int] = []

    def progress(label: str, n: int, _: int) -> None:
        if label == "screen pv" and n > 0 and not done:
            done.append(n)
            act()

    return progress


def test_a_killed_process_of_the_pool_changes_nothing(plan, truth, tmp_path):
    killed: list[int] = []

    def kill() -> None:
        child = multiprocessing.active_children()[0]
        os.kill(child.pid, signal.SIGKILL)
        killed.append(child.pid)

    how = {"engine": "processes", "workers": 2}
    assert sc.stable_bytes(run(plan, tmp_path / "out", how, at_first_tile(kill))) == truth
    assert killed


@pytest.fixture
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as one:
        yield one


def test_a_killed_dask_worker_changes_nothing(plan, truth, tmp_path, cluster):
    pids = [w.process.pid for w in cluster.workers.values()]

    def kill() -> None:
        os.kill(pids[0], signal.SIGKILL)

    how = {"engine": cluster.scheduler_address}
    assert sc.stable_bytes(run(plan, tmp_path / "out", how, at_first_tile(kill))) == truth


def _scheduler(port: int) -> subprocess.Popen[bytes]:
    args = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    return subprocess.Popen(
        [*args, "--port", str(port), "--no-dashboard"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _worker(port: int, folder: Path) -> subprocess.Popen[bytes]:
    args = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://127.0.0.1:{port}"]
    return subprocess.Popen(
        [*args, "--no-dashboard", "--no-nanny", "--nthreads", "1", "--local-directory", folder],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("no scheduler")


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and a worker as processes of their own, the worker with its own folder."""
    port = _port()
    running = [_scheduler(port)]
    _wait_for(port)
    (tmp_path / "worker").mkdir()
    running.append(_worker(port, tmp_path / "worker"))
    yield f"tcp://127.0.0.1:{port}", running
    for one in running:
        one.kill()
        one.wait()


@pytest.mark.parametrize("which", ["scheduler", "worker"])
def test_a_cluster_that_is_gone_is_told_and_finished_tiles_are_kept(
    plan, truth, tmp_path, remote, which, monkeypatch
):
    monkeypatch.setattr("gis.cells.blocks._ALONE_S", 3.0)
    address, running = remote
    out = tmp_path / "out"
    victim = running[0 if which == "scheduler" else 1]
    with pytest.raises(DataError) as caught:
        run(plan, out, {"engine": address}, at_first_tile(victim.kill))
    words = {
        "scheduler": ("scheduler is gone", "start it and run again"),
        "worker": ("lost all its workers", "dask worker"),
    }[which]
    for word in (*words, "finished tiles are kept", address):
        assert word in str(caught.value)
    assert "分块" in caught.value.text("zh")
    tiles = sorted((out.with_name(".out.partial") / ".aside").rglob("*.npz"))
    assert tiles
    before = {t.name: t.stat().st_mtime_ns for t in tiles}
    # another engine goes on from them
    kept: dict[str, int] = {}

    def look(label: str, n: int, total: int) -> None:
        if label == "screen pv" and n == total > 1:
            found = (out.with_name(".out.partial") / ".aside").rglob("*.npz")
            kept.update({t.name: t.stat().st_mtime_ns for t in found})

    assert sc.stable_bytes(run(plan, out, {"engine": "processes"}, look)) == truth
    assert {k: v for k, v in kept.items() if k in before} == before
    assert len(kept) > len(before)


def test_a_scheduler_that_is_not_there_is_told(plan, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("gis.cells.blocks._CONNECT_S", 1.0)
    args = ["screen", str(plan), "--out", str(tmp_path / "out"), "--lang", "en"]
    assert spoken_main([*args, "--scheduler", f"tcp://127.0.0.1:{_port()}"]) == 2
    err = capsys.readouterr().err
    assert "there is no dask scheduler at this address" in err
    assert "dask scheduler" in err
    assert "Traceback" not in err


def test_a_scheduler_without_workers_is_told(plan, tmp_path, monkeypatch):
    monkeypatch.setattr("gis.cells.blocks._WORKERS_S", 2.0)
    port = _port()
    scheduler = _scheduler(port)
    try:
        _wait_for(port)
        with pytest.raises(ConfigError, match="has no workers"):
            run(plan, tmp_path / "out", {"engine": f"tcp://127.0.0.1:{port}"})
    finally:
        scheduler.kill()
        scheduler.wait()


def test_workers_that_do_not_see_the_folder_ask_for_a_shared_one(plan, truth, tmp_path, remote):
    from gis.cells.blocks import map_windows
    from gis.cells.grid import plan_grid, windows

    address, _ = remote
    tiles = windows(plan_grid((0, 0, 40, 20), 4544, 10), tile_px=2)
    # a path that is another file for every process stands for a folder that is not shared
    with pytest.raises(ConfigError, match="do not see this folder") as caught:
        list(map_windows(len, tiles, engine=address, shared=Path("/proc/self/stat")))
    assert "--shared DIR" in str(caught.value)
    assert "--shared DIR" in caught.value.text("zh")
    shared = tmp_path / "shared"
    shared.mkdir()
    how = {"engine": address, "shared": str(shared)}
    assert sc.stable_bytes(run(plan, tmp_path / "out", how)) == truth
    assert list(shared.iterdir()) == []  # nothing is left there


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_a_shared_folder_that_is_none_is_refused(plan, tmp_path, capsys, name):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    args = ["screen", str(plan), "--out", str(tmp_path / "out"), "--lang", "en"]
    assert spoken_main([*args, "--shared", str(tmp_path / name)]) == 2
    assert "--shared" in capsys.readouterr().err


# ------------------------------------------------------------------------- a clock that jumps


def test_times_in_the_future_change_nothing(plan, truth, tmp_path):
    # the clock was ahead when the data were written, and again while the run was interrupted
    folder = tmp_path / "county"
    shutil.copytree(plan.parent, folder, ignore=shutil.ignore_patterns("out"))
    for path in folder.iterdir():
        os.utime(path, (4e9, 4e9))  # the year 2096
    out = tmp_path / "out"

    def stop(label: str, *_: int) -> None:
        if label == "step.sites":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(folder / plan.name, out, progress=stop)
    for path in out.with_name(".out.partial").rglob("*"):
        os.utime(path, (4e9, 4e9))
    found = sc.stable_bytes(run(folder / plan.name, out))
    assert {k: v for k, v in found.items() if k != "summary.json"} == {
        k: v for k, v in truth.items() if k != "summary.json"
    }
