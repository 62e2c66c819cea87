"""Whatever the map of a run waits for says what goes on: every question, and the screening."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient

from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from geoplan.serve.app import Planner, create_app
from geoplan.serve.working import Working
from gis.errors import ConfigError
from gis.say import say

TOKEN = "right-token-0123456789"
RING = {"ring": [[106.5, 38.8], [106.51, 38.8], [106.51, 38.81]], "tech": "pv"}
# what computes -> how it is asked for, and what is said meanwhile
WORK = {
    "geoplan.serve.app.base_of": (
        ("GET", "/api/rules/pv?session=SESSION", None),
        "Screening the land (PV), 25 %, 0 s so far",
    ),
    "geoplan.serve.asking.explain_point": (
        ("GET", "/api/explain?lon=106.5&lat=38.8", None),
        "Looking up the reasons of this place, 0 s so far",
    ),
    "geoplan.serve.asking.check_boundary": (
        ("POST", "/api/check-ring", RING),
        "Checking the boundary, 0 s so far",
    ),
    "geoplan.serve.asking.drawn_yield": (
        ("POST", "/api/yield", RING),
        "Estimating the yield, 0 s so far",
    ),
    "geoplan.serve.facility.facility_answers": (
        ("POST", "/api/facility", {"case": "a"}),
        "Siting the facilities anew, 25 %, 0 s so far",
    ),
}


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory) -> Planner:
    path = new_plan("640221", tmp_path_factory.mktemp("plan") / "plan.toml")
    return Planner(load_plan(path), None, "en")


@pytest.mark.parametrize("name", WORK)
def test_every_question_says_what_goes_on(
    name: str, planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (method, path, body), words = WORK[name]
    head = {"X-Token": TOKEN, "X-Lang": "en"}
    app = create_app(planner, TOKEN)
    seen: list[Any] = []
    with TestClient(app, base_url="http://127.0.0.1", headers=head) as client:

        def compute(*args: Any, **more: Any) -> None:
            for progress in (a for a in args if callable(a)):
                if name.endswith("base_of"):
                    progress(1, 4)
                elif name.endswith("facility_answers"):
                    progress("facilities", 1, 4)
            seen.append(client.get("/api/working").json())
            raise ConfigError(say("geoplan.serve.gone"))

        monkeypatch.setattr(name, compute)
        monkeypatch.setattr("geoplan.serve.facility.with_moved", lambda plan, _asked: plan)
        session = client.post("/api/session").json()["session"]
        answer = client.request(method, path.replace("SESSION", session), json=body)
        assert answer.status_code == 422
        assert client.get("/api/working").json() == []  # over, whatever came of it
    ((first, *_),) = seen
    assert first["text"] == words


def test_what_began_last_is_told_first_and_never_goes_back() -> None:
    working = Working()
    with (
        working.at(say("geoplan.serve.work_check")),
        working.at(say("geoplan.serve.work_yield")) as told,
    ):
        told("", 3, 4)
        told("", 1, 4)
        one, two = working.told("zh")
    assert one == {"text": "正在估算发电量，75 %，已用 0 秒", "share": 0.75}
    assert two == {"text": "正在核对红线，已用 0 秒", "share": None}
    assert working.told("zh") == []
