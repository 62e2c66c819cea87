"""The coefficient table against the facts it was made from, and bad tables."""

from __future__ import annotations

import csv
from collections import Counter

import numpy as np
import pytest

from carbon_sink.stock.coefficient_file import load_coefficients, read_coefficients
from carbon_sink.stock.coefficients import bounded_shape, spread_of_mean
from carbon_sink.stock.pools import choose_densities, require_depth
from carbon_sink.stock.uncertainty import draw
from gis.errors import ConfigError, DataError
from tests.conftest import ROOT

TABLE = load_coefficients()


def test_all_rows_with_their_grades():
    # carbon_methods.md section 3: A 18, B 115, C 19, T1 39, X 28; a species more adds rows
    found = Counter(r.grade for r in TABLE.all_rows())
    least = {"A": 18, "B": 115, "C": 19, "T1": 39, "X": 28}
    assert set(found) == set(least)
    assert all(found[grade] >= n for grade, n in least.items())
    path = ROOT / "carbon_sink" / "data" / "coefficients.csv"
    with path.open(encoding="utf-8-sig", newline="") as f:
        assert len(TABLE) == len(list(csv.DictReader(f)))
    # section 3.3 trap 7: 94 rows have no spread
    assert sum(not r.has_spread for r in TABLE.all_rows()) >= 94
    assert all(r.source and r.quality for r in TABLE.all_rows())


def test_rows_equal_the_facts(shared):
    with (shared / "facts" / "carbon_coefficients.csv").open(encoding="utf-8") as f:
        facts = list(csv.DictReader(f))
    assert len(facts) <= len(TABLE)
    for row in facts:
        mine = TABLE.peek(f"{row['class']}/{row['pool']}")
        assert mine.unit == row["unit"]
        assert mine.quality == row["quality"]
        for key, value in (("value", mine.value), ("low", mine.low), ("high", mine.high)):
            want = float(row[key]) if row[key] else float("nan")
            np.testing.assert_equal(value, want)


def test_recalled_rows_are_off_until_named():
    row = "tree_params_杨树/CF"
    with pytest.raises(ConfigError, match="off"):
        TABLE[row]
    assert TABLE.switched_on([row])[row].value == 0.496
    assert TABLE.switched_on(["tree_params_杨树"])[row].value == 0.496
    off = [r for r in TABLE.all_rows() if not TABLE.usable(r)]
    # 28 X rows and the two recalled rows of the 2013 Wetlands Supplement
    assert len(off) >= 30
    assert {id(r) for r in TABLE.all_rows() if r.grade == "X"} <= {id(r) for r in off}
    with pytest.raises(ConfigError, match="no such coefficient"):
        TABLE.switched_on(["tree_params_poplar"])


def test_lognormal_gives_back_the_printed_interval():
    # Gansu poplar: 59.44, CV 0.8634, printed 10.42 - 194.28
    row = TABLE["plantation_poplar_杨树/tree_AGB+BGB"]
    x = draw(row, 400_000, 1)
    low, high = np.percentile(x, [2.5, 97.5])
    assert low == pytest.approx(10.42, rel=0.02)
    assert high == pytest.approx(194.28, rel=0.02)
    assert x.mean() == pytest.approx(59.44, rel=0.01)


@pytest.mark.parametrize("row", [r for r in TABLE.all_rows() if r.spread == "triangular"])
def test_bounded_draws_keep_mean_and_range(row):
    x = draw(row, 50_000, 3)
    assert x.min() >= row.low
    assert x.max() <= row.high
    assert x.mean() == pytest.approx(row.value, abs=4 * row.sd / np.sqrt(50_000) + 1e-12)
    assert x.std() == pytest.approx(row.sd, rel=0.03, abs=1e-12)


def test_symmetric_triangle_by_hand():
    # (b - a) / sqrt(24) = 6 / 4.899 = 1.2247
    assert bounded_shape(3.0, 0.0, 6.0)[1] == pytest.approx(6 / np.sqrt(24))


def test_spread_of_a_mean_keeps_the_study_term():
    assert spread_of_mean(0.8634, 10_000, 0.2) == pytest.approx(0.2, rel=1e-3)


def test_assumed_cv_is_labelled():
    t = TABLE.with_assumed_cv(0.3)
    row = t["carbon_fraction_林下植被/凋落物/CF"]
    assert row.spread == "assumed"
    assert row.sd == pytest.approx(0.3 * 0.42)
    assert not row.has_spread
    # a published spread is not overwritten
    assert t["plantation_poplar_杨树/litter"].spread == "lognormal"
    with pytest.raises(ConfigError, match="out of range"):
        TABLE.with_assumed_cv(3.0)


def test_unlike_depths_are_refused():
    rows = [
        TABLE["plantation_poplar_杨树/SOC_0-100cm"],
        TABLE["TIER1_SOCref_HAC_cool_temperate_dry/SOC_0-30cm"],
    ]
    with pytest.raises(ConfigError, match="unlike depths"):
        require_depth(rows, (0, 100), where="x")
    # a depth the source does not state is no depth
    with pytest.raises(ConfigError, match="not stated"):
        require_depth([TABLE["wetland_Yinchuan_plain_all/SOC_density"]], (0, 100), where="x")


def test_each_choice_is_of_one_depth():
    for depth in ((0, 30), (0, 100)):
        chosen = choose_densities(TABLE, depth_cm=depth, zone="cool_temperate_dry")
        rows = [TABLE.peek(i) for d in chosen.values() for i in d.coefficients]
        assert {r.depth_cm for r in rows if r.pool == "soc"} == {depth}
        # nothing recalled is in the default choice
        assert all(TABLE.usable(r) for r in rows)


def test_wetland_choice_dominates():
    # section 0.1: 370 km2 hold 0.99 MtC (26.69) or 3.22 MtC (87)
    area = 37_000.0
    local = choose_densities(
        TABLE, depth_cm=(0, 100), zone="cool_temperate_dry", accept_unconfirmed_depth=True
    )
    tier1 = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")
    assert local["marsh", "soc"].value(TABLE) * area / 1e6 == pytest.approx(0.99, abs=0.005)
    assert tier1["marsh", "soc"].value(TABLE) * area / 1e6 == pytest.approx(3.22, abs=0.005)


HEAD = (
    "id,subject,kind,pool,depth_top_cm,depth_bottom_cm,value,unit,low,high,spread,spread_a,"
    "spread_b,grade,by_name,spread_text,source,doi,quality\n"
)
GOOD = "a/soc,a,stock,soc,0,30,43,tC/ha,,,none,,,B,,,someone,,B\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a/soc,a,stock,soc,0,30,43 tC/ha,tC/ha,,,none,,,B,,,someone,,B\n", "not a number"),
        ("a/soc,a,stock,soc,0,30,43,kg,,,none,,,B,,,someone,,B\n", "unknown unit"),
        ("a/soc,a,stock,soc,0,30,43,tC/ha,50,60,uniform,,,B,,,someone,,B\n", "its own range"),
        ("a/soc,a,stock,soc,30,0,43,tC/ha,,,none,,,B,,,someone,,B\n", "not a soil layer"),
        ("a/soc,a,stock,soc,0,30,43,tC/ha,,,none,,,Z,,,someone,,B\n", "not one of the list"),
        ("a/soc,a,stock,soc,0,30,43,tC/ha,,,none,,,B,,,,,B\n", "where it comes from"),
        (GOOD + GOOD, "used twice"),
        (GOOD + GOOD.replace("a/soc", "a/b").replace("tC/ha", "t d.m./ha"), "two units"),
    ],
)
def test_bad_tables(tmp_path, row, message):
    path = tmp_path / "own.csv"
    path.write_text(HEAD + row, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_coefficients(path)


def test_missing_columns_and_unreadable(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("id,value\nx,1\n", encoding="utf-8")
    with pytest.raises(DataError, match="columns are missing"):
        read_coefficients(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_coefficients(tmp_path / "absent.csv")


def test_own_table_is_read(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    assert read_coefficients(path)["a/soc"].depth_cm == (0, 30)
