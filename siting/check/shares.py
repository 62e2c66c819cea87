"""Areas of a piece of land by land class, kind of land, ownership and township."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha, to_mu
from gis.crs.systems import CrsLike
from gis.say import say, sentences
from gis.types import F8
from layers.open.county import plan_crs
from layers.open.near import features_near
from layers.open.parcel_outlines import counted_once
from layers.plan.model import Plan
from layers.vocabulary import dlbm_group, vocabulary
from siting.check.near import Place, gather
from siting.check.shapes import ground_of
from siting.rules import Rule

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "class_table",
    "classes_in_words",
    "favourable_frac",
    "favours_land",
    "kind_table",
    "township_table",
]

_KINDS = (
    "total",
    "agricultural",
    "cropland",
    "basic_farmland",
    "construction",
    "unused",
    "unclassified",
)


def _pieces(table: gpd.GeoDataFrame, land: BaseGeometry) -> gpd.GeoDataFrame:
    """Parts of the features inside the land, with their ellipsoidal area."""
    rows = np.sort(table.sindex.query(land, predicate="intersects"))
    near = table.iloc[rows].reset_index(drop=True)
    cut = [polygonal(g) for g in shapely.intersection(near.geometry.to_numpy(), land)]
    cut = list(counted_once(np.array(cut, dtype=object))) if cut else cut
    near = near.set_geometry(cut, crs=table.crs)
    near["area_m2"] = _areas(cut, land, table.crs)
    return near[near["area_m2"] > 0]


def _areas(cut: list[BaseGeometry], land: BaseGeometry, crs: CrsLike) -> F8:
    """Ellipsoidal areas of parts of the land that, where they fill it, sum to its own.

    An edge of a part has a point wherever another part ends, the land's own has none there;
    the two are not the same line on the ellipsoid, which is 1e-6 of the area.
    """
    if not cut:
        return np.zeros(0)
    areas: F8 = np.asarray(polygon_area_m2(cut, crs), np.float64)
    plane, whole = shapely.area(np.array(cut, dtype=object)), float(land.area)
    if not areas.sum() or not whole:
        return areas
    filled = min(float(plane.sum()) / whole, 1.0)
    total = float(np.sum(polygon_area_m2([land], crs)))
    closed: F8 = areas * (total * filled / areas.sum())
    return closed


def _with_units(table: pd.DataFrame, total_m2: float) -> pd.DataFrame:
    return table.assign(
        area_ha=to_ha(table["area_m2"].to_numpy(float)),
        area_mu=to_mu(table["area_m2"].to_numpy(float)),
        share_pct=100 * table["area_m2"].to_numpy(float) / total_m2,
    )


def _total(land: BaseGeometry, plan: Plan) -> float:
    return float(np.sum(polygon_area_m2([land], plan_crs(plan))))


def _parcels(plan: Plan, land: BaseGeometry) -> gpd.GeoDataFrame | None:
    table = features_near(plan, "land_parcels", land.bounds)
    if table is None:
        return None
    found = _pieces(table, land)
    owner = found["qsxz"] if "qsxz" in found.columns else None
    found["ownership"] = "unstated" if owner is None else owner.fillna("unstated")
    return found


def class_table(plan: Plan, land: BaseGeometry) -> pd.DataFrame | None:
    """Area by land class and ownership.

    Returns
    -------
    DataFrame or None
        dlbm, title_zh, title_en, category, ownership, area_m2, area_ha, area_mu,
        share_pct; a last row without code is land no parcel covers. None without
        ``land_parcels``.
    """
    import pandas as pd

    pieces = _parcels(plan, land)
    if pieces is None:
        return None
    total = _total(land, plan)
    sums = pieces.groupby(["dlbm", "ownership"], sort=True)["area_m2"].sum()
    words = vocabulary("dlbm").entries
    rows = [
        {
            "dlbm": code,
            "title_zh": words[code].title.zh,
            "title_en": words[code].title.en,
            "category": words[code].facts.get("category", ""),
            "ownership": owner,
            "area_m2": float(area),
        }
        for (code, owner), area in sums.items()
    ]
    bare = total - float(pieces["area_m2"].sum())
    if bare > 0.005:
        rows.append(
            {
                "dlbm": "",
                "title_zh": say("siting.check.no_parcel")("zh"),
                "title_en": say("siting.check.no_parcel")("en"),
                "category": "unclassified",
                "ownership": "unstated",
                "area_m2": bare,
            }
        )
    return _with_units(pd.DataFrame(rows), total)


def classes_in_words(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """`class_table` with words for kind of land and owner, to be read."""
    known = sentences("siting")

    def word(key: str, code: str) -> str:
        return say(f"{key}{code}")(lang) if f"{key}{code}" in known else code

    return table.assign(
        category=[word("siting.check.kind_", c) for c in table["category"]],
        ownership=[word("siting.check.owner_", c) for c in table["ownership"]],
    )


def kind_table(plan: Plan, land: BaseGeometry) -> pd.DataFrame | None:
    """The rows an approval text states: total, agricultural (cropland, basic farmland), ...

    Returns
    -------
    DataFrame or None
        kind, kind_zh, kind_en, collective_ha, state_ha, unstated_ha, area_m2, area_ha,
        area_mu, share_pct. Permanent basic farmland is left out when the plan has no such
        layer. None without ``land_parcels``.
    """
    import pandas as pd

    pieces = _parcels(plan, land)
    if pieces is None:
        return None
    total = _total(land, plan)
    words = vocabulary("dlbm").entries
    category = pieces["dlbm"].map(lambda c: words[c].facts.get("category", ""))
    masks: dict[str, Any] = {
        "total": pieces["area_m2"] > 0,
        "agricultural": category == "agricultural",
        "cropland": pieces["dlbm"].isin(dlbm_group("cropland")),
        "construction": category == "construction",
        "unused": category == "unused",
    }
    by_owner: dict[str, dict[str, float]] = {
        k: pieces[m].groupby("ownership")["area_m2"].sum().to_dict() for k, m in masks.items()
    }
    bare = max(total - float(pieces["area_m2"].sum()), 0.0)
    by_owner["unclassified"] = {"unstated": bare}
    by_owner["total"]["unstated"] = by_owner["total"].get("unstated", 0.0) + bare
    farmland = features_near(plan, "permanent_basic_farmland", land.bounds)
    if farmland is not None:
        union = shapely.union_all(_pieces(farmland, land).geometry.to_numpy())
        inside = _pieces(pieces.drop(columns="area_m2"), union) if not union.is_empty else None
        by_owner["basic_farmland"] = (
            {} if inside is None else inside.groupby("ownership")["area_m2"].sum().to_dict()
        )
    rows = []
    for key in _KINDS:
        if key not in by_owner:
            continue
        parts = by_owner[key]
        rows.append(
            {
                "kind": key,
                "kind_zh": say(f"siting.check.kind_{key}")("zh"),
                "kind_en": say(f"siting.check.kind_{key}")("en"),
                **{
                    f"{o}_ha": to_ha(float(parts.get(o, 0.0)))
                    for o in ("collective", "state", "unstated")
                },
                "area_m2": float(sum(parts.values())),
            }
        )
    return _with_units(pd.DataFrame(rows), total)


def favours_land(rule: Rule) -> bool:
    """Whether a rule is a preference about the kind of land."""
    return rule.kind == "preference" and rule.test.about_land


def favourable_frac(rules: Iterable[Rule], place: Place, land: BaseGeometry) -> float:
    """Share of a piece of land that the rules' preferences favour, 0 to 1.

    Only preferences about the kind of land count (unused land, subsidence, fish ponds ...);
    slope, irradiation and distances are criteria of their own.
    """
    asked = [r for r in rules if favours_land(r)]
    near = gather(asked, place, land)
    hit = shapely.union_all([ground_of(r, near).hit for r in asked])
    parts = polygon_area_m2([polygonal(hit), land], place.crs)
    # an edge cut at many parcels has more points than the land's own: 1e-6 of its area
    return min(float(parts[0] / parts[1]), 1.0) if parts[1] > 0 else 0.0


def township_table(plan: Plan, land: BaseGeometry) -> pd.DataFrame | None:
    """Area by township; None when the plan has no townships."""
    import pandas as pd

    table = features_near(plan, "townships", land.bounds)
    if table is None:
        return None
    pieces = _pieces(table, land)
    name = next((c for c in ("name", "title_zh", "title", "id") if c in pieces.columns), None)
    if name is None:
        return None
    sums = pieces.groupby(name)["area_m2"].sum()
    rows = [{"township": str(k), "area_m2": float(v)} for k, v in sums.items()]
    return _with_units(pd.DataFrame(rows, columns=["township", "area_m2"]), _total(land, plan))
