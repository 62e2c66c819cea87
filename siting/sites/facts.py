"""What is known about each site: land classes, ground, sun, approvals, roads, other plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha, to_mu
from gis.cells.by_label import codes_of_label
from gis.cells.cell_area import area_rows
from gis.cells.grid import Grid, cell_size_m, grid_crs, origin, plan_grid
from gis.cells.runs import RunRaster
from gis.cells.terrain import aspect_deg, slope_deg
from gis.cells.zonal import zonal_means
from gis.prepared import prepared
from layers.catalogue import layer as layer_of
from layers.open.plan_layers import open_features, open_raster
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "approvals",
    "dlbm_areas",
    "ground_facts",
    "holder_of",
    "land_by_code",
    "largest_of",
    "nearest_road",
    "overlaps",
]

Shapes = npt.NDArray[np.object_]
Index = npt.NDArray[np.intp]

_SPECK_M2 = 1.0
_SHARED_OUT = 1e-3
_SPECK_HA = 0.01
_MOST = 0.5  # a zone holds a site with more than half of it
# what other plans and rights a site may lie in; none of them is a rule here
_OTHERS = (
    "planned_projects",
    "existing_pv",
    "industrial_park",
    "urban_growth_boundary",
    "restoration_projects",
    "mining_right",
    "mining_subsidence",
    "spatial_plan",
)


def largest_of(sites: Shapes, areas: gpd.GeoDataFrame | None, field: str) -> list[str]:
    """Name of the area each site has the largest part in; empty where in none."""
    return _largest(sites, areas, field)[0]


def holder_of(
    sites: Shapes, areas: gpd.GeoDataFrame | None, field: str
) -> tuple[list[str], list[str], npt.NDArray[np.float64]]:
    """The area that holds most of each site, the one it has the largest part in, and its share.

    Parameters
    ----------
    sites : (n,) of shapely polygon
    areas : GeoDataFrame or None
        ``field`` and geometry, in the CRS of the sites; they may overlap.
    field : str

    Returns
    -------
    holder : list of str
        Empty where no area holds more than half of a site.
    largest : list of str
        Empty where the site lies in none.
    share : (n,) float
        Of the site in `largest` [0-1].

    Examples
    --------
    >>> import geopandas as gpd
    >>> zones = gpd.GeoDataFrame({"zone": ["a"]}, geometry=[shapely.box(0, 0, 10, 10)])
    >>> two = np.array([shapely.box(0, 0, 4, 4), shapely.box(9, 0, 19, 1)], dtype=object)
    >>> holder_of(two, zones, "zone")
    (['a', ''], ['a', 'a'], array([1. , 0.1]))
    """
    largest, part = _largest(sites, areas, field)
    share = part / shapely.area(sites) if len(sites) else part
    share = np.minimum(share, 1.0)
    holder = [k if s > _MOST else "" for k, s in zip(largest, share, strict=True)]
    return holder, largest, share


def _largest(
    sites: Shapes, areas: gpd.GeoDataFrame | None, field: str
) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Name of the area each site has the largest part in, and how large that is [m2]."""
    out = [""] * len(sites)
    part = np.zeros(len(sites))
    if areas is None or not len(areas):
        return out, part
    shapes = np.asarray(areas.geometry.array)
    names = areas[field].astype(str).to_numpy()
    tree = shapely.STRtree(shapes)
    site, area = tree.query(sites, predicate="intersects")
    size = shapely.area(shapely.intersection(sites[site], shapes[area]))
    for i in range(len(sites)):
        own = np.flatnonzero(site == i)
        if len(own) and size[own].max() > 0:
            out[i] = str(names[area[own[np.argmax(size[own])]]])
            part[i] = float(size[own].max())
    return out, part


def _pieces(
    sites: Shapes, features: Shapes
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Shapes]:
    """Intersections of sites with features: site, feature, piece; cut only where needed."""
    tree = shapely.STRtree(features)
    parts: list[tuple[Index, Index, Shapes]] = []
    for i, site in enumerate(sites):
        site = prepared(site)
        hit = np.sort(tree.query(site, predicate="intersects"))
        pieces = features[hit].copy()
        cut = ~shapely.contains_properly(site, pieces)
        # where edges run along one another the rest of them is a line beside the polygon
        pieces[cut] = [polygonal(g) for g in shapely.intersection(pieces[cut], site)]
        keep = shapely.area(pieces) > 0
        parts.append((np.full(int(keep.sum()), i), hit[keep], pieces[keep]))
    if not parts:
        empty = np.zeros(0, np.intp)
        return empty, empty, np.zeros(0, object)
    site_of, feature, piece = (np.concatenate(c) for c in zip(*parts, strict=True))
    return site_of, feature, piece


def _to_total(table: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.Series[float]:
    """Areas of classes that add up to their site's.

    A long edge of a site is cut into short ones by its parcels, which follow the ellipsoid
    more closely: what that makes, some square metres, is shared out. More than a thousandth is
    parcels that overlap, and stays as it is.
    """
    area = table["area_m2"].astype(float)
    total = sites.set_index("site_id")["area_m2"].reindex(table["site_id"]).to_numpy(float)
    factor = total / area.groupby(table["site_id"]).transform("sum")
    shared: pd.Series[float] = area * factor.where((factor - 1).abs() < _SHARED_OUT, 1.0)
    return shared


def dlbm_areas(plan: Plan, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Area of each land class in each site, by exact intersection with the survey.

    Returns
    -------
    DataFrame
        site_id, dlbm, dlmc, area_m2 (ellipsoidal), area_ha, area_mu; land without a parcel
        is class ``""``. The areas of a site add up to the site's.
    """
    columns = ["site_id", "dlbm", "dlmc", "area_m2", "area_ha", "area_mu"]
    parcels = open_features(plan, "land_parcels")
    if parcels is None or not len(sites):
        return pd.DataFrame(columns=columns)
    shapes = np.asarray(sites.geometry.array)
    # of a million parcels a few: a tree of the sites, and words of these parcels alone
    near = shapely.STRtree(shapes).query(np.asarray(parcels.geometry.array))[0]
    parcels = parcels.iloc[np.unique(near)]
    site, parcel, piece = _pieces(shapes, np.asarray(parcels.geometry.array))
    area = polygon_area_m2(piece, sites.crs) if len(piece) else np.zeros(0)
    names = parcels["dlmc"] if "dlmc" in parcels else parcels["dlbm"]
    table = pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy()[site],
            "dlbm": parcels["dlbm"].astype(str).to_numpy()[parcel],
            "dlmc": names.astype(str).to_numpy()[parcel],
            "area_m2": area,
        }
    )
    # in the plane pieces add up whatever the edges: what lacks there has no parcel
    plane = pd.Series(shapely.area(piece), dtype=float).groupby(table["site_id"]).sum()
    bare = pd.Series(shapely.area(shapes), index=sites["site_id"])
    bare = bare - plane.reindex(bare.index).fillna(0.0)
    table = table.groupby(["site_id", "dlbm", "dlmc"])[["area_m2"]].sum().reset_index()
    known = table.groupby("site_id")["area_m2"].sum()
    rest = sites.set_index("site_id")["area_m2"] - known.reindex(sites["site_id"]).fillna(0.0)
    rest = rest[(rest > _SPECK_M2) & (bare > _SPECK_M2)]
    rest = rest.rename("area_m2").reset_index().assign(dlbm="", dlmc="")
    table = pd.concat([table, rest], ignore_index=True)
    table["area_m2"] = _to_total(table, sites)
    table["area_ha"], table["area_mu"] = to_ha(table["area_m2"]), to_mu(table["area_m2"])
    order = ["site_id", "area_m2"]
    found: pd.DataFrame = table.sort_values(order, ascending=[True, False])[columns]
    return found.reset_index(drop=True)


def ground_facts(plan: Plan, sites: gpd.GeoDataFrame, grid: Grid) -> pd.DataFrame:
    """Slope, aspect, height and irradiation of each site.

    Returns
    -------
    DataFrame
        slope_mean_deg, slope_p95_deg, slope_max_deg, south_share (cells facing 135-225
        degrees or flat, of those with a slope of at least 1 degree), elevation_mean_m,
        ghi_kwh_m2; NaN where there is no layer.
    """
    n = len(sites)
    out = pd.DataFrame(
        np.nan,
        index=range(n),
        columns=[
            "slope_mean_deg",
            "slope_p95_deg",
            "slope_max_deg",
            "south_share",
            "elevation_mean_m",
            "ghi_kwh_m2",
        ],
    )
    shapes = np.asarray(sites.geometry.array)
    cell = cell_size_m(grid)
    for i, shape in enumerate(shapes):
        # a window of two cells more than the site: Horn's slope needs neighbours
        xmin, ymin, xmax, ymax = shape.bounds
        box = (xmin - 2 * cell, ymin - 2 * cell, xmax + 2 * cell, ymax + 2 * cell)
        window = plan_grid(box, grid_crs(grid), cell)
        dem = open_raster(plan, "dem", window)
        if dem is None:
            break
        heights = np.where(dem[1], dem[0], np.nan).astype(np.float32)
        slope, aspect = slope_deg(heights, cell), aspect_deg(heights, cell)
        inside = _inside(shape, window) & np.isfinite(slope)
        if not inside.any():
            continue
        own = slope[inside]
        out.loc[i, "slope_mean_deg"] = float(own.mean())
        out.loc[i, "slope_p95_deg"] = float(np.percentile(own, 95))
        out.loc[i, "slope_max_deg"] = float(own.max())
        out.loc[i, "elevation_mean_m"] = float(heights[inside].mean())
        tilted = own >= 1.0
        facing = aspect[inside]
        south = (facing >= 135) & (facing <= 225)
        out.loc[i, "south_share"] = float(south[tilted].mean()) if tilted.any() else 1.0
    sun = _round(plan, "ghi", shapes, grid)
    if sun is not None:
        means = zonal_means(shapes, sun[0], grid, valid=sun[1])
        out["ghi_kwh_m2"] = np.asarray(means.mean)
    return out


def _round(
    plan: Plan, layer_id: str, shapes: Shapes, grid: Grid
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]] | None:
    """A raster on the grid, known round shapes only; cells elsewhere take no memory."""
    cell, (left, top) = cell_size_m(grid), origin(grid)
    out: tuple[npt.NDArray[Any], npt.NDArray[np.bool_]] | None = None
    for xmin, ymin, xmax, ymax in shapely.bounds(shapes).reshape(-1, 4):
        rows = slice(*_span((top - ymax) / cell, (top - ymin) / cell, grid.shape[0]))
        cols = slice(*_span((xmin - left) / cell, (xmax - left) / cell, grid.shape[1]))
        found = open_raster(plan, layer_id, grid, (rows, cols))
        if found is None:
            return None
        if out is None:
            out = np.zeros(grid.shape, found[0].dtype), np.zeros(grid.shape, bool)
        out[0][rows, cols], out[1][rows, cols] = found
    return out


def _span(low: float, high: float, most: int) -> tuple[int, int]:
    """Cells between two places and one more on either side, inside the grid."""
    first = min(max(int(np.floor(low)) - 1, 0), most - 1)
    return first, max(min(int(np.ceil(high)) + 1, most), first + 1)


def _inside(shape: shapely.Geometry, grid: Grid) -> npt.NDArray[np.bool_]:
    from gis.cells.ragged import ragged
    from gis.cells.rasterize import inside

    found: npt.NDArray[np.bool_] = inside(ragged([shape]), grid)
    return found


def land_by_code(
    sites: gpd.GeoDataFrame, labels: RunRaster, code: RunRaster, grid: Grid
) -> pd.DataFrame:
    """Land of each site by what the screening says of it.

    Parameters
    ----------
    sites : GeoDataFrame
        With ``label``.
    labels : RunRaster of int32
        Numbers of the sites' cells.
    code : RunRaster of unsigned integer
        Screening code of each cell.
    grid : Grid

    Returns
    -------
    DataFrame
        label, code, area_m2 (ellipsoidal, of the cells); by label, then code.
    """
    rows = area_rows(grid)
    n_codes = int(code.value.max(initial=0)) + 1
    boxes = labels.boxes(int(labels.value.max(initial=0)))
    parts = []
    for label in sorted(sites["label"].astype(int)):
        top, bottom, left, right = boxes[label].tolist()
        window = slice(top, bottom), slice(left, right)
        own, area = codes_of_label(
            labels[window], label, code[window], n_codes, grid, window, rows
        )
        parts.append(pd.DataFrame({"label": label, "code": own, "area_m2": area}))
    columns = {"label": np.int64, "code": np.int64, "area_m2": np.float64}
    return pd.concat(parts or [pd.DataFrame(columns=list(columns))], ignore_index=True).astype(
        columns
    )


def approvals(
    sites: gpd.GeoDataFrame, land: pd.DataFrame, codes: pd.DataFrame, rules: pd.DataFrame
) -> pd.DataFrame:
    """Approvals each site needs: its conditional rules and how much land each concerns.

    Parameters
    ----------
    sites : GeoDataFrame
        With ``site_id`` and ``label``; areas are shares of ``area_m2`` where it is there.
    land : DataFrame
        See `land_by_code`.
    codes, rules : DataFrame
        Tables ``codes_<tech>`` and ``rules_<tech>`` of the screening.

    Returns
    -------
    DataFrame
        site_id, rule_id, title_zh, title_en, citation, source_step, area_ha, share_frac.
    """
    listed = zip(codes["code"], codes["conditional"], strict=True)
    of_code = {k: v if isinstance(v, str) else "" for k, v in listed}
    index = rules.set_index("rule_id")
    total = land.groupby("label")["area_m2"].sum().to_dict()
    rows: dict[tuple[int, str], float] = {}
    for label, c, area in land[["label", "code", "area_m2"]].itertuples(index=False):
        for rule_id in filter(None, of_code.get(c, "").split(";")):
            rows[(label, rule_id)] = rows.get((label, rule_id), 0.0) + area
    name = dict(zip(sites["label"], sites["site_id"], strict=True))
    if "area_m2" in sites:  # cells were whole where the outline has been cut exactly since
        own = dict(zip(sites["label"], sites["area_m2"], strict=True))
        rows = {k: v / total[k[0]] * own.get(k[0], 0.0) for k, v in rows.items()}
        total = own
    out = [
        {
            "site_id": name[label],
            "rule_id": rule_id,
            "title_zh": str(index.at[rule_id, "title_zh"]),
            "title_en": str(index.at[rule_id, "title_en"]),
            "citation": str(index.at[rule_id, "citation"]),
            "source_step": str(index.at[rule_id, "source_step"]),
            "area_ha": to_ha(area),
            "share_frac": area / total[label],
        }
        for (label, rule_id), area in rows.items()
        if label in name
    ]
    columns = [
        "site_id",
        "rule_id",
        "title_zh",
        "title_en",
        "citation",
        "source_step",
        "area_ha",
        "share_frac",
    ]
    table = pd.DataFrame(out, columns=columns)
    return table.sort_values(["site_id", "area_ha"], ascending=[True, False]).reset_index(
        drop=True
    )


def nearest_road(plan: Plan, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Distance to the nearest road and its class; NaN and empty without a road layer."""
    out = pd.DataFrame({"road_distance_m": np.nan, "road_class": ""}, index=range(len(sites)))
    roads = open_features(plan, "road")
    if roads is None or not len(roads) or not len(sites):
        return out
    tree = shapely.STRtree(np.asarray(roads.geometry.array))
    (site, road), distance = tree.query_nearest(
        np.asarray(sites.geometry.array), return_distance=True, all_matches=False
    )
    out.loc[site, "road_distance_m"] = distance
    out.loc[site, "road_class"] = roads["road_class"].fillna("").astype(str).to_numpy()[road]
    return out


def overlaps(plan: Plan, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """What other plans, projects and rights each site overlaps.

    Returns
    -------
    DataFrame
        site_id, layer, layer_zh, layer_en, name, area_ha.
    """
    rows: list[pd.DataFrame] = []
    shapes = np.asarray(sites.geometry.array)
    for layer_id in _OTHERS:
        features = open_features(plan, layer_id) if len(sites) else None
        if features is None:
            continue
        field = "zone_use" if layer_id == "spatial_plan" else "name"
        names = (
            features[field].astype("object").where(features[field].notna(), "").to_numpy()
            if field in features
            else np.full(len(features), "")
        )
        site, feature, piece = _pieces(shapes, np.asarray(features.geometry.array))
        area = polygon_area_m2(piece, sites.crs) if len(piece) else np.zeros(0)
        title = layer_of(layer_id).title
        part = pd.DataFrame({"site": site, "name": names[feature], "area_ha": to_ha(area)})
        part = part.groupby(["site", "name"])[["area_ha"]].sum().reset_index()
        part = part[part["area_ha"] >= _SPECK_HA]
        part.insert(0, "site_id", sites["site_id"].to_numpy()[part["site"]])
        part.insert(1, "layer", layer_id)
        part.insert(2, "layer_zh", title.zh)
        part.insert(3, "layer_en", title.en)
        rows.append(part)
    columns = ["site_id", "layer", "layer_zh", "layer_en", "name", "area_ha"]
    if not rows:
        return pd.DataFrame(columns=columns)
    found: pd.DataFrame = pd.concat(rows, ignore_index=True)[columns]
    return found
