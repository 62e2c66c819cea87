"""Styles QGIS takes by itself: ``<name>.qml`` beside a raster.

Without one QGIS lists all 256 places of a colour table, and shows three bands of many as red,
green and blue.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gis.files.plain_text import washed
from gis.files.whole_file import whole_file
from gis.say import say

__all__ = ["class_renderer", "ramp_renderer", "write_class_style", "write_style"]

_VERSION = "3.22.0"
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def write_style(path: Path, renderer: ET.Element) -> Path:
    """Write a renderer beside the raster at `path`; QGIS takes it by itself."""
    root = ET.Element("qgis", version=_VERSION, styleCategories="Symbology")
    ET.SubElement(root, "pipe").append(renderer)
    ET.SubElement(root, "blendMode").text = "0"
    out = path.with_suffix(".qml")
    with whole_file(out, say("gis.files.raster_cannot_be_written")) as part:
        part.write_text(_HEAD + ET.tostring(root, encoding="unicode"), encoding="utf-8")
    return out


def _renderer(kind: str, band: int, opacity: float) -> ET.Element:
    marks = {
        "type": kind,
        "band": str(band),
        "opacity": f"{opacity:g}",
        "alphaBand": "-1",
        "nodataColor": "",
    }
    return ET.Element("rasterrenderer", marks)


def class_renderer(
    classes: Iterable[tuple[int, str, str, int]], *, band: int = 1, opacity: float = 1.0
) -> ET.Element:
    """``<rasterrenderer>`` of classes: value, name, colour (``#rrggbb``), alpha (0 to 255)."""
    out = _renderer("paletted", band, opacity)
    palette = ET.SubElement(out, "colorPalette")
    for value, name, colour, alpha in classes:
        marks = {"value": str(value), "label": washed(name), "color": colour}
        ET.SubElement(palette, "paletteEntry", {**marks, "alpha": str(alpha)})
    return out


def ramp_renderer(
    stops: Sequence[tuple[float, str, str]], *, band: int = 1, opacity: float = 1.0
) -> ET.Element:
    """``<rasterrenderer>`` of a ramp between stops: value, its text, colour; lowest first."""
    low, high = stops[0][0], stops[-1][0]
    out = _renderer("singlebandpseudocolor", band, opacity)
    out.attrib |= {"classificationMin": repr(low), "classificationMax": repr(high)}
    shader = ET.SubElement(
        ET.SubElement(out, "rastershader"),
        "colorrampshader",
        {
            "colorRampType": "INTERPOLATED",
            "classificationMode": "1",
            "clip": "0",
            "minimumValue": repr(low),
            "maximumValue": repr(high),
        },
    )
    for value, text, colour in stops:
        marks = {"value": repr(value), "label": text, "color": colour, "alpha": "255"}
        ET.SubElement(shader, "item", marks)
    return out


def write_class_style(
    path: Path, classes: Mapping[int, tuple[str, tuple[int, int, int, int]]]
) -> Path:
    """Write the classes of a raster: value -> name and colour (red, green, blue, opacity).

    Examples
    --------
    >>> import tempfile
    >>> tif = Path(tempfile.mkdtemp(), "a.tif")
    >>> text = write_class_style(tif, {1: ("可用", (11, 122, 117, 255))}).read_text("utf-8")
    >>> 'value="1" label="可用" color="#0b7a75" alpha="255"' in text
    True
    """
    rows = (
        (value, name, f"#{red:02x}{green:02x}{blue:02x}", alpha)
        for value, (name, (red, green, blue, alpha)) in sorted(classes.items())
    )
    return write_style(path, class_renderer(rows))
