"""Cases of the shared folder: the right value of each ``expected.md``.

A case was written when the catalogue had fewer layers: layers it does not name are assumed
absent, as it says of all the others. Drawings, tables and encodings of the folder are read in
``tests/gis/files``, parcels in ``tests/layers/open``.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from geoplan.cli import main
from geoplan.plan_file import load_plan
from layers.catalogue import layers as catalogue
from siting.check.explain import explain_point, explanation_lines
from siting.screen.coded import areas_by_state
from siting.screen.screening import screen

ROOT = Path(__file__).resolve().parents[2]


def plan_file(case: Path, folder: Path, more: str = "") -> Path:
    """The plan of a case with every layer of the catalogue, in a folder of its own."""
    text = (case / "plan.toml").read_text(encoding="utf-8")
    text = text.replace('path = "../', f'path = "{case.parent.as_posix()}/')
    text = text.replace('"county.gpkg"', f'"{(case / "county.gpkg").as_posix()}"')
    head, _, layers = text.partition("[layers.")
    rest = [i for i in sorted(catalogue()) if f"[layers.{i}]" not in text]
    absent = "".join(f'[layers.{i}]\nassumed_absent = "test"\n' for i in rest)
    path = folder / "plan.toml"
    path.write_text(f"{head}{more}{absent}[layers.{layers}", encoding="utf-8")
    return path


def areas_ha(plan):
    return {k: v / 1e4 for k, v in areas_by_state(screen(plan, "pv")).items()}


def test_b05_a_height_in_decimetres_with_its_scale(shared, tmp_path):
    """Built at 3.00 degrees; 27.7 when the scale of the file is not read."""
    plan = load_plan(plan_file(shared / "cases" / "b05" / "tag3", tmp_path))
    found = areas_ha(plan)
    assert found["left"] == pytest.approx(1599.2, abs=0.1)
    assert found["conditional"] == found["taken"] == 0.0
    text = "\n".join(explanation_lines(explain_point(plan, 106.6667, 38.6953), "en"))
    slopes = [float(s) for s in re.findall(r"slope (\d+\.\d+) deg", text)]
    # heights are whole decimetres 40 m apart: 0.05 m either side are 0.15 degrees
    assert slopes
    assert max(abs(s - 3.0) for s in slopes) < 0.15


def test_b07_voids_that_are_not_declared(shared, tmp_path):
    """A void of 200 x 200 m is unknown, and no cliff stands around it."""
    plan = load_plan(plan_file(shared / "cases" / "b07" / "hole", tmp_path))
    found = areas_ha(plan)
    assert found["conditional"] == found["taken"] == 0.0
    # a slope needs its neighbours: the void and at most a cell of 20 m around it
    assert 4.0 - 0.01 <= found["unknown"] <= 0.024**2 * 1e4 + 0.01
    assert found["left"] == pytest.approx(1599.2 - found["unknown"], abs=0.1)


def test_b14_a_class_that_is_not_in_the_list(shared, tmp_path, capsys):
    path = plan_file(shared / "cases" / "b14" / "lc37", tmp_path)
    assert main(["carbon", str(path), "--out", str(tmp_path / "out"), "--lang", "en"]) == 3
    err = capsys.readouterr().err
    for word in ("land_cover", "class 37", "400.0 ha", "worldcover2021"):
        assert word in err


@pytest.mark.slow
def test_b33_a_name_with_a_vertical_tab(shared, tmp_path):
    path = plan_file(shared / "cases" / "b33" / "p", tmp_path)
    out = tmp_path / "out"
    assert main(["screen", str(path), "--out", str(out), "--lang", "en"]) == 0
    book = openpyxl.load_workbook(out / "tables.xlsx")
    cells = [str(c) for s in book for row in s.iter_rows(values_only=True) for c in row]
    assert len(cells) > 100
    assert not [c for c in cells if "\x0b" in c or "_x000B_" in c]
    assert "\x0b" not in (out / "report.html").read_text(encoding="utf-8")
    assert main(["report", str(path), "--out", str(out), "--lang", "en"]) == 0
    for word in ("report.docx", "annex.docx"):
        with zipfile.ZipFile(out / word) as parts:
            assert b"\x0b" not in parts.read("word/document.xml")


@pytest.mark.parametrize("case", ["b09/w15_tmy3_missing.csv", "b10/w1_ghi_9999.csv"])
def test_b09_b10_energy_is_that_of_the_clean_year(shared, tmp_path, case):
    """P50 of 10 MW is 18,020 MWh in the clean year and with its gaps, by the models the cases
    were written with."""
    from siting.pv.study.one_site import SiteChoice, assess_one

    then = '[pv]\ndc = "pvgis"\ninverter = "pvwatts"\ninside_hour = false\n'
    more = f'{then}[pv.weather]\npath = "{(shared / "cases" / case).as_posix()}"\n'
    plan = load_plan(plan_file(shared / "cases" / "b33" / "p", tmp_path, more))
    found, _ = assess_one(plan, SiteChoice("", (106.66, 38.70), "", 10.0))
    assert found.p50_mwh_yr == pytest.approx(18_020, rel=2e-3)


def test_every_case_of_the_folder_is_read_by_a_test(shared):
    """b13 and b35 hold no file: their inputs are made in tests/layers/weather."""
    tests = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.py"))
    cases = [p for p in sorted((shared / "cases").iterdir()) if p.is_dir()]
    assert len(cases) >= 20
    with_files = [p.name for p in cases if len(list(p.iterdir())) > 1 and p.name[1:].isdigit()]
    bare = {"b13": "expver", "b35": "NSRDB"}
    for name in with_files:
        assert re.search(rf"[\"/_]{name}[\"/_]", tests) or bare[name] in tests, name
