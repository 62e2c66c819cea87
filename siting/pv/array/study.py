"""A plant from its polygon: geometry by the rule, drawing, capacity, yield."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.errors import ConfigError
from gis.say import say
from layers.result import Warn
from siting.pv.array.earthwork import Ground
from siting.pv.array.features import collector_features
from siting.pv.array.ground import mean_slope
from siting.pv.array.plant import PvArray, draw_array, land_inside
from siting.pv.array.rules import array_rules
from siting.pv.plant.plant import LEVEL
from siting.pv.study.assess import Assessment
from siting.pv.study.context import PvContext, assess_place
from siting.pv.study.conventions import conventions
from siting.pv.study.design import Design, design
from siting.pv.study.section import PvSection

if TYPE_CHECKING:
    import pyproj

__all__ = ["Assumed", "PolygonPlant", "PolygonSite", "plant_of_polygon"]


@dataclass(frozen=True)
class PolygonSite:
    """A polygon that is to become a plant.

    Attributes
    ----------
    name
        For files and messages.
    shape, crs
        In a system of metres.
    lat, lon
        Of its middle [deg].
    no_go
        Land inside that is not to be built on.
    connection
        Where the plant meets the grid, in `crs` [m].
    ground
        Elevation model; None where none is known.
    """

    name: str
    shape: BaseGeometry
    crs: pyproj.CRS
    lat: float
    lon: float
    no_go: BaseGeometry | None = None
    connection: tuple[float, float] | None = None
    ground: Ground | None = None


@dataclass(frozen=True)
class Assumed:
    """A figure the plant rests on, and where it comes from.

    Attributes
    ----------
    title, value, unit
        What it is.
    source
        Of it.
    given
        Whether the user named it.
    """

    title: Callable[[str], str]
    value: str
    unit: str
    source: Callable[[str], str]
    given: bool


@dataclass(frozen=True)
class PolygonPlant:
    """A polygon as a plant.

    Attributes
    ----------
    assessment
        None where no weather is known.
    assumed
        Every figure of the design, those of the user marked.
    warnings
        Of the drawing, then of weather and ground.
    """

    site: PolygonSite
    array: PvArray
    design: Design
    assessment: Assessment | None
    assumed: tuple[Assumed, ...]
    warnings: tuple[Warn, ...]


def plant_of_polygon(
    site: PolygonSite,
    section: PvSection,
    context: PvContext | None,
    *,
    named: frozenset[str] = frozenset(),
    figures: Mapping[str, float] | None = None,
) -> PolygonPlant:
    """Draw the plant of a polygon and estimate what it yields.

    Parameters
    ----------
    site : PolygonSite
    section : PvSection
        Its plant, setback, roads and blocks.
    context : PvContext or None
        Weather and terrain; None gives a plant without a yield.
    named : set of str
        Keys of the section that the user named.
    figures : mapping, optional
        In place of conventions of ``siting/pv/data/array.toml``.

    Raises
    ------
    ConfigError, ModelError
        See `siting.pv.array.plant.draw_array`; also where no pitch is free of shade.

    Notes
    -----
    The pitch is that of GB 50797-2012, 7.2.2, on the mean slope of the land inside the setback.
    The yield is that of the plant as drawn: its inverters give the grid capacity, its modules
    the DC power, its own pitch the shade.
    """
    if section.mounting == "two_axis":
        raise ConfigError(
            say("siting.pv_array.no_rows_of_two_axes"),
            where="[pv] mounting",
            got=section.mounting,
            expected="fixed, tracker",
        )
    facing = 270.0 if section.mounting == "tracker" else section.azimuth_deg
    slope, found = LEVEL, None
    if site.ground is not None:
        free = land_inside(site.shape, site.no_go or shapely.Polygon(), section.setback_m)
        found = mean_slope(site.ground, free, facing)
        slope = slope if found is None else found[0]
    tilt = section.tilt_deg
    if tilt is None and section.mounting == "fixed":
        # without weather no best tilt is known; the latitude is within a few degrees of it
        tilt = float(round(abs(site.lat))) if context is None else context.tilt_deg
    plan = design(section.plant, site.lat, tilt_deg=tilt or 0.0, slope=slope, site=site.name)
    own = {**section.array, **(figures or {})}
    if section.string_modules is not None:
        own["string_modules"] = float(section.string_modules)
    if section.inverter_used.rated_w > 0.0 and "inverter_kw" not in own:
        own["inverter_kw"] = section.inverter_used.rated_w / 1000.0
    array = _drawn(site, section, plan, facing, own)
    assessment = None if context is None else _yield(site, section, plan, array, context)
    if assessment is not None and assessment.result.string is not None:
        n = assessment.result.string.modules
        if n != array.rules.string_modules and context is not None:
            own["string_modules"] = float(n)
            array = _drawn(site, section, plan, facing, own)
            assessment = _yield(site, section, plan, array, context)
    told = [*array.warnings]
    outside_m = float(collector_features(array)["outside_m"].sum())
    if outside_m > 1.0:
        text = say("siting.pv_array.lines_outside", km=outside_m / 1000.0)
        told.append(Warn("array_lines_outside", text, site.name))
    if _faces_away(site.lat, section):
        text = say("siting.pv_array.faces_away", azimuth=section.azimuth_deg, lat=site.lat)
        told.append(Warn("array_faces_away", text, site.name))
    if context is None:
        told.append(Warn("array_no_weather", say("siting.pv_array.no_weather"), site.name))
    else:
        told += [*context.warnings, *(() if assessment is None else assessment.warnings)]
    once = {(w.code, w.text("en")): w for w in told}
    return PolygonPlant(
        site=site,
        array=array,
        design=plan,
        assessment=assessment,
        assumed=_assumed(section, plan, array, context, named),
        warnings=tuple(once.values()),
    )


def _faces_away(lat: float, section: PvSection) -> bool:
    """Whether fixed modules face away from the sun at noon."""
    if section.mounting == "tracker":
        return False
    north = np.cos(np.deg2rad(section.azimuth_deg))
    return bool(north * np.sign(lat) > 1e-9) and abs(lat) > 23.45


def _drawn(
    site: PolygonSite,
    section: PvSection,
    plan: Design,
    facing_deg: float,
    figures: Mapping[str, float],
) -> PvArray:
    tilt, _ = plan.plant.designed()
    module = section.module
    sides = dict(figures)
    if module.area_m2 > 0.0 and "module_width_m" not in sides:
        # the sheet's area, in the shape of the convention
        convention = _sides_of_area(module.area_m2)
        sides = {**convention, **sides}
    rules = array_rules(
        pitch_m=plan.pitch_m,
        tilt_deg=tilt,
        azimuth_deg=facing_deg,
        collector_m=section.collector_m,
        module=module,
        dc_ac_ratio=section.dc_ac_ratio,
        setback_m=section.setback_m,
        road_m=section.road_m,
        block_mw=section.block_mw,
        given=sides,
    )
    return draw_array(
        site.shape,
        site.crs,
        rules,
        lat=site.lat,
        no_go=site.no_go,
        connection=site.connection,
        ground=site.ground,
        name=site.name,
    )


def _sides_of_area(area_m2: float) -> dict[str, float]:
    """Sides of a module of an area, in the proportion of the convention [m]."""
    long, short = (conventions()[f"module_{k}_m"].value for k in ("length", "width"))
    scale = float(np.sqrt(area_m2 / (long * short)))
    return {"module_length_m": long * scale, "module_width_m": short * scale}


def _yield(
    site: PolygonSite, section: PvSection, plan: Design, array: PvArray, context: PvContext
) -> Assessment:
    """The yield of the plant as drawn."""
    ratio = array.dc_mw / array.ac_mw
    own = section.changed(dc_ac_ratio=float(np.clip(ratio, 0.5, 3.0)), gcr=plan.plant.gcr)
    middle = array.land.representative_point()
    found = assess_place(
        replace(context, section=own),
        site.name,
        x=middle.x,
        y=middle.y,
        lat=site.lat,
        capacity_mw=array.ac_mw,
    )
    # the gcr was given as drawn: the rule and the slope behind it are kept for the reader
    drawn = replace(found.design, spacing=plan.spacing, slope=plan.slope)
    return replace(found, design=drawn)


def _assumed(
    section: PvSection,
    plan: Design,
    array: PvArray,
    context: PvContext | None,
    named: frozenset[str],
) -> tuple[Assumed, ...]:
    r = array.rules

    def of(
        key: str, value: str, unit: str, source: str, *names: str, **values: object
    ) -> Assumed:
        return Assumed(
            say(_TITLES[key]),
            value,
            unit,
            say(f"siting.pv_array.from_{source}", **values),
            any(n in named for n in names),
        )

    module = section.module
    rows = [
        of("module", module.id, "", "default", "module"),
        of("power", f"{1000.0 * r.module_kw:.0f}", "W", "efficiency", "module"),
        of("mounting", section.mounting, "", "default", "mounting"),
    ]
    if section.mounting == "fixed":
        how = "default" if section.tilt_deg is not None else "best"
        how = "latitude" if section.tilt_deg is None and context is None else how
        rows += [
            of("tilt", f"{r.tilt_deg:.0f}", "deg", how, "tilt_deg"),
            of("azimuth", f"{r.azimuth_deg:.0f}", "deg", "default", "azimuth_deg"),
        ]
    pitch = "gb" if plan.spacing is not None else "gcr"
    rows += [
        of(
            "pitch", f"{r.pitch_m:.2f}", "m", pitch, "gcr",
            rise=100.0 * plan.slope.rise, along=100.0 * plan.slope.axis_rise,
        ),
        of("ratio", f"{section.dc_ac_ratio:g}", "", "default", "dc_ac_ratio"),
        of("setback", f"{r.setback_m:g}", "m", "default", "setback_m"),
        of("road", f"{r.road_m:g}", "m", "default", "road_m"),
        of("block", f"{r.block_mw:g}", "MW", "default", "block_mw"),
    ]  # fmt: skip
    for key, row in conventions().items():
        value = r.other[key]
        rows.append(
            Assumed(
                row.title,
                f"{value:g}",
                row.unit if row.unit != "1" else "",
                say("siting.pv_array.from_default")
                if key in r.given
                else say("siting.pv_array.from_convention", source=row.source),
                key in r.given,
            )
        )
    return tuple(rows)


_TITLES = {
    k: f"siting.pv_array.title_{k}"
    for k in (
        *("module", "power", "mounting", "tilt", "azimuth", "pitch", "ratio", "setback"),
        *("road", "block"),
    )
}
