"""Colours of the map for readers who see fewer of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.maps.page import SPARE_COLOURS, _class_index, _style
from geoplan.maps.themes import VectorTheme, themes
from geoplan.report.qgis.style import LayerFacts, style_elements

# Machado, Oliveira, Fernandes (2009), IEEE TVCG 15(6), 1291-1298, table of severity 1.0:
# what dichromats see, as a matrix on linear sRGB.
SEEN = {
    "all colours": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# Beyond it a standard observer sees two different colours: Mokrzycki, Tatol (2011), Machine
# Graphics and Vision 20(4), 383-411.
LEAST = 5.0
# IEC 61966-2-1: linear sRGB to CIE XYZ, and the white of D65
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(colour: str, seen: str = "all colours", opacity: float = 1.0) -> np.ndarray:
    """CIE L*a*b* (1976) of a colour over white paper, as it is seen."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    rgb = opacity * rgb + 1 - opacity
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(SEEN[seen]) @ linear, 0, 1)
    xyz = XYZ @ linear / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _legends() -> dict[str, tuple[Mapping[str, str], float]]:
    found = {}
    look = themes()
    opacity = next(r.opacity for r in look.raster if r.match == "eligibility")
    found["states"] = (look.state_colours(), opacity)
    for v in look.vector:
        if v.classes:
            colours = {str(c.value): c.colour for c in v.classes}
            found[v.id or v.layer] = (colours, v.opacity if v.geometry == "polygon" else 1.0)
    for name in sorted({r.ramp for r in look.raster} | {v.ramp for v in look.vector if v.ramp}):
        found[f"ramp {name}"] = ({str(i): c for i, c in enumerate(look.ramp(name))}, 0.6)
    found["spare"] = (dict(zip("abcdefgh", SPARE_COLOURS, strict=True)), 0.6)
    return found


LEGENDS = _legends()


def test_the_simulation_is_that_of_the_paper() -> None:
    """White and grey stay what they are: every row of a matrix sums to 1."""
    for name in SEEN:
        assert np.sum(SEEN[name], axis=1) == pytest.approx([1, 1, 1], abs=2e-6)
        assert lab("#ffffff", name) == pytest.approx([100, 0, 0], abs=0.05)
    # and red and green of one lightness, told apart by most readers, are one colour to some
    red, green = "#c0504d", "#7f8f2d"
    assert np.linalg.norm(lab(red) - lab(green)) > 50
    assert np.linalg.norm(lab(red, "deuteranopia") - lab(green, "deuteranopia")) < 25


@pytest.mark.parametrize("legend", LEGENDS)
@pytest.mark.parametrize("seen", SEEN)
def test_classes_of_a_theme_are_told_apart(legend: str, seen: str) -> None:
    colours, opacity = LEGENDS[legend]
    near = {
        (a, b): round(float(np.linalg.norm(lab(x, seen, opacity) - lab(y, seen, opacity))), 1)
        for (a, x), (b, y) in combinations(colours.items(), 2)
    }
    assert {k: d for k, d in near.items() if d < LEAST} == {}


def _theme(layer: str) -> VectorTheme:
    return next(v for v in themes().vector if v.layer == layer)


def test_classes_of_a_share_are_the_same_on_the_page_and_in_qgis() -> None:
    """Four colours for what is short of a target, a quarter each, and one for what meets it."""
    theme, values = _theme("targets_by_township"), [0.1, 0.25, 0.58, 0.93, 0.9999, 1.0, 1.4]
    expected = [0, 1, 2, 3, 3, 4, 4]
    made: dict = {}
    points = [shapely.Point(i, 0) for i in range(7)]
    shown = gpd.GeoDataFrame({"progress_frac": values}, geometry=points)
    _style(made, theme, shown)
    # as the page reads them (layers.js)
    assert [sum(v >= b for b in made["breaks"][1:-1]) for v in values] == expected
    assert _class_index(made, shown).tolist() == expected
    facts = LayerFacts("targets", {"progress_frac": "REAL"}, tuple(values), tuple(values))
    (renderer, *_) = style_elements(theme, facts, {}, "en")
    ranges = [(float(r.get("lower")), float(r.get("upper"))) for r in renderer.iter("range")]
    # the first range that holds a value, ends included, takes it
    first = [next(i for i, (a, b) in enumerate(ranges) if a <= v <= b) for v in values]
    assert first == expected
    there = [(r.get("label") or "") for r in renderer.iter("range")]
    here = [c["label"]["en"].strip() for c in made["classes"]]
    assert here[0].replace(" ", "") == there[0].replace(" ", "") == "0.00–0.25"
    assert here[-1] == there[-1] == ">= 1.00"


def test_a_quantity_has_one_table_of_classes_on_the_page_and_in_qgis() -> None:
    """Seven roofs, four of them of 10 kWp: quantiles, no steps of equal width."""
    theme, values = _theme("rooftops"), [5.25, 10.0, 10.0, 10.0, 10.0, 40.0, 900.0]
    made: dict = {}
    points = [shapely.Point(i, 0) for i in range(8)]
    _style(made, theme, gpd.GeoDataFrame({"kwp": [*values, np.nan]}, geometry=points))
    facts = LayerFacts("rooftops", {"kwp": "REAL"}, tuple(values), tuple(values), holes=True)
    (renderer, *_) = style_elements(theme, facts, {}, "en")
    fills = {
        s.get("name"): next(p.get("v") for p in s.iter("prop") if p.get("k") == "color")
        for s in renderer.iterfind("symbols/symbol")
    }
    there = {
        r.get("label"): [int(v) for v in str(fills[r.get("symbol")]).split(",")[:3]]
        for r in renderer.iter("range")
    }
    here = {
        c["label"]["en"]: [int(c["colour"][i : i + 2], 16) for i in (1, 3, 5)]
        for c in made["classes"]
    }
    assert len(here) > 2
    assert there == here
    # 10 kWp, an edge, is in the class above it on both
    ranges = [(float(r.get("lower")), float(r.get("upper"))) for r in renderer.iter("range")]
    ((low, _),) = [r for r in ranges if r[0] <= 10.0 <= r[1]]
    assert low == 10.0


def test_parts_of_a_zone_add_up_to_its_area() -> None:
    told = {f.name for f in _theme("zone_sheets").fields}
    assert {f"pv_{s}_ha" for s in ("left", "conditional", "taken", "unknown")} <= told
