"""Yield of a drawn area: of the land in the county alone, and the head says of how much."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import shapely
from pyproj import Geod

from geoplan.plan_file import load_plan
from geoplan.serve.drawn_yield import drawn_yield
from gis.errors import ConfigError, ModelError
from layers.open.county import county_boundary_ll
from siting.sites.section import SitesSection

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    text = (ROOT / "plans" / "sample.toml").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("plan") / "sample.toml"
    path.write_text(text.replace('sample = "demo"', 'sample = "tiny"'), encoding="utf-8")
    return load_plan(path)


def _ha(shape) -> float:
    """Of the ellipsoid, by another library than the one that is tested."""
    return abs(Geod(ellps="GRS80").geometry_area_perimeter(shape)[0]) / 1e4


def _across(plan):
    """A square of 0.04 degrees about the place where the county is widest to the east."""
    county = county_boundary_ll(plan)
    lon, lat = max(shapely.get_coordinates(county).tolist())
    ring = shapely.box(lon - 0.03, lat - 0.02, lon + 0.01, lat + 0.02)
    return ring, _ha(ring), _ha(shapely.intersection(ring, county))


def _numbers(text: str) -> list[float]:
    return [float(x.replace(",", "")) for x in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


@pytest.mark.slow
@pytest.mark.parametrize("tech", ["pv", "wind"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_land_outside_the_county_is_not_counted_and_the_head_says_so(plan, tech, lang) -> None:
    ring, drawn, inside = _across(plan)
    assert 0.1 * drawn < inside < 0.9 * drawn
    found = drawn_yield(plan, ring, tech, lang)
    head = found.lines[0](lang)
    for ha in (drawn, inside, drawn - inside):
        assert any(abs(n - ha) <= 0.001 * drawn for n in _numbers(head)), (ha, head)
    assert ("县外" if lang == "zh" else "outside") in head
    assert found.area_ha == pytest.approx(inside, rel=1e-3)
    if tech == "pv":
        # a mu is 1/15 ha
        mw = inside * 15 / plan.section(SitesSection).mu_per_mw
        assert any(abs(n - mw) < 0.001 * mw + 0.05 for n in _numbers(found.lines[1](lang)))
    assert "GWh" in " ".join(x(lang) for x in found.lines)


@pytest.mark.slow
@pytest.mark.parametrize("tech", ["pv", "wind"])
def test_an_area_inside_says_nothing_of_outside(plan, tech) -> None:
    at = county_boundary_ll(plan).representative_point()
    found = drawn_yield(plan, at.buffer(0.005), tech, "zh")
    assert "县外" not in found.lines[0]("zh")
    rotor = re.search(r"叶轮直径 ([\d.]+) m", found.lines[0]("zh"))
    assert rotor is None if tech == "pv" else "." not in rotor[1]


@pytest.mark.parametrize("tech", ["pv", "wind"])
def test_what_cannot_be_a_plant_is_refused_in_words_of_the_page(plan, tech) -> None:
    at = county_boundary_ll(plan).representative_point()
    for shape, word in ((shapely.box(0, 0, 0.1, 0.1), "县域以外"), (at.buffer(1e-6), "太小")):
        with pytest.raises(ConfigError) as told:
            drawn_yield(plan, shape, tech, "zh")
        assert word in told.value.text("zh")


def test_less_than_the_circle_of_a_rotor_holds_no_turbine(plan) -> None:
    """A hectare, where the smallest rotor of the plan sweeps over more than two."""
    at = county_boundary_ll(plan).representative_point()
    ring = shapely.box(at.x, at.y, at.x + 0.00115, at.y + 0.0009)
    assert _ha(ring) == pytest.approx(1.0, rel=0.02)
    with pytest.raises(ModelError, match="too small") as told:
        drawn_yield(plan, ring, "wind", "zh")
    assert not re.search(r"[a-z]_[a-z]", told.value.text("zh"))


def test_more_than_any_plant_is_refused_with_the_most(plan) -> None:
    """100,000 MW at 25 mu a megawatt are 166,667 ha; the county of the sample is smaller."""
    wide = plan.with_sections(
        sites=plan.section(SitesSection).model_copy(update={"mu_per_mw": 0.5})
    )
    with pytest.raises(ConfigError) as told:
        drawn_yield(wide, county_boundary_ll(plan), "pv", "zh")
    text = told.value.text("zh")
    assert "太大" in text
    # 100,000 MW of half a mu each are 50,000 mu, a fifteenth of that in hectares
    assert "3,333 公顷" in text
    assert "--" not in text


@pytest.mark.slow
def test_the_head_says_how_many_of_the_turbines_are_counted(plan) -> None:
    """28 rotor diameters squared a turbine; of more than 150, 150 are computed."""
    county = county_boundary_ll(plan)
    head = drawn_yield(plan, county, "wind", "zh").lines[0]("zh")
    held = re.search(r"可排 (\d+) 台，只算其中均匀分布的 150 台", head)
    rotor = float(re.search(r"叶轮直径 (\d+) m", head)[1])
    assert int(held[1]) == pytest.approx(_ha(county) * 1e4 / (28 * rotor**2), rel=0.25)
