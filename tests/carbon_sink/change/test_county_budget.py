"""A county of 20.6 million cells at two dates stays within 0.3 GB, its map of change too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "benchmarks" / "bench_carbon.py"


def measured(*args: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(BENCH), *args], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read as Linux gives it")
def test_two_dates_of_a_county_need_less_than_300_mb(tmp_path):
    measured("make", str(tmp_path))
    measured("raster", str(tmp_path))  # compiles and keeps the kernels
    _, counted_mb, total, *_ = measured("raster", str(tmp_path))
    _, written_mb, same, *_ = measured("raster-write", str(tmp_path))
    assert float(counted_mb) <= 300
    assert float(written_mb) <= 300
    assert total == same
