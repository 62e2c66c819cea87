"""A view of the one-file map on paper, also without colour: its legend and its graticule."""

# ruff: noqa: E501
from __future__ import annotations

import io
from itertools import combinations
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import shapely

from geoplan.maps.page import MapOptions, page_data
from geoplan.maps.write import page_html
from tests.geoplan.test_map_base import contents
from tests.geoplan.test_map_browser import CHROMIUM, Page, browser

__all__ = ["browser", "contents"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture
def tab(browser, contents, tmp_path: Path):
    path = tmp_path / "map.html"
    path.write_text(page_html(page_data(contents, MapOptions())), encoding="utf-8")
    page = Page(browser.new_page(viewport={"width": 1440, "height": 900}))
    page.open(path)
    yield page
    page.page.close()


def _grey(png: bytes) -> np.ndarray:
    """A picture as a printer without colour has it (ITU-R BT.601 weights)."""
    rgb = matplotlib.image.imread(io.BytesIO(png))[..., :3]
    return rgb @ np.array([0.299, 0.587, 0.114])


def test_swatches_of_land_differ_without_colour(tab):
    tab.js("document.getElementById('gp-legend-box').open = true; 0")
    found = {}
    for name in ("地形阴影", "湖库水面", "居民点", "有条件可用", "不可用", "无法判定"):
        row = tab.page.locator(".gp-legend-box :has(> .gp-swatch)", has_text=name).last
        found[name] = _grey(row.locator(".gp-swatch").screenshot())
    for (a, one), (b, other) in combinations(found.items(), 2):
        h, w = np.minimum(one.shape, other.shape)
        # flat greys of water, relief and towns were less than 0.04 apart
        assert np.abs(one[:h, :w] - other[:h, :w]).mean() > 0.06, (a, b)


def test_water_has_its_lines_on_the_map_as_in_the_legend(tab):
    path = tab.page.locator(".leaflet-pane path[fill^='url(#gp-waves']")
    assert path.count() == 1
    lines = "document.querySelector('#gp-waves-v-base_water path').getAttribute('stroke')"
    swatch = "GP.swatch(GP.byId['v-base_water'], '#4a90c2').querySelector('path').getAttribute('stroke')"
    assert tab.js(lines) == tab.js(swatch)


@pytest.mark.parametrize("zoom", [0, 1.5, 3])
def test_names_of_the_graticule_are_read_on_paper(tab, zoom):
    tab.js(f"GP.map.setZoom(GP.map.getZoom() + {zoom}, {{animate: false}}); 0")
    tab.js("window.dispatchEvent(new Event('beforeprint'))")
    boxes = """nodes => [...document.querySelectorAll(nodes)].map(n => [n.innerText, n.getBoundingClientRect()])
      .filter(x => x[1].width).map(([t, r]) => [t, [r.left, r.top, r.right, r.bottom]])"""
    named = [(t, shapely.box(*b)) for t, b in tab.js(f"({boxes})('.gp-grat')")]
    for hemisphere in ("N", "E"):
        assert sum(t.endswith(hemisphere) for t, _ in named) >= 2, named
    (_, frame), *_ = tab.js(f"({boxes})('#gp-stage')")
    over = tab.js(f"({boxes})('.gp-label, .gp-legend-box, .gp-north, .leaflet-control')")
    for text, box in named:
        assert shapely.box(*frame).contains(box), text
        assert box.bounds[3] - box.bounds[1] < box.bounds[2] - box.bounds[0], text  # level
        for other, b in over:
            assert not shapely.box(*b).buffer(-1).intersects(box), (text, other)
    assert [a for (a, p), (b, q) in combinations(named, 2) if p.intersects(q)] == []
    # above the land, whatever lies on it
    own, layers = tab.js("""(() => { const z = n => +getComputedStyle(GP.map.getPane(n)).zIndex;
      return [z('gp-graticule-names'), GP.layers.map(l => z(l.pane))]; })()""")
    assert own > max(layers)
