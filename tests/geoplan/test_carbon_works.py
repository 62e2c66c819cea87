"""The page of a named work says what is known and nothing twice."""

from __future__ import annotations

import pytest

from carbon_sink.potential.outcome import WorkSummary
from geoplan.report.carbon.works import _page
from geoplan.report.document import Table
from layers.spec import Text

NOTHING = {
    k: None
    for k in WorkSummary.model_fields
    if k.endswith(("_ha", "_tc", "_m3_yr", "_tco2e_yr"))
}


def work(**more) -> WorkSummary:
    body = NOTHING | {
        "id": "w", "title": Text(zh="瀚泉海", en="Hanquanhai"), "action": "greening",
        "status": "official", "located": False, "own_page": True, "missing_zh": "边界",
        "missing_en": "boundary", "water_source": "", "published": (), "quote": "q",
        "section": "s", "note": None,
    }  # fmt: skip
    return WorkSummary(**(body | more))


def rows(one: WorkSummary, lang: str) -> dict[str, str]:
    table = next(b for b in _page(one, lang) if isinstance(b, Table))
    return {str(k): str(v) for k, v in table.rows}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_work_without_a_boundary_has_no_interval_of_nothing(lang):
    told = rows(work(), lang)
    assert not [v for v in told.values() if "(—)" in v or "()" in v]
    # place, area, water, stock, gain and what is missing: no rows about land nobody knows
    assert len(told) == 6


def test_a_figure_without_an_interval_stands_alone():
    place = {"located": True, "area_ha": 12.0, "stock_tc": 1234.0}
    told = rows(work(**place), "en")
    assert told["Carbon on it (95 % interval)"] == "1,234 tC"
    # greening retires no farmland: there is no row for it
    assert not [k for k in told if "wetland" in k]
    wet = rows(work(**place, action="wetland", low_tc=1000.0, high_tc=1500.0), "en")
    assert wet["Carbon on it (95 % interval)"] == "1,234 tC (1,000 – 1,500)"
    assert [k for k in wet if "wetland" in k]
