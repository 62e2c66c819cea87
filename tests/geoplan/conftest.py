"""One finished run of the tiny sample for all tests of what people see."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.demo import sample_plan
from geoplan.run import run_plan


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run; a blank and Chinese characters stand in its path."""
    out = tmp_path_factory.mktemp("run") / "测试 out"
    return run_plan(sample_plan("tiny"), out, progress=lambda *_: None)
