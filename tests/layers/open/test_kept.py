"""Arrays kept between starts: another input is another entry, damage is made again."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.open import kept
from layers.open.kept import kept_arrays
from layers.open.parcel_outlines import layer_outlines
from layers.open.read_layer import key_of
from tests.layers.open.test_open import X, Y, plan_of  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Made:
    """Counts how often it was asked."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return {"numbers": np.arange(3), "none": np.zeros((0, 2))}


def asked(made, *parts):
    return kept_arrays("trial", parts, made)


def test_made_once_for_the_same_and_again_for_another_input(cache):
    made = Made()
    for parts in ((b"a", b"b"), (b"a", b"b"), (b"ab",), (b"b", b"a")):
        found = asked(made, *parts)
        assert found["numbers"].tolist() == [0, 1, 2]
        assert found["none"].shape == (0, 2)
    assert made.times == 3
    assert len(list((cache / "trial").iterdir())) == 3


@pytest.mark.parametrize("damage", ["cut", "turned", "empty", "another"])
def test_a_damaged_entry_is_made_again(cache, damage):
    made = Made()
    asked(made, b"a")
    (entry,) = (cache / "trial").iterdir()
    data = bytearray(entry.read_bytes())
    match damage:
        case "cut":
            data = data[:-5]
        case "turned":
            data[-40] ^= 1
        case "empty":
            data = bytearray()
        case "another":
            data = bytearray(b"PK" + bytes(200))
    entry.write_bytes(data)
    assert asked(made, b"a")["numbers"].tolist() == [0, 1, 2]
    assert made.times == 2
    asked(made, b"a")
    assert made.times == 2


def test_another_version_is_another_entry(monkeypatch):
    made = Made()
    asked(made, b"a")
    monkeypatch.setattr(kept.shapely, "geos_version_string", "0.0.0")
    asked(made, b"a")
    assert made.times == 2


def test_a_cache_that_cannot_be_written_costs_time_and_not_the_answer(cache, monkeypatch):
    cache.write_text("a file where the folder should be")
    made = Made()
    assert asked(made, b"a")["numbers"].tolist() == [0, 1, 2]
    monkeypatch.setattr(kept, "_write", lambda *_: (_ for _ in ()).throw(OSError("full")))
    monkeypatch.setenv("GEOPLAN_CACHE", str(cache.parent / "other"))
    assert asked(made, b"a")["numbers"].tolist() == [0, 1, 2]


def test_outlines_from_the_cache_are_those_that_were_found(plan_of, tmp_path):  # noqa: F811
    """Boxes of 2 km side by side, the second 10 m into the first, the third twice."""
    boxes = [
        shapely.box(X, Y, X + 2000, Y + 2000),
        shapely.box(X + 1990, Y, X + 4000, Y + 2000),
        shapely.box(X + 4000, Y, X + 6000, Y + 2000),
        shapely.box(X + 4000, Y, X + 6000, Y + 2000),
    ]
    parcels = gpd.GeoDataFrame(
        {"BSM": list("abcd"), "DLBM": "0102", "DLMC": "水浇地"}, geometry=boxes, crs="EPSG:4544"
    )
    parcels.to_file(tmp_path / "d.gpkg")
    key = key_of(plan_of('[layers.land_parcels]\npath = "d.gpkg"\n'), "land_parcels")
    for _ in range(2):  # made, and from the cache
        layer_outlines.cache_clear()
        pairs, union = layer_outlines(key)
        assert [p[:2] for p in pairs] == [(0, 1), (2, 3)]
        assert [p[2].area for p in pairs] == pytest.approx([10 * 2000, 2000 * 2000], abs=1e-3)
        assert union.area == pytest.approx(6000 * 2000, abs=1e-3)
