"""A parameter and a loss stand in one place: adding one is adding data."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import openpyxl
import pytest

from geoplan.report.energy_part import energy_blocks
from geoplan.report.pv_workbook import write_pv_workbook
from gis.say import in_lang
from layers.result import StepResult, save_step
from layers.run_folder import open_run
from siting.pv.plant import losses as loss_module
from siting.pv.plant.chain import site_yield
from siting.pv.plant.fused import fixed_yield
from siting.pv.plant.losses import loss_rows
from siting.pv.plant.module import data_toml, modules
from siting.pv.plant.node_hours import node_hours
from siting.pv.plant.plant import PvPlant
from siting.pv.plant.waterfall import waterfall_svg, waterfall_table
from siting.pv.study.assess import assess
from siting.pv.study.section import PvSection, RooftopSection
from tests.siting.pv.pv_cases import clear_resource
from tests.siting.pv.test_pv_grid import open_cells

UNITS = {
    "_deg": "[deg]",
    "_m": "[m]",
    "_c": "[deg C]",
}


def test_every_parameter_is_declared_once_with_unit_and_meaning():
    for name, field in PvPlant.model_fields.items():
        assert field.description, name
        for suffix, unit in UNITS.items():
            if name.endswith(suffix):
                assert unit in field.description, name
    # the plan's section and the roofs add their own keys and repeat none
    assert not set(PvSection.__annotations__) & set(PvPlant.model_fields)
    assert set(PvPlant.model_fields) <= set(PvSection.model_fields)
    assert set(RooftopSection.__annotations__) & set(PvPlant.model_fields) == {"module"}


def test_the_plans_plant_is_the_sections():
    section = PvSection.model_validate(
        {"tilt_deg": 31.0, "module": "hpbc_mono", "losses": {"soiling": 0.02}, "years": 30}
    )
    assert section.plant == PvPlant(tilt_deg=31.0, module="hpbc_mono", losses={"soiling": 0.02})
    # a module may bring its own figures
    own = {**dict(modules()["hpbc_mono"]), "id": "mine", "gamma_per_c": -0.0031}
    assert PvPlant(module=own).module.gamma_per_c == -0.0031


def test_lid_is_the_modules_unless_given():
    """TOPCon 1 %, PVWatts' standard module 1.5 % (modules.toml)."""
    assert PvPlant().all_losses().by_key["lid"] == (0.01,) * 12
    plant = PvPlant(module="pvwatts_standard")
    assert plant.all_losses().by_key["lid"] == (0.015,) * 12
    assert plant.changed(losses={"lid": 0.03}).all_losses().by_key["lid"] == (0.03,) * 12


PLACES = ("front_light", "light", "dc", "ac", "delivery")


@pytest.fixture(params=PLACES)
def added(request, monkeypatch):
    """The losses with one row more, at each place of the chain."""
    row = {
        "title": {"zh": "试加损失", "en": "a loss added"},
        "acts": request.param,
        "bounds": [0.0, 0.5],
        "value": 0.0,
        "unit": "fraction",
        "source": "this test",
        "date": "2026",
        "quality": "user",
    }

    def more(name):
        found = dict(data_toml(name))
        return found | {"added": row} if name == "losses.toml" else found

    monkeypatch.setattr(loss_module, "data_toml", more)
    loss_rows.cache_clear()
    yield request.param
    loss_rows.cache_clear()


def test_a_row_of_data_is_a_loss_everywhere(added, tmp_path):
    """In the plan's section, the chain, the waterfall, the map, the workbook, the report."""
    res = clear_resource(0.3)
    section = PvSection.model_validate({"losses": {"added": [0.1] * 6 + [0.0] * 6}})
    with pytest.raises(ValueError, match=r"added: 0\.7"):
        PvSection.model_validate({"losses": {"added": 0.7}})
    # the default of 0 costs nothing and has its step all the same
    plant = PvPlant(tilt_deg=33.0, gcr=0.42, dc_ac_ratio=0.6, inside_hour=False)
    without = site_yield(res, plant)
    a = assess("s", section, res, capacity_mw=1.0, tilt_deg=33.0, lat=38.8)
    plant = plant.changed(losses=section.losses)
    lossy = site_yield(res, plant)
    step = next(s for s in lossy.waterfall.steps if s.id == "added")
    assert lossy.waterfall.net == pytest.approx(lossy.kwh_kwp_yr, rel=1e-9)
    assert [s.delta for s in without.waterfall.steps if s.id == "added"] == [0.0]
    # 10 % of January to June, nothing of July to December, with inverters that never clip.
    # AC losses take a tenth of those months to the last bit; the inverter's own use does not
    # shrink with DC power; less light also leaves the modules cooler and Huld's model lower
    months = lossy.monthly()["ac_kwh_kwp"] / without.monthly()["ac_kwh_kwp"]
    tolerance = {"ac": 1e-12, "delivery": 1e-12, "dc": 4e-3}.get(added, 0.012)
    assert months[:6].to_numpy() == pytest.approx(np.full(6, 0.9), abs=tolerance)
    assert months[6:].to_numpy() == pytest.approx(np.ones(6), abs=1e-12)
    assert step.delta < 0.0
    # the map's kernel loses the same share
    cells = open_cells(np.array([33.0]), np.array([180.0]))
    free = plant.changed(losses={})
    ratio = [fixed_yield(node_hours(res, p, 8), cells, p)[0].sum() for p in (plant, free)]
    chain = [site_yield(res, p.changed(gcr=0.0)).kwh_kwp_yr for p in (plant, free)]
    assert ratio[0] / ratio[1] == pytest.approx(chain[0] / chain[1], abs=2e-5)
    # words
    assert "试加损失" in waterfall_svg(a.result.waterfall, "zh")
    table = waterfall_table(a.result.waterfall)
    assert table.set_index("step").loc["added", "title_en"] == "a loss added"
    run = open_run(tmp_path / "run", "k")
    table.insert(0, "site_id", "s")
    save_step(run, "pv", StepResult(tables={"pv_waterfall": table}))
    parts = SimpleNamespace(pv=True, wind=None, repower=None, rooftop=None, money=None)
    for lang, said in (("zh", "试加损失"), ("en", "a loss added")):
        assert said in str(list(energy_blocks(parts, run.work, lang)))
    path = write_pv_workbook(tmp_path / "b.xlsx", a, lang="en")
    book = openpyxl.load_workbook(path)
    said = {str(c.value) for s in book.worksheets for r in s.iter_rows() for c in r}
    assert "a loss added" in said
    assert "this test" not in said  # the plan gave the value, not the row


def test_losses_act_in_the_order_of_the_file():
    """Light before DC before AC before delivery, and within each as declared."""
    acts = [r.acts for r in loss_rows().values()]
    assert acts == sorted(acts, key=PLACES.index)
    steps = [
        s.id
        for s in site_yield(clear_resource(), PvPlant(tilt_deg=33.0, gcr=0.42)).waterfall.steps
    ]
    assert [s for s in steps if s in loss_rows()] == list(loss_rows())


def test_defaults_are_those_of_their_sources():
    """PVWatts (Dobos 2014, table 6): mismatch 2, connections 0.5, LID 1.5, nameplate 1,
    availability 3, wiring 2, snow 0 %. Global Solar Atlas: soiling 3.5 %."""
    percent = {
        "soiling": 3.5,
        "snow": 0.0,
        "nameplate": 1.0,
        "lid": 1.5,
        "mismatch": 2.0,
        "connections": 0.5,
        "wiring_dc": 2.0,
        "wiring_ac": 0.0,
        "transformer": 0.0,
        "auxiliary": 0.0,
        "availability": 3.0,
        "curtailment": 0.0,
    }
    assert {k: r.value for k, r in loss_rows().items()} == {
        k: pytest.approx((v / 100.0,) * 12) for k, v in percent.items()
    }
    assert all(re.search(r"[A-Za-z]", in_lang(r.source, "en")) for r in loss_rows().values())


def test_module_figures_are_those_of_their_sources():
    """PVWatts v8 types 0 and 1: 19 %, -0.37 %/K and 21 %, -0.35 %/K; SAM 0.5 %/a. Jinko
    Tiger Neo: 1 %, 0.4 %/a, -0.29 %/K. LONGi HPBC: 1 %, 0.35 %/a, -0.26 %/K."""
    found = {
        k: (
            m.efficiency_frac,
            m.gamma_per_c,
            m.lid_frac,
            m.degradation_frac_yr,
            m.bifaciality_frac,
        )
        for k, m in modules().items()
    }
    assert found == {
        "topcon_bifacial": (0.225, -0.0029, 0.01, 0.004, 0.8),
        "hpbc_mono": (0.225, -0.0026, 0.01, 0.0035, 0.0),
        "pvwatts_standard": (0.19, -0.0037, 0.015, 0.005, 0.0),
        "pvwatts_premium": (0.21, -0.0035, 0.015, 0.005, 0.0),
    }
