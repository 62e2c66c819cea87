"""A county small enough to be run many times: two strips of parcels, a road, a red line.

The box is that of the bad-input tests, 5.2 x 4.4 km. The red line takes the northern half;
every layer that is not given is assumed absent, so that freed land shows as *left*.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from layers.catalogue import layers as catalogue
from tests.geoplan.test_bad_input import BOX_LL, HEAD, line, parcels, roads, write_plan

__all__ = ["STRICT", "county", "land", "lax", "red_line", "stable_bytes"]

GIVEN = {
    "road": "road.geojson",
    "ecological_red_line": "red.geojson",
    "land_parcels": "dltb.gpkg",
}
STRICT = "small.toml"
"""The plan file with the red line."""


def red_line(folder: Path, share: float = 0.5) -> None:
    """A red line over the northern part of the box."""
    west, south, east, north = BOX_LL
    edge = north - share * (north - south)
    shape = shapely.box(west, edge, east, north)
    gpd.GeoDataFrame({"name": ["红线"]}, geometry=[shape], crs=4490).to_file(
        folder / "red.geojson"
    )


def county(folder: Path, *, cell_m: float = 100.0, more: str = "") -> Path:
    """The plan with all its files in `folder`; the strict one."""
    folder.mkdir(parents=True, exist_ok=True)
    roads(line(), 4490).to_file(folder / "road.geojson")
    red_line(folder)
    parcels(["1205", "1206"], ["沙地", "裸土地"]).to_file(folder / "dltb.gpkg")
    layers = "".join(f'[layers.{k}]\npath = "{v}"\ndate = "2023"\n' for k, v in GIVEN.items())
    layers += "".join(
        f'[layers.{k}]\nassumed_absent = "test"\n'
        for k in sorted(set(catalogue()) - set(GIVEN))
    )
    head = HEAD.replace("cell_m = 100.0", f"cell_m = {cell_m}")
    return write_plan(
        folder, layers, head.replace('techs = ["pv"]\n', f'techs = ["pv"]\n{more}')
    )


def lax(plan: Path) -> Path:
    """The same plan, with the same id, that assumes there is no red line."""
    given = '[layers.ecological_red_line]\npath = "red.geojson"\ndate = "2023"\n'
    text = plan.read_text(encoding="utf-8")
    assert given in text
    other = plan.with_name("lax.toml")
    absent = '[layers.ecological_red_line]\nassumed_absent = "test"\n'
    other.write_text(text.replace(given, absent), encoding="utf-8")
    return other


def summary_of(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return found


def land(run: Path) -> dict[str, float]:
    """Area by state [ha]."""
    found: dict[str, float] = summary_of(run)["screening"]["pv"]["area_ha"]
    return found


def stable_bytes(run: Path) -> dict[str, bytes]:
    """What a run computed, byte by byte: all but the clock and the documents that show it."""
    out = {
        p.relative_to(run).as_posix(): p.read_bytes()
        for p in sorted(run.rglob("*"))
        if p.is_file() and (p.suffix == ".tif" or "steps" in p.relative_to(run).parts)
    }
    summary = summary_of(run)
    del summary["run"]["finished"]
    return out | {"summary.json": json.dumps(summary, sort_keys=True).encode()}
