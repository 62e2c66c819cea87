"""Fixtures every room's tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# the gate draws the same cases every time; by hand new ones are drawn at every run
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


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
    """Folder of a finished run; a blank and Chinese characters stand in its path."""
    from geoplan.demo import sample_plan
    from geoplan.run import run_plan

    out = tmp_path_factory.mktemp("run") / "测试 out"
    return run_plan(sample_plan("tiny"), out, progress=lambda *_: None)
