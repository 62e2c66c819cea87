"""The local what-if: who may ask, what is answered, that two analysts do not mix."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient
from PIL import Image

from geoplan.maps.reasons import STATES
from geoplan.maps.themes import themes
from geoplan.plan_file import load_plan
from geoplan.serve.app import Planner, create_app
from geoplan.serve.connection import listening_at, server_of
from geoplan.serve.facility import FacilityAsked, with_moved
from geoplan.serve.picture import painter, state_legend
from geoplan.serve.scenario import Change, Sessions, evaluate_changes
from gis.errors import ConfigError
from gis.say import say
from layers.open.county import plan_grid_of
from layers.result import Warn
from siting.facilities.section import FacilitiesSection
from siting.sites.section import SitesSection
from tests.geoplan.browser import opened, wait_until

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "right-token-0123456789"
HERE = "http://127.0.0.1"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def _plan(folder: Path):
    text = (ROOT / "plans" / "sample.toml").read_text(encoding="utf-8")
    text = text.replace('sample = "demo"', 'sample = "tiny"')
    techs = next(line for line in text.splitlines() if line.startswith("techs"))
    text = text.replace(techs, 'techs = ["pv", "wind"]')
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sample.toml"
    path.write_text(text, encoding="utf-8")
    return load_plan(path)


@pytest.fixture(scope="module")
def planner(tmp_path_factory):
    return Planner(_plan(tmp_path_factory.mktemp("plan 甲")), None, "zh")


@pytest.fixture(scope="module")
def client(planner):
    app = create_app(planner, TOKEN)
    with TestClient(app, base_url=HERE, headers={"X-Token": TOKEN}) as c:
        yield c


@pytest.fixture
def session(client) -> str:
    return client.post("/api/session").json()["session"]


def _rules(client, session: str, tech: str = "pv") -> dict[str, Any]:
    answer = client.get(f"/api/rules/{tech}", params={"session": session})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _what(client, session, changes, tech="pv"):
    body = {"session": session, "tech": tech, "changes": changes}
    return client.post("/api/whatif", json=body)


@pytest.mark.parametrize("path", ["/", "/api/rules/pv?session=x", "/api/progress?session=x"])
@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "令牌".encode()])
def test_bad_token_is_refused(planner, path, token):
    with TestClient(create_app(planner, TOKEN), base_url=HERE) as c:
        assert c.get(path, headers={"X-Token": token}).status_code == 403


def test_another_host_name_is_refused(client):
    # a page elsewhere that resolves its name to 127.0.0.1 (DNS rebinding)
    assert client.get("/", headers={"Host": "evil.example:80"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [
        ("/api/rules/pv?session=x", "会话已过期", "the session is gone"),
        ("/api/rules/nothere?session=SESSION", "没有这种用途", "no such use"),
        ("/api/picture/pv/none?session=SESSION", "没有这幅图", "no such picture"),
        ("/api/rules/pv", "请求内容有误：session", "not understood: session"),
    ],
)
def test_refusals_are_said_in_the_language_of_the_page(client, session, path, zh, en):
    where = path.replace("SESSION", session)
    for lang, words in (("zh", zh), ("en", en), ("fr", zh)):  # another: the plan's language
        answer = client.get(where, headers={"X-Lang": lang})
        assert answer.status_code in {404, 410, 422}
        assert words in answer.json()["error"]


@pytest.mark.parametrize(
    "tech", ["../../etc/passwd", "%2e%2e%2fpv", "<script>", "PV", "nothere", "pv'; drop"]
)
def test_hostile_layer_names(client, session, tech):
    assert client.get(f"/api/rules/{tech}", params={"session": session}).status_code in {
        404,
        422,
    }
    r = client.get(f"/api/picture/{tech}/base", params={"session": session})
    assert r.status_code in {404, 422}
    assert "passwd" not in r.text
    assert _what(client, session, [], tech).status_code in {404, 422}


@pytest.mark.parametrize(
    "change",
    [
        {"rule_id": "../x", "kind": "off"},
        {"rule_id": "PV-001"},
        {"rule_id": "PV-001", "kind": "delete"},
        {"rule_id": "PV-001", "distance_m": -5},
        {"rule_id": "PV-001", "distance_m": 1e9},
        {"rule_id": "PV-001", "kind": "off", "shell": "rm"},
        {"rule_id": "PV-999", "kind": "off"},
    ],
)
def test_bad_changes_are_refused(client, session, change):
    assert _what(client, session, [change]).status_code == 422


def test_page_is_closed_to_the_network_and_has_the_tab(client):
    page = opened(client).text
    assert "connect-src 'self'" in page
    assert "GP.extraTabs" in page
    assert TOKEN in page


def test_no_change_changes_nothing(client, session):
    body = _what(client, session, []).json()
    assert body["before_ha"] == body["after_ha"]


def test_areas_close_and_a_rule_off_only_frees_land(client, session):
    found = _rules(client, session)
    total = sum(found["area_ha"].values())
    for rule in found["rules"][:8]:
        body = _what(client, session, [{"rule_id": rule["id"], "kind": "off"}]).json()
        after = body["after_ha"]
        assert sum(after.values()) == pytest.approx(total, rel=1e-9)
        assert after["taken"] <= body["before_ha"]["taken"] + 1e-9
        assert after["left"] >= body["before_ha"]["left"] - 1e-9


def test_moved_rules_tell_three_capacities(client, session, planner):
    # no run: all land of the county, 15 mu a hectare
    answer = _what(client, session, [{"rule_id": "PV-004", "kind": "off"}]).json()
    mu = planner.plan.section(SitesSection).mu_per_mw
    assert answer["capacity_of"] == "land"
    for when in ("before", "after"):
        ha = answer[f"{when}_ha"]
        free, bound = ha["left"] * 15 / mu, (ha["left"] + ha["conditional"]) * 15 / mu
        assert answer["capacity"][when]["en"].startswith(
            f"unconditional {free:,.1f} MW, with approvals {bound:,.1f} MW, "
            "with grid not computed again, run the plan"
        )
        assert "未重新计算" in answer["capacity"][when]["zh"]
    # land that a park of turbines takes is no land of modules
    assert "capacity" not in _what(client, session, [], "wind").json()


def test_a_longer_setback_never_frees_land(client, session):
    rules = [r for r in _rules(client, session)["rules"] if r.get("distance_m")]
    rule = max(rules, key=lambda r: r["distance_m"])
    areas = [
        _what(
            client, session, [{"rule_id": rule["id"], "kind": "hard", "distance_m": d}]
        ).json()["after_ha"]["taken"]
        for d in (0, 100, 1000, 5000)
    ]
    assert areas == sorted(areas)


def test_three_setbacks_at_once_equal_a_screening_with_all_of_them(client, session):
    rules = [r for r in _rules(client, session)["rules"] if r.get("distance_m")][:3]
    changes = [{"rule_id": r["id"], "distance_m": r["distance_m"] * 2 + 7} for r in rules]
    quick = _what(client, session, changes).json()["after_ha"]
    body = {"session": session, "tech": "pv", "changes": changes}
    assert client.post("/api/rebase", json=body).json() == {"started": True}
    with client.stream("GET", "/api/progress", params={"session": session}) as stream:
        assert (
            '"finished": true' in [x for x in stream.iter_lines() if x.startswith("data:")][-1]
        )
    for state, area in _rules(client, session)["area_ha"].items():
        assert area == pytest.approx(quick[state], rel=1e-9, abs=1e-6)


def test_recomputation_tells_progress_and_agrees_with_the_shortcut(client, session):
    rules = [r for r in _rules(client, session)["rules"] if r.get("distance_m")]
    rule = max(rules, key=lambda r: r["distance_m"])
    change = {"rule_id": rule["id"], "kind": "hard", "distance_m": 800.0}
    quick = _what(client, session, [change]).json()["after_ha"]
    body = {"session": session, "tech": "pv", "changes": [change]}
    assert client.post("/api/rebase", json=body).json() == {"started": True}
    with client.stream("GET", "/api/progress", params={"session": session}) as stream:
        lines = [x for x in stream.iter_lines() if x.startswith("data:")]
    assert '"finished": true' in lines[-1]
    slow = _rules(client, session)
    # a fresh screening with the rule in place gives the same areas, to the last digit kept
    for state, area in slow["area_ha"].items():
        assert area == pytest.approx(quick[state], rel=1e-9, abs=1e-6)
    assert slow["frozen"] == [change]


def test_two_sessions_do_not_mix(client):
    a, b = (client.post("/api/session").json()["session"] for _ in range(2))
    rule = next(r["id"] for r in _rules(client, a)["rules"] if r["effect"] == "taken")
    _rules(client, b)
    before = _what(client, b, []).json()["after_ha"]
    errors: list[str] = []

    def hammer(
        session: str, changes: list[dict[str, str]], want: dict[str, float] | None
    ) -> None:
        for _ in range(6):
            got = _what(client, session, changes).json()["after_ha"]
            if want is not None and got != want:
                errors.append(f"{session}: {got}")

    threads = [
        threading.Thread(target=hammer, args=(a, [{"rule_id": rule, "kind": "off"}], None)),
        threading.Thread(target=hammer, args=(b, [], before)),
    ]
    for x in threads:
        x.start()
    for x in threads:
        x.join()
    assert errors == []
    assert _rules(client, b)["changes"] == []
    assert [c["rule_id"] for c in _rules(client, a)["changes"]] == [rule]


def test_an_unknown_session_is_gone(client):
    assert _what(client, "x" * 20, []).status_code == 410


def test_the_oldest_session_makes_room():
    sessions = Sessions(most=2)
    for name in ("a", "b"):
        sessions.create(name)
    assert sessions.get("a") is not None
    sessions.create("c")
    assert sessions.get("b") is None
    assert sessions.made_room("b")
    assert not sessions.made_room("never")
    assert sessions.get("a") is not None


@pytest.mark.slow
def test_saved_plan_gives_the_same_land(client, session, planner):
    rule = next(r["id"] for r in _rules(client, session)["rules"] if r["effect"] == "taken")
    change = {"rule_id": rule, "kind": "off"}
    moved = [r for r in _rules(client, session)["rules"] if r.get("distance_m")][:2]
    changes = [change, *({"rule_id": r["id"], "distance_m": 123.0} for r in moved)]
    want = _what(client, session, changes).json()["after_ha"]
    body = {"session": session, "tech": "pv", "changes": changes, "name": "方案 一"}
    done = client.post("/api/save", json=body).json()
    path = Path(done["path"])
    assert path.parent == planner.plan.path.parent
    assert path.name == done["file"] == "sample-方案 一.toml"
    again = Planner(load_plan(path), None, "zh")
    from siting.screen.coded import areas_by_state

    got = areas_by_state(again.base("pv").found)
    for state, area in want.items():
        assert got[state] / 1e4 == pytest.approx(area, rel=1e-9, abs=1e-6)
    # a second file of that name is not written over the first
    assert client.post("/api/save", json=body).status_code == 422


@pytest.mark.parametrize(
    "name", ["", "../evil", "a/b", "a\tb", ".hidden", "x" * 50, "-a", "名/二"]
)
def test_names_that_are_no_file(client, session, name):
    rule = _rules(client, session)["rules"][0]["id"]
    body = {
        "session": session, "tech": "pv", "name": name,
        "changes": [{"rule_id": rule, "kind": "off"}],
    }  # fmt: skip
    assert client.post("/api/save", json=body).status_code == 422


def test_a_change_says_something():
    with pytest.raises(ValueError, match="give kind"):
        Change(rule_id="PV-001")


def test_picture_lies_where_its_cells_are(planner):
    # the cell under a pixel holds the pixel's centre: go there and back through PROJ
    import pyproj

    grid = plan_grid_of(planner.plan)
    paint = painter(grid)
    h, w = paint.cell.shape
    west, _, east, north = paint.bounds_ll
    to = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    x0, y1 = to.transform(west, north)
    x1, _ = to.transform(east, north)
    step = (x1 - x0) / w
    rng = np.random.default_rng(5)
    back = pyproj.Transformer.from_crs(3857, "EPSG:4544", always_xy=True)
    left, top = grid.affine.c, grid.affine.f
    cell = grid.affine.a
    for _ in range(50):
        r, c = int(rng.integers(h)), int(rng.integers(w))
        if paint.cell[r, c] < 0:
            continue
        px, py = back.transform(x0 + (c + 0.5) * step, y1 - (r + 0.5) * step)
        row, col = divmod(int(paint.cell[r, c]), grid.shape[1])
        assert abs(px - (left + (col + 0.5) * cell)) <= cell / 2 + 1e-3
        assert abs(py - (top - (row + 0.5) * cell)) <= cell / 2 + 1e-3


@pytest.mark.parametrize("thin", [False, True])
def test_the_live_picture_tells_states_by_the_colours_of_its_legend(planner, thin):
    """Each colour stands for one state, so that the page knows which pattern to lay on it."""
    paint, palette = painter(plan_grid_of(planner.plan)), themes().state_colours()
    legend = state_legend("pv", palette, 0.5, thin=thin)
    assert len({x["colour"] for x in legend.values()}) == len(legend)
    shape = plan_grid_of(planner.plan).shape
    for name, look in legend.items():
        state = "provisional" if name == "hatched" else name
        cells = np.full(shape, STATES.index(state), np.uint8)
        little = np.ones(shape, bool) if name == "hatched" else None
        image = Image.open(io.BytesIO(paint.webp(cells, palette, little))).convert("RGBA")
        seen = np.unique(np.asarray(image)[paint.cell >= 0].view("<u4"))  # a pixel as a number
        assert seen.tolist() == [
            int.from_bytes([*bytes.fromhex(look["colour"][1:]), 255], "little")
        ]
    patterns = {k: x["pattern"] for k, x in legend.items()}
    expected = {"taken": "back", "unknown": "dots", "provisional": "veil", "hatched": "lines"}
    assert patterns == {k: "veil" if thin else expected.get(k, "") for k in legend}


def test_unknown_plan_rule_in_save(client, session):
    body = {
        "session": session, "tech": "pv", "name": "bad",
        "changes": [{"rule_id": "PV-999", "kind": "off"}],
    }  # fmt: skip
    assert client.post("/api/save", json=body).status_code == 422


@pytest.fixture(scope="module")
def live(planner):
    """The app on a real socket."""
    listening = listening_at(0)
    port = listening.getsockname()[1]
    server = server_of(create_app(planner, TOKEN), port)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    yield port
    server.should_exit = True
    thread.join(10)


def test_who_comes_before_the_server_runs_waits(planner):
    """The address is printed first: a browser quicker than the server is not refused."""
    listening = listening_at(0)
    port = listening.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as early:
        early.sendall(f"GET /?token={TOKEN} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        server = server_of(create_app(planner, TOKEN), port)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        assert early.recv(12) in (b"HTTP/1.1 200", b"HTTP/1.0 200")
    server.should_exit = True
    thread.join(10)


def test_an_address_that_is_taken_is_told():
    with listening_at(0) as taken, pytest.raises(ConfigError, match="--port") as told:
        listening_at(taken.getsockname()[1])
    assert "--port" in told.value.text("zh")


def test_slow_clients_hold_up_nobody(live):
    import httpx

    # ten that send half a request and wait, ten that ask and never read
    slow = []
    for i in range(20):
        s = socket.create_connection(("127.0.0.1", live))
        head = f"GET /?token={TOKEN} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        s.sendall((head + ("" if i < 10 else "\r\n")).encode())
        slow.append(s)
    began = time.perf_counter()
    answer = httpx.post(
        f"http://127.0.0.1:{live}/api/session", headers={"X-Token": TOKEN}, timeout=10
    )
    assert answer.status_code == 200
    assert time.perf_counter() - began < 5
    for s in slow:
        s.close()


def _answer(port: int, request: bytes, *, wait_s: float = 10.0) -> bytes:
    """What comes back for the bytes of a request, until the server closes or is silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as s:
        s.sendall(request)
        out = b""
        with contextlib.suppress(OSError):
            while part := s.recv(65536):
                out += part
                if b"\r\n\r\n" in out and b"}" in out:
                    break
        return out


def _request(port: int, body: bytes, token: str = TOKEN, **headers: str) -> bytes:
    sent = {
        "Host": f"127.0.0.1:{port}", "X-Token": token, "X-Lang": "en",
        "Content-Type": "application/json", "Content-Length": str(len(body)), **headers,
    }  # fmt: skip
    lines = "".join(f"{k}: {v}\r\n" for k, v in sent.items() if v)
    return f"POST /api/whatif HTTP/1.1\r\n{lines}\r\n".encode() + body


@pytest.mark.parametrize("host", ["testserver", "evil.example", "127.0.0.1.evil.example", ""])
def test_only_this_machine_is_a_host(planner, host):
    with TestClient(create_app(planner, TOKEN), base_url=HERE) as c:
        answer = c.get("/", headers={"Host": host, "X-Token": TOKEN})
        assert answer.status_code == 403


@pytest.mark.slow
def test_nothing_is_read_without_the_token(live):
    # a body that never comes: the answer is there before it
    began = time.perf_counter()
    head = _request(live, b"", token="wrong", **{"Content-Length": "400000000"})
    assert b" 403 " in _answer(live, head).split(b"\r\n")[0]
    chunked = _request(
        live, b"", token="", **{"Content-Length": "", "Transfer-Encoding": "chunked"}
    )
    assert b" 403 " in _answer(live, chunked).split(b"\r\n")[0]
    assert time.perf_counter() - began < 5


@pytest.mark.slow
def test_bodies_and_headers_have_limits(live):
    large = _request(live, b"", **{"Content-Length": "400000000"})
    assert b" 413 " in _answer(live, large).split(b"\r\n")[0]
    chunks = _request(live, b"", **{"Content-Length": "", "Transfer-Encoding": "chunked"})
    chunks += (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 2
    assert b" 413 " in _answer(live, chunks).split(b"\r\n")[0]
    assert b" 400 " in _answer(live, _request(live, b"", X="y" * 200_000)).split(b"\r\n")[0]


@pytest.mark.slow
def test_a_caller_that_is_still_sending_reads_why_it_was_refused(live):
    import http.client

    # a connection closed under a caller that sends is reset, and its answer is lost
    for _ in range(3):
        asked = http.client.HTTPConnection("127.0.0.1", live, timeout=20)
        asked.request("POST", "/", b" " * (9 << 20), {"X-Token": TOKEN})
        answer = asked.getresponse()
        assert answer.status == 413
        assert "error" in json.loads(answer.read())


@pytest.mark.slow
def test_half_open_connections_hold_up_nobody(live):
    import httpx

    began = time.perf_counter()
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{live}\r\n".encode()
    slow = [socket.create_connection(("127.0.0.1", live)) for _ in range(300)]
    for s in slow[::2]:
        with contextlib.suppress(OSError):
            s.sendall(head)
    for _ in range(3):
        answer = httpx.post(
            f"http://127.0.0.1:{live}/api/session", headers={"X-Token": TOKEN}, timeout=10
        )
        assert answer.status_code == 200
    # a byte now and then does not keep one open
    drip = slow[-1]
    drip.settimeout(0.1)
    closed = False
    while not closed and time.perf_counter() - began < 40:
        try:
            drip.sendall(b"a")
            closed = drip.recv(100) == b""
        except TimeoutError:
            time.sleep(0.5)
        except OSError:
            closed = True
    assert closed
    for s in slow:
        s.close()


@pytest.mark.parametrize(
    "body",
    [
        '{"session": "SESSION", "tech": "pv", "changes": '
        '[{"rule_id": "RULE", "distance_m": NaN}]}',
        '{"session": "SESSION", "tech": "pv", "changes": '
        '[{"rule_id": "RULE", "distance_m": 1e999}]}',
        '{"session": "SESSION", "tech": "pv", "changes": '
        '[{"rule_id": "RULE", "limit": -Infinity}]}',
        '{"session": "SESSION", "tech": "pv", "weights": {"capacity": NaN}}',
        '{"session": "SESSION", "tech": "pv", "weights": {"\\ud800": 1}}',
        '{"session": "\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800", "tech": "pv"}',
        '{"session": "SESSION", "tech": "pv", "\\ud800": 1}',
        '{"session": "SESSION", "tech": "pv", "changes": ' + "9" * 5000 + "}",
        "[" * 3000 + "]" * 3000,
        "[" * 100_000,
        "\x00",
        "null",
        "",
    ],
)
def test_what_is_no_request_is_refused_in_words(client, session, body):
    rule = _rules(client, session)["rules"][0]["id"]
    content = body.replace("SESSION", session).replace("RULE", rule).encode()
    answer = client.post(
        "/api/whatif", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert "请求内容有误" in error or error.startswith(("距离（m）：", "规则限值："))
    assert "changes.0" not in error or "请求内容有误" in error


def test_the_thirteenth_page_tells_the_first_that_it_was_closed(planner):
    with TestClient(
        create_app(planner, TOKEN), base_url=HERE, headers={"X-Token": TOKEN, "X-Lang": "en"}
    ) as c:
        first = c.post("/api/session").json()["session"]
        for _ in range(planner.sessions.most):
            c.post("/api/session")
        answer = c.get("/api/rules/pv", params={"session": first})
    assert answer.status_code == 410
    assert f"at most {planner.sessions.most} pages" in answer.json()["error"]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_an_analyst_moves_a_rule_in_the_browser(live, planner, monkeypatch):
    from playwright.sync_api import sync_playwright

    text = say("geoplan.serve.judged_too_little", share_pct=49.0, n=21, m=43, limit_pct=50.0)
    less = (Warn("judged_too_little", text, "pv"),)
    monkeypatch.setattr(
        "geoplan.serve.app.judged_too_little", lambda _, __, changes: less if changes else ()
    )
    errors: list[str] = []
    outside: list[str] = []
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.on("console", lambda m: m.type == "error" and errors.append(m.text))
        page.on("pageerror", lambda e: errors.append(str(e)))
        home = f"http://127.0.0.1:{live}"
        page.on(
            "request",
            lambda r: r.url.startswith(("data:", "blob:", home)) or outside.append(r.url),
        )
        page.goto(f"{home}/?token={TOKEN}")
        page.wait_for_selector("html[data-whatif]", timeout=60_000)
        before = page.locator('#gp-wi-areas [data-state="taken"]').inner_text()
        base = planner.base("pv")
        rule = max(  # the rule whose absence frees most land
            (
                r.id
                for r, e in zip(base.found.rules, base.found.effects, strict=True)
                if e == "taken"
            ),
            key=lambda i: (
                -evaluate_changes(
                    planner.plan, base, (Change(rule_id=i, kind="off"),)
                ).after_m2["taken"]
            ),
        )
        # the legend of the live picture has a colour and a word a state
        keys = page.evaluate(
            "GP.layers.filter(l => l.live)"
            ".map(l => l.legend.map(k => [k.colour, k.label.zh, k.pattern]))"
        )
        assert [k[1] for k in keys[-1]] == ["可用", "有条件可用", "不可用", "无法判定"]
        assert all(re.fullmatch("#[0-9a-f]{6}", k[0]) for k in keys[-1])
        assert [k[2] for k in keys[-1]] == ["", "", "back", "dots"]
        select = page.locator(f'.gp-wi-rule[data-id="{rule}"] select')
        count = page.evaluate("document.documentElement.dataset.whatif")
        select.select_option("off")
        wait_until(page, f"document.documentElement.dataset.whatif !== '{count}'")
        after = page.locator('#gp-wi-areas [data-state="taken"]').inner_text()
        assert float(after.replace(",", "")) < float(before.replace(",", ""))
        assert int(page.evaluate("document.documentElement.dataset.whatifMs")) <= 1000
        # what a run of this would refuse stands beside its figures
        assert text("zh") in page.locator("#gp-wi-warnings").inner_text()
        # a facility is added by a click on the map, and taken out again
        page.click("#gp-tab-asking")
        page.click("[data-act='add-site']")
        box = page.locator(".leaflet-container").bounding_box()
        page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
        page.wait_for_selector("[data-site='自选1']", timeout=60_000)
        assert page.locator(".leaflet-popup").count() == 0
        page.click("[data-site='自选1'] button")
        wait_until(page, "!document.querySelector(\"[data-site='自选1']\")")
        page.click("#gp-tab-whatif")
        page.click("#gp-wi-compare")
        page.wait_for_selector("#gp-swipe-bar:visible")
        page.fill("#gp-wi-name", "browser")
        page.click("#gp-wi-save")
        wait_until(
            page, "document.querySelector('#gp-wi-saved').innerText.includes('browser.toml')"
        )
        # closing and opening again in the same tab keeps what was changed
        page.reload()
        page.wait_for_selector("html[data-whatif]", timeout=60_000)
        assert page.locator(f'.gp-wi-rule[data-id="{rule}"] select').input_value() == "off"
        browser.close()
    assert errors == []
    assert outside == []


def _middle(planner) -> tuple[float, float]:
    from layers.open.county import county_boundary_ll

    place = county_boundary_ll(planner.plan).representative_point()
    return place.x, place.y


def test_a_place_and_a_boundary_are_asked_about(client, planner):
    lon, lat = _middle(planner)
    told = client.get("/api/explain", params={"lon": lon, "lat": lat}).json()["lines"]
    assert told[0].startswith(f"{lon:.6f}, {lat:.6f}")
    d = 0.002
    ring = [[lon - d, lat - d], [lon + d, lat - d], [lon + d, lat + d], [lon - d, lat + d]]
    drawn = client.post("/api/check-ring", json={"ring": ring}).json()
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    body = {"type": "FeatureCollection", "features": [feature]}
    query = {"kind": "geojson", "name": "红线"}
    sent = client.post("/api/check", params=query, json=body).json()
    # a square of 0.004 degrees: 444.9 m by 444.9 m times the cosine of the latitude
    side = 0.004 * np.pi / 180 * 6_371_000
    expected = side * side * np.cos(np.radians(lat)) / 1e4
    assert drawn["area_ha"] == pytest.approx(expected, rel=0.01)
    assert sent["area_ha"] == drawn["area_ha"]
    assert sent["lines"][0].startswith("红线")
    # what was brought in is drawn on the map where it lies; what was drawn there is there
    assert "outline" not in drawn
    shown = shapely.from_geojson(json.dumps(sent["outline"]))
    assert shown.symmetric_difference(shapely.Polygon(ring)).area < 1e-6 * shown.area
    assert any("结论" in x for x in drawn["lines"])
    # of what was drawn here the system is known, of what is brought it is asked
    asked = [any("GCJ-02" in x for x in found["lines"]) for found in (drawn, sent)]
    assert asked == [False, True]
    english = client.post("/api/check-ring", json={"ring": ring}, headers={"X-Lang": "en"})
    assert "drawn area" in english.json()["lines"][0]


@pytest.mark.parametrize(
    "ring",
    [[[106, 38], [107, 38]], [[106, 38], [107, 39], [107, 38], [106, 39]], [[0, 91]] * 3, "x"],
)
def test_what_is_no_area_is_refused(client, ring):
    for path in ("/api/check-ring", "/api/yield"):
        assert client.post(path, json={"ring": ring}).status_code == 422
    assert client.post("/api/check", params={"kind": "exe"}, content=b"MZ").status_code == 422
    assert client.post("/api/check", params={"kind": "kml"}, content=b"x").status_code == 422
    other = {"kind": "kml", "name": "../x"}
    assert client.post("/api/check", params=other, content=b"x").status_code == 422


def test_a_file_that_was_sent_is_called_by_its_name(client):
    ring = [[0.0, 0.0], [0.01, 0.0], [0.01, 0.01]]
    said = client.post("/api/check-ring", json={"ring": ring}).json()["error"]
    assert said.startswith("画的地块.geojson")
    for path, text in (("/", "geoplan-"), ("\\", "Temp")):
        assert f"{path}{text}" not in said


@pytest.mark.slow
def test_a_drawn_area_yields_what_its_size_says(client, planner):
    lon, lat = _middle(planner)
    ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat + 0.01]]
    told = client.post("/api/yield", json={"ring": ring}).json()
    assert "GWh" in " ".join(told["lines"])
    assert "画的地块" in " ".join(told["lines"])
    assert "point_" not in " ".join(told["lines"])
    assert "压占" in told["lines"][-1]


@pytest.mark.slow
def test_a_drawn_area_yields_by_its_use(client, planner):
    lon, lat = _middle(planner)
    ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat + 0.01]]
    told = client.post("/api/yield", json={"ring": ring, "tech": "wind"}).json()
    assert "台" in told["lines"][0]
    assert "GWh" in told["lines"][1]
    assert "压占" in told["lines"][-1]
    refused = client.post("/api/yield", json={"ring": ring, "tech": "grass"})
    assert refused.status_code == 422
    assert "光伏或风电" in refused.json()["error"]


@pytest.mark.slow
def test_a_case_of_facilities_is_moved(client, planner):
    """A wider limit reaches no fewer; what is no number of the case is refused."""
    cases = client.get("/api/facilities").json()
    case = cases[0]
    assert (case["id"], case["limit"], case["open"]) == (
        "charging",
        10.0,
        {"2025": 150.0, "2030": 400.0},
    )
    far = with_moved(planner.plan, FacilityAsked(case="charging", limit=30, open={"2030": 900}))
    moved = far.section(FacilitiesSection).cases[0]
    assert (moved.cost.limit, moved.open["2025"], moved.open["2030"]) == (30, 150, 900)
    # every case is answered as it stands, those of places as a whole without sites
    for other in cases[1:]:
        told = client.post("/api/facility", json={"case": other["id"]}).json()
        assert other["title"]["zh"] in told["lines"][0]
        whole = other["id"] in {"bus", "corridors"}
        assert bool(told["sites"]) == (not whole), other["id"]
    told = client.post("/api/facility", json={"case": "charging", "limit": 30}).json()
    assert "公共充电桩" in told["lines"][0]
    for bad in (
        {"case": "x"},
        {"case": "charging", "open": {"1999": 1}},
        {"case": "charging", "limit": 0},
        {"case": "hydrogen", "open": {"2030": 2.5}},  # half a site
        {"case": "charging", "open": {"2025": 500}},  # 400 until 2030
        {"case": "charging", "places": [{"name": "a", "lon": 10, "lat": 39}]},
        {"case": "charging", "places": 2 * [{"name": "a", "lon": 106.5, "lat": 38.9}]},
    ):
        assert client.post("/api/facility", json=bad).status_code == 422
    # a site that was chosen is taken out, and one of one's own is built in its stead
    gone = next(s["name"] for s in told["sites"] if s["state"] == "new")
    own = {"name": "自选1", "lon": 106.55, "lat": 38.9}
    asked = {"case": "charging", "limit": 30, "places": [own], "without": [gone]}
    sites = {s["name"]: s for s in client.post("/api/facility", json=asked).json()["sites"]}
    assert sites[gone]["state"] == "excluded"
    assert (sites["自选1"]["state"], sites["自选1"]["word"]) == ("new", "新建")
    assert (sites["自选1"]["lon"], sites["自选1"]["lat"]) == pytest.approx((106.55, 38.9))
    # one that stands is taken out, and all of it is kept as a plan of its own
    stood = next(s["name"] for s in told["sites"] if s["state"] == "existing")
    asked = {**asked, "closed": [stood]}
    left = client.post("/api/facility", json=asked).json()
    assert stood not in {s["name"] for s in left["sites"]}
    assert any(stood in w for w in left["warnings"])
    none = client.post("/api/facility", json={**asked, "closed": ["x"]}).json()
    assert none["sites"] == []
    assert any("现有设施中没有这个名称" in w for w in none["warnings"])
    path = Path(
        client.post("/api/facility/save", json={**asked, "name": "设施"}).json()["path"]
    )
    kept = load_plan(path).section(FacilitiesSection).cases[0]
    path.unlink()
    assert (
        kept
        == with_moved(planner.plan, FacilityAsked(**asked)).section(FacilitiesSection).cases[0]
    )


def test_a_page_tells_that_its_folder_holds_a_newer_run(planner, monkeypatch, tmp_path):
    """Sites and capacities stay those of the run the page was opened with, and it says so."""
    from types import SimpleNamespace

    from geoplan.serve import app

    held = SimpleNamespace(provenance=SimpleNamespace(run_id="one"), sites_basis=None)
    monkeypatch.setattr(app, "read_run_summary", lambda _: held)
    monkeypatch.setattr(app, "run_contents", lambda _: None)
    own = Planner(planner.plan, tmp_path, "zh")
    assert "run_renewed" not in [w["code"] for w in own.warnings()]
    held = SimpleNamespace(provenance=SimpleNamespace(run_id="two"), sites_basis=None)
    first = own.warnings()[0]
    assert first["code"] == "run_renewed"
    assert "新的运行" in first["text"]["zh"]
    assert own.summary.provenance.run_id == "one"


def _shared_and_own(client, session: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A rule that takes land of PV and of wind, and one of wind alone."""
    pv = {r["id"] for r in _rules(client, session)["rules"]}
    wind = [r for r in _rules(client, session, "wind")["rules"] if r["effect"] == "taken"]
    base = _what(client, session, [], "wind").json()["after_ha"]["taken"]

    def frees(rule: dict[str, Any]) -> float:
        change = [{"rule_id": rule["id"], "kind": "off"}]
        return base - _what(client, session, change, "wind").json()["after_ha"]["taken"]

    both_uses = [r for r in wind if r["id"] in pv]
    own = [r for r in wind if r["id"] not in pv and r.get("distance_m")]
    return max(both_uses, key=frees), own[0]


@pytest.mark.slow
def test_what_is_moved_in_one_use_is_moved_in_the_others_and_saved_with_them(client, session):
    """A rule is one rule: the run of the saved plan has the land of each view."""
    from siting.screen.coded import areas_by_state

    shared, own = _shared_and_own(client, session)
    moved = [{"rule_id": shared["id"], "kind": "off"}]
    before = _what(client, session, [], "wind").json()["after_ha"]
    want = {"pv": _what(client, session, moved).json()["after_ha"]}
    # the page goes to wind: what was moved comes with it and moves that land, too
    told = _rules(client, session, "wind")["changes"]
    assert told == moved
    answer = _what(client, session, told, "wind").json()
    assert answer["after_ha"]["taken"] < before["taken"]
    both_moved = [*told, {"rule_id": own["id"], "distance_m": own["distance_m"] + 300.0}]
    want["wind"] = _what(client, session, both_moved, "wind").json()["after_ha"]
    # one made the scenario, the other moved since: both are what is on the screen
    names = {"wind": "两种技术·甲（一）", "pv": "两种技术乙"}
    for use, name in names.items():
        body = {"session": session, "tech": use, "changes": both_moved, "name": name}
        done = client.post("/api/save", json=body).json()
        assert done["rules"].split(", ") == [shared["id"], own["id"]]
        again = Planner(load_plan(Path(done["path"])), None, "zh")
        for tech, land in want.items():
            got = areas_by_state(again.base(tech).found)
            assert {s: got[s] / 1e4 for s in land} == pytest.approx(land, rel=1e-9, abs=1e-6)


@pytest.mark.slow
def test_what_is_made_the_scenario_holds_for_every_use(client, session):
    shared, _ = _shared_and_own(client, session)
    change = {"rule_id": shared["id"], "kind": "off"}
    want = _what(client, session, [change], "wind").json()["after_ha"]
    body = {"session": session, "tech": "pv", "changes": [change]}
    assert client.post("/api/rebase", json=body).status_code == 200
    for _ in range(600):
        if _rules(client, session)["frozen"]:
            break
        time.sleep(0.1)
    rules = _rules(client, session, "wind")
    assert rules["frozen"] == [change]
    assert rules["area_ha"] == pytest.approx(want, rel=1e-9, abs=1e-6)


def test_the_land_a_moved_rule_hits_is_told_where_no_state_changes(client, session):
    """A conditional rule on land that has conditions or is taken already changes no state."""
    rules = _rules(client, session)["rules"]
    bound = [r for r in rules if r["effect"] == "conditional" and r.get("distance_m")]
    assert bound
    rule = bound[0]
    change = {"rule_id": rule["id"], "distance_m": rule["distance_m"] + 500.0}
    hit = _what(client, session, [change]).json()["moved"]
    assert [m["id"] for m in hit] == [rule["id"]]
    assert hit[0]["after_ha"] >= hit[0]["before_ha"]
    gone = _what(client, session, [{"rule_id": rule["id"], "kind": "off"}]).json()["moved"]
    assert gone == [{**hit[0], "after_ha": 0.0}]


def test_provisional_capacity_stands_beside_the_three():
    """30 mu a MW is 2 ha a MW: 100 ha are 50 MW."""
    from geoplan.serve.capacity import land_capacity

    words = land_capacity({"left": 0.0, "conditional": 0.0, "provisional": 100.0}, 30.0, None)
    assert "另有暂定 50.0 MW" in words("zh")
    assert "50.0 MW are provisional" in words("en")
    assert "暂定" not in land_capacity({"left": 100.0}, 30.0, None)("zh")


@pytest.mark.parametrize(
    ("asked", "zh", "en"),
    [
        ({"limit": 0}, "可达上限", "limit"),
        ({"limit": -3}, "可达上限", "limit"),
        ({"limit": 1e9}, "可达上限", "limit"),
        ({"open": {"2030": -1}}, "2030 年的开放数", "number open of 2030"),
    ],
)
def test_a_number_of_a_facility_is_called_as_its_form_calls_it(client, asked, zh, en):
    for lang, word in (("zh", zh), ("en", en)):
        body = {"case": "x", **asked}
        told = client.post("/api/facility", json=body, headers={"X-Lang": lang}).json()["error"]
        assert told.startswith(word)
        assert "请求内容有误" not in told
        assert "not understood" not in told


@pytest.mark.slow
@pytest.mark.parametrize("tech", ["pv", "wind"])
def test_land_outside_the_county_yields_nothing(client, planner, tech):
    """A square across the border: head, figures and warning are of the part inside."""
    import shapely

    from gis.cells.area import polygon_area_m2
    from layers.open.county import county_boundary_ll

    county = county_boundary_ll(planner.plan)
    lon, lat = county.exterior.coords[0] if county.geom_type == "Polygon" else (
        max(county.geoms, key=lambda g: g.area).exterior.coords[0]
    )  # fmt: skip
    d = 0.02
    ring = [[lon - d, lat - d], [lon + d, lat - d], [lon + d, lat + d], [lon - d, lat + d]]
    part = shapely.intersection(shapely.Polygon(ring), county)
    inside_ha = float(polygon_area_m2([part], "EPSG:4490")[0]) / 1e4
    told = client.post("/api/yield", json={"ring": ring, "tech": tech}).json()
    assert told["area_ha"] == pytest.approx(inside_ha, rel=1e-3)
    assert f"{told['area_ha']:,.2f} 公顷" in told["lines"][0]
    assert "在县外，未计入" in told["lines"][0]


@pytest.mark.slow
def test_the_yield_says_which_machine_it_is_of(planner):
    """Sizes without a power curve yield nothing: a machine of the library is named instead."""
    from geoplan.serve.drawn_yield import drawn_yield
    from siting.screen.section import ScreeningSection

    lon, lat = _middle(planner)
    ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat + 0.01]]
    own = planner.plan.section(ScreeningSection)
    sizes = {"hub_height_m": 110.0, "rotor_diameter_m": 191.0}
    plan = planner.plan.with_sections(screening=own.model_copy(update=sizes))
    asked = shapely.Polygon(ring)
    for lang, words in (
        (
            "zh",
            ("轮毂高度 110 m、叶轮直径 191 m", "通用机型（5 MW，225 W/m²）", "叶轮直径 168 m"),
        ),
        ("en", ("hub 110 m, rotor 191 m", "the generic machine of 5 MW", "rotor 168 m")),
    ):
        told = drawn_yield(plan, asked, "wind", lang)
        said = " ".join(w.text(lang) for w in told.warnings)
        assert all(w in said for w in words)
        assert words[1] in told.lines[0](lang)
        assert "168.2" not in " ".join(x(lang) for x in told.lines)
    none = own.model_copy(update={"hub_height_m": None, "rotor_diameter_m": None})
    bare = drawn_yield(planner.plan.with_sections(screening=none), asked, "wind", "zh")
    assert not any("拟用机型" in w.text("zh") for w in bare.warnings)


def test_what_is_saved_of_a_former_plan_says_so(tmp_path):
    """A run keeps the plan of its day; the plan of the project may have been changed since."""
    from geoplan.new_plan import new_plan
    from geoplan.serve.save import SavedOf, save_plan, saved_answer

    now, then = tmp_path / "plan.toml", tmp_path / ".run-0001.toml"
    new_plan("640221", now)
    then.write_bytes(now.read_bytes())
    of = SavedOf(load_plan(then), now, "0001 初稿")
    path = save_plan(of.plan, (), "甲", "", beside=now)
    assert saved_answer(path, of, "zh") == {"path": str(path), "file": path.name, "note": ""}
    now.write_text(now.read_text(encoding="utf-8") + "# 改动\n", encoding="utf-8")
    for lang, words in (("zh", "运行 0001 初稿 当时的规划"), ("en", "at run 0001 初稿")):
        assert words in saved_answer(path, of, lang)["note"]
