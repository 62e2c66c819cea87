"""What a run needs is estimated before it begins, and a cell size that fits is proposed."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan import needs
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from layers.open.county import county_boundary
from siting.screen.how import with_options
from siting.screen.screening import rules_of
from siting.screen.section import ScreeningSection
from tests.faults import small_county as sc

GB = 10**9


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory):
    return load_plan(sc.county(tmp_path_factory.mktemp("needs"), cell_m=10.0))


def cells_of(plan, cell_m: float):
    return plan.model_copy(update={"area": plan.area.model_copy(update={"cell_m": cell_m})})


def section_of(plan, **changed: object):
    section = plan.section(ScreeningSection).model_copy(update=changed)
    return plan.model_copy(update={"sections": {**plan.sections, "screening": section}})


@pytest.fixture
def machine(monkeypatch):
    """A machine of our own: free memory and disk [bytes]."""
    has = SimpleNamespace(memory=64 * GB, disk=1000 * GB)
    monkeypatch.setattr(needs, "memory_free", lambda: has.memory)
    monkeypatch.setattr(needs, "disk_free", lambda _: has.disk)
    monkeypatch.setattr(needs, "address_space", lambda: None)
    return has


def test_cells_are_those_of_the_grid(plan):
    west, south, east, north = county_boundary(plan).bounds
    assert needs.run_needs(plan, ("screen",)).cells == pytest.approx(
        (east - west) / 10 * (north - south) / 10, rel=0.01
    )
    # cells of half the side are four times as many
    four = needs.run_needs(plan, ("screen",), cell_m=5.0).cells
    assert four == pytest.approx(4 * needs.run_needs(plan, ("screen",)).cells, rel=0.01)


def test_memory_follows_cells_technologies_scenarios_layers_and_workers(plan, tmp_path):
    def memory(one, steps=("screen",), cell_m=1.0) -> int:
        return needs.run_needs(one, steps, documents=False, cell_m=cell_m).memory

    base = memory(plan)
    # 24 bytes a run are held for every further technology, 5 of the state of each scenario
    runs = (memory(section_of(plan, techs=("pv", "wind"))) - base) / 24
    more = section_of(plan, compare=("hard_only", "conservative"))
    assert memory(more) - base == pytest.approx(2 * 5 * runs, rel=1e-4)
    # a row of 5.2 km has at least a few, and by its files at most 6 in 1,000 m twice over
    west, south, east, north = county_boundary(plan).bounds
    in_row = runs / (north - south)
    assert 8 < in_row < 8 + 2 * 0.006 * (east - west)
    # on cells of half the side there are twice as many rows, of as many runs, not four times
    fine = memory(section_of(plan, techs=("pv", "wind")), cell_m=0.5) - memory(plan, cell_m=0.5)
    assert fine / 24 == pytest.approx(2 * runs, rel=0.01)
    assert memory(plan, ("screen", "sites")) > base
    # one worker more holds one tile of 1024 x 1024 more: 40 bytes a cell, and 8 for each word
    # of 64 bits, of which a rule takes two (hit, unknown)
    words = -(-2 * len(rules_of(plan, "pv")[0]) // 64)
    more = memory(with_options(plan, workers=3)) - base
    assert more == pytest.approx((40 + 8 * words) * 1024**2, rel=1e-6)
    assert memory(with_options(plan, engine="processes")) > base
    assert memory(with_options(plan, engine="tcp://host:1")) < base  # workers are elsewhere


def test_a_larger_layer_takes_more(tmp_path):
    path = sc.county(tmp_path)
    before = needs.run_needs(load_plan(path), ("screen",)).memory
    with (tmp_path / "dltb.gpkg").open("ab") as stream:
        stream.truncate((tmp_path / "dltb.gpkg").stat().st_size + 100_000_000)
    # 106 bytes a vertex in memory against 16 in the file: about seven times
    more = needs.run_needs(load_plan(path), ("screen",)).memory - before
    assert more == pytest.approx(700_000_000, rel=0.01)  # and a few runs more


def test_what_fits_is_let_through(plan, machine, tmp_path):
    needs.require_room(plan, ("screen", "sites"), tmp_path)
    machine.memory = None  # a system that does not say
    needs.require_room(plan, ("screen", "sites"), tmp_path)


def refusal(plan, steps: tuple[str, ...], folder: Path) -> ConfigError | None:
    try:
        needs.require_room(plan, steps, folder, documents=False)
    except ConfigError as err:
        return err
    return None


def proposed(err: ConfigError) -> float:
    found = re.search(r"set \[area\] cell_m = ([\d.]+) or more", err.text("en"))
    assert found, err.text("en")
    return float(found[1])


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.floats(0.02, 5.0),
    st.floats(1.2, 64.0),
    st.sampled_from([("screen",), ("screen", "sites")]),
)
def test_the_proposed_cell_size_fits_and_is_the_next_one(
    plan, machine, tmp_path, cell, gb, steps
):
    machine.memory = int(gb * GB)
    refused = refusal(cells_of(plan, cell), steps, tmp_path)
    if refused is None:
        return
    assert refused.exit_code == 2
    side = proposed(refused)
    assert side > cell
    assert refusal(cells_of(plan, side), steps, tmp_path) is None
    # sides go by steps of at most a third: two thirds of it would not fit, or are too fine
    assert refusal(cells_of(plan, max(cell, side * 0.66)), steps, tmp_path) is not None


def test_the_refusal_says_cells_need_and_room_in_both_languages(plan, machine, tmp_path):
    machine.memory = int(1.6 * GB)
    with pytest.raises(ConfigError) as caught:
        needs.require_room(cells_of(plan, 0.5), ("screen", "sites"), tmp_path)
    en, zh = caught.value.text("en"), caught.value.text("zh")
    for text in (en, zh):
        assert "cell_m = 0.5" in text
        assert "1.4 GB" in text  # nine tenths of what is free
        assert re.search(r"9\d,\d{3},\d{3}", text)  # 5.2 km x 4.6 km in cells of 0.5 m: 96 M
    assert "未开始运行" in zh
    assert "not begun" in en


def test_rasters_read_whole_have_their_ceiling_whatever_the_memory(plan, machine, tmp_path):
    machine.memory = 10_000 * GB
    fine = cells_of(plan, 0.2)  # 600 M cells; one raster is read up to 400 M
    with pytest.raises(ConfigError, match="too many cells"):
        needs.require_room(fine, ("screen", "sites", "pv"), tmp_path)
    # these go by windows, and so does what is drawn of them
    needs.require_room(fine, ("screen", "sites"), tmp_path)


def test_a_full_disk_is_told_before_the_run(plan, machine, tmp_path):
    machine.disk = 10**7
    with pytest.raises(ConfigError, match="disk will not suffice") as caught:
        needs.require_room(plan, ("screen",), tmp_path)
    assert "free some space" in str(caught.value)
    machine.disk = 10**8
    with pytest.raises(ConfigError, match="disk will not suffice") as caught:
        needs.require_room(cells_of(plan, 0.6), ("screen",), tmp_path)
    assert proposed(caught.value) > 0.6


def test_where_the_address_space_is_limited_the_limit_is_to_be_raised(
    plan, machine, tmp_path, monkeypatch
):
    machine.memory = GB // 2
    monkeypatch.setattr(needs, "address_space", lambda: 3 * GB)
    with pytest.raises(ConfigError, match="ulimit -v unlimited"):
        needs.require_room(plan, ("screen", "sites"), tmp_path)


@pytest.mark.parametrize(
    "err", [MemoryError(), RuntimeError("can't start new thread"), OSError(12, "x")]
)
def test_want_of_memory_in_the_middle_of_a_run_is_told(tmp_path, err):
    from geoplan.run import run_plan
    from gis.errors import DataError

    path = sc.county(tmp_path)

    def progress(*_: object) -> None:
        raise err

    with pytest.raises(DataError, match="memory was used up") as caught:
        run_plan(load_plan(path), tmp_path / "out", only=("screen",), progress=progress)
    assert "finished steps are kept" in str(caught.value)
    assert "内存用尽" in caught.value.text("zh")
    assert not (tmp_path / "out").exists()


def test_doctor_says_it_too(plan, machine):
    from geoplan.doctor import _size

    machine.memory = int(1.5 * GB)
    faults: list = []
    _size(cells_of(plan, 0.5), faults)
    assert "memory will not suffice" in str(faults[0])
    faults.clear()
    _size(cells_of(plan, 50.0), faults)
    assert faults == []


def test_the_data_has_its_source():
    found = needs._measured()
    assert found["fit"]["source"]
    assert Path(needs.__file__).with_name("needs.toml").exists()
