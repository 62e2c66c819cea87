"""What a run of carbon refuses of a plan is refused before it, and the doctor says it."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from carbon_sink.asked.data import carbon_data
from carbon_sink.asked.keys import carbon_faults, key_findings
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_monitor import monitor_step
from carbon_sink.step_potential import potential_step
from carbon_sink.step_stand import stand_step
from carbon_sink.step_targets import targets_step
from geoplan.cli import main
from geoplan.needs import require_asked
from gis.errors import ConfigError, DataError
from gis.say import plan_key_of
from layers.result import save_step
from layers.run_folder import RunFolder
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet, write_plan
from tests.carbon_sink.stand.conftest import forest, stand_plan

YEAR = "[carbon]\nyear = 2023\n"


def told(plan) -> str:
    """All the doctor finds of keys and data, in English."""
    data = carbon_data(plan, whole=True)
    faults = [f.text("en") for f in data.faults]
    return "\n".join([*(f.text("en") for f in key_findings(plan)), *faults])


BY_KEYS = {
    "no map of stands": (
        "[carbon.stands]\nin_county_total = true\n",
        "the plan gives no forest map (stands); give the stands: [layers.forest_land] path",
    ),
    "no plots": ('[carbon.stands]\ncalibrate = "ratio"\n', "[layers.forest_plots]"),
    "measure": (
        '[[carbon.measures]]\nid = "a"\nkind = "nix"\nha_per_year = 1\nstart = 2025\n'
        "end = 2026\n",
        "[[carbon.measures]] a: no such kind of measure",
    ),
    "crosswalk": ('[carbon.crosswalk]\n"9999" = "sand"\n', "[carbon.crosswalk] 9999"),
    "growth line": ('[carbon.growth]\nforest_arbor = "nix"\n', "[carbon.growth] forest_arbor"),
    "growth class": ('[carbon.growth]\nfoo = "poplar"\n', "[carbon.growth] foo"),
    "kind of change": ('[carbon.survey.kinds]\n"a>b" = "nix"\n', "[carbon.survey] kinds a>b"),
    "density": (
        '[[carbon.densities]]\necosystem = "foo"\npool = "litter"\nvalue_tc_ha = 1\n'
        'source = "x"\n',
        "[carbon.densities] 1: no such ecosystem",
    ),
    "soil factor": (
        '[[carbon.soc_factors]]\necosystem = "sand"\nreference = "nix"\n',
        "[[carbon.soc_factors]] 1 reference",
    ),
    "plots of a row": ("[carbon.n_plots]\nnix = 4\n", "[carbon.n_plots]"),
    # 6 m3 on 90 ha are 0.07 m3/ha
    "unit of a volume": (
        "[[carbon.stock_volume]]\nyear = 2023\nvolume_m3 = 6\narbor_area_ha = 90\n"
        'source = "x"\n',
        "6 m³ / 90 ha = 0.0667 m³/ha",
    ),
    "vocabulary": (
        '[[monitor.series]]\nlayer = "land_cover"\nyear = 2020\npath = "county.gpkg"\n'
        'vocabulary = "foo"\nsource = "x"\n',
        "[[monitor.series]] 1 vocabulary",
    ),
}


@pytest.mark.parametrize("case", BY_KEYS)
def test_a_key_that_cannot_be_is_told_by_doctor_and_gate_and_step_alike(tmp_path, case):
    more, said = BY_KEYS[case]
    plan = write_plan(tmp_path, more=YEAR + more)
    assert said in told(plan)
    for ask in (lambda: require_asked(plan, ("screen", "carbon")),
                lambda: stand_step(plan, tmp_path, quiet),
                lambda: carbon_step(plan, tmp_path, quiet)):  # fmt: skip
        with pytest.raises(ConfigError) as e:
            ask()
        assert said in e.value.text("en")
    require_asked(plan, ("screen",))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('use_rows = ["nix"]\n', "no such coefficient"),
        ('annual_rainfall_mm = 400\nspecial_shrub = "all"\n', "got 400 mm"),
        ('protection_layers = ["nix"]\n', "there is no such layer; got nix"),
        ('pools = "nix.csv"\n', "has no land cover"),
        # recalled rows stay off until the plan names them
        ('volume_form = "constant"\n[[carbon.stock_volume]]\nyear = 2023\nvolume_m3 = 6000\n'
         'source = "x"\n', "tree_params_杨树/wood_density_WD"),
    ],
)  # fmt: skip
def test_keys_of_the_section_itself(tmp_path, more, said):
    plan = write_plan(tmp_path, more=YEAR + more)
    assert said in told(plan)
    with pytest.raises(ConfigError) as e:
        carbon_step(plan, tmp_path, quiet)
    assert said in e.value.text("en")


def test_rain_just_under_the_limit_is_none(tmp_path):
    more = 'annual_rainfall_mm = 399\nspecial_shrub = "all"\n'
    plan = write_plan(tmp_path, more=YEAR + more)
    assert carbon_faults(plan) == []
    assert targets_step(plan, tmp_path, quiet).summary.indicators


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[potential]\nafforest_measure = "wetland_restoration"\n', "afforest_measure"),
        ('[potential.costs.nix]\nyuan_per_ha = 4\nsource = "x"\n', "[potential.costs]"),
        ("[potential.irrigation_m3_ha_yr]\nnix = 4\n", "[potential.irrigation_m3_ha_yr]"),
        ('[[potential.rates]]\nmeasure = "nix"\necosystem = "sand"\ntc_ha_yr = 1\n'
         'source = "x"\n', "[[potential.rates]] measure"),
        ('[[potential.works]]\nid = "a"\ntitle = { zh = "a", en = "a" }\naction = "wetland"\n'
         'layer = "nix"\n', "[[potential.works]] a layer"),
    ],
)  # fmt: skip
def test_measures_nobody_knows_are_refused_and_not_read_by_nobody(tmp_path, more, said):
    plan = write_plan(tmp_path, more=more)
    assert said in told(plan)
    for ask in (lambda: require_asked(plan, ("potential",)),
                lambda: potential_step(plan, tmp_path, quiet)):  # fmt: skip
        with pytest.raises(ConfigError) as e:
            ask()
        assert said in e.value.text("en")


def test_codes_of_a_crosswalk_nobody_knows_are_one_fault_that_names_the_list_to_give(tmp_path):
    codes = "".join(f'"{k}" = "sand"\n' for k in (10, 20, 30, 40, 50, 60, 70, 80))
    series = (
        '[[monitor.series]]\nlayer = "land_cover"\nyear = 2020\npath = "county.gpkg"\n'
        'source = "x"\n'
    )
    plan = write_plan(tmp_path, more=YEAR + f"[carbon.crosswalk]\n{codes}{series}")
    (fault,) = carbon_faults(plan)
    assert fault.where == "[carbon.crosswalk] 10, 20, 30, 40, 50, 60, 70, 80"
    assert "name the code list of [[monitor.series]] 1" in fault.text("en")
    named = series + 'vocabulary = "worldcover2021"\n'
    assert (
        carbon_faults(write_plan(tmp_path, more=YEAR + f"[carbon.crosswalk]\n{codes}{named}"))
        == []
    )


def test_the_doctor_exits_with_a_fault_where_carbon_is_refused(tmp_path, capsys):
    plan = write_plan(tmp_path, more=YEAR + "[carbon.stands]\nin_county_total = true\n")
    for verb in (["doctor", str(plan.path)], ["carbon", str(plan.path), "-q"]):
        assert main([*verb, "--lang", "en"]) == 2
        said = "".join(capsys.readouterr())
        assert "give the stands: [layers.forest_land] path" in said
        assert "No fault found" not in said


def test_a_calibration_the_plots_do_not_bear_is_found_by_the_doctor(tmp_path):
    """One plot gives no error of a mean; two do, and the factor is their ratio to the map."""
    rows = [{"HUO_LMGQXJ": 40.0}, {"HUO_LMGQXJ": 100.0}]

    def plan(n):
        spots = [shapely.Point(X0 + 100 + 200 * i, Y0 + 100) for i in range(n)]
        plots = gpd.GeoDataFrame(
            {"plot_id": [str(i) for i in range(n)], "volume_m3_ha": [44.0, 110.0][:n]},
            geometry=spots, crs=CRS,
        )  # fmt: skip
        plots.to_file(tmp_path / f"plots{n}.gpkg", layer="p")
        layer = f'[layers.forest_plots]\npath = "plots{n}.gpkg"\n'
        return stand_plan(
            tmp_path, forest(rows), '[carbon.stands]\ncalibrate = "ratio"\n', layer
        )

    none = stand_plan(tmp_path, forest(rows), '[carbon.stands]\ncalibrate = "ratio"\n')
    assert told(none).count("[carbon.stands] calibrate") == 1  # by its key alone
    assert carbon_data(none, whole=True).faults == []
    one = plan(1)
    assert "the plots do not suffice" in told(one)
    with pytest.raises(DataError, match="the plots do not suffice"):
        stand_step(one, tmp_path, quiet)
    two = plan(2)
    assert told(two) == ""
    # (44 + 110) / (40 + 100) = 1.1
    assert stand_step(two, tmp_path, quiet).summary.stand.plots.factor == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("rows", "keys", "said"),
    [
        ([{"DI_LEI": "0171", "YOU_SHI_SZ": None}], "", "no stand of tree forest"),
        ([{"HUO_LMGQXJ": 40.0}], 'fields = { forest_type = "" }', "has no land class"),
    ],
)
def test_stands_that_give_no_density_are_named_as_such(tmp_path, rows, keys, said):
    """Neither is told to compute the stands first: that step has been run."""
    table = forest(rows)
    if keys:
        table = table.drop(columns="DI_LEI")
    more = "[carbon.stands]\nin_county_total = true\n"
    plan = stand_plan(tmp_path, table, more)
    assert said in told(plan)
    run = RunFolder(tmp_path / "out", tmp_path / "work")
    run.work.mkdir()
    save_step(run, "stand", stand_step(plan, run.work, quiet))
    with pytest.raises(ConfigError) as e:
        carbon_step(plan, run.work, quiet)
    assert said in e.value.text("en")
    assert "run the step stand" not in e.value.text("en")


def test_without_the_step_of_the_stands_its_want_is_what_is_told(tmp_path):
    plan = stand_plan(
        tmp_path, forest([{"HUO_LMGQXJ": 40.0}]), "[carbon.stands]\nin_county_total = true\n"
    )
    assert told(plan) == ""
    with pytest.raises(ConfigError, match="run the step stand in this folder"):
        carbon_step(plan, tmp_path, quiet)


def test_densities_of_stands_and_parcels_that_are_not_there_are_told_by_the_doctor(tmp_path):
    stands = '[[carbon.stands.densities]]\nvalue_tc_ha = 30\nstands = ["99"]\nsource = "x"\n'
    parcel = (
        '[[carbon.densities]]\necosystem = "sand"\npool = "litter"\nvalue_tc_ha = 1\n'
        'parcels = ["ZZ"]\nsource = "x"\n'
    )
    plan = stand_plan(tmp_path, forest([{"HUO_LMGQXJ": 40.0}]), stands + parcel)
    codes = {w.code: w.text("en") for w in carbon_data(plan, whole=True).warnings}
    assert "[1] 99" in codes["densities_of_no_stands"]
    assert "ZZ" in codes["densities_of_no_parcels"]
    step = stand_step(plan, tmp_path, quiet)
    assert "densities_of_no_stands" in {w.code for w in step.warnings}
    # without a forest map nothing reads the key at all
    bare = write_plan(tmp_path, more=YEAR + stands)
    for found in (carbon_data(bare, whole=True), stand_step(bare, tmp_path, quiet)):
        (own,) = [w for w in found.warnings if w.code == "stands_keys_unread"]
        assert "densities" in plan_key_of(own.text)


@pytest.mark.parametrize(("belt", "fits"), [(1090, True), (1105, False)])
def test_nets_beside_the_forest_of_the_map_are_held_against_the_county(tmp_path, belt, fits):
    """100 ha of arbor and 1,105 ha of nets are more than 1,199.5 ha of land; 1,090 fit."""
    more = f'[carbon.shelterbelt]\narea_ha = {belt}\nsource = "s"\n'
    plan = write_plan(tmp_path, more=YEAR + more)
    assert ("more than the land of the county" in told(plan)) is not fits
    if fits:
        require_asked(plan, ("targets",))
        return
    with pytest.raises(ConfigError, match="more than the land of the county"):
        require_asked(plan, ("screen", "targets"))
    require_asked(plan, ("screen",))


def test_townships_of_a_work_that_are_not_there_are_told(tmp_path):
    work = (
        '[[potential.works]]\nid = "a"\ntitle = { zh = "工程", en = "work" }\n'
        'action = "wetland"\ntownships = ["西镇", "南镇"]\n'
    )
    plan = write_plan(tmp_path, more=work)
    for found in (carbon_data(plan, whole=True), potential_step(plan, tmp_path, quiet)):
        (own,) = [w for w in found.warnings if w.code == "works_of_no_township"]
        assert "南镇" in own.text("zh")
        assert "西镇" not in own.text("zh")


def test_a_plan_without_faults_has_none(mini):
    assert key_findings(mini) == []
    assert carbon_data(mini, whole=True).faults == []


def test_a_number_where_a_table_belongs_is_told_the_keys_of_the_table(tmp_path):
    with pytest.raises(ConfigError) as e:
        write_plan(tmp_path, more=YEAR + "[carbon.stands]\nagb_root_shoot = 0.25\n")
    told = e.value.text("en")
    assert "[carbon.stands.agb_root_shoot]" in told
    assert "got 0.25; expected a table of keys and values; it must have: ratio, source" in told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[[carbon.densities]]\necosystem = "sand"\npool = "litter"\nvalue_tc_ha = 30\n'
         'low_tc_ha = 35\nhigh_tc_ha = 40\nsource = "x"\n', "value_tc_ha (30)"),
        ('[[monitor.values]]\nindicator = "grass_cover"\nyear = 2020\nvalue = 30\nunit = "%"\n'
         'low = 35\nhigh = 40\nsource = "x"\n', "value (30)"),
        ('[[carbon.stands.densities]]\nvalue_tc_ha = 30\nlow_tc_ha = 35\nhigh_tc_ha = 40\n'
         'source = "x"\n', "value_tc_ha (30)"),
        ('[[potential.rates]]\nmeasure = "shrub"\necosystem = "sand"\ntc_ha_yr = 30\n'
         'low_tc_ha_yr = 35\nhigh_tc_ha_yr = 40\nsource = "x"\n', "tc_ha_yr (30)"),
    ],
)  # fmt: skip
def test_ends_on_the_wrong_side_are_told_by_a_sentence_and_no_dump(tmp_path, more, said):
    with pytest.raises(ConfigError) as e:
        write_plan(tmp_path, more=YEAR + more)
    told = e.value.text("en")
    assert said in told
    assert "35" in told
    assert "{" not in told
    assert "got" not in told


@pytest.mark.parametrize(("rain", "refused"), [(399, False), (400, True), (401, True)])
def test_special_shrubland_of_the_map_at_too_much_rain_has_a_way_out(tmp_path, rain, refused):
    """4 ha the map calls special: under 400 mm they count, at 400 the plan has to say none."""
    rows = [{"DI_LEI": "0131", "YOU_SHI_SZ": "柠条", "YU_BI_DU": None}]
    head = f"[carbon]\nyear = 2023\nannual_rainfall_mm = {rain}\n"
    asked = stand_plan(tmp_path, forest(rows), head)
    if refused:
        assert 'special_shrub = "none", and the special shrubland of the map' in told(asked)
        with pytest.raises(ConfigError, match=r"calls 4.0 ha special, at 40[01] mm"):
            targets_step(asked, tmp_path, quiet)
    out = stand_plan(tmp_path, forest(rows), head + 'special_shrub = "none"\n')
    assert told(out) == ""
    r = targets_step(out, tmp_path, quiet)
    codes = {w.code for w in r.warnings}
    assert ("special_shrub_of_map_left_out" in codes) is refused
    table = r.tables["indicators_by_caliber"].set_index(["indicator", "caliber"])
    row = table.loc[("forest_cover", "special_shrub")]
    # the map has no tree forest
    assert row["numerator"] == pytest.approx(0.0 if refused else 4.0, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "unit", "fits"),
    [(2.3e6, "m3", True), (2.5e6, "m3", False), (230, "万m3", True), (1e12, "m3", False)],
)
def test_a_target_of_more_volume_than_forest_on_all_land_is_refused(
    tmp_path, value, unit, fits
):
    """2,000 m3 on each of 1,199.5 ha are 2.399 million m3."""
    target = (
        '[[targets]]\nid = "v"\ntitle = { zh = "蓄积", en = "volume" }\n'
        f'indicator = "forest_stock_volume"\nyear = 2030\nvalue = {value}\nunit = "{unit}"\n'
        'section = "s"\nquote = "q"\n'
    )
    plan = write_plan(tmp_path, more=target)
    assert ("[[targets]] v: the volume of the target" in told(plan)) is not fits
    if not fits:
        with pytest.raises(ConfigError, match=r"<= 2,000 m³/ha x 1,199\.5 ha"):
            require_asked(plan, ("targets",))


@pytest.mark.parametrize(
    ("more", "code", "step"),
    [
        ('[monitor]\nn2o_kg_ha_yr = {}\nn2o_source = "s"\n', "over_n2o_kg_ha_yr",
         monitor_step),
        ("[potential.value]\nprice_yuan_tco2e = {}\ndiscount_frac = 0.05\n"
         'price_growth_frac = 0.0\nsource = "s"\n', "over_price_yuan_tco2e", potential_step),
    ],
)  # fmt: skip
def test_numbers_nobody_has_measured_or_paid_are_asked_about(tmp_path, more, code, step):
    most = {"over_n2o_kg_ha_yr": 100, "over_price_yuan_tco2e": 2000}[code]
    for value, told_of in ((most, False), (80_000, True)):
        plan = write_plan(tmp_path, more=more.format(value))
        for found in (carbon_data(plan, whole=True), step(plan, tmp_path, quiet)):
            own = [w for w in found.warnings if w.code == code]
            assert bool(own) is told_of
            assert all("80,000" in w.text("en") and f"{most:,}" in w.text("en") for w in own)
