"""Rules as bits of cells: land classes over several words, reach on the ground."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.cells.grid import plan_grid
from gis.cells.ground import feature_scales
from siting.rules.classes import class_outcomes, value_outcomes
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.screen.cells import Bits
from siting.screen.expression import Leaf, evaluate
from siting.screen.factors import _class_jobs
from siting.screen.sources import MemorySource

WORDS = "worldcover2021"
SOURCE = MemorySource({}, {}, None, vocabularies={"land_cover": WORDS})


@pytest.mark.parametrize(("hit", "maybe"), [(0, 1), (62, 63), (63, 64), (64, 63), (126, 127),
                                            (127, 128), (130, 65)])  # fmt: skip
def test_a_class_sets_its_bits_in_whatever_word_they_are(hit, maybe):
    asked = class_outcomes(("sand", "water"), WORDS, "x")
    bits = SimpleNamespace(source=SOURCE, classes={"land_cover": [(hit, maybe, asked)]})
    (job,) = _class_jobs(bits, 3)
    values = np.arange(job.bits.shape[1], dtype=np.uint8)
    node = Leaf(hit=hit, unknown=maybe)
    wanted = value_outcomes(values, asked, WORDS)
    assert set(wanted.tolist()) == {MISS, UNKNOWN, HIT}
    assert evaluate(node, np.ascontiguousarray(job.bits.T)).tolist() == wanted.tolist()
    # no data: only the doubt is set
    assert evaluate(node, job.unknown[None, :]).tolist() == [UNKNOWN]
    assert sum(int(w) << 64 * k for k, w in enumerate(job.unknown)) == 1 << maybe


def test_a_distance_on_the_ground_is_longer_on_the_map():
    # 134 km east of the meridian a metre of ground is 1 + 134^2 / (2 x 6371^2) of the map's
    x, y = 634_000.0, 4_300_000.0
    grid = plan_grid((x, y, x + 300, y + 200), 4544, 10)
    shapes = [shapely.Point(x, y), shapely.box(x, y, x + 9, y + 9)]
    table = gpd.GeoDataFrame({"half_width_m": [0.0, 0.0]}, geometry=shapes, crs=4544)
    bits = Bits(MemorySource({"road": table}, {}, grid), grid)
    outcome = np.array([HIT, HIT], np.int8)
    leaf = bits.burned("road", outcome, 1000.0, from_edge=False, touch=False)
    scale = 1 + 134.0**2 / (2 * 6371.0**2)
    (atom,) = bits.atoms["road"]
    assert atom.bit == leaf.hit
    assert atom.distance_m.tolist() == pytest.approx([1000.0 * scale] * 2, rel=2e-6)
    assert feature_scales(np.array([[x, y, x, y]]), 4544, np.array([1.0]))[0] > 1.0002
