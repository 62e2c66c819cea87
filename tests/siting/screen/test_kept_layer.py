"""A layer asked often answers as one asked once: attributes, half widths, conditions."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.rules.features import half_widths
from siting.rules.where import Condition, matches
from siting.screen.drawn import features
from siting.screen.drawn.features import KeptLayer


def roads(n: int = 60) -> gpd.GeoDataFrame:
    """Lines of several classes, a few without a class or a width, and one polygon."""
    rng = np.random.default_rng(5)
    at = rng.uniform(0.0, 10_000.0, (n, 2))
    lines = [shapely.LineString([p, p + rng.uniform(-400, 400, 2)]) for p in at]
    lines[7] = shapely.box(*at[7], *(at[7] + 50.0))
    classes = rng.choice(["national", "county", "village", " ", None], n)
    width = np.where(rng.random(n) < 0.3, 12.0, np.nan)
    return gpd.GeoDataFrame(
        {"road_class": classes, "width_m": width, "lanes": rng.integers(1, 5, n)},
        geometry=lines,
        crs=4544,
    )


def test_the_twentieth_piece_of_land_is_answered_as_the_first():
    table = roads()
    kept = KeptLayer(table, "road")
    conditions = [
        {"road_class": ("national", "county")},
        {"road_class": Condition.model_validate({"not": ["village"]})},
        {"lanes": Condition(min=3), "width_m": Condition(gt=10.0, missing="miss")},
        {"no_such_field": "x"},
        {},
    ]
    rng = np.random.default_rng(6)
    often = 0
    for _ in range(20):
        x, y = rng.uniform(0.0, 9_000.0, 2)
        box = (x, y, x + 1_500.0, y + 1_500.0)
        drawn = kept.near(box)
        # plainly: the features whose boxes touch, each looked at by itself
        b = table.geometry.bounds.to_numpy()
        touch = (b[:, 2] >= box[0]) & (b[:, 0] <= box[2])
        touch &= (b[:, 3] >= box[1]) & (b[:, 1] <= box[3])
        own = table[touch].reset_index(drop=True)
        assert shapely.equals_exact(drawn.shapes, own.geometry.to_numpy()).all()
        pd.testing.assert_frame_equal(
            drawn.table, pd.DataFrame(own.drop(columns="geometry")), check_dtype=True
        )
        np.testing.assert_array_equal(drawn.half_width_m, half_widths("road", own))
        for where in conditions:
            found, want = drawn.meant(where), matches(where, own)
            np.testing.assert_array_equal(found.hit, want.hit)
            np.testing.assert_array_equal(found.unknown, want.unknown)
        often += drawn.layer is not None
    assert often == 20 - features._FEW
    assert len(kept._meant) == len(conditions)
