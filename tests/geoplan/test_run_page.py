"""The page of a run is computed once: as the run wrote it, as it was kept, never an old one."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi")

from geoplan.app.look import Looks, _Shown
from geoplan.app.workspace import Workspace
from geoplan.maps import write_map
from geoplan.maps.base import with_base
from geoplan.maps.contents import run_contents
from geoplan.maps.page import MapOptions, page_data
from geoplan.maps.write import page_html
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from geoplan.progress.pace import Pace
from geoplan.serve import run_page as own
from geoplan.serve.opening import Opening, waiting_page
from geoplan.serve.run_page import data_of_page, kept_at, result_mark, run_page
from layers.plan.model import Plan
from layers.run_documents import record_documents
from tests.geoplan.fake_run import fake_run


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    new_plan("640221", tmp_path / "plan.toml")
    return load_plan(tmp_path / "plan.toml")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return fake_run(tmp_path / "run", cell_m=800.0, n_parcels=20)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The whole page computations that were made."""
    made: list[str] = []

    def counted(*args, **more):
        made.append("page")
        return page_data(*args, **more)

    monkeypatch.setattr(own, "page_data", counted)
    return made


def opened(run: Path, plan: Plan, lang: str = "zh"):
    """As a server that was started a moment ago opens it."""
    return run_page(run_contents(run), plan, lang, result_mark(run), lambda *_: None)


def with_map(run: Path, plan: Plan, **more: object) -> Path:
    write_map(run, run / "map.html", plan=plan, **more)
    record_documents(run, ["map.html"])
    return run / "map.html"


def test_a_page_reads_back_as_it_was_written(run: Path, plan: Plan) -> None:
    data = page_data(with_base(run_contents(run), plan), MapOptions("en"))
    again = data_of_page(page_html(data))
    assert again is not None
    assert (json.loads(data.json()), data.blobs) == (again.meta, again.blobs)
    assert data_of_page("<html></html>") is None


def test_the_first_open_after_a_run_computes_nothing(
    run: Path, plan: Plan, computed: list[str]
) -> None:
    wanted = page_data(with_base(run_contents(run), plan), MapOptions("en"))
    with_map(run, plan, lang="zh", review_number="GS-1", base_maps=("osm",))
    found = opened(run, plan, "en")
    assert computed == []
    assert found.meta == json.loads(wanted.json())  # what belongs to the file alone is gone
    assert found.blobs == wanted.blobs


def test_a_page_that_had_to_be_computed_is_computed_once(
    run: Path, plan: Plan, computed: list[str]
) -> None:
    first = opened(run, plan)
    again = opened(run, plan, "en")
    assert computed == ["page"]
    assert again.meta == json.loads(first.json()) | {"lang": "en"}
    assert again.blobs == first.blobs
    kept_at(run).write_text("{", encoding="utf-8")  # cut off
    opened(run, plan)
    assert computed == ["page"] * 2


def test_a_changed_run_is_never_answered_by_the_old_page(
    tmp_path: Path, plan: Plan, computed: list[str]
) -> None:
    folder = tmp_path / "again"
    old = opened(fake_run(folder, cell_m=800.0, n_parcels=20), plan)
    new = opened(fake_run(folder, cell_m=800.0, n_parcels=30), plan)
    assert computed == ["page"] * 2
    assert old.blobs != new.blobs


def test_a_map_of_another_result_is_not_the_page(
    run: Path, plan: Plan, computed: list[str]
) -> None:
    path = with_map(run, plan)
    text = path.read_text(encoding="utf-8")
    meta = data_of_page(text)
    assert meta is not None
    run_id = meta.meta["run"]["id"]
    others = (
        text.replace(f'"id":"{run_id}"', '"id":"another"'),
        text.replace("GP.start", "GP.begin"),  # by other scripts
        "<html></html>",
    )
    for n, other in enumerate(others, start=1):
        path.write_text(other, encoding="utf-8")
        record_documents(run, ["map.html"])
        kept_at(run).unlink(missing_ok=True)
        opened(run, plan)
        assert len(computed) == n
    with_map(run, plan, display_only=True)
    kept_at(run).unlink()
    opened(run, plan)
    assert len(computed) == 4
    with_map(run, plan)
    path.write_text(text.replace("geoplan", "GEOPLAN"), encoding="utf-8")  # by hand
    kept_at(run).unlink()
    opened(run, plan)
    assert len(computed) == 5


def test_a_page_is_not_kept_under_a_result_it_is_not_of(run: Path, plan: Plan) -> None:
    """The folder is given another result while the page of the former one is computed."""
    contents, mark = run_contents(run), result_mark(run)
    fake_run(run, cell_m=800.0, n_parcels=30)
    run_page(contents, plan, "zh", mark, lambda *_: None)
    assert not kept_at(run).exists()


def test_what_is_computed_tells_per_cent(run: Path, plan: Plan) -> None:
    pace = Pace()
    pace.set_steps({"documents": ()})
    shares: list[float] = []

    def told(label: str, done: int, total: int) -> None:
        pace.hear(label, done, total)
        shares.append(pace.share)

    run_page(run_contents(run), plan, "zh", result_mark(run), told)
    assert len(set(shares)) > 5
    assert shares == sorted(shares)
    # 4.8 and 13.5 s of base and layers; 2.5 s of writing follow: 98 % stands not long
    assert shares[-1] == pytest.approx(18.3 / 20.8, abs=0.01)


def test_who_waits_sees_what_goes_on() -> None:
    go = threading.Event()

    def work(progress) -> str:
        progress("documents map_layers", 1, 4)
        go.wait(30)
        return "page"

    opening = Opening(work)
    assert opening.result(0.3) is None
    for lang, words in (
        ("zh", "地图：各图层的图片 (25 %"),
        ("en", "Map: pictures of its layers (25 %"),
    ):
        page = waiting_page(opening.pace, lang).body.decode()
        assert words in page
        assert re.search('http-equiv="refresh" content="[1-4]"', page)  # below five seconds
    go.set()
    assert opening.result() == "page"


def test_a_run_that_was_made_anew_is_opened_anew(tmp_path: Path, monkeypatch) -> None:
    space = Workspace(tmp_path, (tmp_path,))
    looks = Looks(space, "token", "zh")
    folder = tmp_path / "run"
    folder.mkdir()

    def shown(name: str, number: str, progress) -> _Shown:
        return _Shown(SimpleNamespace(), folder, result_mark(folder))

    monkeypatch.setattr(looks, "_shown", shown)
    (folder / "digests.json").write_text("1")
    first = looks.opening("甲", "0001", anew=True)
    first.result()
    assert looks.opening("甲", "0001", anew=True) is first
    (folder / "digests.json").write_text("2")
    assert looks.opening("甲", "0001", anew=False) is first  # its own requests go on
    assert looks.opening("甲", "0001", anew=True) is not first
