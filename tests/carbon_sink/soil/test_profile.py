"""Soil profiles: published layered table, hand calculation, and what is refused."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_sink.soil.profile import SoilLayer, profile_stock
from carbon_sink.soil.samples import class_means, profiles_of
from carbon_sink.stock.coefficient_file import load_coefficients
from gis.errors import DataError

# Chen Wen et al. 2021 (ChinaXiv-202103.00092V1), table 3: organic carbon of five layers
# of 20 cm under plants of the Mu Us sandy land [kg/m2], and the row of the coefficient table
MU_US = {
    "sandy_land_bare_moving_sand_裸沙": (0.19, 0.09, 0.14, 0.13, 0.18),
    "sandy_land_Pinus_sylvestris_14yr_樟子松": (0.35, 0.27, 0.20, 0.26, 0.28),
    "sandy_land_Amorpha_14yr_紫穗槐": (0.42, 0.32, 0.35, 0.31, 0.29),
    "sandy_land_alfalfa_5yr_苜蓿": (0.45, 0.32, 0.41, 0.24, 0.24),
    "sandy_land_Hedysarum_14yr_花棒": (0.49, 0.40, 0.37, 0.28, 0.28),
    "sandy_land_Artemisia_15yr_沙蒿": (0.29, 0.22, 0.21, 0.27, 0.26),
    "sandy_land_Amygdalus_14yr_长柄扁桃": (0.39, 0.35, 0.39, 0.44, 0.38),
}


def layers_of(values):
    return [SoilLayer(20.0 * i, 20.0 * i + 20, stock_kg_m2=v) for i, v in enumerate(values)]


@pytest.mark.parametrize("key", MU_US)
def test_layered_table_of_the_mu_us_adds_up_to_the_row(key):
    row = load_coefficients()[f"{key}/SOC_0-100cm"]
    got = profile_stock(layers_of(MU_US[key]), 100)
    assert got.tc_ha == pytest.approx(row.value, abs=1e-9)
    assert got.depth_cm == row.depth_cm == (0, 100)


def test_30_cm_of_the_same_sand_cuts_the_second_layer():
    # 0.19 + half of 0.09 kg/m2 = 2.35 tC/ha
    got = profile_stock(layers_of(MU_US["sandy_land_bare_moving_sand_裸沙"]), 30)
    assert got.tc_ha == pytest.approx(2.35)
    assert got.cut_layer


def test_by_hand_with_stones_and_organic_matter():
    # 17.24 g/kg of matter / 1.724 = 10 g/kg; x 1.3 x 30 cm x (1 - 0.2) x 0.1 = 31.2 tC/ha
    layer = SoilLayer(0, 30, 1.3, som_g_kg=17.24, stones_frac=0.2)
    got = profile_stock([layer], 30, som_factor=1.724)
    assert got.tc_ha == pytest.approx(31.2)
    assert got.som_factor == 1.724


@pytest.mark.parametrize(
    ("layers", "word"),
    [
        ([SoilLayer(0, 10, 1.3, 10), SoilLayer(20, 30, 1.3, 8)], "gap"),
        ([SoilLayer(0, 20, 1.3, 10), SoilLayer(10, 30, 1.3, 8)], "overlap"),
        ([SoilLayer(5, 30, 1.3, 10)], "gap"),
        ([SoilLayer(0, 20, 1.3, 10)], "ends above"),
        ([SoilLayer(0, 30, soc_g_kg=10)], "bulk density"),
        ([SoilLayer(0, 30, 13.0, 10)], "cannot be"),
        ([SoilLayer(0, 30, 1.3)], "no organic carbon"),
        ([SoilLayer(0, 30, 1.3, 10, som_g_kg=17)], "which one counts"),
        ([SoilLayer(0, 30, 1.3, som_g_kg=17)], "factor"),
        ([SoilLayer(0, 30, 1.3, 10, stones_frac=20)], "stones"),
        ([SoilLayer(0, 30, 1.3, 900)], "cannot be"),
        ([SoilLayer(30, 0, 1.3, 9)], "no layer"),
        ([], "no layer"),
    ],
)
def test_faults_are_refused_in_both_languages(layers, word):
    with pytest.raises(DataError) as err:
        profile_stock(layers, 30, profile="P7")
    assert word in err.value.text("en")
    assert "P7" in err.value.text("en")
    assert any("\u4e00" <= c <= "\u9fff" for c in err.value.text("zh"))


def test_beyond_the_last_layer_only_when_said():
    layers = [SoilLayer(0, 20, 1.5, 8.0)]
    got = profile_stock(layers, 30, below="last_layer")
    assert got.tc_ha == pytest.approx(8.0 * 1.5 * 30 * 0.1)
    assert got.extended_cm == 10.0
    assert got.assumed_no_stones == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(1, 40), min_size=1, max_size=6), st.floats(0.8, 1.8), st.floats(0, 60)
)
def test_splitting_a_layer_changes_nothing(thick, bd, soc):
    tops = [math.fsum(thick[:i]) for i in range(len(thick) + 1)]
    depth = max(int(tops[-1]), 1)
    if tops[-1] < depth:
        return
    whole = [SoilLayer(0, tops[-1], bd, soc)]
    split = [SoilLayer(a, b, bd, soc) for a, b in itertools.pairwise(tops)]
    one, many = profile_stock(whole, depth), profile_stock(split, depth)
    assert many.tc_ha == pytest.approx(one.tc_ha, rel=1e-9, abs=1e-9)


def table(**more):
    base = {
        "profile_id": ["a", "a", "b", "c", "c"],
        "top_cm": [0, 20, 0, 0, 40],
        "bottom_cm": [20, 40, 30, 20, 60],
        "bulk_density_g_cm3": [1.4, 1.5, 1.2, 1.3, 1.3],
        "soc_g_kg": [10.0, 8.0, 12.0, 9.0, 5.0],
        "stones_pct": [0.0, 0.0, 10.0, 0.0, 0.0],
        "land_class": ["林地", "林地", "林地", "草地", "草地"],
    }
    return pd.DataFrame({**base, **more})


def test_profiles_keep_the_reason_of_a_refusal():
    got = profiles_of(table(), 30).set_index("profile_id")
    assert got.loc["a", "tc_ha"] == pytest.approx(28.0 + 12.0)
    assert got.loc["b", "tc_ha"] == pytest.approx(12 * 1.2 * 30 * 0.9 * 0.1)
    assert math.isnan(got.loc["c", "tc_ha"])
    assert "gap" in got.loc["c", "refused_en"]
    assert "空缺" in got.loc["c", "refused_zh"]


def test_mean_of_a_class_and_its_error():
    got = class_means(profiles_of(table(), 30)).set_index("land_class")
    a, b = 40.0, 12 * 1.2 * 30 * 0.9 * 0.1
    assert got.loc["林地", "mean_tc_ha"] == pytest.approx((a + b) / 2)
    # sd of two values is |a - b| / sqrt 2, the error of their mean |a - b| / 2
    assert got.loc["林地", "se_tc_ha"] == pytest.approx(abs(a - b) / 2)
    assert "草地" not in got.index  # its only profile is refused


def test_depths_are_never_mixed():
    one, other = profiles_of(table(), 30), profiles_of(table(), 20)
    with pytest.raises(DataError, match="unlike depths"):
        class_means(pd.concat([one, other]))
