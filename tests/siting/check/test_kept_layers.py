"""Explanation and check say the same, layers read whole or near a place alone."""

from __future__ import annotations

import pytest
import shapely

from geoplan.cli import main
from gis.crs.systems import transform_points
from layers.open.shelf import marks
from siting.check import boundary, explain, near
from siting.check.boundary import check_boundary
from siting.check.explain import explain_point
from tests.siting.check.test_check import CRS, X, Y, drawn, plan, rect  # noqa: F401 - a fixture

PLACES = [(1000.0, 1000.0), (10.0, 10.0), (1999.0, 500.0), (700.0, 1700.0)]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(marks, "_SETTLED_S", 0.0)
    return tmp_path / "cache"


@pytest.fixture
def whole(monkeypatch):
    """Reads all layers whole, as before there was anything kept."""

    def at(asked, *, alone=False):
        assert alone
        return near.place_of(asked)

    def use():
        for module in (explain, boundary):
            monkeypatch.setattr(module, "place_of", at)

    return use


def degrees(x, y):
    lon, lat = transform_points([X + x], [Y + y], CRS, "EPSG:4326")
    return float(lon[0]), float(lat[0])


def test_the_same_explanation_each_time(plan, whole):  # noqa: F811
    told = []
    first = [explain_point(plan, *degrees(*p), tell=told.append).as_dict() for p in PLACES]
    again = [explain_point(plan, *degrees(*p), tell=told.append).as_dict() for p in PLACES]
    whole()
    assert first == again == [explain_point(plan, *degrees(*p)).as_dict() for p in PLACES]
    assert [t.key for t in told] == ["siting.check.first_looks"]
    assert first[0]["warnings"]


def test_a_cache_that_cannot_be_written_is_said_to_keep_nothing(plan, tmp_path, monkeypatch):  # noqa: F811
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "layers").write_text("a file where a folder should be", encoding="utf-8")
    monkeypatch.setenv("GEOPLAN_CACHE", str(locked))
    told = []
    explain_point(plan, *degrees(*PLACES[0]), tell=told.append)
    explain_point(plan, *degrees(*PLACES[0]), tell=told.append)
    assert [t.key for t in told] == ["siting.check.looks_not_kept"] * 2


@pytest.mark.parametrize("tech", ["pv", "wind", "grass"])
def test_the_same_check_each_time(plan, tmp_path, whole, tech):  # noqa: F811
    pieces = [rect(100, 100, 400, 300), rect(900, 900, 1300, 1500), rect(1900, 0, 2100, 50)]
    path = drawn(tmp_path, shapely.union_all(pieces[:2]), pieces[2])
    told = []
    first = check_boundary(path, plan, tech, tell=told.append).as_dict()
    again = check_boundary(path, plan, tech, tell=told.append).as_dict()
    whole()
    assert first == again == check_boundary(path, plan, tech).as_dict()
    assert len(told) == 1


def test_the_command_says_so_once(plan, capsys):  # noqa: F811
    place = [f"{v:.6f}" for v in degrees(1000, 1000)]
    said = []
    for _ in range(2):
        assert main(["explain", *place, str(plan.path), "--lang", "en"]) == 0
        said.append(capsys.readouterr())
    assert "opened for the first time" in said[0].err
    assert "opened for the first time" not in said[1].err
    assert said[0].out == said[1].out
