"""Numbers in QGIS: a ramp between stops, of one band, not three bands as colours."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from gis.files.export.raster_style import ramp_renderer, write_style

STOPS = [(-4.0, "-4", "#7f3b08"), (0.0, "0", "#f7f7f7"), (4.0, "4", "#2d004b")]


def test_a_ramp_is_written_beside_its_raster(tmp_path):
    style = write_style(tmp_path / "out.tif", ramp_renderer(STOPS))
    assert style == tmp_path / "out.qml"
    (renderer,) = ET.parse(style).getroot().iter("rasterrenderer")
    assert (renderer.get("type"), renderer.get("band")) == ("singlebandpseudocolor", "1")
    assert renderer.get("classificationMin") == "-4.0"
    items = [(float(i.get("value")), i.get("color")) for i in renderer.iter("item")]
    assert items == [(v, c) for v, _, c in STOPS]
