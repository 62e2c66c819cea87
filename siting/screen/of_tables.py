"""Screening of land given as tables: no plan file, any rule book, layers already in hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.coverage import Runs, coverage_runs
from gis.cells.grid import Grid, Window, cell_centres, grid_crs, plan_grid
from gis.cells.ragged import ragged
from gis.crs.systems import CrsLike, as_crs, pick_gk_crs, reproject
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.files.read_raster import read_raster
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.catalogue import layer_ids
from layers.open.canonical import canonical
from layers.open.plan_layers import LayerState
from layers.plan.locality import Locality
from layers.plan.model import LayerSource, Plan
from layers.spec import Layer
from layers.units import known as known_unit
from siting.rules import Rule, load_rules
from siting.screen.coded import Screening, effect_of, screen_program, with_missing
from siting.screen.factors import compile_rules
from siting.screen.judged.coarse import coarse_files
from siting.screen.screening import screen as screen_plan
from siting.screen.sources import Bounds, Drawn, Features, MemorySource

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

__all__ = ["TECHNOLOGIES", "TableSource", "screen_land"]

TECHNOLOGIES = ("pv", "wind", "afforest", "wetland", "grass")
CELL_M = (1.0, 500.0)
"""Cells that are neither finer than any map nor coarser than a setback [m]."""


@dataclass(frozen=True)
class TableSource:
    """Layers given as tables, arrays and raster files.

    Attributes
    ----------
    tables
        Features by layer id, in the CRS of the grid, fields as the catalogue names them.
    arrays
        Rasters by layer id: an array with ``x`` and ``y``, or a file.
    others
        What is taken for layers that are not given.
    coarse
        Files of classes too coarse to judge by: they are taken for missing.
    partial
        Layers that lack features.
    """

    tables: Mapping[str, gpd.GeoDataFrame]
    arrays: Mapping[str, xr.DataArray | Path]
    absent: frozenset[str] = frozenset()
    others: Literal["missing", "absent"] = "missing"
    vocabularies: Mapping[str, str] = field(default_factory=dict)
    coarse: frozenset[str] = frozenset()
    partial: frozenset[str] = frozenset()

    def state(self, layer_id: str) -> LayerState:
        """See `siting.screen.sources.Source`."""
        if layer_id in self.coarse:
            return "missing"
        if layer_id in self.tables or layer_id in self.arrays:
            return "available"
        gone = layer_id in self.absent or self.others == "absent"
        return "assumed_absent" if gone else "missing"

    def features(self, layer_id: str) -> Features:
        """See `siting.screen.sources.Source`."""
        return MemorySource(self.tables).features(layer_id)

    def near(self, layer_id: str, box: Bounds) -> Drawn:
        """See `siting.screen.sources.Source`."""
        return MemorySource(self.tables).near(layer_id, box)

    def raster(
        self, layer_id: str, grid: Grid, window: Window
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """See `siting.screen.sources.Source`."""
        given = self.arrays[layer_id]
        spec = layer_of(layer_id)
        if isinstance(given, Path):
            kind = spec.kind
            if kind == "features" or kind == "timeseries":
                raise DataError(say("layers.open.layer_not_raster"), where=layer_id, got=kind)
            return read_raster(given, grid, window, kind=kind)
        return _sampled(given, spec, grid, window)

    def vocabulary(self, layer_id: str) -> str:
        """See `siting.screen.sources.Source`."""
        return self.vocabularies.get(layer_id, "")

    def incomplete(self, layer_id: str) -> bool:
        """See `siting.screen.sources.Source`."""
        return layer_id in self.partial


def _sampled(
    given: xr.DataArray, spec: Layer, grid: Grid, window: Window
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """An array on a window of the grid: classes from the nearest cell, else bilinear."""
    from scipy.interpolate import RegularGridInterpolator  # heavy

    x, y = cell_centres(grid, window)
    east, north = np.meshgrid(x, y)
    crs = given.attrs.get("crs")
    if crs is not None and as_crs(crs) != grid_crs(grid):
        import pyproj

        turn = pyproj.Transformer.from_crs(grid_crs(grid), as_crs(crs), always_xy=True)
        east, north = turn.transform(east, north)
    ordered = given.transpose("y", "x").sortby("y").sortby("x")
    values = np.asarray(ordered.values, dtype=np.float64)
    method = "nearest" if spec.kind == "classes" else "linear"
    at = RegularGridInterpolator(
        (ordered["y"].values, ordered["x"].values),
        values,
        method=method,
        bounds_error=False,
        fill_value=np.nan,
    )
    out = at(np.stack([north, east], axis=-1))
    known = np.isfinite(out)
    if spec.kind == "classes":
        return np.where(known, out, 0).astype(np.int32), known
    # as a file would be read: what was given in double precision stays in it
    wide = given.dtype.itemsize > 4 or given.dtype.kind in "iu"
    return (out if wide else out.astype(np.float32)), known


def _array_faults(layer_id: str, given: xr.DataArray, spec: Layer) -> list[Fault]:
    where = f"layers[{layer_id!r}]"
    if set(given.dims) != {"x", "y"}:
        return [
            Fault(
                say("siting.of_tables.array_needs_x_y"),
                where=where,
                got=listed(map(str, given.dims)),
            )
        ]
    out = []
    said = str(given.attrs.get("unit") or given.attrs.get("units") or "")
    unit = known_unit(said)
    same = said == spec.unit or (unit is not None and unit == known_unit(spec.unit))
    if said and spec.unit and not same:
        out.append(
            Fault(
                say("siting.of_tables.array_other_unit"),
                where=where,
                got=said,
                expected=spec.unit,
            )
        )
    values = np.asarray(given.values, dtype=np.float64)
    finite = values[np.isfinite(values)]
    if spec.kind == "classes" and (finite != np.round(finite)).any():
        out.append(
            Fault(
                say("gis.files.class_codes_must_whole_numbers"),
                where=where,
                got=f"{finite[finite != np.round(finite)][0]:g}",
                todo=say("gis.files.this_layer_classes"),
            )
        )
    if spec.range is not None and finite.size:
        low, high = spec.range
        if float(finite.min()) < low or float(finite.max()) > high:
            out.append(
                Fault(
                    say("siting.of_tables.array_out_of_range"),
                    where=where,
                    got=f"{finite.min():g} .. {finite.max():g}",
                    expected=f"{low:g} .. {high:g} {spec.unit}".strip(),
                    todo=say("siting.of_tables.check_unit_and_nodata"),
                )
            )
    return out


def _own_crs(given: xr.DataArray, land: CrsLike) -> CrsLike:
    """CRS of an array: what its attribute or its ``spatial_ref`` says, else the land's."""
    said = given.attrs.get("crs")
    if said is None and "spatial_ref" in given.coords:
        about = given.coords["spatial_ref"].attrs
        said = about.get("crs_wkt") or about.get("spatial_ref")
    return land if said is None else said


def _sorted_out(
    layers: Mapping[str, Any], crs: CrsLike, own: CrsLike
) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, xr.DataArray | Path], list[Fault]]:
    """Tables in `crs` by canonical names, rasters with their CRS, and what is wrong."""
    import geopandas as gpd
    import xarray as xr

    tables: dict[str, gpd.GeoDataFrame] = {}
    arrays: dict[str, xr.DataArray | Path] = {}
    faults: list[Fault] = []
    for key, given in layers.items():
        where = f"layers[{key!r}]"
        try:
            spec = layer_of(key)
        except ConfigError as err:
            faults += err.faults
            continue
        if spec.kind == "features":
            if not isinstance(given, gpd.GeoDataFrame):
                faults.append(
                    Fault(
                        say("siting.of_tables.layer_is_features"),
                        where=where,
                        got=type(given).__name__,
                        expected="GeoDataFrame",
                    )
                )
            elif given.crs is None:
                faults.append(Fault(say("siting.of_tables.table_without_crs"), where=where))
            else:
                try:
                    table = canonical(given, spec, LayerSource(path=key), where)
                    tables[key] = reproject(table, crs, where)
                except DataError as err:
                    faults += err.faults
        elif isinstance(given, str | Path):
            arrays[key] = Path(given)
        elif isinstance(given, xr.DataArray):
            faults += _array_faults(key, given, spec)
            arrays[key] = given.assign_attrs(crs=_own_crs(given, own))
        else:
            faults.append(
                Fault(
                    say("siting.of_tables.layer_is_raster"),
                    where=where,
                    got=type(given).__name__,
                    expected="xarray.DataArray, Path",
                )
            )
    return tables, arrays, faults


def _land(land: Any, crs: CrsLike | None, names: str) -> tuple[gpd.GeoDataFrame, Any]:  # noqa: ANN401
    """The land in a planar CRS, and that CRS."""
    import geopandas as gpd

    if isinstance(land, gpd.GeoSeries):
        land = gpd.GeoDataFrame(geometry=land)
    if not isinstance(land, gpd.GeoDataFrame):
        raise ConfigError(
            say("siting.of_tables.land_is_table"),
            where="land",
            got=type(land).__name__,
            expected="GeoDataFrame, Plan",
        )
    if land.crs is None:
        raise DataError(say("siting.of_tables.table_without_crs"), where="land")
    shapes = land.geometry.to_numpy()
    if not len(land) or not np.isin(shapely.get_dimensions(shapes), 2).all():
        raise DataError(
            say("siting.of_tables.land_is_polygons"), where="land", got=str(len(land))
        )
    if names and names not in land.columns:
        columns = ", ".join(map(str, land.columns))
        raise ConfigError(
            say("siting.of_tables.no_such_column"), where="names", got=names, expected=columns
        )
    planar = as_crs(land.crs)
    if crs is not None:
        planar = as_crs(crs)
    elif not planar.is_projected or planar.axis_info[0].unit_name != "metre":
        planar = pick_gk_crs(tuple(land.to_crs(4490).total_bounds))
    return reproject(land, planar, "land"), planar


def _rules(
    rules: Sequence[Rule] | Sequence[str | Path] | str | Path | None,
    tech: str,
    as_of: date | None,
    here: Locality | str | None,
) -> tuple[Rule, ...]:
    if rules is not None and not isinstance(rules, str | Path):
        given = tuple(rules)
        if given and isinstance(given[0], Rule):
            return tuple(r for r in given if isinstance(r, Rule) and r.is_filter)
    books = [rules] if isinstance(rules, str | Path) else rules
    found = load_rules(tech, books=books, as_of=as_of, here=here)  # type: ignore[arg-type]
    return tuple(r for r in found if r.is_filter)


def screen_land(
    land: gpd.GeoDataFrame | gpd.GeoSeries | Plan,
    layers: Mapping[str, Any] | None = None,
    *,
    tech: str = "pv",
    rules: Sequence[Rule] | Sequence[str | Path] | str | Path | None = None,
    cell_m: float = 10.0,
    crs: CrsLike | None = None,
    as_of: date | None = None,
    here: Locality | str | None = None,
    absent: Collection[str] = (),
    incomplete: Collection[str] = (),
    others: Literal["missing", "provisional", "absent"] = "missing",
    vocabularies: Mapping[str, str] | None = None,
    names: str = "",
) -> Screening:
    """Where a technology may be built on a piece of land, and which article says so.

    Parameters
    ----------
    land : GeoDataFrame, GeoSeries or Plan
        Polygons with a CRS; or a loaded plan, which brings its own layers and rules (then
        only `tech` is used).
    layers : mapping
        Layer id of the catalogue (``geoplan layers``) -> what is known of it. Features as a
        GeoDataFrame in any CRS, with field names as the catalogue or Chinese data have
        them; rasters as a file or as a DataArray with ``x`` and ``y``, in the CRS it names
        (``attrs["crs"]`` or the coordinate ``spatial_ref``), else the land's. Features
        outside the land count as far as they reach.
    tech : {"pv", "wind", "afforest", "wetland", "grass"}
    rules : sequence of Rule, path or paths, optional
        Rules, or rule books (TOML); the books that come with geoplan when not given.
    cell_m : float
        Side of a cell [m], 1 to 500.
    crs : optional
        Planar CRS in metres to work in; the land's own, or the nearest 3-degree
        Gauss-Krueger zone when the land is in degrees.
    as_of : date, optional
        Day whose law judges; the day of the books when not given.
    here : Locality or str, optional
        County code (``"640221"``): rules of other areas are left out.
    absent : collection of str
        Layers known not to be there; their rules count as not judged and the result is
        provisional.
    incomplete : collection of str
        Layers that lack features (open data): where they have one, rules act as usual; what
        they are silent about is not judged.
    others : {"missing", "provisional", "absent"}
        What every other layer is: missing (its land cannot be judged), missing with the land
        that waits for it told apart (``provisional``, see `siting.screen.judged`), or assumed
        absent.
    vocabularies : mapping, optional
        Layer id -> vocabulary of its codes, where it is not the catalogue's.
    names : str
        Column of `land` with names of parts whose areas are wanted separately.

    Returns
    -------
    Screening
        `areas_by_state` and `rules_table` sum it up, `state_raster` draws it.

    Raises
    ------
    ConfigError
        For an unknown technology, layer or column, a cell size out of range, and rules that
        ask for what their layer does not have.
    DataError
        With all faults of the layers: no CRS, wrong type, missing field, unit or range.

    Examples
    --------
    A village, 300 m of which a rule keeps free, in the middle of 4 km2:

    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> land = gpd.GeoDataFrame(geometry=[box(5e5, 43e5, 502e3, 4302e3)], crs=4544)
    >>> village = gpd.GeoDataFrame(geometry=[Point(501e3, 4301e3).buffer(100)], crs=4544)
    >>> near = [r for r in load_rules("wind") if r.test.type == "within"
    ...         and r.test.layer == "settlement"][:1]
    >>> found = screen_land(land, {"settlement": village}, tech="wind", rules=near)
    >>> from siting.screen.coded import areas_by_state
    >>> sorted(areas_by_state(found))
    ['conditional', 'left', 'taken', 'unknown']
    """
    if tech not in TECHNOLOGIES:
        raise ConfigError(
            say("siting.screen.no_such_technology"),
            where="tech",
            got=tech,
            expected=listed(TECHNOLOGIES),
        )
    if isinstance(land, Plan):
        if layers or rules is not None:
            raise ConfigError(
                say("siting.of_tables.plan_brings_its_own"), where="layers, rules"
            )
        return screen_plan(land, tech)
    if not (np.isfinite(cell_m) and CELL_M[0] <= cell_m <= CELL_M[1]):
        raise ConfigError(
            say("siting.of_tables.cell_out_of_range"),
            where="cell_m",
            got=f"{cell_m:g} m",
            expected=f"{CELL_M[0]:g} .. {CELL_M[1]:g} m",
        )
    table, planar = _land(land, crs, names)
    tables, arrays, faults = _sorted_out(layers or {}, planar, land.crs)
    known_ids = layer_ids()
    faults += [
        Fault(say("siting.of_tables.no_such_layer"), where=where, got=x)
        for where, ids in (("absent", absent), ("incomplete", incomplete))
        for x in ids
        if x not in known_ids
    ]
    raise_faults(DataError, faults)
    source = TableSource(
        tables,
        arrays,
        frozenset(absent),
        "absent" if others == "absent" else "missing",
        dict(vocabularies or {}),
        coarse_files(arrays, cell_m),
        frozenset(incomplete),
    )
    grid = plan_grid(tuple(table.total_bounds), planar, cell_m)
    whole = shapely.union_all(table.geometry.to_numpy())
    chosen = _rules(rules, tech, as_of, here)
    zones = _zones(table, names, grid)
    program = compile_rules(chosen, source, grid, _runs(whole, grid), zones=zones)
    effects = tuple(effect_of(r) for r in program.rules)
    found = screen_program(program, source, effects=effects)
    found = with_missing(found, "provisional" if others == "provisional" else "unknown")
    return replace(found, tech=tech)


def _runs(shape: Any, grid: Grid) -> Runs:  # noqa: ANN401 - a geometry
    return coverage_runs(ragged([shape]), grid)


def _zones(table: gpd.GeoDataFrame, names: str, grid: Grid) -> dict[str, Runs]:
    if not names:
        return {}
    parts = table.dissolve(by=names)
    return {str(k): _runs(v, grid) for k, v in parts.geometry.items()}
