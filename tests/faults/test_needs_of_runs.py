"""Runs too large for the machine end in a sentence before they begin; estimates are held."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from geoplan.needs import run_needs
from geoplan.plan_file import load_plan
from tests.faults import small_county as sc

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="asks /proc, sets ulimit -v"),
]

# the highest resident memory of a run above what was there when it began [bytes]
PEAK = """
import sys
from pathlib import Path
from geoplan.plan_file import load_plan
from geoplan.run import run_plan

def high(key):
    for line in open("/proc/self/status"):
        if line.startswith(key):
            return int(line.split()[1]) * 1024

plan = load_plan(Path(sys.argv[1]))
before = high("VmRSS")
run_plan(
    plan, Path(sys.argv[2]), only=tuple(sys.argv[3].split(",")),
    progress=lambda *_: None, documents=False, tell=print,
)
print(high("VmHWM") - before)
"""


def test_the_estimate_holds_and_is_no_fancy(tmp_path):
    # 6 million cells, nearly all of one half left: sites hold most
    plan = sc.county(tmp_path / "county", cell_m=2.0)
    args = [sys.executable, "-c", PEAK, str(plan), str(tmp_path / "out"), "screen,sites"]
    out = subprocess.run(args, capture_output=True, text=True, check=True).stdout
    peak = int(out.split()[-1])
    estimate = run_needs(load_plan(plan), ("screen", "sites"), documents=False).memory
    assert peak < estimate * 1.05
    assert peak > estimate / 3


def test_cells_too_fine_for_the_machine_are_refused_at_once(tmp_path):
    # 6.0e10 cells of at most 2.0e10; 2.4e9 filled 2.8 GB before there was an estimate
    plan = sc.county(tmp_path, cell_m=0.02)
    args = [
        sys.executable,
        "-m",
        "geoplan",
        "screen",
        str(plan),
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(
        [*args, "--lang", "en"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert re.search(r"set \[area\] cell_m = [\d.]+ or more", done.stderr)
    assert "60,0" in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir() if "out" in p.name] == []


@pytest.mark.parametrize("gigabytes", [0.2, 1.0, 1.5, 2.0, 2.45, 2.7, 3.0])
def test_a_limit_of_the_address_space_is_told(tmp_path, gigabytes):
    plan = sc.county(tmp_path)
    limit = int(gigabytes * 1e9)
    start = (
        f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, ({limit},) * 2)\n"
        f"sys.argv = ['geoplan', 'screen', {str(plan)!r}, '--out', {str(tmp_path / 'o')!r}]\n"
        "runpy.run_module('geoplan', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", start], capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in {0, 2, 3}
    if done.returncode:
        assert "ulimit -v unlimited" in done.stderr or "内存用尽" in done.stderr
    else:
        assert (Path(tmp_path) / "o" / "summary.json").exists()
