"""A name on the page stands on its own site, beside it and nearest to it, or at a line to it."""

# ruff: noqa: E501
from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geoplan.maps import write_map
from layers.result import StepResult, save_step
from layers.run_folder import RunFolder, seal
from tests.geoplan.fake_run import CRS, X0, Y0, county, fake_run
from tests.geoplan.test_map_browser import CHROMIUM, Page, browser

__all__ = ["browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

# every name of a site: which site is it, its middle, its box, and the lines there are; the
# outlines as Leaflet has them, not as the placement reads them
SEEN = """(() => { const l = GP.byId['v-sites'], at = GP.map.getContainer().getBoundingClientRect();
  const ring = a => Array.isArray(a[0]) ? a.map(ring) : a.map(p => { const q = GP.map.latLngToContainerPoint(p); return [q.x, q.y]; });
  const own = n => n.getBoundingClientRect(), box = r => [r.left - at.left, r.top - at.top, r.right - at.left, r.bottom - at.top];
  const o = document.querySelector('.gp-leaders').getBoundingClientRect();
  return {
    sites: l.shapes.map((s, f) => [GP.data.attr(l.data, 'site_id', f), ring(s.getLatLngs())]),
    names: [...document.querySelectorAll('.gp-label-sites')].map(n => [n.innerText, box(own(n))]),
    others: [...document.querySelectorAll('.gp-label:not(.gp-label-sites)')].map(n => box(own(n))),
    lines: [...document.querySelectorAll('.gp-leaders line')].map(n => ['x1', 'y1', 'x2', 'y2'].map((k, i) => +n.getAttribute(k) + (i % 2 ? o.top - at.top : o.left - at.left))),
    over: [...document.querySelectorAll('.gp-legend-box, .gp-map-buttons, .gp-north, .leaflet-control-scale')].map(n => box(own(n))),
  }; })()"""


def _site(i: int, x: float, y: float) -> shapely.Polygon:
    """One of six columns and four rows; every third is long."""
    left, low = x + 1_400 * (i % 6), y - 4_300 * (i // 6)
    return shapely.box(left, low, left + 1_300, low + (1_300 if i % 3 else 4_100))


def _rank(i: int) -> int:
    return (7 * i) % 24 + 1


def _open_land() -> shapely.Point:
    return county().representative_point()


def _under_turbines() -> shapely.Point:
    """The turbines of the fake run stand in two rows, 33 km and 33.5 km north of its corner."""
    return shapely.Point(X0 + 9_000.0, Y0 + 32_400.0)


@pytest.fixture(scope="module", params=[_open_land, _under_turbines])
def crowded(tmp_path_factory, request) -> Path:
    """24 sites side by side, 1.4 km across, the best in no order of place."""
    run = fake_run(tmp_path_factory.mktemp("run"), cell_m=400.0, n_parcels=20)
    middle = request.param()
    sites = gpd.GeoDataFrame(
        {"site_id": [f"PV-{i + 1:02d}" for i in range(24)], "tech": "pv"},
        geometry=[_site(i, middle.x, middle.y) for i in range(24)],
        crs=CRS,
    ).assign(rank=[_rank(i) for i in range(24)], area_ha=169.0, capacity_mw=100.0)
    folder = RunFolder(target=run, work=run)
    save_step(folder, "sites", StepResult(layers={"sites": sites}))
    steps = ("screen", "sites", "pv", "wind", "carbon", "targets")
    seal(folder, steps, plan="fake", run_id="0123456789ab")
    return write_map(run, tmp_path_factory.mktemp("html") / "map.html")


def _shape(rings: list[Any]) -> shapely.Geometry:
    while isinstance(rings[0][0][0], list):  # a polygon of one part may lie deeper
        rings = rings[0]
    return shapely.Polygon(rings[0])


def _misplaced(seen: dict[str, Any]) -> list[str]:
    """Names whose nearest site is another's and that no line leads from to their own."""
    sites = {name: _shape(rings) for name, rings in seen["sites"]}
    out = []
    for name, (left, top, right, bottom) in seen["names"]:
        middle = shapely.Point((left + right) / 2, (top + bottom) / 2)
        nearest = min(sites.values(), key=middle.distance)
        led = any(
            shapely.box(left - 8, top - 8, right + 8, bottom + 8).covers(shapely.Point(a, b))
            and sites[name].distance(shapely.Point(x, y)) < 1.5
            for a, b, x, y in seen["lines"]
        )
        if middle.distance(sites[name]) > middle.distance(nearest) and not led:
            out.append(name)
    return out


def _nearer(page: Page, steps: int) -> None:
    """The sites in the middle of the map, so many zooms nearer."""
    page.js(f"""GP.map.setView(L.featureGroup(GP.byId['v-sites'].shapes).getBounds().getCenter(),
      GP.map.getZoom() + {steps}, {{animate: false}}); 0""")


def _of_lines(seen: dict[str, Any]) -> list[tuple[shapely.LineString, str]]:
    """Each line of a site from its name to its end, and the name at its start."""
    found = {}
    for a, b, x, y in seen["lines"]:  # drawn twice, the white beneath the dark
        at = [
            n for n, box in seen["names"] if shapely.box(*box).dwithin(shapely.Point(a, b), 6)
        ]
        assert at  # no line leads to anything but a site
        found[a, b, x, y] = (shapely.LineString([(a, b), (x, y)]), at[0])
    return list(found.values())


@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080), (390, 844)])
def test_a_line_ends_on_its_own_site_and_meets_no_name_of_another(browser, crowded, size):
    page = Page(browser.new_page(viewport={"width": size[0], "height": size[1]}))
    page.open(crowded)
    lines = 0
    for step in (-2, 1, 1, 1):
        _nearer(page, step)
        seen = page.js(SEEN)
        sites = {name: _shape(rings) for name, rings in seen["sites"]}
        for line, own in _of_lines(seen):
            lines += 1
            end = shapely.Point(line.coords[-1])
            assert sites[own].contains(end), own
            for name, box in seen["names"]:
                if name != own:
                    assert not shapely.box(*box).intersects(line), (own, name)
                    assert shapely.box(*box).distance(end) > 5, (own, name)
            for box in seen["others"] + seen["over"]:
                assert not shapely.box(*box).intersects(line), own
    assert lines
    # lines and names lie above the marks of the map, whatever the layer
    pane = "n => +getComputedStyle(n).zIndex"
    own, marks = page.js(f"""(() => {{ const z = {pane};
      return [z(GP.map.getPane('gp-labels')), GP.layers.map(l => z(GP.map.getPane(l.pane)))]; }})()""")
    assert own > max(marks)
    page.page.close()


@pytest.mark.parametrize("size", [(1440, 900), (820, 1180), (390, 844)])
def test_a_name_stands_at_its_own_site_or_a_line_leads_to_it(browser, crowded, size):
    page = Page(browser.new_page(viewport={"width": size[0], "height": size[1]}))
    page.open(crowded)
    for step in (0, 1, 1):
        _nearer(page, step)
        seen = page.js(SEEN)
        assert seen["names"]
        assert _misplaced(seen) == []
        boxes = [shapely.box(*b) for _, b in seen["names"]]
        # none on another, and none under what lies over the map
        for i, one in enumerate(boxes):
            beside = [
                *boxes[i + 1 :],
                *(shapely.box(*b) for b in seen["others"] + seen["over"]),
            ]
            assert not any(one.buffer(-3).intersects(b) for b in beside), seen["names"][i]
    page.page.close()


def test_the_best_are_named_first_and_lines_lead_where_there_is_no_room(browser, crowded):
    page = Page(browser.new_page(viewport={"width": 390, "height": 844}))
    page.open(crowded)
    lines = 0
    for step in (0, 1):
        _nearer(page, step)
        seen = page.js(SEEN)
        ranks = [_rank(int(name[3:]) - 1) for name, _ in seen["names"]]
        assert ranks[:3] == [1, 2, 3]
        # the ten best first, with a line or without; of the rest a line waits for those without
        best = [r for r in ranks if r <= 10]
        assert ranks[: len(best)] == sorted(best)
        lines += len(seen["lines"])
    assert lines
    page.page.close()


def test_names_of_the_printed_view_keep_the_rule(browser, crowded):
    page = Page(browser.new_page(viewport={"width": 1280, "height": 800}))
    page.open(crowded)
    page.js("window.dispatchEvent(new Event('beforeprint'))")
    seen = page.js(SEEN)
    assert _misplaced(seen) == []
    told = page.page.locator(".gp-unnamed").inner_text()
    named = {name for name, _ in seen["names"]}
    assert {name for name, _ in seen["sites"] if name not in told} == named
    page.page.close()
