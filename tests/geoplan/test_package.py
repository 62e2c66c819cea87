"""The wheel holds all it needs: installed without an index into a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    out = tmp_path_factory.mktemp("wheels")
    args = [sys.executable, "-m", "geoplan.wheelhouse", "--out", str(out)]
    done = subprocess.run(args, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_wheel_holds_five_packages_and_their_data(wheelhouse: Path) -> None:
    (wheel,) = wheelhouse.glob("pingluo_geoplan-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names if not n.split("/")[0].endswith(".dist-info")}
    assert tops == {"gis", "layers", "siting", "carbon_sink", "geoplan"}
    for room in tops:
        assert f"{room}/py.typed" in names
    assert "geoplan/plans/sample.toml" in names
    assert not [n for n in names if n.startswith("tests/")]


def test_wheelhouse_has_windows_and_linux(wheelhouse: Path) -> None:
    wheels = [w.name for w in wheelhouse.glob("*.whl")]
    assert any("win_amd64" in w and w.startswith("numpy") for w in wheels)
    assert any("manylinux" in w and w.startswith("numpy") for w in wheels)


def test_demo_runs_from_a_clean_environment_elsewhere(wheelhouse: Path, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_"))}
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-index"]
    install += ["--find-links", str(wheelhouse), "pingluo-geoplan"]
    subprocess.run(install, check=True, env=env)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [str(python), "-m", "geoplan", "demo", "--size", "tiny", "--json"],
        cwd=elsewhere,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    summary = json.loads(done.stdout)
    assert Path(summary["folder"], "map.html").exists()
