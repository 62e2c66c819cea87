"""Cover indicators of a plan's county: forest, grassland and wetland, in every caliber."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from carbon_sink.cover.forest import (
    FOREST_CALIBERS,
    ForestAreas,
    forest_areas,
    forest_areas_from_layer,
    forest_cover,
)
from carbon_sink.cover.grass import grass_cover_official
from carbon_sink.cover.grass_ndvi import grass_from_ndvi
from carbon_sink.cover.indicator import Indicator
from carbon_sink.cover.land import County, county_land
from carbon_sink.cover.wetland import (
    WETLAND_CALIBERS,
    protection_rate,
    wetland_area,
    wetland_codes,
)
from carbon_sink.section import CarbonSection
from gis.cells.area import polygon_area_m2
from gis.errors import GeoplanError
from gis.say import say
from layers.open.county import plan_crs
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Text
from layers.vocabulary import ecosystems

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Cover", "cover_indicators"]


@dataclass(frozen=True)
class Cover:
    """Indicators of one date.

    Attributes
    ----------
    township_areas
        Township, code, ecosystem, group, area_ha; None without parcels.
    rasters
        Files written on the way (FVC).
    """

    indicators: tuple[Indicator, ...]
    township_areas: pd.DataFrame | None
    rasters: Mapping[str, Path] = field(default_factory=dict)
    warnings: tuple[Warn, ...] = ()


def _forest(plan: Plan, section: CarbonSection, county: County) -> list[Indicator]:
    areas: ForestAreas | None = None
    layer = open_features(plan, "forest_land")
    if layer is not None and "forest_type" in layer.columns:
        area = polygon_area_m2(layer.geometry, plan_crs(plan), "forest_land") / 1e4
        areas = forest_areas_from_layer(layer, area)
    codes, area_ha = county.areas["code"], county.areas["area_ha"]
    from_parcels = forest_areas(codes, area_ha, special_shrub=section.special_shrub)
    if areas is not None and section.special_shrub == "none":
        from_parcels = forest_areas(codes, area_ha, special_shrub="unknown")
    out = []
    for caliber in FOREST_CALIBERS:
        # the integrated caliber is defined on the land survey; the other two need attributes
        # the survey does not have
        base = from_parcels if caliber == "integrated" or areas is None else areas
        if caliber == "integrated" and areas is not None:
            # the layer says which shrubland is special, the survey how much of it there is
            shrub = from_parcels.special_shrub_ha + from_parcels.shrub_possible_ha
            known = min(areas.special_shrub_ha, shrub)
            base = ForestAreas(
                from_parcels.arbor_ha,
                known,
                min(areas.shrub_possible_ha, shrub - known),
                f"{from_parcels.source} + {areas.source}",
            )
        out.append(
            forest_cover(
                base,
                county.area_m2 / 1e4,
                caliber,  # type: ignore[arg-type]
                year=section.year,
                rainfall_mm=section.annual_rainfall_mm,
                shelterbelt=section.shelterbelt,
                four_side=section.four_side_trees,
            )
        )
    return out


def _wetland(
    plan: Plan, section: CarbonSection, county: County
) -> tuple[list[Indicator], list[Warn]]:
    out = [
        wetland_area(county.areas["code"], county.areas["area_ha"], c, year=section.year)  # type: ignore[arg-type]
        for c in WETLAND_CALIBERS
    ]
    warns: list[Warn] = []
    given: dict[str, gpd.GeoDataFrame] = {}
    missing = []
    for name in section.protection_layers:
        features = open_features(plan, name)
        if features is None:
            if layer_state(plan, name) == "missing":
                missing.append(name)
        else:
            given[name] = features
    parcels = county.parcels
    if parcels is None:
        return out, warns
    if not given:
        warns.append(
            Warn(
                "protection_rate_not_estimated",
                say("carbon_sink.cover.protection_rate_not_estimated"),
                ", ".join(section.protection_layers),
            )
        )
        return out, warns
    if missing:
        warns.append(
            Warn(
                "protection_layers_missing",
                say(
                    "carbon_sink.cover.protection_layers_missing",
                    value="、".join(missing),
                    value2=", ".join(missing),
                ),
                ", ".join(missing),
            )
        )
    for caliber in WETLAND_CALIBERS:
        own = parcels[parcels["dlbm"].isin(wetland_codes(caliber))]  # type: ignore[arg-type]
        if len(own):
            out.append(
                protection_rate(
                    own,
                    own["area_m2"].to_numpy() / 1e4,
                    given,
                    caliber,  # type: ignore[arg-type]
                    year=section.year,
                )
            )
    return out, warns


_LAND_COVER = Text(
    zh="遥感土地覆盖（代用，非任何法定口径）",
    en="satellite land cover (proxy, no legal caliber)",
)
_NONE_SEEN = Text(
    zh="栅格在其像元尺度上未见该类，不等于没有；混合像元只记面积最大的一类",
    en="the raster shows none at its cell size, which does not mean that there is none:"
    " mixed cells are named for their largest class",
)
_NOTE = Text(
    zh="值为确属该类的面积；上限计入可能属于该类的代码",
    en="the value counts codes that are surely this class; the upper end those that may be",
)


def _sure_and_maybe(county: County, classes: frozenset[str]) -> tuple[float, float]:
    """Area that surely is one of `classes`, and area that may be [ha]."""
    sure = maybe = 0.0
    for eco, area in county.by_ecosystem().items():
        options = county.ambiguous.get(eco, frozenset({eco}))
        sure += area if options <= classes else 0.0
        maybe += area if options & classes else 0.0
    return sure, maybe


def _from_land_cover(section: CarbonSection, county: County) -> list[Indicator]:
    """Forest cover and wetland area of a classified raster: proxies with an interval."""
    groups = {e: x.group for e, x in ecosystems().items()}
    forest = frozenset(e for e, g in groups.items() if g == "forest")
    wet = frozenset(e for e, g in groups.items() if g == "wetland")
    wide = wet | frozenset(e for e, g in groups.items() if g == "water")
    county_ha = county.area_m2 / 1e4
    low, high = _sure_and_maybe(county, forest)
    narrow, _ = _sure_and_maybe(county, wet)
    _, broad = _sure_and_maybe(county, wide)
    shared: dict[str, Any] = {
        "caliber": "land_cover",
        "caliber_title": _LAND_COVER,
        "year": section.year,
        "source": "land_cover",
        "quality": "proxy",
    }
    return [
        Indicator(
            id="forest_cover",
            title=Text(zh="森林覆盖率", en="forest cover"),
            value=low / county_ha * 100.0,
            low=low / county_ha * 100.0,
            high=high / county_ha * 100.0,
            unit="%",
            numerator=low,
            denominator=county_ha,
            numerator_unit="ha",
            note=_NOTE if high > 0 else _NONE_SEEN,
            **shared,
        ),
        Indicator(
            id="wetland_area",
            title=Text(zh="湿地面积", en="wetland area"),
            value=narrow,
            low=narrow,
            high=broad,
            unit="ha",
            note=_NOTE if broad > 0 else _NONE_SEEN,
            **shared,
        ),
    ]


def _grass_plots(plan: Plan, section: CarbonSection) -> Indicator | None:
    plots = open_features(plan, "grass_plots")
    if plots is None or "cover_pct" not in plots.columns:
        return None
    plots = plots[plots["cover_pct"].notna()]
    if not len(plots):
        return None
    kinds = plots["grass_type"] if "grass_type" in plots.columns else None
    if kinds is not None and section.grass_type_areas_ha:
        by = {str(k): (v / 100.0).tolist() for k, v in plots["cover_pct"].groupby(kinds)}
        return grass_cover_official(by, section.grass_type_areas_ha, year=section.year)
    if "weight" in plots.columns and plots["weight"].notna().all():
        # one weight a plot: the plots of one weight stand for one type of that area
        key = kinds if kinds is not None else plots["weight"]
        by = {str(k): (v / 100.0).tolist() for k, v in plots["cover_pct"].groupby(key)}
        area = {str(k): float(v.iloc[0]) for k, v in plots["weight"].groupby(key)}
        return grass_cover_official(by, area, year=section.year)
    return None


def cover_indicators(plan: Plan, section: CarbonSection, work: Path) -> Cover:
    """All cover indicators a plan's layers allow, in every caliber.

    Parameters
    ----------
    work : Path
        Folder FVC rasters are written to.

    Returns
    -------
    Cover
        An indicator whose layers are missing is absent.
    """
    county = county_land(plan, section, check_overlaps=False)
    indicators: list[Indicator] = []
    warnings: list[Warn] = []
    rasters: dict[str, Path] = {}
    if county is not None and county.parcels is not None:
        indicators += _forest(plan, section, county)
        found, warns = _wetland(plan, section, county)
        indicators += found
        warnings += warns
    elif county is not None:
        indicators += _from_land_cover(section, county)
    plots = _grass_plots(plan, section)
    if plots is not None:
        indicators.append(plots)
    try:
        proxy = grass_from_ndvi(plan, section, county, work)
    except GeoplanError as err:
        if not plots:
            raise
        warnings.append(
            Warn("ndvi_unusable", say("carbon_sink.cover.ndvi_unusable", err=err), "ndvi")
        )
        proxy = None
    if proxy is not None:
        indicators.append(proxy.indicator)
        rasters |= proxy.rasters
        warnings += proxy.warnings
    areas = county.areas if county is not None and county.parcels is not None else None
    return Cover(tuple(indicators), areas, rasters, tuple(warnings))
