"""One county told in other ways is the same county; less is never more.

Order, cuts, copies, formats, systems, tiles, engines and layers no rule asks for change no
cell and no area of a run; a stricter rule frees no land, and what is not known is not free.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from siting.screen.coded import STATES
from tests.faults import small_county as sc
from tests.faults.test_interrupted_runs import run
from tests.geoplan.test_bad_input import BOX_LL, parcels

pytestmark = pytest.mark.slow  # whole runs, though small ones

WEST, SOUTH, EAST, NORTH = BOX_LL
MIDDLE = (SOUTH + NORTH) / 2
LEFT, CONDITIONAL, TAKEN, UNKNOWN = (
    STATES.index(s) for s in ("left", "conditional", "taken", "unknown")
)
Change = Callable[[Path], None]
Make = Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]


def county(folder: Path) -> Path:
    """Strips of sand, irrigated land, bare soil and other grassland; road and red line."""
    plan = sc.county(folder, cell_m=50.0)
    codes, names = ["1205", "0102", "1206", "0404"], ["沙地", "水浇地", "裸土地", "其他草地"]
    table = parcels(codes, names)
    table["BSM"] = [f"{i}" for i in range(len(table))]
    table.to_file(folder / "dltb.gpkg")
    sc.red_line(folder, 0.3)
    return plan


class Outcome:
    """What a run says of land and sites."""

    def __init__(self, plan: Path, out: Path) -> None:
        done = run(plan, out)
        self.land = sc.land(done)
        with rasterio.open(done / "eligibility.tif") as src:
            self.states = src.read(1)
        self.sites = sc.summary_of(done)["sites"]

    def same_as(self, other: Outcome) -> None:
        assert self.land == other.land
        assert np.array_equal(self.states, other.states)
        _close(self.sites, other.sites)


def _close(a: Any, b: Any) -> None:
    """Equal, areas to a ten-thousandth: GeoJSON keeps seven decimals, a centimetre."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for k in a:
            _close(a[k], b[k])
    elif isinstance(a, list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            _close(x, y)
    elif isinstance(a, float):
        assert a == pytest.approx(b, rel=1e-4, abs=1e-9, nan_ok=True)
    else:
        assert a == b


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("truth")
    found = Outcome(county(folder), folder / "out")
    # every state but unknown is there, so that a change could show
    assert all(found.land[s] > 0 for s in ("taken",))
    assert sum(v > 0 for v in found.land.values()) >= 2
    return found


def _table(
    folder: Path, name: str, make: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]
) -> None:
    path = folder / name
    table = gpd.read_file(path)
    path.unlink()
    make(table).to_file(path)


def _each(make: Make) -> Change:
    def change(folder: Path) -> None:
        for name in sc.GIVEN.values():
            _table(folder, name, make)

    return change


def _cut(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every feature in two, at its middle."""
    parts = []
    for half in (shapely.box(WEST - 1, MIDDLE, EAST + 1, NORTH + 1),
                 shapely.box(WEST - 1, SOUTH - 1, EAST + 1, MIDDLE)):  # fmt: skip
        one = table.copy()
        one["geometry"] = shapely.intersection(table.geometry.to_numpy(), half)
        parts.append(one[~one.geometry.is_empty])
    out = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=table.crs)
    if "BSM" in out.columns:
        out["BSM"] = [str(i) for i in range(len(out))]
    return out


def _pointed(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A point every 300 m of an edge on the map; in degrees it would be another curve."""
    dense = table.to_crs(4544)
    dense["geometry"] = shapely.segmentize(dense.geometry.to_numpy(), 300.0)
    return dense.to_crs(table.crs)


def _twice(folder: Path) -> None:
    for name in ("road.geojson", "red.geojson"):
        _table(folder, name, lambda t: pd.concat([t, t], ignore_index=True))


def _moved(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    # as many points as keep a straight edge of one system straight in the other
    dense = table.copy()
    dense["geometry"] = shapely.segmentize(table.geometry.to_numpy(), 1e-4)
    return dense.to_crs(4544)


def _as_shapefiles(folder: Path) -> None:
    plan = folder / sc.STRICT
    text = plan.read_text(encoding="utf-8")
    for name in sc.GIVEN.values():
        gpd.read_file(folder / name).to_file(
            (folder / name).with_suffix(".shp"), encoding="GB18030"
        )
        text = text.replace(f'"{name}"', f'"{Path(name).with_suffix(".shp").name}"')
    plan.write_text(text, encoding="utf-8")


def _sections_turned_round(folder: Path) -> None:
    plan = folder / sc.STRICT
    head, *layers = plan.read_text(encoding="utf-8").split("[layers.")
    plan.write_text("[layers.".join([head, *reversed(layers)]), encoding="utf-8")
    assert tomllib.loads(plan.read_text(encoding="utf-8"))["plan"]["id"] == "small"


def _layer_nobody_asks_for(folder: Path) -> None:
    plan = folder / sc.STRICT
    text = plan.read_text(encoding="utf-8")
    absent = '[layers.grass_plots]\nassumed_absent = "test"\n'
    assert absent in text
    points = shapely.points([WEST + 0.01, WEST + 0.02], [MIDDLE, MIDDLE])
    plots = gpd.GeoDataFrame(
        {"plot_id": ["a", "b"], "cover_pct": [30.0, 40.0]}, geometry=points, crs=4490
    )
    plots.to_file(folder / "plots.geojson")
    given = '[layers.grass_plots]\npath = "plots.geojson"\ndate = "2023"\n'
    plan.write_text(text.replace(absent, given), encoding="utf-8")


SAME: dict[str, Change] = {
    "rows turned round": _each(lambda t: t.iloc[::-1].reset_index(drop=True)),
    "columns turned round": _each(lambda t: t[t.columns[::-1]]),
    "every feature in two": _each(_cut),
    "road and red line twice": _twice,
    "points along every edge": _each(_pointed),
    "rings begin elsewhere and turn round": _each(
        lambda t: t.set_geometry(shapely.reverse(t.geometry.to_numpy()), crs=t.crs)
    ),
    "Shapefiles in GB18030": _as_shapefiles,
    "layers of the plan turned round": _sections_turned_round,
    "a layer no rule asks for": _layer_nobody_asks_for,
}


@pytest.mark.parametrize("how", SAME)
def test_the_same_county_told_otherwise(truth, tmp_path, how):
    plan = county(tmp_path)
    SAME[how](tmp_path)
    Outcome(plan, tmp_path / "out").same_as(truth)


def test_the_same_county_in_another_system(truth, tmp_path):
    """Coordinates move by a fraction of a millimetre: a cell on an edge may turn."""
    plan = county(tmp_path)
    for name in sc.GIVEN.values():
        _table(tmp_path, name, _moved) if name.endswith("gpkg") else _in_gpkg(tmp_path, name)
    found = Outcome(plan, tmp_path / "out")
    assert (found.states != truth.states).mean() < 1e-3
    for state, area in truth.land.items():
        assert found.land[state] == pytest.approx(area, abs=2.5)  # ten cells of 0.25 ha


def _in_gpkg(folder: Path, name: str) -> None:
    """GeoJSON is of degrees: what moves to metres moves to a GeoPackage."""
    path = folder / name
    _moved(gpd.read_file(path)).to_file(path.with_suffix(".gpkg"))
    plan = folder / sc.STRICT
    text = plan.read_text(encoding="utf-8")
    plan.write_text(
        text.replace(f'"{name}"', f'"{path.with_suffix(".gpkg").name}"'), encoding="utf-8"
    )


@pytest.mark.parametrize(
    "how",
    [
        {"tile_px": 96},
        {"tile_px": 64, "workers": 3},
        {"engine": "serial"},
        {"engine": "processes", "workers": 2, "tile_px": 64},
    ],
    ids=lambda h: " ".join(f"{k}={v}" for k, v in h.items()),
)
def test_tiles_and_engines_change_nothing(truth, tmp_path, how):
    plan = county(tmp_path)
    lines = "".join(f"{k} = {v!r}\n".replace("'", '"') for k, v in how.items())
    text = plan.read_text(encoding="utf-8")
    plan.write_text(
        text.replace('techs = ["pv"]\n', f'techs = ["pv"]\n{lines}'), encoding="utf-8"
    )
    Outcome(plan, tmp_path / "out").same_as(truth)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_more_red_line_frees_no_land(truth, tmp_path, share):
    plan = county(tmp_path)
    sc.red_line(tmp_path, share)
    found = Outcome(plan, tmp_path / "out")
    assert (found.states[truth.states == TAKEN] == TAKEN).all()
    assert (truth.states[found.states == LEFT] == LEFT).all()
    assert found.land["taken"] > truth.land["taken"]


@pytest.mark.parametrize("layer", sc.GIVEN)
def test_a_layer_that_is_missing_frees_no_land(truth, tmp_path, layer):
    """Without it its rules are not judged: what they took is unknown, and nothing is left
    that was not left with it."""
    plan = county(tmp_path)
    given = f'[layers.{layer}]\npath = "{sc.GIVEN[layer]}"\ndate = "2023"\n'
    text = plan.read_text(encoding="utf-8")
    assert given in text
    plan.write_text(
        text.replace(given, f'[layers.{layer}]\nrequired_from_user = "test"\n'),
        encoding="utf-8",
    )
    found = Outcome(plan, tmp_path / "out")
    assert (truth.states[found.states == LEFT] == LEFT).all()
    was_taken = found.states[truth.states == TAKEN]
    assert np.isin(was_taken, (TAKEN, UNKNOWN)).all()
    assert found.land["unknown"] > truth.land["unknown"]


def test_a_layer_assumed_absent_is_no_unknown_land(truth, tmp_path):
    """The user answers for it: the red line takes no land then, and leaves none unknown."""
    found = Outcome(sc.lax(county(tmp_path)), tmp_path / "out")
    # where the red line took land that other layers leave open, that shows now
    assert np.isin(truth.states[found.states == UNKNOWN], (UNKNOWN, TAKEN)).all()
    assert found.land["taken"] < truth.land["taken"]
    assert (found.states[truth.states == LEFT] == LEFT).all()


# ------------------------------------------------------------------ carbon


def carbon(plan: Path, out: Path) -> dict[str, Any]:
    """Printed values of the carbon step: what drawn numbers would hide is left out."""
    done = run(plan, out, steps=("carbon", "targets"))
    found = sc.summary_of(done)["carbon"]
    return {
        "total_tc": found["total_tc"]["value"],
        "pools_tc": {k: v["value"] for k, v in found["pools_tc"].items()},
        "parcels_ha": found["closure"]["parcels_ha"],
        "not_estimated": found["area_not_estimated_frac"],
    }


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("stock")
    found = carbon(county(folder), folder / "out")
    assert found["total_tc"] > 0
    return found


@pytest.mark.parametrize("how", SAME)
def test_carbon_of_the_same_county_told_otherwise(stock, tmp_path, how):
    plan = county(tmp_path)
    SAME[how](tmp_path)
    _close(carbon(plan, tmp_path / "out"), stock)


def test_parcels_drawn_twice_hold_their_carbon_once(stock, tmp_path):
    plan = county(tmp_path)
    _table(tmp_path, "dltb.gpkg", lambda t: pd.concat([t, t], ignore_index=True))
    _close(carbon(plan, tmp_path / "out"), stock)
