"""What is wrong with the way a project boundary is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha
from gis.errors import Fault
from gis.files.notes import notes_of
from gis.say import LANGS, Lang, say
from gis.toml import read_toml
from layers.spec import Outcome

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = ["Finding", "FindingReport", "limits", "no_land", "outline_faults"]

Points = npt.NDArray[np.float64]


class FindingReport(Outcome):
    """A `Finding` as written to JSON; the sentence by language."""

    code: str
    severity: str
    text: dict[str, str]
    places: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Finding:
    """One thing to know about a boundary.

    Attributes
    ----------
    code
        Stable name, ``"duplicate_vertex"``.
    severity
        ``"fault"`` must be corrected before the file is handed in; ``"remark"`` is to know.
    places
        Where (x, y), in the file's coordinates; the first few.
    """

    code: str
    severity: str
    text: Callable[[Lang], str]
    places: tuple[tuple[float, float], ...] = ()

    def __call__(self, lang: str) -> str:
        """The sentence in ``"zh"`` or ``"en"``."""
        return self.text(lang)

    def report(self) -> FindingReport:
        """For ``--json``."""
        return FindingReport(
            code=self.code,
            severity=self.severity,
            text={lang: self.text(lang) for lang in LANGS},
            places=self.places,
        )


@cache
def limits() -> dict[str, float]:
    """Limits of the checks by name, from ``outline.toml``."""
    doc = read_toml("siting.check", "outline.toml")
    parts = (doc["vertices"], doc["parcels"])
    return {k: float(v["value"]) for part in parts for k, v in part.items()}


def no_land(land: Any, where: str) -> Fault | None:  # noqa: ANN401
    """What is wrong with polygons too small to be land; None where they are land.

    Below the area that is shown no overlap with any rule counts, and everything would pass.

    Parameters
    ----------
    land : geometry
        In a CRS in metres.
    where : str
    """
    area, least = float(shapely.area(land)), limits()["overlap_m2"]
    if shapely.get_dimensions(land) < 2 or area > least:
        return None
    return Fault(
        say("siting.check.boundary_without_land"),
        where=where,
        got=f"{area:.3g} m²",
        expected=say("siting.check.land_over", least=least),
        todo=say("siting.check.boundary_without_land_todo"),
    )


# a parcel that is left out is land nobody judges, and so is where rings of one overlap
_LEFT_OUT = frozenset({"kml_unreadable", "no_geometry", "rings_joined"})


def _shown(points: Points, n: int = 5) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points[:n])


def _at(places: tuple[tuple[float, float], ...]) -> str:
    return "; ".join(f"({x:.10g}, {y:.10g})" for x, y in places)


def _decimals(values: Points, most: int = 12) -> int:
    """Fewest decimals that write every value exactly (to double precision)."""
    for n in range(most):
        if np.allclose(values, np.round(values, n), rtol=0, atol=10.0 ** -(n + 4)):
            return n
    return most


def _metres_per_unit(crs: pyproj.CRS) -> float:
    return 111_000.0 if crs.is_geographic else 1.0


def _vertex_findings(geoms: Any, crs: pyproj.CRS) -> list[Finding]:  # noqa: ANN401
    """Repeated vertices, short edges, spikes and coarse coordinates."""
    limit, unit = limits(), _metres_per_unit(crs)
    xy, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(geoms)), return_index=True
    )
    same = ring[1:] == ring[:-1]
    step = np.hypot(*(xy[1:] - xy[:-1]).T) * unit
    out: list[Finding] = []
    twice = same & (step <= limit["duplicate_m"])
    if twice.any():
        places = _shown(xy[1:][twice])
        out.append(
            Finding(
                "duplicate_vertex",
                "fault",
                say("siting.check.duplicate_vertex", n=int(twice.sum()), places=_at(places)),
                places,
            )
        )
    short = same & (step > limit["duplicate_m"]) & (step < limit["short_edge_m"])
    if short.any():
        places = _shown(xy[1:][short])
        out.append(
            Finding(
                "short_edge",
                "remark",
                say(
                    "siting.check.short_edge",
                    n=int(short.sum()),
                    length_m=limit["short_edge_m"],
                    places=_at(places),
                ),
                places,
            )
        )
    out += _spikes(xy, ring, limit["spike_deg"])
    wanted = limit["decimals_deg" if crs.is_geographic else "decimals_m"]
    have = _decimals(xy.ravel())
    if have < wanted:
        size = unit * 10.0**-have
        out.append(
            Finding(
                "few_decimals",
                "fault",
                say("siting.check.few_decimals", have=have, size=size, wanted=wanted),
            )
        )
    return out


def _spikes(xy: Points, ring: npt.NDArray[np.int64], limit_deg: float) -> list[Finding]:
    found = []
    for r in np.unique(ring):
        p = xy[ring == r]
        if len(p) > 1 and (p[0] == p[-1]).all():
            p = p[:-1]
        moved = np.r_[True, (np.diff(p, axis=0) != 0).any(axis=1)]
        p = p[moved]
        if len(p) < 4:
            continue
        back, ahead = np.roll(p, 1, axis=0) - p, np.roll(p, -1, axis=0) - p
        long = np.hypot(*back.T) * np.hypot(*ahead.T)
        cosine = np.clip((back * ahead).sum(axis=1) / np.where(long > 0, long, 1), -1, 1)
        found.append(p[np.degrees(np.arccos(cosine)) < limit_deg])
    sharp = np.concatenate(found) if found else np.empty((0, 2))
    if not len(sharp):
        return []
    places = _shown(sharp)
    return [
        Finding(
            "spike",
            "fault",
            say("siting.check.spike", n=len(sharp), limit_deg=limit_deg, places=_at(places)),
            places,
        )
    ]


def _touching_parts(geoms: Any) -> list[Finding]:  # noqa: ANN401
    """Parts of one parcel that meet in a point: a ring that crosses itself leaves them."""
    points: list[Any] = []
    for geometry in geoms:
        parts = shapely.get_parts(geometry)
        if len(parts) < 2:
            continue
        i, j = shapely.STRtree(parts).query(parts, predicate="touches")
        points += shapely.intersection(parts[i[i < j]], parts[j[i < j]]).tolist()
    if not points:
        return []
    places = _shown(np.unique(shapely.get_coordinates(points), axis=0))
    return [
        Finding(
            "self_intersection",
            "fault",
            say("siting.check.self_intersection", places=_at(places)),
            places,
        )
    ]


def _parcel_findings(geoms: Any, crs: pyproj.CRS) -> list[Finding]:  # noqa: ANN401
    """Parcels that overlap, and slivers left between parcels that should touch."""
    limit, out = limits(), []
    tree = shapely.STRtree(geoms)
    i, j = tree.query(geoms, predicate="intersects")
    pairs = i < j
    shared = shapely.intersection(geoms[i[pairs]], geoms[j[pairs]])
    area = np.zeros(0)
    if len(shared):
        area = np.asarray(polygon_area_m2([polygonal(g) for g in shared], crs), dtype=float)
    over = area > limit["overlap_m2"]
    if over.any():
        places = _shown(shapely.get_coordinates(shapely.point_on_surface(shared[over])))
        out.append(
            Finding(
                "parcels_overlap",
                "fault",
                say(
                    "siting.check.parcels_overlap",
                    n=int(over.sum()),
                    area_m2=area[over].sum(),
                ),
                places,
            )
        )
    width = limit["gap_m"] / _metres_per_unit(crs)
    union = shapely.union_all(geoms)
    closed = shapely.buffer(
        shapely.buffer(union, width / 2, join_style="mitre"), -width / 2, join_style="mitre"
    )
    slivers = shapely.get_parts(polygonal(shapely.difference(closed, union)))
    gap = np.asarray(polygon_area_m2(slivers, crs), dtype=float) if len(slivers) else area[:0]
    # the mitred closing gives back a straight outline to rounding; smaller is no gap
    real = gap > limit["overlap_m2"]
    if real.any():
        places = _shown(shapely.get_coordinates(shapely.point_on_surface(slivers[real])))
        out.append(
            Finding(
                "gap",
                "fault",
                say(
                    "siting.check.gap",
                    n=int(real.sum()),
                    width_m=limit["gap_m"],
                    area_m2=gap[real].sum(),
                    places=_at(places),
                ),
                places,
            )
        )
    return out


def outline_faults(frame: gpd.GeoDataFrame) -> tuple[Finding, ...]:
    """What is wrong with the way polygons are drawn.

    Parameters
    ----------
    frame : GeoDataFrame
        As `gis.files.read.read_features` gave it, in the file's own CRS; its notes say where
        polygons crossed themselves before they were mended.

    Returns
    -------
    tuple of Finding
        Self-intersection, repeated points, short edges, spikes, few decimals, overlapping
        parcels, gaps, and declared areas that are not the computed ones.

    Examples
    --------
    >>> import geopandas as gpd
    >>> square = shapely.Polygon([(0, 0), (9.25, 0), (9.25, 0), (9.25, 9.25), (0, 9.25)])
    >>> [f.code for f in outline_faults(gpd.GeoDataFrame(geometry=[square], crs=4544))]
    ['duplicate_vertex']
    """
    crs = frame.crs
    geoms = frame.geometry.to_numpy()
    touching = _touching_parts(geoms)
    # a reader's note tells of the crossing in words; the mended parts still meet there
    places = touching[0].places if touching else ()
    out = [
        Finding("self_intersection", "fault", n.text, places)
        if n.code == "repaired"
        else Finding(n.code, "fault" if n.code in _LEFT_OUT else "remark", n.text)
        for n in notes_of(frame)
    ]
    if not any(f.code == "self_intersection" for f in out):
        out += touching
    out += _vertex_findings(geoms, crs)
    if len(geoms) > 1 or shapely.get_num_geometries(geoms[0]) > 1:
        out += _parcel_findings(shapely.get_parts(geoms), crs)
    if "area_ha" in frame.columns:
        declared = np.asarray(frame["area_ha"], dtype=float)
        real = to_ha(np.asarray(polygon_area_m2(geoms, crs), dtype=float))
        off = np.abs(declared - real) > limits()["area_ha"]
        for k in np.flatnonzero(off & np.isfinite(declared)):
            out.append(
                Finding(
                    "declared_area",
                    "fault",
                    say(
                        "siting.check.declared_area",
                        parcel=k + 1,
                        declared_ha=declared[k],
                        real_ha=real[k],
                    ),
                )
            )
    if "n_points" in frame.columns and not any(f.code == "self_intersection" for f in out):
        out += _points_missing(geoms, np.asarray(frame["n_points"], dtype=float))
    return tuple(out)


def _points_missing(
    geoms: npt.NDArray[np.object_], declared: npt.NDArray[np.float64]
) -> list[Finding]:
    """Parcels with fewer or more points than their heads say, ends of rings counted or not."""
    rings = shapely.get_rings(geoms, return_index=True)[1]
    held = shapely.get_num_coordinates(geoms)
    open_ = held - np.bincount(rings, minlength=len(geoms))
    wrong = np.isfinite(declared) & (declared != held) & (declared != open_)
    return [
        Finding(
            "declared_points",
            "fault",
            say(
                "siting.check.declared_points",
                parcel=k + 1,
                declared=int(declared[k]),
                held=int(held[k]),
            ),
        )
        for k in np.flatnonzero(wrong)
    ]
