"""The wheel holds all it needs: installed without an index into a clean environment."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from geoplan.wheelhouse import locked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    out = tmp_path_factory.mktemp("wheels")
    args = [sys.executable, "-m", "geoplan.wheelhouse", "--out", str(out)]
    done = subprocess.run(args, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_wheel_holds_five_packages_and_all_their_files(wheelhouse: Path, root: Path) -> None:
    (wheel,) = wheelhouse.glob("pingluo_geoplan-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names if not n.split("/")[0].endswith(".dist-info")}
    assert tops == {"gis", "layers", "siting", "carbon_sink", "geoplan"}
    here = {
        path.relative_to(root).as_posix()
        for room in tops
        for path in (root / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= set(names)
    assert "geoplan/plans/sample.toml" in names


def test_wheelhouse_has_windows_and_linux(wheelhouse: Path) -> None:
    wheels = [w.name for w in wheelhouse.glob("*.whl")]
    assert any("win_amd64" in w and w.startswith("numpy") for w in wheels)
    assert any("manylinux" in w and w.startswith("numpy") for w in wheels)


def test_the_lock_of_a_wheelhouse_names_every_wheel_and_its_system(tmp_path: Path) -> None:
    """Hashes of "a", "b", ... are those of FIPS 180-4 implementations (hashlib's)."""
    names = {
        "one-1.0-py3-none-any.whl": b"a",
        "two_x-2.0-cp311-cp311-win_amd64.whl": b"b",
        "two_x-2.0-cp311-cp311-manylinux_2_17_x86_64.whl": b"c",
        "three-3-py3-none-win_amd64.whl": b"d",
    }
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    sums = {k: hashlib.sha256(v).hexdigest() for k, v in names.items()}
    lines = locked(tmp_path.glob("*.whl")).splitlines()
    assert lines == [
        f"one==1.0 --hash=sha256:{sums['one-1.0-py3-none-any.whl']}",
        'three==3 ; sys_platform == "win32" '
        f"--hash=sha256:{sums['three-3-py3-none-win_amd64.whl']}",
        "two-x==2.0 "
        f"--hash=sha256:{sums['two_x-2.0-cp311-cp311-manylinux_2_17_x86_64.whl']} "
        f"--hash=sha256:{sums['two_x-2.0-cp311-cp311-win_amd64.whl']}",
    ]


def test_a_wheel_that_changed_on_the_way_is_refused(wheelhouse: Path, tmp_path: Path) -> None:
    broken = tmp_path / "wheels"
    broken.mkdir()
    lock = (wheelhouse / "requirements.txt").read_text(encoding="utf-8")
    (line,) = [x for x in lock.splitlines() if x.startswith("typer==")]
    (wheel,) = wheelhouse.glob("typer-*.whl")
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    (broken / wheel.name).write_bytes(data)
    (broken / "requirements.txt").write_text(line + "\n", encoding="utf-8")
    ask = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-index", "--dest"]
    ask += [str(tmp_path / "to"), "--find-links", str(broken), "--require-hashes"]
    ask += ["-r", str(broken / "requirements.txt")]
    done = subprocess.run(ask, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


# what is asked for beside the dependencies: the extras, QGIS's own Python, a wheel's building
BESIDE = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "psycopg", "qgis", "build"}
# every module can be loaded, then land is screened by files that came with the wheel
USED = """
import importlib, json, pkgutil, sys
from pathlib import Path
beside, missing = json.loads(sys.argv[1]), []
for room in ("gis", "layers", "siting", "carbon_sink", "geoplan"):
    here = importlib.import_module(room).__path__
    for module in pkgutil.walk_packages(here, room + ".", onerror=lambda _: None):
        if module.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name.split(".")[0] not in beside:
                missing.append((module.name, error.name))
from geoplan.demo import sample_plan
from geoplan.run import run_plan
out = run_plan(sample_plan("tiny"), Path("out"), only=("screen",), tell=lambda _: None)
print(json.dumps({"missing": missing, "from": importlib.import_module("gis").__file__,
                  "written": sorted(p.name for p in out.iterdir())}))
"""


def test_the_wheel_runs_in_a_clean_environment_elsewhere(
    wheelhouse: Path, tmp_path: Path
) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_"))}
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-index"]
    install += ["--no-compile"]  # what is not asked for need not be compiled
    install += ["--find-links", str(wheelhouse), "--require-hashes"]
    install += ["-r", str(wheelhouse / "requirements.txt")]
    subprocess.run(install, check=True, env=env)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [str(python), "-c", USED, json.dumps(sorted(BESIDE))],
        cwd=elsewhere,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["missing"] == []
    assert Path(found["from"]).is_relative_to(venv)
    assert "summary.json" in found["written"]
