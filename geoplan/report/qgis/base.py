"""The county's own layers beneath a QGIS project: relief, water, roads, towns, three lines."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoplan.maps.base import base_frames
from geoplan.maps.contents import RunContents
from geoplan.maps.raster_notes import raster_blank
from geoplan.maps.relief import relief_of
from geoplan.maps.themes import themes
from geoplan.report.qgis.layouts import BARE, RELIEF, Shown
from geoplan.report.qgis.states import bare_land, hatched_land
from gis.cells.grid import plan_grid
from gis.files.write import write_features
from gis.files.write_raster import write_cog
from gis.say import say
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["RELIEF_ORDER", "BaseFiles", "relief_layer", "relief_shown", "write_base"]

RELIEF_ORDER = 5.5
"""Over the land, under water and lines."""
_ID = "geoplan_relief"
_MULTIPLY = "6"  # QgsPainting::BlendMultiply: what is beneath is darkened
_FLAT = 0.7071067811865476  # light on flat land, see `geoplan.maps.relief.hillshade`
_DARK = 0.5
_WHITE = 255


@dataclass(frozen=True)
class BaseFiles:
    """Files of the base, beside the project; None where the plan has none of it."""

    features: Path | None = None
    relief: Path | None = None


def write_base(plan: Plan, run: Path, contents: RunContents | None = None) -> BaseFiles:
    """Write ``base.gpkg`` and ``base_relief.tif`` of the plan's own layers.

    Of a run (`contents`) land taken, not judged or without a figure of carbon stands in the
    first, to be hatched.

    Shapes are simplified as on the map page: they are to be seen, nothing is measured on them.
    Brightness of the relief is 255 on flat or lit land, less in shadow, 0 where no height is
    known.

    Raises
    ------
    DataError
        When a layer cannot be read or a file cannot be written.
    """
    features, relief = run / "base.gpkg", run / "base_relief.tif"
    for path in (features, relief):
        path.unlink(missing_ok=True)
    hatched = {} if contents is None else _hatched(plan, contents)
    for name, frame in (base_frames(plan) | hatched).items():
        write_features(features, name, frame)
    shade = relief_of(plan)
    bounds = shapely.bounds(county_boundary(plan))
    box = (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3]))
    found = None if shade is None else shade(box)
    if found is not None:
        light, (left, bottom, right, top) = found
        dark = np.clip((_FLAT - light) / _FLAT, 0.0, 1.0) * _DARK
        grey = np.where(np.isfinite(light), np.round(_WHITE * (1 - np.nan_to_num(dark))), 0)
        cell = (right - left) / light.shape[1]
        grid = plan_grid((left, bottom, right, top), plan_crs(plan), cell)
        write_cog(relief, grey.astype(np.uint8), grid, dtype="uint8", nodata=0)
    return BaseFiles(
        features if features.exists() else None, relief if relief.exists() else None
    )


def _hatched(plan: Plan, contents: RunContents) -> dict[str, gpd.GeoDataFrame]:
    land = contents.rasters.get("eligibility")
    found = {} if land is None else hatched_land(land)
    for name, path in contents.rasters.items():
        look = next((r for r in themes().raster if fnmatchcase(name, r.match)), None)
        if look is not None and raster_blank(look.note, contents.summary) is not None:
            bare = bare_land(path, county_boundary(plan))
            found |= {} if bare is None else {f"{BARE}{name}": bare}
    return found


def relief_shown(relief: Path, lang: str) -> Shown:
    """The relief in tree and layouts."""
    return Shown(
        id=_ID,
        key=RELIEF,
        title=say("geoplan.qgis.relief")(lang),
        group="base",
        visible=True,
        provider="gdal",
        source=f"./{relief.name}",
    )


def relief_layer(relief: Path, reference: ET.Element, lang: str) -> ET.Element:
    """The ``<maplayer>`` of the relief: it darkens what lies beneath."""
    out = ET.Element("maplayer", type="raster", autoRefreshEnabled="0")
    ET.SubElement(out, "id").text = _ID
    ET.SubElement(out, "datasource").text = f"./{relief.name}"
    ET.SubElement(out, "layername").text = say("geoplan.qgis.relief")(lang)
    ET.SubElement(out, "provider").text = "gdal"
    ET.SubElement(out, "srs").append(reference)
    marks = {"type": "singlebandgray", "grayBand": "1", "gradient": "BlackToWhite"}
    marks |= {"opacity": "1", "alphaBand": "-1"}
    look = ET.SubElement(ET.SubElement(out, "pipe"), "rasterrenderer", marks)
    span = ET.SubElement(look, "contrastEnhancement")
    for key, value in (("minValue", "0"), ("maxValue", str(_WHITE))):
        ET.SubElement(span, key).text = value
    ET.SubElement(span, "algorithm").text = "StretchToMinimumMaximum"
    ET.SubElement(out, "blendMode").text = _MULTIPLY
    return out
