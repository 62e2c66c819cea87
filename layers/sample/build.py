"""Writing the invented county: vector layers, rasters and weather."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from pyarrow import csv

from gis.cells.grid import Grid, cell_centres, cell_size_m, full_window, plan_grid, windows
from gis.crs.systems import transform_points
from gis.files.write import write_cog, write_features
from gis.prepared import points_inside
from gis.say import say
from layers.bundled_county import BUNDLED_LABEL, bundled_county
from layers.plain_json import write_json
from layers.sample.areas import Scene, cell_layers, parcels, townships
from layers.sample.climate import climate_facts, hourly_load, hourly_weather
from layers.sample.drawn import drawn_layers
from layers.sample.earlier import EARLIER_YEAR, disturbances, earlier_parcels
from layers.sample.fields import COARSE, FINE, Field, Place, place_at
from layers.sample.frame import county_data, to_xy
from layers.sample.land import survey
from layers.sample.lattice import lattice, mesh
from layers.sample.lines import line_layers, point_layers
from layers.sample.services import farms, service_layers

if TYPE_CHECKING:
    from layers.sample.size import SampleSize

__all__ = ["build_sample", "scene_of"]

ADCODE = "640221"
_COARSE_CELL_M = 1000.0
_MARGIN_M = 3_000.0
_FULL_FIELD_M = 120.0  # coarseness is told against the full county


def scene_of(size: SampleSize) -> Scene:
    """The county, its lattice and what lies on it."""
    crs = county_data()["frame"]["crs"]
    stored = bundled_county(ADCODE).geometry_ll

    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transform_points(xy[:, 0], xy[:, 1], "EPSG:4326", crs))

    county = shapely.transform(stored, move)
    grid = lattice(size.field_m[0] / 1000, size.field_m[1] / 1000, size.ditch_m / 1000)
    land = survey(grid)
    x, y = to_xy(land.u_km, land.v_km)
    reach = 1500.0 + 8 * max(size.field_m)  # half a merged block beyond the border
    near = points_inside(county.simplify(300).buffer(reach, quad_segs=2), x, y)
    return Scene(
        county=county,
        grid=grid,
        net=mesh(grid, size.inner),
        land=land,
        near=near,
        scale=size.field_m[0] / _FULL_FIELD_M,
        crs=crs,
    )


_SYNTHETIC = {"synthetic": "true", "source": "geoplan sample county (invented)"}


def _write_layer(path: Path, name: str, table: gpd.GeoDataFrame) -> None:
    table = table.copy()
    table["synthetic"] = True
    if path.suffix == ".gpkg":
        write_features(path, name, table, metadata=_SYNTHETIC)
    else:  # one small file a layer: quick to write, and its checksum is its own
        table.to_file(path, driver="FlatGeobuf", engine="pyogrio")


_TILE_PX = 512
Part = tuple[tuple[slice, slice], Place]


def _places(folder: Path, scene: Scene, grid: Grid) -> Callable[[], Iterator[Part]]:
    """Where the cells of a grid are: looked up once, kept in files, read by windows."""
    shape = (int(grid.shape[0]), int(grid.shape[1]))
    kinds = {"u": "f4", "v": "f4", "code": "i2", "landscape": "i1"}
    held = {
        k: np.lib.format.open_memmap(folder / f"{k}.npy", mode="w+", dtype=d, shape=shape)
        for k, d in kinds.items()
    }
    parts = windows(grid, _TILE_PX)

    def look(window: tuple[slice, slice]) -> None:
        place = place_at(scene.grid, scene.land, *cell_centres(grid, window))
        found = (place.u_km, place.v_km, place.code, place.landscape)
        for array, values in zip(held.values(), found, strict=True):
            array[window] = values

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, parts))

    def again() -> Iterator[Part]:
        for window in parts:
            u, v = (np.asarray(held[k][window], np.float64) for k in ("u", "v"))
            code, landscape = np.asarray(held["code"][window]), held["landscape"][window]
            yield window, Place(u, v, code, np.asarray(landscape))

    return again


def _write_field(path: Path, grid: Grid, field: Field, places: Iterable[Part]) -> None:
    """Write all bands of a raster layer, block by block."""
    whole = not field.dtype.startswith("float")

    def stored(values: npt.NDArray[np.float64]) -> npt.NDArray[np.generic]:
        scaled = values / field.scale
        return (np.round(scaled) if whole else scaled).astype(field.dtype)

    def parts() -> Iterator[tuple[tuple[slice, slice], npt.NDArray[np.generic]]]:
        for window, place in places:
            first = field.value(place)
            rest = [np.where(first > 0, first * s, first) for s in field.shares.values()]
            yield window, np.stack([stored(v) for v in (first, *rest)])

    write_cog(
        path,
        parts(),
        grid,
        dtype=field.dtype,
        nodata=field.nodata,
        tags={**_SYNTHETIC, "scale": str(field.scale)},
        descriptions=[field.name, *field.shares],
        overviews=False,
    )


def _rasters(folder: Path, scene: Scene, cell_m: float) -> None:
    bounds = scene.county.buffer(_MARGIN_M, quad_segs=2).bounds
    for fields, cell in ((FINE, cell_m), (COARSE, max(_COARSE_CELL_M, cell_m))):
        grid = plan_grid(bounds, scene.crs, cell)
        with TemporaryDirectory(
            dir=folder, prefix=".places-", ignore_cleanup_errors=True
        ) as held:
            places = _places(Path(held), scene, grid)
            with ThreadPoolExecutor(2) as pool:
                jobs = [
                    pool.submit(_write_field, folder / f"{name}.tif", grid, field, places())
                    for name, field in fields.items()
                ]
                for job in jobs:
                    job.result()
            del places


def _people(path: Path, scene: Scene, cell_m: float, settlements: gpd.GeoDataFrame) -> None:
    """People of the settlements by cells, each where its land lies: one county, one number."""
    bounds = scene.county.buffer(_MARGIN_M, quad_segs=2).bounds
    grid = plan_grid(bounds, scene.crs, max(_COARSE_CELL_M, cell_m))
    x, y = cell_centres(grid, full_window(grid))
    x, y = (v.ravel() for v in np.broadcast_arrays(np.ravel(x)[None, :], np.ravel(y)[:, None]))
    half = cell_size_m(grid) / 2.0
    cells = shapely.box(x - half, y - half, x + half, y + half)
    own = np.asarray(settlements.geometry.array, dtype=object)
    k, cell = shapely.STRtree(cells).query(own, predicate="intersects")
    part = shapely.area(shapely.intersection(own[k], cells[cell])) / shapely.area(own)[k]
    lived = settlements["population"].to_numpy(float)
    people = np.bincount(cell, lived[k] * part, len(cells)).reshape(grid.shape)
    write_cog(
        path,
        ((w, people[w][None].astype(np.float32)) for w in windows(grid, _TILE_PX)),
        grid,
        dtype="float32",
        nodata=-9999.0,
        tags={**_SYNTHETIC, "scale": "1.0"},
        descriptions=["persons"],
        overviews=False,
    )


def _weather(path: Path, years: int) -> None:
    f = climate_facts()
    table = hourly_weather(years)
    head = {
        "synthetic": "true",
        "source": say("layers.sources.sample_weather")("en"),
        "lon": f["lon"],
        "lat": f["lat"],
        "altitude_m": f["altitude_m"],
        "tz": f["tz"],
        "label": "mid",
        "typical_year": "false",
    }
    body = io.BytesIO()
    csv.write_csv(pa.Table.from_pandas(table, preserve_index=False), body)
    text = "".join(f"# {k}: {v}\n" for k, v in head.items()).encode()
    path.write_bytes(text + body.getvalue())


def build_sample(folder: Path, size: SampleSize) -> dict[str, float]:
    """Write all files of the sample county into `folder`.

    Parameters
    ----------
    folder : Path
        An empty folder.
    size : SampleSize
        How finely to draw.

    Returns
    -------
    dict
        Seconds by part, for the benchmarks.
    """
    spent: dict[str, float] = {}
    last = time.perf_counter()

    def tick(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        spent[name] = now - last
        last = now

    scene = scene_of(size)
    tick("scene")
    survey_table = parcels(scene)
    _write_layer(folder / "land_parcels.gpkg", "land_parcels", survey_table)
    tick("land_parcels")
    earlier = earlier_parcels(scene)
    _write_layer(folder / f"land_parcels_{EARLIER_YEAR}.fgb", "land_parcels", earlier)
    tick("earlier survey")
    tables = {"townships": townships(scene), **cell_layers(scene)}
    tables["livestock_farms"] = farms(scene, tables["livestock_farms"])
    tables |= drawn_layers(scene, tables)
    tables |= line_layers(scene) | point_layers(scene) | service_layers(scene)
    tables["disturbance"] = disturbances(scene)
    tick("shapes")
    county = gpd.GeoDataFrame({"name": ["平罗县"]}, geometry=[scene.county], crs=scene.crs)
    for name, table in {"county": county, **tables}.items():
        _write_layer(folder / f"{name}.fgb", name, table)
    tick("features")
    _rasters(folder, scene, size.cell_m)
    _people(folder / "population.tif", scene, size.cell_m, tables["settlement"])
    tick("rasters")
    _weather(folder / "weather.csv", size.years)
    hourly_load().to_csv(folder / "load_park.csv", index=False)
    tick("weather")
    about = {
        "synthetic": True,
        "boundary": BUNDLED_LABEL.model_dump(),
        "layers": {"land_parcels": len(survey_table), **{k: len(t) for k, t in tables.items()}},
        "crs": scene.crs,
        "cell_m": size.cell_m,
    }
    write_json(folder / "about.json", about)
    return spent
