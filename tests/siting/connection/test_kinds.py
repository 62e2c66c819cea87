"""PV and wind sites on the same land, and every sentence that adds them up."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from siting.connection.capacity import capacity_of, capacity_words
from siting.connection.kinds import same_land_words, shared_land_ha
from siting.connection.words import target_words

X, Y = 400_000.0, 4_300_000.0


def rect(x0, y0, x1, y1):
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


@pytest.fixture
def sites():
    """A of 1 x 1 km with W1 on its western half and W2 on the middle of that: W2 is in W1.

    B touches W3 in a line; C is provisional, nobody knows the capacity of W4 on D.
    """
    return gpd.GeoDataFrame(
        {
            "site_id": ["A", "B", "C", "D", "W1", "W2", "W3", "W4"],
            "tech": ["pv"] * 4 + ["wind"] * 4,
            "capacity_mw": [60.0, 50.0, 40.0, 30.0, 20.0, 10.0, 5.0, np.nan],
            "unconditional_frac": 1.0,
            "provisional": [False, False, True, False] + [False] * 4,
        },
        geometry=[
            rect(0, 0, 1000, 1000),
            rect(2000, 0, 3000, 1000),
            rect(4000, 0, 5000, 1000),
            rect(6000, 0, 7000, 1000),
            rect(0, 0, 500, 1000),
            rect(200, 0, 400, 1000),
            rect(3000, 0, 4100, 1000),
            rect(6000, 0, 7000, 1000),
        ],
        crs="EPSG:4544",
    )


def test_land_of_both_kinds_counts_once(sites):
    """50 ha of A: the 20 ha of W2 lie in W1. Nothing of a line, of C or of D."""
    found = shared_land_ha(sites)
    assert found.tolist() == pytest.approx([50.0, 0, 0, 0, 50.0, 20.0, 0, 0], rel=1e-3)


def test_the_sum_of_both_kinds_says_the_land_they_share(sites):
    own = sites.assign(shared_ha=shared_land_ha(sites))
    table = pd.DataFrame(own.drop(columns="geometry"))
    found = capacity_of(table, dc_ac_ratio=1.2)
    assert found.with_approvals_mw == 60 + 50 + 30 + 20 + 10 + 5
    assert found.shared_ha == pytest.approx(50.0, rel=1e-3)
    assert "50.0 ha in common" in capacity_words(found)("en")
    assert "50.0 公顷是同一块地" in capacity_words(found)("zh")
    # one kind alone adds nothing up
    pv = capacity_of(table[table["tech"] == "pv"], dc_ac_ratio=1.2)
    assert pv.shared_ha == 0.0
    assert "in common" not in capacity_words(pv)("en")


def test_it_is_told_once_with_the_sites(sites):
    (text,) = same_land_words(sites.assign(shared_ha=shared_land_ha(sites)))
    assert "50.0 ha" in text("en")
    assert all(name in text("en") for name in ("A", "W1", "W2"))
    assert "B" not in text("zh")
    apart = sites[sites["site_id"].isin(["B", "W1"])]
    assert same_land_words(apart.assign(shared_ha=shared_land_ha(apart))) == ()


def test_a_target_met_with_sites_of_both_says_so():
    row = {
        "met_by_plants": False, "blocked_by": "permit", "met_with": "approvals",
        "title_zh": "装机", "title_en": "capacity", "year": 2030, "gap_mw": 30.0,
        "short_mw": 0.0, "storage_needed_mw": float("nan"), "storage_mw": float("nan"),
        "sites_shared_ha": 50.0,
    }  # fmt: skip
    assert "50.0 ha in common" in target_words(row)("en")
    assert "in common" not in target_words({**row, "sites_shared_ha": float("nan")})("en")
    over = {**row, "blocked_by": "plants", "met_with": "none"}
    assert "in common" not in target_words(over)("en")
