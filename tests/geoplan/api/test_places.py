"""What takes too long is stopped, and the others are answered."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

import httpx

from geoplan.api.app import create_api
from geoplan.api.desk import Desk
from geoplan.api.faults import RefusedRequest
from geoplan.api.places import Places
from geoplan.api.work import Home
from geoplan.cli import main
from gis.errors import ConfigError
from tests.geoplan.api.test_api import BEARER, GEOJSON, SQUARE, TOKEN, comb, make_plan
from tests.geoplan.api.test_register import AREA, WRITE, WRITES, live

LIMIT_S = 15.0


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_plan(tmp_path_factory.mktemp("plan 限"))


def gone(desk: Desk, path: Path) -> str:
    """A process that breaks down once and answers the next time."""
    if path.exists():
        return desk.plan().plan.id
    path.touch()
    raise MemoryError


def slow(_: Desk, seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@pytest.mark.slow
def test_a_boundary_that_takes_too_long_is_stopped_and_the_next_one_answered(
    plan, tmp_path, capsys
):
    path = tmp_path / "boundary.geojson"
    path.write_text(json.dumps(SQUARE), encoding="utf-8")
    capsys.readouterr()
    assert main(["check", str(path), str(plan), "--json"]) == 0
    want = capsys.readouterr().out
    register = tmp_path / "库.gpkg"
    # 180,003 corners: ten thousand take tens of seconds, and it grows faster than they do
    heavy = comb(45_000)
    with closing(Places(LIMIT_S)) as places:
        app = create_api(Desk(plan, register=register), TOKEN, "zh", None, WRITE, places=places)
        with (
            live(app) as home,
            httpx.Client(base_url=home, headers=BEARER, timeout=120, trust_env=False) as c,
        ):

            def check(body: str, lang: str = "zh") -> httpx.Response:
                return c.post(f"/v1/check?lang={lang}", content=body, headers=GEOJSON)

            assert check(json.dumps(SQUARE)).text == want
            with ThreadPoolExecutor(2) as pool:  # as many as there are places
                both = list(pool.map(check, (heavy, heavy), ("zh", "en")))
            assert [a.status_code for a in both] == [504, 504]
            assert "retry-after" not in both[0].headers  # it would end the same way
            assert both[0].json()["error"] == "计算超过 15 秒，已停止"
            fault = both[1].json()["faults"][0]
            assert fault["what"] == "computing took more than 15 s and was stopped"
            assert "simpler boundary" in fault["todo"]
            assert check(json.dumps(SQUARE)).text == want
            where = "/v1/register/projects"
            sent = {"id": "B", "name": "乙", "geometry": AREA}
            assert c.post(where, json=sent, headers=WRITES).json()["added"] == ["B"]


@pytest.mark.slow
def test_places_are_given_back_whatever_happens_in_them(plan, tmp_path, monkeypatch):
    home, broken = Home(plan), tmp_path / "plan.toml"
    broken.write_text("[plan", encoding="utf-8")
    with closing(Places(1.0)) as places:
        assert places.ask(home, slow, 0.0) == "0.0\n"
        for _ in range(3):  # one more than there are places
            with pytest.raises(RefusedRequest) as err:
                places.ask(home, slow, 600.0)
            assert err.value.status == 504
        with pytest.raises(ConfigError, match=r"plan\.toml"):
            places.ask(Home(broken), gone, broken)
        # what is wrong in the program is told with its traceback, and the process stays
        with pytest.raises(RuntimeError, match="MemoryError"):
            places.ask(home, gone, tmp_path / "once")
        assert places.ask(home, gone, tmp_path / "once") == f'"{Desk(plan).plan().plan.id}"\n'
        # both are taken: the third is told to come again
        monkeypatch.setattr("geoplan.api.places._PATIENCE_S", 0.1)
        with ThreadPoolExecutor(2) as pool:
            taken = [pool.submit(places.ask, home, slow, 600.0) for _ in range(2)]
            time.sleep(0.3)
            with pytest.raises(RefusedRequest) as err:
                places.ask(home, slow, 0.0)
            assert err.value.status == 503
            assert [type(t.exception()) for t in taken] == [RefusedRequest] * 2
