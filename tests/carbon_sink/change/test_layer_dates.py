"""Dates of layers against the years of the plan: told, or refused where the order is turned."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine

from carbon_sink.change.findings import change_findings
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_monitor import monitor_step
from carbon_sink.step_survey import survey_step
from carbon_sink.step_targets import targets_step
from geoplan.cli import main
from geoplan.needs import require_asked
from gis.cells.grid import own_grid
from gis.errors import ConfigError
from gis.files.write import write_cog
from tests.carbon_sink.conftest import CRS, X0, Y0, parcels, quiet, write_plan

YEARS = "[carbon]\nyear = 2023\nbase_year = 2015\n"


def with_dates(plan, **dates):
    return plan.with_layers(
        {k: plan.layers[k].model_copy(update={"date": d}) for k, d in dates.items()}
    )


def greenness(folder, name, value):
    shape = (30, 40)
    grid = own_grid(shape, Affine(100, 0, X0, 0, -100, Y0 + 3000), CRS)
    write_cog(
        folder / name, np.full(shape, value, np.float32), grid, dtype="float32", nodata=-9.0
    )


def told(result):
    return [
        (w.where, w.text("en")) for w in result.warnings if w.code == "surveys_of_other_years"
    ]


@pytest.mark.parametrize(
    ("date", "said"), [("2023-12-31", False), ("", False), ("2019", True), ("2024", True)]
)
def test_parcels_of_another_year_are_told_at_every_door(tmp_path, date, said):
    plan = with_dates(write_plan(tmp_path, more=YEARS), land_parcels=date)
    want = ["[layers.land_parcels] date"] * said
    for step in (carbon_step, targets_step):
        got = [(w.where, w.text("en")) for w in step(plan, tmp_path, quiet).warnings
               if w.code == "layer_of_another_year"]  # fmt: skip
        assert [w for w, _ in got] == want
        assert all(date[:4] in text and "2023" in text for _, text in got)
    found = [f for f in change_findings(plan) if f.code == "layer_of_another_year"]
    assert [(f.where, f.severity) for f in found] == [(w, "warning") for w in want]


def test_greenness_is_held_against_the_year_it_is_told_for(tmp_path):
    layers = '[layers.ndvi]\npath = "now.tif"\n[layers.ndvi_base]\npath = "base.tif"\n'
    for name, value in (("now.tif", 0.5), ("base.tif", 0.3)):
        greenness(tmp_path, name, value)
    plan = write_plan(tmp_path, layers, YEARS)
    in_order = with_dates(plan, ndvi="2021", ndvi_base="2015-08-31")
    require_asked(in_order, ("targets", "monitor"))
    (one,) = [f for f in change_findings(in_order) if f.code == "layer_of_another_year"]
    assert one.where == "[layers.ndvi] date"
    assert "2021" in one.text("zh")
    turned = with_dates(plan, ndvi="2015", ndvi_base="2023")
    for steps in (("targets",), ("monitor",)):
        with pytest.raises(ConfigError, match="not in the order of the plan") as e:
            require_asked(turned, steps)
        assert "[layers.ndvi_base] date, [layers.ndvi] date" in e.value.text("en")
        assert "2023, 2015" in e.value.text("en")
    with pytest.raises(ConfigError, match="gains would pass for losses"):
        monitor_step(turned, tmp_path, quiet)
    (error,) = [f for f in change_findings(turned) if f.severity == "error"]
    assert error.code == "ndvi_dated_against_years"


def surveys(folder, later="", years=(2015, 2023), own=YEARS):
    """An earlier survey as a file, the parcels of the plan as the later one."""
    parcels().to_file(folder / "old.gpkg", layer="dltb")
    more = (
        f'{own}[carbon.survey_before]\npath = "old.gpkg"\nyear = {years[0]}\n'
        f"[carbon.survey_after]\nyear = {years[1]}\n"
    )
    return with_dates(write_plan(folder, more=more), land_parcels=later)


@pytest.mark.parametrize("date", ["2015", "2013-12-31"])
def test_a_layer_older_than_the_earlier_survey_is_no_later_survey(tmp_path, date):
    plan = surveys(tmp_path, date)
    with pytest.raises(ConfigError, match="not in the order of the surveys") as e:
        require_asked(plan, ("survey",))
    assert f"2015, {date[:4]}" in e.value.text("en")
    with pytest.raises(ConfigError, match="not in the order of the surveys"):
        survey_step(plan, tmp_path, quiet)
    (error,) = [f for f in change_findings(plan) if f.severity == "error"]
    assert error.code == "surveys_dated_against_years"


def test_surveys_of_other_years_are_told(tmp_path):
    in_order = surveys(tmp_path, "2023")
    require_asked(in_order, ("survey",))
    assert not told(survey_step(in_order, tmp_path, quiet))
    other = surveys(tmp_path, "2022", years=(2016, 2023))
    got = told(survey_step(other, tmp_path, quiet))
    assert [w for w, _ in got] == ["[carbon.survey_before] year"]
    assert "2016 and 2023" in got[0][1]
    assert "2015 and 2023" in got[0][1]
    found = {f.code for f in change_findings(other)}
    assert {"layer_of_another_year", "surveys_of_other_years"} <= found
    alone = surveys(tmp_path, "2023", years=(2016, 2023), own="")
    assert not told(survey_step(alone, tmp_path, quiet))


@pytest.mark.parametrize(("date", "code"), [("2023", 0), ("2014", 2)])
def test_the_doctor_leaves_as_it_says(tmp_path, capsys, date, code):
    plan = surveys(tmp_path, "2023")
    text = plan.path.read_text(encoding="utf-8")
    dated = text.replace('path = "parcels.gpkg"', f'path = "parcels.gpkg"\ndate = "{date}"')
    plan.path.write_text(dated, encoding="utf-8")
    try:
        got = main(["doctor", str(plan.path), "--lang", "en"])
    except SystemExit as end:
        got = end.code
    assert int(got or 0) == code
    assert ("not in the order of the surveys" in capsys.readouterr().out) == bool(code)
