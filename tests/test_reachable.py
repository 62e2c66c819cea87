"""Nothing is kept that no door leads to, and what is handed on has a type."""

from __future__ import annotations

import ast

import pytest

from tests import reachable
from tests.reachable import ROOMS, ROOT, doors, modules, reached, unreached

# Definitions kept although no command, step or offered name leads to them, and why.
REASONS: dict[str, str] = {
    "geoplan.charts.style:inline_svg": "charts for web pages: docs/guide/maps.md",
    "gis.cells.coverage:coverage": "the plain form of coverage_runs, its oracle in the tests",
    "geoplan.maps.features:unpack_features": "reads back what the map packs, for its test",
    "geoplan.maps.features:_unplanes": "part of unpack_features",
    "geoplan.charts.wind:power_curve_figure": "figures of docs/guide/wind.md, notebook 04",
    "geoplan.charts.wind:duration_figure": "figures of docs/guide/wind.md, notebook 04",
    "geoplan.charts.wind:compare_figure": "figures of docs/guide/wind.md, notebook 04",
    "geoplan.charts.wind:_figure": "part of the three above",
    "siting.pv.study.spacing:clock_of_true_solar": "notebook 03: hours of the spacing rule",
    "geoplan.summary:json_schema": "writes the published schema of summary.json",
    "geoplan.summary:parts": "pages of docs/reference are made from it",
    "siting.wind.wake.gaussian:simple_bastankhah": "the wake model of the IEA 37 cases",
    "gis.cells.distance:halo_px": "margin a window needs, for distances by window",
    "siting.wind.layout.region:ring_region": "boundary of the IEA 37 case study 3",
    "siting.wind.layout.region:circle_region": "boundary of the IEA 37 cases",
    "gis.crs.gcj02:wgs84_to_bd09": "inverse of bd09_to_wgs84; the round trip is a test",
    "gis.cells.ragged:save_ragged": "writes what load_ragged reads; benchmarks",
}
MOST_LINES = 300


@pytest.mark.slow
def test_what_no_door_leads_to_is_short_and_has_its_reason():
    found = {f"{d.module}:{d.name}": d.lines for d in unreached()}
    assert sorted(set(found) - set(REASONS)) == []
    assert sum(found.values()) < MOST_LINES


@pytest.mark.slow
def test_reasons_are_of_definitions_still_unreached():
    found = {f"{d.module}:{d.name}" for d in unreached()}
    assert sorted(set(REASONS) - found) == []


@pytest.mark.slow
def test_doors_are_there():
    names = doors()
    assert ("geoplan.cli", "main") in names
    assert ("siting.pv.study.step_pv", "pv_step") in names
    for module, name in names:
        assert name in modules()[module].definitions or name in modules()[module].tables


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Two small rooms; ``a.used``, ``a.listed`` and ``b.reexported`` are named, no more."""
    files = {
        "gis/__init__.py": "from gis.b import reexported\n",
        "gis/a.py": (
            "from gis.c import helper\n"
            "def used() -> 'Value':\n    return helper()\n"
            "class Value:\n    pass\n"
            "def listed(): ...\n"
            "def in_a_dead_table(): ...\n"
            "def unused():\n    return only_by_unused()\n"
            "def only_by_unused(): ...\n"
            "TABLE = {'x': listed}\n"
            "DEAD = {'y': in_a_dead_table}\n"
        ),
        "gis/b.py": "def reexported(): ...\n",
        "gis/c.py": "def helper(): ...\ndef at_import(): ...\nat_import()\ndef late(): ...\n",
        "geoplan/__init__.py": "",
        "geoplan/cli.py": (
            "import gis\nimport gis.a as a\n"
            "def main():\n"
            "    from gis.a import TABLE\n"
            "    a.used(); gis.reexported(); TABLE['x']()\n"
            "    return 'gis.c:late'\n"
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(reachable, "ROOT", tmp_path)
    for kept in (modules, reachable._resolve):
        kept.cache_clear()
    yield
    for kept in (modules, reachable._resolve):
        kept.cache_clear()


@pytest.mark.usefixtures("house")
def test_the_closure_follows_names_imports_tables_and_written_references():
    alive = reached({("geoplan.cli", "main")})
    defined = {(m.name, n) for m in modules().values() for n in m.definitions}
    assert sorted(n for _, n in defined - alive) == [
        "in_a_dead_table",
        "only_by_unused",
        "unused",
    ]


# ------------------------------------------------------------------ types in signatures

MOST_LOOSE = 12


def loose_signatures() -> list[str]:
    """Functions that take or give ``dict[str, Any]``."""
    out = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                args = node.args
                every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
                every += [a for a in (args.vararg, args.kwarg) if a]
                notes = [a.annotation for a in every if a.annotation]
                notes += [node.returns] if node.returns else []
                if any("dict[str, Any]" in ast.unparse(n) for n in notes):
                    out.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    return out


def test_tables_of_anything_in_signatures():
    found = loose_signatures()
    assert len(found) <= MOST_LOOSE, "\n".join(found)


def test_conditions_on_features_have_their_type_on_every_canvas():
    for path in sorted((ROOT / "siting").rglob("*.py")):
        assert "where: Mapping[str, Any]" not in path.read_text(encoding="utf-8"), path
