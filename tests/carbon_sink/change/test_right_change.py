"""Change that is right: young stands, losses, bounds, ages, errors of areas, by hand.

Densities at 0-30 cm in the cool dry zone [tC/ha]: forest 42.65 living, 0.81 litter, 43 soil;
grassland 2.73 living, 43 soil; poplar 2.17 age - 14.9, elm 0.43 age - 4.78.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_sink.change.area_error import area_error_of, matrix_error, stratified_areas
from carbon_sink.change.change_words import bound_words
from carbon_sink.change.conversion import Period, convert
from carbon_sink.change.two_dates import change_by_place, row_changes, stock_change, waterfall
from carbon_sink.change.without_plan import carbon_change
from carbon_sink.section import CarbonSection
from carbon_sink.section_values import AreaAccuracy
from carbon_sink.stock.choice import table_of
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.inventories import inventories_table, inventory_change
from carbon_sink.stock.pools import choose_densities
from gis.errors import ConfigError, DataError, ModelError

TABLE = load_coefficients()
CHOICE = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")
GRASS = 2.73
FOREST = 42.65


def land(*rows: tuple[str, str, float], **more: list[object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["before", "after", "area_ha"]).assign(**more)


# ------------------------------------------------------------------ young stands


def test_a_plantation_of_eight_years_is_no_mature_stand():
    # 100 ha x (2.17 x 8 - 14.9 - 2.73) = 246 - 273 tC
    for rows in (
        land(("grass_other", "forest_arbor", 100.0)),  # 8 years at most
        land(("grass_other", "forest_arbor", 100.0), age_years=[8.0]),
        land(("grass_other", "forest_arbor", 100.0), planted_year=[2015]),
        land(("grass_other", "forest_arbor", 100.0), planted_year=[2015], species=["poplar"]),
    ):
        r = stock_change(rows, CHOICE, TABLE, years=8.0, to_year=2023)
        assert r.stock_difference["living"].value == pytest.approx(-27.0, abs=1e-6)
        assert r.parts["cleared"].value == pytest.approx(-273.0)
        assert r.parts["grown"].value == pytest.approx(246.0)
        # soil of grassland and forest is the same, litter builds up over 20 years: 8 of them
        assert r.stock_difference["litter"].value == pytest.approx(100 * 0.81 * 8 / 20)
        assert r.stock_difference["soc"].value == pytest.approx(0.0, abs=1e-9)
        assert r.bound == "at_least"  # dead wood of the forest has no coefficient


@pytest.mark.parametrize(
    ("planted", "grown"),
    [("start", 100 * (2.17 * 20 - 14.9)), ("end", 0.0),
     # evenly: above zero for 20 - 6.866 years, and there half of it on average
     ("even", 100 * 2.17 * (20 - 14.9 / 2.17) ** 2 / 40)],
)  # fmt: skip
def test_an_age_nobody_gave_lies_between_nothing_and_the_years(planted, grown):
    rows = land(("grass_other", "forest_arbor", 100.0))
    r = stock_change(rows, CHOICE, TABLE, years=20.0, planted=planted)
    got = r.parts["grown"].value if "grown" in r.parts else 0.0
    assert got == pytest.approx(grown, rel=2e-3)


def test_a_stand_older_than_the_period_grows_from_what_it_was():
    # planted 12 years ago, 4 before the earlier date: 2.17 x 12 - 14.9 now, nothing then
    rows = land(("grass_other", "forest_arbor", 10.0), age_years=[12.0])
    r = stock_change(rows, CHOICE, TABLE, years=8.0)
    assert r.parts["grown"].value == pytest.approx(10 * 11.14)
    # 30 years: line(30) - line(22) = 2.17 x 8
    rows = land(("forest_arbor", "forest_arbor", 10.0), age_years=[30.0])
    r = stock_change(rows, CHOICE, TABLE, years=8.0)
    assert r.stock_difference["total"].value == pytest.approx(10 * 2.17 * 8)
    assert "standing" in r.parts


def test_species_without_a_line_are_credited_with_nothing():
    for species in ("pine", "willow"):
        rows = land(("sand", "forest_arbor", 10.0), age_years=[20.0], species=[species])
        r = stock_change(rows, CHOICE, TABLE, years=20.0)
        assert "living" not in r.stock_difference
        assert ("living", "gain", 10.0) in {(m.carrier, m.side, m.area_ha) for m in r.missing}
    elm = land(("sand", "forest_arbor", 10.0), age_years=[20.0], species=["elm"])
    r = stock_change(elm, CHOICE, TABLE, years=20.0)
    assert r.stock_difference["living"].value == pytest.approx(10 * (0.43 * 20 - 4.78))


def test_beyond_the_line_nothing_is_credited_and_it_is_said():
    rows = land(("sand", "forest_arbor", 10.0), age_years=[60.0])
    r = stock_change(rows, CHOICE, TABLE, years=8.0)
    assert ("living", "gain") in {(m.carrier, m.side) for m in r.missing}
    assert r.bound == "at_least"


def test_trees_past_their_line_are_not_estimated_and_not_zero():
    # poplar's line ends at 49 years: 30 years grow 2.17 x 8, 60 years nobody knows, sand is 0
    rows = land(
        ("forest_arbor", "forest_arbor", 10.0),
        ("forest_arbor", "forest_arbor", 10.0),
        ("sand", "sand", 10.0),
        age_years=[30.0, 60.0, np.nan],
        township=["a", "b", "c"],
    )
    known = 10 * 2.17 * 8
    each = row_changes(rows, CHOICE, TABLE, Period(8.0))
    assert each["living_tc"].tolist() == pytest.approx([known, np.nan, np.nan], nan_ok=True)
    assert each["total_tc"].tolist() == pytest.approx([known, np.nan, 0.0], nan_ok=True)
    assert each["after_tc"].isna().tolist() == [False, True, False]
    assert each["not_estimated"].tolist() == ["", "living", ""]
    towns = change_by_place(rows, CHOICE, TABLE, Period(8.0), place="township")
    for column in ("change_tc", "low_tc", "high_tc"):
        assert np.isnan(towns[column]).tolist() == [False, True, False]
    assert towns["change_tc"].tolist()[::2] == pytest.approx([known, 0.0])
    whole = stock_change(rows, CHOICE, TABLE, years=8.0)
    assert whole.stock_difference["total"].value == pytest.approx(known)
    assert whole.bound == "at_least"
    assert "already" in bound_words(whole)("en")
    assert "不是零" in bound_words(whole)("zh")
    old = stock_change(rows[1:2], CHOICE, TABLE, years=8.0)
    assert (dict(old.stock_difference), dict(old.parts)) == ({}, {})
    assert "new plants" not in bound_words(old)("en")


def test_new_plants_past_their_line_have_a_line():
    rows = land(("sand", "forest_arbor", 10.0), age_years=[60.0])
    said = bound_words(stock_change(rows, CHOICE, TABLE, years=60.0))("en")
    assert "new plants, older than their growth line" in said
    assert "no growth line" not in said


def test_what_cannot_be_is_refused():
    good = land(("sand", "forest_arbor", 1.0))
    for bad, error in (
        (good.assign(age_years=-1.0), DataError),
        (good.assign(age_years="old"), DataError),
        (good.assign(planted_year=2030), DataError),
        (good.assign(species="baobab"), DataError),
        (good.assign(area_ha=np.nan), DataError),
        (good.assign(area_ha=-2.0), DataError),
    ):
        with pytest.raises(error):
            stock_change(bad, CHOICE, TABLE, years=8.0, to_year=2023)
    with pytest.raises(ModelError):
        stock_change(good, CHOICE, TABLE, years=-8.0)


# ------------------------------------------------------------------ losses


def test_forest_built_over_is_lost():
    # living 42.65 and litter 0.81 at once; soil of built land is not estimated
    r = stock_change(land(("forest_arbor", "built", 100.0)), CHOICE, TABLE, years=8.0)
    assert r.stock_difference["living"].value == pytest.approx(-4265.0)
    assert r.stock_difference["total"].value == pytest.approx(-4346.0)
    assert r.stock_difference["total"].value <= -4265.0
    assert "soc" not in r.stock_difference
    assert r.bound == "at_most"
    assert r.more_loss_tc == pytest.approx(4300.0)
    assert r.not_estimated_ha["soc"] == 100.0


def test_gains_do_not_stand_alone_where_forest_is_built_over_too():
    rows = land(("grass_other", "forest_arbor", 100.0), ("forest_arbor", "built", 100.0))
    r = stock_change(rows, CHOICE, TABLE, years=8.0)
    assert r.stock_difference["living"].value == pytest.approx(-27.0 - 4265.0)


def test_fields_built_over_lose_soil_nobody_estimates():
    r = stock_change(land(("cropland_irrigated", "built", 2196.0)), CHOICE, TABLE, years=8.0)
    assert r.bound == "at_most"
    assert r.more_loss_tc == pytest.approx(2196.0 * 43.0 * 0.77)
    # dead matter of fields is 0 by Tier 1 and of built land as well: nothing to estimate
    assert r.not_estimated_ha["litter"] == r.not_estimated_ha["dead_wood"] == 0.0


# ------------------------------------------------------------------ properties

CLASSES = ["forest_arbor", "grass_other", "shrubland", "cropland_irrigated", "built", "sand"]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(CLASSES),
        st.sampled_from(CLASSES),
        st.floats(0.01, 1e4),
        st.one_of(st.none(), st.floats(0.0, 60.0)),
    ),
    min_size=1,
    max_size=10,
)


def table(rows) -> pd.DataFrame:
    out = pd.DataFrame(rows, columns=["before", "after", "area_ha", "age_years"])
    out["age_years"] = out["age_years"].astype(float)
    out["town"] = [f"t{i % 3}" for i in range(len(out))]
    return out


def total(rows: pd.DataFrame, years: float = 8.0) -> float:
    r = stock_change(rows, CHOICE, TABLE, years=years, draws=1000)
    e = r.stock_difference.get("total")
    return e.value if e else 0.0


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_pools_parts_rows_and_places_add_up(rows):
    t = table(rows)
    r = stock_change(t, CHOICE, TABLE, years=8.0, draws=1000)
    if "total" not in r.stock_difference:
        return
    whole = r.stock_difference["total"].value
    scale = 1e-9 * (1.0 + sum(abs(e.value) for e in r.parts.values()))
    pools = sum(e.value for k, e in r.stock_difference.items() if k != "total")
    assert pools == pytest.approx(whole, abs=scale)
    assert sum(e.value for e in r.parts.values()) == pytest.approx(whole, abs=scale)
    each = row_changes(t, CHOICE, TABLE, Period(8.0))
    assert each["total_tc"].sum() == pytest.approx(whole, abs=scale)
    known = each["total_tc"].notna()
    after_less_before = (each["after_tc"] - each["before_tc"])[known]
    np.testing.assert_allclose(after_less_before, each["total_tc"][known], atol=1e-6)
    towns = change_by_place(t, CHOICE, TABLE, Period(8.0), place="town", draws=1000)
    assert towns["change_tc"].sum() == pytest.approx(whole, abs=scale)
    moved = t[t["before"] != t["after"]]
    stood = t[t["before"] == t["after"]]
    fall = waterfall(t, CHOICE, TABLE, Period(8.0), draws=1000)
    falls = fall["total_tc"].sum() if len(moved) else 0.0
    assert falls + (total(stood) if len(stood) else 0.0) == pytest.approx(whole, abs=scale)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.floats(0.05, 0.95), st.randoms(use_true_random=False))
def test_splitting_and_order_change_nothing(rows, part, random):
    t = table(rows)
    split = pd.concat(
        [t.assign(area_ha=t["area_ha"] * part), t.assign(area_ha=t["area_ha"] * (1 - part))]
    )
    order = list(range(len(split)))
    random.shuffle(order)
    mixed = split.iloc[order]
    scale = 1e-9 * (1.0 + t["area_ha"].sum() * 200)
    assert total(mixed) == pytest.approx(total(t), abs=scale)


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_no_gain_without_area_or_age(rows):
    t = table(rows)
    assert total(t.assign(area_ha=0.0)) == 0.0
    # planted today: living biomass can only have been lost, but for herbs nothing stands yet
    young = t.assign(age_years=0.0)
    found = stock_change(young, CHOICE, TABLE, years=8.0, draws=1000)
    assert found.stock_difference.get("living") is None or (
        found.stock_difference["living"].value <= 1e-9
    )
    assert found.stock_difference.get("litter") is None or (
        found.stock_difference["litter"].value <= 1e-9
    )


# ------------------------------------------------------------------ without a plan


def test_parcels_carry_their_planting_year():
    before = pd.DataFrame(
        {"parcel_id": ["a", "b"], "ecosystem": ["grass_other"] * 2, "area_m2": [1e6, 1e6]}
    )
    after = before.assign(ecosystem="forest_arbor", planted_year=[2015, 2020])
    got = carbon_change(before, after, years=8, to_year=2023, draws=1000)
    # 8 years old: 2.46 tC/ha; 3 years old: nothing yet; 2.73 of grass cleared on both
    assert got.stock.stock_difference["living"].value == pytest.approx(246.0 - 546.0)


def test_the_value_of_no_data_is_a_codes_list_own():
    before, after = np.array([[40, 0, 30]]), np.array([[30, 30, 0]])
    got = carbon_change(before, after, years=5, classes="worldcover2021", cell_ha=2.0)
    f = got.land.footprints
    assert (f.both_ha, f.before_only_ha, f.after_only_ha) == (2.0, 2.0, 2.0)


# ------------------------------------------------------------------ inventories


def inventories(*rows: dict[str, object], **more: object) -> CarbonSection:
    own = tuple({"source": "inventory", **r} for r in rows)
    return CarbonSection(stock_volume=own, **more)


@pytest.mark.parametrize(
    ("old", "new", "tc"), [(5_500.0, 6_000.0, 141.28), (550_000.0, 600_000.0, 14_127.7)]
)
def test_two_inventories_are_a_stock_difference(old, new, tc):
    s = inventories({"year": 2025, "volume_m3": old}, {"year": 2030, "volume_m3": new})
    (found,) = inventory_change(s, table_of(s))
    # 0.6251 t d.m. to the m3 and 0.452 tC to the tonne
    assert found.change.value == pytest.approx((new - old) * 0.6251 * 0.452)
    assert found.change.value == pytest.approx(tc, rel=1e-3)
    assert found.change_yr.value == pytest.approx(found.change.value / 5)
    assert found.same_area


def test_each_inventory_on_its_own_area_and_with_its_own_error():
    s = inventories(
        {"year": 2020, "volume_m3": 5500.0, "arbor_area_ha": 100.0, "error_frac": 0.1},
        {"year": 2025, "volume_m3": 6000.0, "arbor_area_ha": 110.0, "error_frac": 0.1},
    )
    (found,) = inventory_change(s, table_of(s))
    line = 500.0 * 0.6251 + 10.0 * 11.462  # more area brings its intercept
    assert found.change.value == pytest.approx(line * 0.452)
    # both volumes are off by a tenth, each for itself; the intercept is of the area
    sd = 0.1 * 0.6251 * 0.452 * np.hypot(5500.0, 6000.0)
    assert found.change.sd == pytest.approx(sd, rel=0.05)
    assert not found.same_area


@pytest.mark.parametrize("volume", [0.73, 2e6])
def test_a_volume_of_another_unit_is_refused(volume):
    # 0.73 x 10^4 m3 written as m3 are 0.0008 m3 a hectare; 2e6 m3 on 900 ha are 2,222
    s = inventories(
        {"year": 2018, "volume_m3": volume, "arbor_area_ha": 900.0},
        {"year": 2023, "volume_m3": 8050.0, "arbor_area_ha": 900.0},
    )
    with pytest.raises(ConfigError) as e:
        inventory_change(s, table_of(s))
    assert "立方米" in e.value.text("zh")
    assert f"{volume / 900:.3g} m³/ha" in e.value.text("en")


def test_more_inventories_and_the_period_of_the_change():
    s = inventories(
        *({"year": y, "volume_m3": v} for y, v in ((2010, 1e5), (2015, 2e5), (2020, 4e5))),
        base_year=2015,
        year=2020,
    )
    found = inventory_change(s, table_of(s))
    assert [(c.earlier.year, c.later.year) for c in found] == [(2015, 2020), (2010, 2015)]
    assert inventories_table(found)["change_tc"].tolist() == pytest.approx(
        [2e5 * 0.6251 * 0.452, 1e5 * 0.6251 * 0.452]
    )
    one = inventories({"year": 2010, "volume_m3": 1e5})
    assert inventory_change(one, table_of(one)) == ()


def test_unlike_species_need_an_area():
    s = inventories(
        {"year": 2010, "volume_m3": 1e5},
        {"year": 2020, "volume_m3": 1e5, "species": ({"species": "elm", "share_frac": 1.0},)},
    )
    with pytest.raises(ConfigError):
        inventory_change(s, table_of(s))
    (found,) = inventory_change(s, table_of(s), arbor_ha=1000.0)
    old = (1e5 * 0.6251 + 1000 * 11.462) * 0.452
    new = (1e5 * 0.7564 + 1000 * 8.3103) * 0.430
    assert found.change.value == pytest.approx(new - old)


# ------------------------------------------------------------------ error of areas

PAPER = [[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]]
PAPER_HA = np.array([200e3, 150e3, 3.2e6, 6.45e6]) * 0.09


def test_the_published_example():
    """Olofsson et al. 2014, section 5.1: areas with 95 % intervals, accuracies."""
    e = stratified_areas(PAPER, PAPER_HA)
    assert e.adjusted_ha == pytest.approx([21_158, 11_686, 285_770, 581_386], abs=0.6)
    assert 1.96 * e.se_ha == pytest.approx([6158, 3756, 15_510, 16_282], abs=1.0)
    assert (round(e.overall, 2), round(1.96 * e.overall_se, 2)) == (0.95, 0.02)
    assert e.users.round(2).tolist() == [0.88, 0.73, 0.93, 0.96]
    assert (1.96 * e.users_se).round(2).tolist() == [0.07, 0.1, 0.04, 0.02]
    assert e.producers.round(2).tolist() == [0.75, 0.85, 0.93, 0.96]
    assert round(1.96 * float(e.producers_se[0]), 2) == 0.21
    # what one class loses another gains: the errors of all areas cancel
    assert e.adjusted_ha.sum() == pytest.approx(PAPER_HA.sum())
    assert abs(e.covariance_ha2.sum()) < 1e-6 * e.se_ha.max() ** 2


def test_a_perfect_map_keeps_its_areas():
    e = stratified_areas(np.eye(3, dtype=int) * 30, [5.0, 7.0, 11.0])
    assert e.adjusted_ha.tolist() == pytest.approx([5.0, 7.0, 11.0])
    assert e.se_ha.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("counts", "area"),
    [([[1, 2]], [1.0]), ([[5, 0], [0, 1]], [1.0, 1.0]), ([[5, -1], [0, 5]], [1.0, 1.0]),
     ([[5.5, 1], [0, 5]], [1.0, 1.0]), ([[5, 1], [0, 5]], [1.0, np.nan]),
     ([[5, 1], [0, 5]], [0.0, 0.0])],
)  # fmt: skip
def test_matrices_that_are_none(counts, area):
    with pytest.raises(DataError):
        stratified_areas(counts, area)


def test_areas_with_their_error_enter_the_total():
    rows = land(("forest_arbor", "built", 100.0), ("grass_other", "grass_other", 9900.0))
    # of 50 places mapped as lost 40 are; of 200 mapped as stable 2 are lost
    error = matrix_error(rows, ["*>built", "stable"], [[40, 10], [2, 198]], "field check")
    adjusted = 10_000 * (0.01 * 0.8 + 0.99 * 0.01)
    variance = (0.01**2 * 0.8 * 0.2 / 49 + 0.99**2 * 0.01 * 0.99 / 199) * 1e8
    assert error.estimate.adjusted_ha[0] == pytest.approx(adjusted)
    assert error.estimate.se_ha[0] == pytest.approx(variance**0.5)
    r = stock_change(rows, CHOICE, TABLE, years=8.0, area=error, draws=20_000)
    plain = stock_change(rows, CHOICE, TABLE, years=8.0, draws=20_000)
    living, without = r.stock_difference["living"], plain.stock_difference["living"]
    assert living.value == pytest.approx(-42.65 * adjusted)
    # one row, one area: parts, total and stocks before and after are of the adjusted one
    (fall,) = waterfall(rows, CHOICE, TABLE, Period(8.0), area=error, draws=1000).to_dict(
        "records"
    )
    assert (fall["area_ha"], fall["adjusted_ha"]) == (100.0, pytest.approx(adjusted))
    assert fall["living_tc"] == pytest.approx(-42.65 * adjusted)
    parts = [fall[f"{c}_tc"] for c in ("living", "dead_wood", "litter", "soc")]
    assert np.nansum(parts) == pytest.approx(fall["total_tc"])
    assert fall["after_tc"] - fall["before_tc"] == pytest.approx(fall["total_tc"])
    # independent: relative variances of area and density add, and their product
    cv_area = variance**0.5 / adjusted
    cv = abs(without.sd / without.value)
    both = (cv_area**2 + cv**2 + (cv_area * cv) ** 2) ** 0.5
    assert abs(living.sd / living.value) == pytest.approx(both, rel=0.05)


def test_an_error_of_the_survey_widens_the_interval():
    rows = land(("forest_arbor", "built", 100.0), ("forest_arbor", "forest_arbor", 500.0))
    plain = stock_change(rows, CHOICE, TABLE, years=8.0, draws=20_000)
    r = stock_change(
        rows, CHOICE, TABLE, years=8.0, area=area_error_of(0.2, "survey"), draws=20_000
    )
    assert r.stock_difference["total"].value == plain.stock_difference["total"].value
    a, b = (x.stock_difference["total"] for x in (r, plain))
    cv = abs(b.sd / b.value)
    assert abs(a.sd / a.value) == pytest.approx((cv**2 + 0.04 + 0.04 * cv**2) ** 0.5, rel=0.05)


def test_strata_cover_the_land_or_are_refused():
    rows = land(("forest_arbor", "built", 100.0), ("sand", "shrubland", 5.0))
    with pytest.raises(DataError, match="sand>shrubland"):
        matrix_error(rows, ["*>built", "stable"], [[40, 10], [2, 198]], "x")
    # a stratum found in the field and nowhere on the map has no place
    with pytest.raises(DataError, match="stable"):
        matrix_error(rows, ["*>*", "stable"], [[40, 10], [0, 50]], "x")


def test_the_most_special_stratum_takes_the_land():
    rows = land(("a", "b", 1.0), ("a", "c", 2.0), ("d", "b", 4.0), ("a", "a", 8.0))
    strata = ["a>b", "a>*", "*>b", "stable"]
    counts = np.diag([10, 10, 10, 10])
    e = matrix_error(rows, strata, counts, "x")
    assert e.estimate.mapped_ha.tolist() == [1.0, 2.0, 4.0, 8.0]


def test_rows_of_one_kind_are_few_parts():
    n = 20_000
    rows = pd.DataFrame(
        {"before": ["grass_other"] * n, "after": ["forest_arbor"] * n,
         "area_ha": np.full(n, 0.5), "age_years": np.linspace(0, 40, n)}
    )  # fmt: skip
    found = convert(rows, CHOICE, TABLE, Period(8.0))
    assert len(found.parts) < 12


# ------------------------------------------------------------------ what stood before


def test_before_and_after_of_rows_are_what_stood_and_stands():
    rows = land(("forest_arbor", "built", 10.0), planted_before=[2005.0], planted_year=[np.nan])
    each = row_changes(rows, CHOICE, TABLE, Period(8.0, 2023))
    # 10 years in 2015: 2.17 x 10 - 14.9 = 6.8 living, 0.81 litter, 43 soil
    assert each["before_tc"].tolist() == pytest.approx([10 * (6.8 + 0.81 + 43.0)])
    assert each["after_tc"].tolist() == pytest.approx([10 * 43.0])  # soil not estimated


def test_a_planting_year_after_the_earlier_date_says_nothing_of_what_stood():
    rows = land(("forest_arbor", "built", 10.0), planted_before=[2018.0])
    each = row_changes(rows, CHOICE, TABLE, Period(8.0, 2023))
    assert each["living_tc"].tolist() == pytest.approx([-10 * FOREST], rel=1e-6)


def test_a_stand_replaced_within_its_class_is_lost_and_grows():
    rows = land(("forest_arbor", "forest_arbor", 10.0), planted_year=[2016.0])
    found = stock_change(rows, CHOICE, TABLE, years=8.0, to_year=2023, draws=1000)
    # 7 years: 2.17 x 7 - 14.9 = 0.29
    assert found.parts["cleared"].value == pytest.approx(-10 * FOREST, rel=1e-6)
    assert found.parts["standing"].value == pytest.approx(10 * 0.29, rel=1e-6)
    assert found.lines == ("poplar",)


@pytest.mark.parametrize("matrix", [((80, 20, 1), (5, 195)), ((80, 20),), ((80,), (5,))])
def test_a_matrix_that_is_not_square_is_refused_in_words(matrix):
    with pytest.raises(ValueError, match=r"square|方阵"):
        AreaAccuracy(strata=("a>b", "stable"), matrix=matrix, source="test")


def test_a_stratum_named_twice_is_refused():
    with pytest.raises(ValueError, match=r"twice|重复"):
        AreaAccuracy(strata=("stable", "stable"), matrix=((1, 0), (0, 1)), source="test")
