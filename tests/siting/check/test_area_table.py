"""The area table balances as printed."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geoplan.report.area_table import official_rows
from siting.check.area_table import balanced, balanced_areas


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (0.985, 2, 0.99),
        (0.125, 2, 0.13),
        (0.115, 2, 0.12),
        (0.12345, 4, 0.1235),
        (2.675, 2, 2.68),
    ],
)
def test_half_is_rounded_up(value: float, decimals: int, printed: float) -> None:
    """四舍五入 as written in decimals; GB/T 8170-2008 (half to even) would give 0.98, 0.12."""
    assert balanced([value], decimals).tolist() == [printed]


@given(
    st.lists(st.floats(0, 1e5, allow_nan=False), max_size=30),
    st.sampled_from([2, 4]),
)
@example(values=[0.125], decimals=2)
@example(values=[0.985], decimals=2)
def test_rounded_parts_add_up_to_the_rounded_total(values: list[float], decimals: int) -> None:
    parts = balanced(values, decimals)
    step = 10**-decimals
    exact = sum(map(Decimal, values), Decimal())
    # a total a hair below a half is one, as 0.115 is in binary
    total = (exact + Decimal("1e-9")).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    hair = abs(exact / Decimal(step) % 1 - Decimal("0.5")) < Decimal("1e-6")
    assert parts.sum() == pytest.approx(float(total), abs=step if hair else step * 1e-3)
    assert np.round(parts, decimals).tolist() == parts.tolist()
    assert all(abs(p - v) <= step * 1.0001 for p, v in zip(parts, values, strict=True))


def kinds() -> pd.DataFrame:
    # 1/3 ha each of agricultural, construction and unused land: 0.3333 three times would
    # print 0.9999 under a total of 1.0000
    third = 1 / 3
    rows = [
        ("total", "合计", "total", 2 * third, third, 0.0),
        ("agricultural", "农用地", "agricultural land", third, 0.0, 0.0),
        ("cropland", "其中：耕地", "of it cropland", 0.12345, 0.0, 0.0),
        ("construction", "建设用地", "construction land", third, 0.0, 0.0),
        ("unused", "未利用地", "unused land", 0.0, third, 0.0),
        ("unclassified", "无地类", "without land class", 0.0, 0.0, 0.0),
    ]
    names = ["kind", "kind_zh", "kind_en", "collective_ha", "state_ha", "unstated_ha"]
    return pd.DataFrame(rows, columns=names)


def test_official_rows_close_for_both_units() -> None:
    table = official_rows(kinds(), "zh").set_index("项目")
    leaves = ["农用地", "建设用地", "未利用地", "无地类"]
    for column, decimals in (
        ("合计 公顷", 4),
        ("合计 亩", 2),
        ("集体 公顷", 4),
        ("国有 亩", 2),
    ):
        parts = table.loc[leaves, column].sum()
        assert round(parts, decimals) == table.at["合计", column]
    assert table.at["合计", "合计 公顷"] == 1.0
    assert table.at["合计", "合计 亩"] == 15.0
    # 0.12345 ha = 1.85175 mu
    assert table.at["其中：耕地", "合计 公顷"] == pytest.approx(0.12345, abs=0.51e-4)
    assert table.at["其中：耕地", "合计 亩"] == 1.85
    assert not [c for c in table.columns if "未注明" in c]


def test_balanced_areas_by_kind_owner_and_unit() -> None:
    areas = balanced_areas(kinds())
    leaves = ["agricultural", "construction", "unused", "unclassified"]
    for column, decimals in (("total_ha", 4), ("collective_ha", 4), ("state_mu", 2)):
        assert round(areas.loc[leaves, column].sum(), decimals) == areas.at["total", column]
    # three thirds of a hectare are one, and 15 mu; each prints 0.3333 or 0.3334, and 5 mu
    assert areas.at["total", "total_ha"] == 1.0
    assert sorted(areas.loc[leaves[:3], "total_ha"]) == [0.3333, 0.3333, 0.3334]
    assert areas.loc[leaves[:3], "total_mu"].tolist() == [5.0, 5.0, 5.0]
    # a part of agricultural land is rounded by itself: 0.12345 ha x 15 = 1.85175 mu
    assert areas.at["cropland", "collective_mu"] == 1.85
    assert areas.at["cropland", "state_ha"] == 0.0


def test_land_without_an_owner_has_a_column_only_where_there_is_any() -> None:
    table = kinds()
    table.loc[0, "unstated_ha"] = table.loc[5, "unstated_ha"] = 0.25
    shown = official_rows(table, "en").set_index("item")
    assert shown.at["without land class", "ownership not stated ha"] == 0.25
    assert shown.at["total", "ownership not stated mu"] == 3.75
    assert shown.at["total", "total ha"] == 1.25
