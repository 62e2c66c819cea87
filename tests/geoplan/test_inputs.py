"""What a run is computed from, told apart by its content."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
import shapely

from geoplan.cli import main
from geoplan.inputs import _names_file, changed_since, read_inputs
from geoplan.plan_file import load_plan
from layers.open.read_layer import opened, report_of
from tests.conftest import ROOT
from tests.faults import small_county as sc
from tests.geoplan.test_bad_input import BOX_LL


def test_every_file_of_a_section_that_is_opened_is_an_input():
    """What is opened by a key that names no file would change unseen between two runs."""
    opened_by = {
        found
        for room in ("siting", "carbon_sink")
        for path in (ROOT / room).rglob("*.py")
        for found in re.findall(
            r"plan_file\(\s*plan,\s*\w+(?:\.\w+)*\.(\w+)", path.read_text(encoding="utf-8")
        )
    }
    assert {"pools", "polygon", "file", "path", "turbines_csv"} <= opened_by
    assert {key for key in opened_by if not _names_file(key)} == set()


def test_files_named_by_any_key_are_inputs(tmp_path):
    names = {
        "carbon.pools": ("pools.csv", '[carbon]\npools = "pools.csv"\n'),
        "greenfield.polygon": ("farm.geojson", '[greenfield]\npolygon = "farm.geojson"\n'),
        "wind.machines[0].file": ("v.pow", '[[wind.machines]]\nfile = "v.pow"\n'),
    }
    path = sc.county(tmp_path, more="".join(text for _, text in names.values()))
    for name, _ in names.values():
        (path.parent / name).write_text("1", encoding="utf-8")
    first = read_inputs(load_plan(path))
    assert set(names) <= set(first.files)
    for key, (name, _) in names.items():
        (path.parent / name).write_text("2", encoding="utf-8")
        now = read_inputs(load_plan(path))
        assert now.sha256[key] != first.sha256[key]
        assert now.provenance.id != first.provenance.id


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A plan whose red line is in a database; what is in it, and the id of a run of it."""
    path = sc.county(tmp_path)
    text = path.read_text(encoding="utf-8")
    given = 'path = "red.geojson"\n'
    path.write_text(text.replace(given, 'sql = "select * from red"\n'), encoding="utf-8")
    west, south, east, north = BOX_LL
    middle = (south + north) / 2
    rows = [
        {"name": "a", "geometry": shapely.box(west, middle, east, north)},
        {"name": "b", "geometry": shapely.box(west, south, (west + east) / 2, middle)},
    ]

    def forget() -> None:
        opened.cache_clear()
        report_of.cache_clear()

    def run_id() -> str:
        forget()  # another process
        return read_inputs(load_plan(path)).provenance.id

    monkeypatch.setattr(
        "layers.open.read_layer._from_database",
        lambda *_, **__: gpd.GeoDataFrame([dict(r) for r in rows], crs=4490),
    )
    yield rows, run_id
    forget()


def test_a_layer_of_a_database_is_an_input_by_its_content(database):
    rows, run_id = database
    first = run_id()
    assert run_id() == first
    rows.reverse()  # databases give rows in any order
    assert run_id() == first
    rows[0]["name"] = "c"
    renamed = run_id()
    assert renamed != first
    rows[0]["name"] = "b"
    assert run_id() == first
    rows[0]["geometry"] = shapely.affinity.translate(rows[0]["geometry"], 1e-6, 0)
    assert run_id() not in {first, renamed}


def test_a_result_says_which_inputs_are_no_longer_its_own(tmp_path):
    """The red line is replaced and the road is gone after the run: both are named, once."""
    path = sc.county(tmp_path)
    plan = load_plan(path)
    recorded = dict(read_inputs(plan).provenance.inputs)
    assert changed_since(plan, recorded) == []
    sc.red_line(tmp_path, share=0.25)
    (tmp_path / "road.geojson").unlink()
    (said,) = changed_since(plan, recorded)
    assert "layers.ecological_red_line, layers.road" in said("en")
    assert "layers.ecological_red_line" in said("zh")


@pytest.mark.slow
def test_map_and_report_say_that_an_input_changed_after_the_run(tmp_path, capsys):
    path, out = sc.county(tmp_path), tmp_path / "out"
    assert main(["screen", str(path), "--out", str(out)]) == 0
    for verb in ("map", "report"):
        capsys.readouterr()
        assert main([verb, str(path), "--out", str(out), "--lang", "en"]) == 0
        assert "after the run" not in capsys.readouterr().err
    sc.red_line(tmp_path, share=0.25)
    for verb in ("map", "report"):
        assert main([verb, str(path), "--out", str(out), "--lang", "en"]) == 0
        assert "changed or moved after the run: layers.ecol" in capsys.readouterr().err
    path.write_text(path.read_text(encoding="utf-8") + "\n# a word\n", encoding="utf-8")
    assert main(["map", str(path), "--out", str(out), "--lang", "en"]) == 2
    got, expected = re.findall("sha256 ([0-9a-f]{12})", capsys.readouterr().err)
    assert got != expected
