"""Styles QGIS takes by itself: ``<name>.qml`` beside a raster.

Without one QGIS lists all 256 places of a colour table, and shows three bands of many as red,
green and blue.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path

from gis.files.plain_text import washed
from gis.files.whole_file import whole_file
from gis.say import say

__all__ = ["write_class_style", "write_ramp_style"]

_VERSION = "3.22.0"
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def _write(path: Path, renderer: ET.Element) -> Path:
    root = ET.Element("qgis", version=_VERSION, styleCategories="Symbology")
    ET.SubElement(root, "pipe").append(renderer)
    ET.SubElement(root, "blendMode").text = "0"
    out = path.with_suffix(".qml")
    with whole_file(out, say("gis.files.raster_cannot_be_written")) as part:
        part.write_text(_HEAD + ET.tostring(root, encoding="unicode"), encoding="utf-8")
    return out


def _renderer(kind: str) -> ET.Element:
    marks = {"type": kind, "band": "1", "opacity": "1", "alphaBand": "-1", "nodataColor": ""}
    return ET.Element("rasterrenderer", marks)


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
    renderer = _renderer("paletted")
    palette = ET.SubElement(renderer, "colorPalette")
    for value, (name, (red, green, blue, alpha)) in sorted(classes.items()):
        ET.SubElement(
            palette,
            "paletteEntry",
            {
                "value": str(value),
                "label": washed(name),
                "color": f"#{red:02x}{green:02x}{blue:02x}",
                "alpha": str(alpha),
            },
        )
    return _write(path, renderer)


def write_ramp_style(path: Path, colours: Sequence[str], span: tuple[float, float]) -> Path:
    """Write a ramp for the first band, evenly over a span.

    Parameters
    ----------
    path : Path
        Of the raster.
    colours : sequence of str
        ``#rrggbb``, lowest first; two at least.
    span : (least, greatest)
    """
    low, high = span
    renderer = _renderer("singlebandpseudocolor")
    renderer.attrib |= {"classificationMin": repr(low), "classificationMax": repr(high)}
    shader = ET.SubElement(
        ET.SubElement(renderer, "rastershader"),
        "colorrampshader",
        {
            "colorRampType": "INTERPOLATED",
            "classificationMode": "1",
            "clip": "0",
            "minimumValue": repr(low),
            "maximumValue": repr(high),
        },
    )
    step = (high - low) / (len(colours) - 1)
    for i, colour in enumerate(colours):
        value = low + i * step
        marks = {"value": repr(value), "label": f"{value:g}", "color": colour, "alpha": "255"}
        ET.SubElement(shader, "item", marks)
    return _write(path, renderer)
