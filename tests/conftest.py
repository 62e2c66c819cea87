"""Fixtures every room's tests may use."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import settings

import gis.say

# the same cases on every machine and day; `make fuzz` looks for new ones
settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.register_profile("free", deadline=None, print_blob=True)
settings.load_profile("fixed")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever needs the whole run of the sample, half a minute, or a browser is slow.

    Files of slow tests go first, so that no worker is left alone with one at the end; those
    that need the whole run after the others, so that few wait for the worker that makes it.
    """
    slow: dict[Path, list[bool]] = {}
    waiting: set[Path] = set()
    for item in items:
        whole_run = "tiny_run" in getattr(item, "fixturenames", ())
        if whole_run or item.get_closest_marker("browser") is not None:
            item.add_marker(pytest.mark.slow)
        if whole_run:
            waiting.add(item.path)
        found = item.get_closest_marker("slow") is not None
        slow.setdefault(item.path, []).append(found)
    share = {path: sum(found) / len(found) for path, found in slow.items()}
    maker = min(waiting, default=None)

    def turn(path: Path) -> tuple[bool, bool, float]:
        return path != maker, path in waiting or share[path] < 0.5, -share[path]

    items.sort(key=lambda item: turn(item.path))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the shared real data; tests that need it skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("shared data not here")
    return SHARED


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run; a blank and Chinese characters stand in its path.

    Of several workers one runs the plan, the others wait and take a copy.
    """
    from geoplan.demo import sample_plan
    from geoplan.run import run_plan

    out = tmp_path_factory.mktemp("run") / "测试 out"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return run_plan(sample_plan("tiny"), out, progress=lambda *_: None)
    made = tmp_path_factory.getbasetemp().parent / "tiny run"
    done, failed = made / "done", made / "failed"
    try:
        made.mkdir()
    except FileExistsError:
        while not (done.exists() or failed.exists()):
            time.sleep(0.2)
    else:
        try:
            run_plan(sample_plan("tiny"), made / "out", progress=lambda *_: None)
        except BaseException:
            failed.touch()
            raise
        done.touch()
    assert done.exists(), "the run of the sample failed in another worker"
    return Path(shutil.copytree(made / "out", out))


def plan_keys(room: str) -> dict[str, str]:
    """Keys of the plan that stand beside sentences of a room, by full key of the sentence."""
    out = {}
    for file in sorted((ROOT / room / "text").glob("*.toml")):
        entries = gis.say._entries(room, file.stem)
        out |= {
            f"{room}.{file.stem}.{k}": v["plan_key"]
            for k, v in entries.items()
            if "plan_key" in v
        }
    return out
