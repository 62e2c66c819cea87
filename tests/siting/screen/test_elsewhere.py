"""Every engine gives the same answer, whichever layers are there, assumed absent or missing."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.cells.rasterize import coverage_runs, ragged
from siting.rules.model import Rule
from siting.screen.coded import Effect, Screening, areas_by_state, effect_of, screen_program
from siting.screen.elsewhere import screen_elsewhere
from siting.screen.factors import compile_rules
from siting.screen.sources import MemorySource, consulted
from siting.screen.tables import areas_table
from tests.siting.screen import screening_world as w

LAYERS = (
    *("settlement", "road", "heritage_site", "ecological_red_line", "mining_right"),
    *("dem", "slope", "land_cover", "land_parcels"),
)
# not in the order of their names
ZONES = {
    name: coverage_runs(ragged([shapely.box(x, 4_300_000, x + 350, 4_300_500)]), w.GRID)
    for name, x in (("west", 500_000), ("east", 500_350))
}


@lru_cache(maxsize=1)
def _world() -> MemorySource:
    return w.world(5)


def source_with(states: dict[str, str]) -> MemorySource:
    """The world with layers taken away: ``available``, ``assumed_absent`` or ``missing``."""
    whole = _world()
    there = {k for k, v in states.items() if v == "available"}
    return replace(
        whole,
        vectors={k: v for k, v in whole.vectors.items() if k in there},
        rasters={k: v for k, v in whole.rasters.items() if k in there},
        absent=frozenset(k for k, v in states.items() if v == "assumed_absent"),
    )


def both(
    source: MemorySource, rules: list[Rule], folder: Path | None = None, **how: object
) -> tuple[Screening, Screening]:
    """On threads, and by prepared layers and tile files."""
    effects: list[Effect] = [effect_of(r) for r in rules]
    program = compile_rules(rules, source, w.GRID, w.RUNS, zones=ZONES)
    here = screen_program(program, source, effects=effects, tile_px=29)
    options = {"engine": "serial", "workers": 1, "tile_px": 29} | how
    return here, screen_elsewhere(program, source, effects, folder=folder, **options)


def same(a: Screening, b: Screening) -> None:
    assert [(v.state, v.layers) for v in a.verdicts] == [
        (v.state, v.layers) for v in b.verdicts
    ]
    assert np.array_equal(a.code, b.code)
    assert np.array_equal(a.table, b.table)
    assert areas_by_state(a) == areas_by_state(b)
    named = [replace(s, tech="pv") for s in (a, b)]
    one, two = (areas_table(s).to_dict("records") for s in named)
    assert one == two  # rows in one order


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.fixed_dictionaries(
        {k: st.sampled_from(("available", "assumed_absent", "missing")) for k in LAYERS}
    )
)
def test_engines_agree_whatever_is_absent(states):
    same(*both(source_with(states), w.rules()))


@pytest.mark.parametrize(
    "engine",
    ["serial", *(pytest.param(e, marks=pytest.mark.slow) for e in ("processes", "dask"))],
)
def test_slope_of_heights_assumed_absent_is_absent_too(engine):
    # one rule, about slope; no heights because there are assumed to be none: nothing is steep,
    # so all land of the county is left, on every engine; missing heights leave it unknown
    steep = [r for r in w.rules() if r.id == "T-005"]
    for state, wanted in (("assumed_absent", "left"), ("missing", "unknown")):
        here, there = both(source_with({"dem": state}), steep, engine=engine, workers=2)
        for found in (here, there):
            areas = areas_by_state(found)
            assert areas[wanted] == pytest.approx(found.county_m2, rel=1e-12)
        same(here, there)


def test_layers_that_may_answer_are_named():
    assert consulted(["slope"]) == {"slope", "dem"}
    assert consulted(["land_parcels"]) == {"land_parcels", "land_cover"}
    assert consulted(["road"]) == {"road"}


def test_zones_keep_their_order_in_the_table():
    _, there = both(source_with(dict.fromkeys(LAYERS, "available")), w.rules())
    assert list(there.zones) == ["west", "east"]
    zones = areas_table(replace(there, tech="pv"))
    assert "zone" in zones.columns
    order = [z for z in dict.fromkeys(zones["zone"]) if z in ZONES]
    assert order == ["west", "east"]


# ------------------------------------------------------------------ damaged files of a run


def damage(path: Path, how: str) -> None:
    body = bytearray(path.read_bytes())
    if how == "flipped":
        body[len(body) // 2] ^= 0xFF
    else:
        del body[len(body) // 2 :]
    path.write_bytes(body)


@pytest.fixture
def kept(tmp_path):
    """A folder with prepared layers and tiles, and what they give."""
    source = source_with(dict.fromkeys(LAYERS, "available"))
    here, there = both(source, w.rules(), tmp_path / "kept")
    same(here, there)
    return source, here, tmp_path / "kept"


@pytest.mark.parametrize("how", ["flipped", "cut"])
@pytest.mark.parametrize("pattern", ["tiles/*.npy", "tiles/*.npz"])
def test_a_damaged_tile_is_computed_again(kept, pattern, how):
    source, here, folder = kept
    whole = {p: p.read_bytes() for p in sorted(folder.glob(pattern))}
    assert whole
    for path in whole:
        damage(path, how)
    same(here, both(source, w.rules(), folder)[1])
    if pattern.endswith("npy"):
        assert {p: p.read_bytes() for p in whole} == whole


@pytest.mark.parametrize("how", ["flipped", "cut"])
@pytest.mark.parametrize(
    "pattern", ["dem-*/values.npy", "dem-*/known.npy", "road-*/xy.npy", "*/entry.json"]
)
def test_a_damaged_prepared_layer_is_prepared_again(kept, pattern, how):
    source, here, folder = kept
    files = sorted((folder / "layers").glob(pattern))
    assert files
    for path in files:
        damage(path, how)
    for tile in (folder / "tiles").iterdir():
        tile.unlink()
    same(here, both(source, w.rules(), folder)[1])


def test_only_what_is_missing_is_computed(kept):
    source, here, folder = kept
    tiles = sorted((folder / "tiles").glob("*.npz"))
    before = {p: p.stat().st_mtime_ns for p in tiles}
    tiles[2].unlink()
    same(here, both(source, w.rules(), folder)[1])
    after = {p: p.stat().st_mtime_ns for p in tiles}
    assert [p for p in tiles if after[p] != before[p]] == [tiles[2]]


def test_another_case_at_the_same_moment_is_read_anew(tmp_path):
    # the clock was set back: the second case is written with the time of the first
    source = source_with(dict.fromkeys(LAYERS, "available"))
    both(source, w.rules(), tmp_path)
    os.utime(tmp_path / "case.json", (4e9, 4e9))
    rules = w.rules(distance=10.0)
    same(*both(source, rules, tmp_path))
    os.utime(tmp_path / "case.json", (4e9, 4e9))
    same(*both(source, w.rules(), tmp_path))


def test_a_temporary_folder_is_not_left_behind():
    before = set(Path(tempfile.gettempdir()).glob("geoplan-screen-*"))
    both(source_with(dict.fromkeys(LAYERS, "available")), w.rules())
    assert set(Path(tempfile.gettempdir()).glob("geoplan-screen-*")) <= before


def test_a_shared_folder_of_the_plan_must_be_there(tmp_path):
    from geoplan.plan_file import load_plan
    from gis.errors import ConfigError
    from layers.run_aside import note_seen
    from layers.run_folder import open_run
    from siting.screen.how import tiles_folder, with_options
    from siting.screen.section import ScreeningSection
    from tests.faults.small_county import county

    plan = load_plan(county(tmp_path / "county"))
    work = open_run(tmp_path / "out", "k" * 64).work
    note_seen(work, "a")
    assert tiles_folder(plan, work).is_relative_to(work)
    section = plan.section(ScreeningSection).model_copy(update={"shared": "tiles"})
    named = plan.model_copy(update={"sections": {**plan.sections, "screening": section}})
    with pytest.raises(ConfigError, match="no such folder"):
        tiles_folder(named, work)
    assert not (tmp_path / "county" / "tiles").exists()
    (tmp_path / "county" / "tiles").mkdir()
    found = tiles_folder(named, work)
    # relative to the plan; of this work folder alone
    assert found.parent == tmp_path / "county" / "tiles"
    other = open_run(tmp_path / "other", "k" * 64).work
    note_seen(other, "a")
    assert tiles_folder(named, other) != found
    # tiles of inputs that were touched since are gone
    (found / "tile").write_text("x")
    assert (tiles_folder(named, work) / "tile").exists()
    note_seen(work, "b")
    assert not (tiles_folder(named, work) / "tile").exists()
    with pytest.raises(ConfigError, match="--shared"):
        with_options(plan, shared=str(tmp_path / "none"))
