"""A strip of land with a few things drawn at its west end, judged on a day of law.

100 cells of 1 m in a row; what is drawn covers the first ten. Every layer not drawn is known to
hold nothing, so that a state that is not *left* comes from what is drawn, or from a law nobody
knows for the day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.cells.grid import plan_grid
from gis.cells.rasterize import coverage_runs, ragged
from layers.catalogue import layer as layer_of
from layers.catalogue import layer_ids
from siting.rules import Override, load_rules
from siting.screen.coded import CONDITIONAL, LEFT, TAKEN, UNDECIDED, screen_program
from siting.screen.factors import compile_rules
from siting.screen.screening import about_land_of
from siting.screen.sources import MemorySource

TODAY = date(2026, 11, 27)
CRS = 4544
X, Y = 500_000.0, 4_300_000.0
CELLS, DRAWN = 100, 10
GRID = plan_grid((X, Y, X + CELLS, Y + 1), CRS, 1)
COUNTY = coverage_runs(ragged([shapely.box(X, Y, X + CELLS, Y + 1)]), GRID)
PATCH = shapely.box(X, Y - 50, X + DRAWN, Y + 51)
REST = shapely.box(X + DRAWN, Y - 50, X + 4 * CELLS, Y + 51)
NAMES = {LEFT: "left", CONDITIONAL: "conditional", TAKEN: "taken", UNDECIDED: "unknown"}
# a county of Ningxia in the basin of the Yellow River
HERE = "640221"
# land nobody forbids and nobody favours: the parcels around what is drawn
PLAIN = "0602"

Layers = Mapping[str, Mapping[str, Any]]


def _table(layer_id: str, row: Mapping[str, Any]) -> gpd.GeoDataFrame:
    patch = gpd.GeoDataFrame({k: [v] for k, v in row.items()}, geometry=[PATCH], crs=CRS)
    if layer_of(layer_id).unknown != "unknown":
        return patch
    plain = {k: [PLAIN if k == "dlbm" else None] for k in row}
    rest = gpd.GeoDataFrame(plain, geometry=[REST], crs=CRS)
    return pd.concat([patch, rest], ignore_index=True)


def strip(
    question: str,
    layers: Layers,
    day: date = TODAY,
    *,
    scenario: str = "base",
    project: str = "new",
    part: str = "",
    rain_mm: float | None = None,
    without: Sequence[str] = (),
    here: str | None = HERE,
) -> list[str]:
    """State of every cell of the strip, from west to east.

    Parameters
    ----------
    question
        pv, wind, afforest, wetland or grass.
    layers
        Layer id -> fields of the one feature drawn.
    part
        Part of the project in place of the one that takes the land.
    rain_mm
        Yearly rain of the whole strip.
    without
        Rules left out.
    """
    rules = load_rules(
        question,
        as_of=day,
        scenario=scenario,  # type: ignore[arg-type]
        project=project,  # type: ignore[arg-type]
        here=here,
        hub_height_m=100.0,
        rotor_radius_m=80.0,
        overrides=[Override(id=i, reason="left out", off=True) for i in without],
    )
    rules = tuple(
        r
        for r in rules
        if r.is_filter
        and ((not r.parts or part in r.parts) if part else about_land_of(r, question))
    )
    rasters = {}
    if rain_mm is not None:
        rain = np.full(GRID.shape, rain_mm, np.float32)
        rasters["annual_rainfall"] = (rain, np.ones(GRID.shape, bool))
    source = MemorySource(
        {k: _table(k, row) for k, row in layers.items()},
        rasters,
        GRID,
        absent=frozenset(layer_ids()) - set(layers) - set(rasters),
        vocabularies={"land_parcels": "dlbm"},
    )
    found = screen_program(
        compile_rules(list(rules), source, GRID, COUNTY), source, engine="serial"
    )
    return [NAMES[int(s)] for s in found.state[found.code][0]]


def state(question: str, layers: Layers, day: date = TODAY, **how: Any) -> str:
    """State of what is drawn."""
    return strip(question, layers, day, **how)[0]


def reach_m(question: str, layers: Layers, day: date = TODAY, **how: Any) -> int:
    """How far from its edge what is drawn still changes the state, in whole metres."""
    cells = strip(question, layers, day, **how)
    return sum(c != "left" for c in cells) - DRAWN
