"""PV on roofs: usable area, module power and yield from building footprints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.errors import DataError
from gis.say import listed, say
from layers.plan.model import Plan, Target
from siting.pv.light.rows import ground_sky_factor, row_factors
from siting.pv.plant.chain import Resource
from siting.pv.plant.facing import equator_azimuth_deg
from siting.pv.plant.fused import CellPlanes, fixed_yield
from siting.pv.plant.module import data_toml
from siting.pv.plant.node_hours import node_hours
from siting.pv.plant.plant import PvPlant
from siting.pv.study.design import kernel_plant
from siting.pv.study.section import PvSection, RooftopSection

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "footprint_azimuth_deg",
    "pilot_quotas",
    "priority_list",
    "roof_plant",
    "roofs_needed",
    "rooftop_table",
    "rooftop_target",
    "share_table",
]

F8 = npt.NDArray[np.float64]
_RACK_CLEARANCE = 0.05
_PITCHED_BY_USE = frozenset({"rural_residential"})


def pilot_quotas(country: str) -> dict[str, float]:
    """Installable share of roofs by use in the whole-county pilot of a country [fraction].

    Examples
    --------
    >>> pilot_quotas("CN")["school"], pilot_quotas("DE")
    (0.4, {})
    """
    rows = data_toml("roof_quotas.toml").get(country, {})
    return {use: row["share_frac"] for use, row in rows.items() if use != "source"}


def footprint_azimuth_deg(footprints: npt.ArrayLike, *, lat_deg: float = 45.0) -> F8:
    """Azimuth a footprint's long side faces, of the two the equator's, f8[n].

    From the smallest rectangle around each footprint: 90 to 270 deg in the north, the
    opposite side in the south. NaN for an empty footprint.

    Examples
    --------
    >>> footprint_azimuth_deg([shapely.box(0, 0, 20, 10)]).tolist()
    [180.0]
    >>> footprint_azimuth_deg([shapely.box(0, 0, 20, 10)], lat_deg=-35.0).tolist()
    [0.0]
    """
    boxes = shapely.minimum_rotated_rectangle(np.asarray(footprints, dtype=object))
    out = np.full(len(boxes), np.nan)
    for i, box in enumerate(boxes):
        if box is None or box.is_empty or box.geom_type != "Polygon":
            continue
        xy = np.asarray(box.exterior.coords)
        sides = np.diff(xy, axis=0)
        long = sides[np.argmax(np.hypot(*sides.T))]
        # the normal of the long side, turned to the south half
        facing = (np.degrees(np.arctan2(long[0], long[1])) + 90.0) % 180.0
        out[i] = facing + 180.0 if facing < 90.0 else facing
    south = np.where(out >= 270.0, out - 180.0, out)
    return south if lat_deg >= 0.0 else (south + 180.0) % 360.0


def _roof_kind(buildings: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    """Flat or pitched, and whether that was assumed from the use."""
    use = buildings["use"].fillna("other")
    assumed = use.map(lambda u: "pitched" if u in _PITCHED_BY_USE else "flat")
    if "roof" not in buildings:
        return assumed, pd.Series(True, index=buildings.index)
    said = buildings["roof"].replace({"metal": "pitched"})
    known = said.isin(["flat", "pitched"])
    return said.where(known, assumed), ~known


def rooftop_table(
    buildings: gpd.GeoDataFrame, res: Resource, section: RooftopSection, pv: PvSection
) -> gpd.GeoDataFrame:
    """Module power and yearly yield of every roof.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings`` in the plan CRS: ``use``, optional ``building_id``, ``roof``,
        ``year_built`` and the installed power.
    res : Resource
    section : RooftopSection
    pv : PvSection
        For losses, inverter and models.

    Returns
    -------
    GeoDataFrame
        ``building_id, use, roof, roof_assumed, area_m2, usable_m2, azimuth_deg, tilt_deg,
        kwp, kwh_yr, kwh_kwp, installed_kwp, installed_known``, the owner and the year of
        building where the layer has them, and the footprint. Roofs below
        ``least_area_m2`` have ``kwp = 0``.

    Raises
    ------
    DataError
        When the layer has no use types.

    Notes
    -----
    Flat roofs carry racks at ``flat_tilt_deg`` along the building. Of a pitched roof the
    half that faces the equator is used; its area is half the plan area over the cosine of
    the pitch.
    """
    if "use" not in buildings or buildings.empty:
        raise DataError(
            say("siting.pv_study.rooftop_needs_use"),
            where="buildings",
            got=say("siting.pv_study.no_field_use")
            if len(buildings)
            else say("siting.pv_study.no_building"),
        )
    kind, assumed = _roof_kind(buildings)
    geometry = buildings.geometry.to_numpy()
    area = shapely.area(geometry)
    inside = shapely.area(shapely.buffer(geometry, -section.edge_m, join_style="mitre"))
    usable = inside * section.usable_frac
    usable = np.where(area >= section.least_area_m2, usable, 0.0)
    flat = (kind == "flat").to_numpy()
    tilt = np.where(flat, section.flat_tilt_deg, section.pitched_tilt_deg)
    azimuth = np.nan_to_num(
        footprint_azimuth_deg(geometry, lat_deg=res.weather.lat),
        nan=equator_azimuth_deg(res.weather.lat),
    )
    efficiency = section.module.efficiency_frac
    # a flat roof carries gcr x area of modules, a pitched one its sunny half
    modules_m2 = np.where(
        flat,
        usable * section.flat_gcr,
        usable / 2.0 / np.cos(np.deg2rad(section.pitched_tilt_deg)),
    )
    kwp = modules_m2 * efficiency
    specific = np.zeros(len(buildings))
    for which, gcr in ((flat, section.flat_gcr), (~flat, 0.0)):
        chosen = np.flatnonzero(which & (kwp > 0.0))
        if len(chosen):
            specific[chosen] = _specific_yield(
                res, section, pv, float(tilt[chosen[0]]), azimuth[chosen], gcr
            )
    ids = (
        buildings["building_id"].astype(str)
        if "building_id" in buildings
        else pd.Series([f"b{i + 1}" for i in range(len(buildings))], index=buildings.index)
    )
    out = buildings[["use", "geometry"]].copy()
    out["use"] = out["use"].fillna("other")
    out["building_id"] = ids
    out["roof"] = kind
    out["roof_assumed"] = assumed
    out["area_m2"] = area
    out["usable_m2"] = usable
    out["azimuth_deg"] = azimuth
    out["tilt_deg"] = tilt
    out["kwp"] = kwp
    out["kwh_kwp"] = specific
    out["kwh_yr"] = kwp * specific
    out["installed_kwp"] = _installed(buildings, section)
    out["installed_known"] = section.installed_field in buildings
    for name in ("year_built", "owner"):
        if name in buildings:
            out[name] = buildings[name]
    return out


def _installed(buildings: gpd.GeoDataFrame, section: RooftopSection) -> pd.Series:
    """Installed PV of each building [kWp]; NaN where it is not said."""
    name = section.installed_field
    if name not in buildings:
        return pd.Series(np.nan, index=buildings.index)
    given: pd.Series = buildings[name]
    found: pd.Series = pd.to_numeric(given, errors="coerce")
    blank = given.isna() | (given.astype(str).str.strip() == "")
    wrong = given[(found.isna() & ~blank) | (found < 0) | np.isinf(found)]
    if len(wrong):
        raise DataError(
            say("siting.pv_study.installed_no_number", n=len(wrong)),
            where=f"buildings {name}",
            got=listed(str(v)[:40] for v in wrong.unique()[:3]),
            expected=say("siting.pv_study.installed_expected"),
        )
    return found


def roof_plant(
    section: RooftopSection, pv: PvSection, *, tilt_deg: float, azimuth_deg: float, gcr: float
) -> PvPlant:
    """The plant of ``[pv]`` on a roof: the roof's module and planes, no oversizing.

    Parameters
    ----------
    tilt_deg, azimuth_deg : float
        Of its planes [deg].
    gcr : float
        Ground cover of racks on a flat roof; 0 for modules on the roof itself.
    """
    return pv.plant.changed(
        mounting="fixed",
        module=section.module,
        tilt_deg=tilt_deg,
        azimuth_deg=azimuth_deg,
        gcr=gcr,
        # racks stand a twentieth of their width over the roof
        collector_m=1.0,
        clearance_m=_RACK_CLEARANCE,
        shade_steps=0,
        bifacial=False,
        dc_ac_ratio=1.0,
    )


def _specific_yield(
    res: Resource,
    section: RooftopSection,
    pv: PvSection,
    tilt_deg: float,
    azimuth_deg: F8,
    gcr: float,
) -> F8:
    """Yield of planes of one tilt and many azimuths [kWh/kWp]; 2-degree classes."""
    classes, back = np.unique(np.round(azimuth_deg / 2.0) * 2.0, return_inverse=True)
    n = len(classes)
    plant = kernel_plant(
        roof_plant(section, pv, tilt_deg=tilt_deg, azimuth_deg=180.0, gcr=gcr),
        transposition=pv.yield_map.transposition,
    )
    node = node_hours(res, plant, 8)
    one, zero = np.ones(n), np.zeros(n)
    factors = row_factors(tilt_deg * one, np.full(n, max(gcr, 1e-6)))
    svf = ground_sky_factor(tilt_deg, gcr, _RACK_CLEARANCE) if gcr > 0 else 1.0
    planes = CellPlanes(
        tilt_deg=tilt_deg * one,
        azimuth_deg=classes,
        gcr=np.full(n, max(gcr, 1e-6)),
        rise=zero,
        axis_rise=zero,
        warmer_c=zero,
        sky_ratio=np.asarray(factors.sky_ratio),
        ground=factors.ground,
        ground_sky=svf * one,
        sky_left=one,
        horizon_tan=np.zeros((8, n)),
    )
    return np.asarray(fixed_yield(node, planes, plant).sum(axis=1)[back])


def _existing_public(roofs: pd.DataFrame, section: RooftopSection) -> pd.Series:
    public = roofs["use"].isin(section.public_uses)
    if section.built_before and "year_built" in roofs:
        year = pd.to_numeric(roofs["year_built"], errors="coerce")
        public &= ~(year >= section.built_before)
    return public


def share_table(
    roofs: pd.DataFrame, section: RooftopSection, *, country: str = "CN"
) -> pd.DataFrame:
    """Share of existing public buildings with PV, by use and in all, in both calibers.

    Returns
    -------
    DataFrame
        ``use``, ``buildings``, ``with_pv``, ``share_number``, ``roof_m2``,
        ``roof_with_pv_m2``, ``share_area``, ``potential_kwp``, ``potential_mwh_yr``,
        ``pilot_quota`` (installable share of the country's pilot, NaN without one),
        ``target``. A share of no building is NaN, and so is every share where the layer does
        not say which roofs have PV (``installed_known``). Of ``not_said`` buildings with
        ``roof_not_said_m2`` it does not: shares are least shares.
    """
    known = bool(roofs["installed_known"].all()) if "installed_known" in roofs else True
    wanted = section.share_target_frac
    public = roofs[_existing_public(roofs, section)]
    quotas = pilot_quotas(country)
    rows = []
    groups: list[tuple[str, pd.DataFrame]] = [
        (use, public[public["use"] == use]) for use in section.public_uses
    ]
    for use, part in [*groups, ("all_public", public)]:
        has = part["installed_kwp"] > 0
        silent = part["installed_kwp"].isna()
        n, roof = len(part), float(part["area_m2"].sum())
        on = float(part.loc[has, "area_m2"].sum())
        rows.append(
            {
                "use": use,
                "buildings": n,
                "with_pv": int(has.sum()),
                "share_number": has.sum() / n if n and known else float("nan"),
                "roof_m2": roof,
                "roof_with_pv_m2": on,
                "share_area": on / roof if roof and known else float("nan"),
                "installed_known": known,
                "not_said": int(silent.sum()),
                "roof_not_said_m2": float(part.loc[silent, "area_m2"].sum()),
                "potential_kwp": float(part["kwp"].sum()),
                "potential_mwh_yr": float(part["kwh_yr"].sum()) / 1000.0,
                "pilot_quota": quotas.get(use, float("nan")),
                "target": float("nan") if wanted is None else wanted,
            }
        )
    return pd.DataFrame(rows)


def priority_list(roofs: pd.DataFrame, section: RooftopSection) -> pd.DataFrame:
    """Public roofs without PV in the order to build them, until both shares are reached.

    Largest yearly energy first: the fewest projects for the area caliber. Roofs that carry
    nothing are left out; those that do not say whether they have PV count as if they had none.
    ``share_number`` and ``share_area`` are the shares once a roof and all before it are built;
    ``needed`` marks those up to the target in both calibers.

    Examples
    --------
    >>> roofs = pd.DataFrame({"building_id": list("abcd"), "use": "school",
    ...     "area_m2": 100.0, "kwp": [4.0, 3.0, 2.0, 1.0], "kwh_yr": [4.0, 3.0, 2.0, 1.0],
    ...     "installed_kwp": 0.0})
    >>> priority_list(roofs, RooftopSection(share_target_frac=0.15))["needed"].tolist()
    [True, False, False, False]
    """
    public = roofs[_existing_public(roofs, section)]
    has = public["installed_kwp"] > 0
    total_n, total_m2 = len(public), float(public["area_m2"].sum())
    open_roofs = public[~has & (public["kwp"] > 0)]
    out = open_roofs.sort_values(["kwh_yr", "building_id"], ascending=[False, True])
    out = pd.DataFrame(out.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    out.insert(0, "rank", out.index + 1)
    if not total_n or not total_m2:
        return out.assign(share_number=np.nan, share_area=np.nan, needed=False)
    base_m2 = float(public.loc[has, "area_m2"].sum())
    out["share_number"] = (int(has.sum()) + out["rank"]) / total_n
    out["share_area"] = (base_m2 + out["area_m2"].cumsum()) / total_m2
    base = (int(has.sum()) / total_n, base_m2 / total_m2)
    out["needed"] = _needed(out, base, section.share_target_frac)
    return out


def _needed(
    table: pd.DataFrame, base: tuple[float, float], wanted: float | None
) -> pd.Series | bool:
    """Rows up to the one with which both shares reach `wanted`; none without a target."""
    if wanted is None:
        return False
    target = wanted - 1e-12
    if min(base) >= target:
        return False
    both = (table["share_number"] >= target) & (table["share_area"] >= target)
    # a roof is needed while the roofs before it do not reach the target
    return ~both.shift(fill_value=False)


def roofs_needed(table: pd.DataFrame, public: pd.Series, wanted: float) -> pd.Series:
    """Rows of `priority_list` that are to be built for a share.

    Parameters
    ----------
    table : DataFrame
        Table ``rooftop_priority``.
    public : Series
        Row ``all_public`` of `share_table`.
    wanted : float
        Share of buildings and of roof area [0-1].

    Returns
    -------
    Series of bool

    Examples
    --------
    >>> t = pd.DataFrame({"share_number": [0.25, 0.5], "share_area": [0.25, 0.5]})
    >>> row = pd.Series({"with_pv": 0, "buildings": 4, "roof_with_pv_m2": 0.0, "roof_m2": 4.0})
    >>> roofs_needed(t, row, 0.3).tolist(), roofs_needed(t, row, 0.2).tolist()
    ([True, True], [True, False])
    """
    base = (
        float(public["with_pv"] / public["buildings"]),
        float(public["roof_with_pv_m2"] / public["roof_m2"]),
    )
    return pd.Series(_needed(table, base, wanted), index=table.index)


def rooftop_target(plan: Plan) -> Target | None:
    """The plan's target for public roofs; of several the one of the last year."""
    own = [t for t in plan.targets if t.indicator == "public_rooftop_share"]
    return max(own, key=lambda t: t.year, default=None)
