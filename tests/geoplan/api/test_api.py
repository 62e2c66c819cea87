"""The service for other programs: answers are the command line's, strangers get none."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient

from geoplan.api import Doorway, serve_api
from geoplan.api.app import create_api
from geoplan.api.desk import Desk
from geoplan.api.places import Places
from geoplan.cli import main
from geoplan.serve.gate import House
from gis.errors import ConfigError
from tests.geoplan.test_bad_input import ROAD, line, roads, write_plan

TOKEN = "right-token-0123456789-abcdef"
HERE = "http://127.0.0.1"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
RING = [
    [106.62, 38.715],
    [106.63, 38.715],
    [106.63, 38.725],
    [106.62, 38.725],
    [106.62, 38.715],
]
SQUARE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "甲"},
            "geometry": {"type": "Polygon", "coordinates": [RING]},
        }
    ],
}
GEOJSON = {"Content-Type": "application/geo+json"}


def make_plan(folder: Path) -> Path:
    roads(line(), 4490).to_file(folder / "road.geojson")
    return write_plan(folder, ROAD)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_plan(tmp_path_factory.mktemp("plan 甲"))


@cache
def places() -> Places:
    """Where the tests' services compute; the process ends with the tests."""
    return Places(60.0)


def client_of(plan: Path, house: House | None = None, **headers: str) -> TestClient:
    app = create_api(Desk(plan), TOKEN, "zh", house, places=places())
    return TestClient(app, base_url=HERE, headers=headers, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(plan: Path):
    with client_of(plan, **BEARER) as c:
        yield c


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


# ------------------------------------------------------------------ the same answer


@pytest.mark.parametrize("tech", ["pv", "wind"])
def test_a_boundary_has_the_answer_of_the_command_line(client, plan, tmp_path, capsys, tech):
    path = tmp_path / "项目.geojson"
    path.write_text(json.dumps(SQUARE), encoding="utf-8")
    want = said(capsys, "check", str(path), str(plan), "--tech", tech)
    answer = client.post(
        f"/v1/check?tech={tech}&name=项目.geojson", content=path.read_bytes(), headers=GEOJSON
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found.pop("boundary") == want.pop("boundary") == "项目.geojson"
    assert found == want
    # the road of the plan crosses the square: some rule has to say so
    assert any(r["overlap_m2"] > 0 for r in found["rules"])


def test_coordinates_as_text_have_the_same_area(client):
    corners = "\n".join(f"J{i + 1},1,{lat:.8f},{lon:.8f}" for i, (lon, lat) in enumerate(RING))
    text = f"[属性描述]\n坐标系=2000国家大地坐标系\n[地块坐标]\n5,1.0,1,甲,面,,,,@\n{corners}\n"
    bodies = [
        (json.dumps(SQUARE).encode(), "application/json"),
        (text.encode("gbk"), "text/plain; charset=gbk"),
        (text.encode(), "text/plain"),
    ]
    areas = []
    for body, kind in bodies:
        answer = client.post(
            "/v1/check?crs=EPSG:4490", content=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == 200, answer.text
        areas.append(answer.json()["area_m2"])
    assert areas[1:] == pytest.approx([areas[0]] * 2, rel=1e-6)


def test_a_point_has_the_answer_of_the_command_line(client, plan, capsys):
    want = said(capsys, "explain", "106.63", "38.7205", str(plan))
    assert client.get("/v1/explain?lon=106.63&lat=38.7205").json() == want


def test_a_plan_that_is_edited_is_asked_anew(tmp_path):
    plan = make_plan(tmp_path)
    with client_of(plan, **BEARER) as c:
        where = "/v1/explain?lon=106.63&lat=38.7205"
        before = c.get(where).json()
        text = plan.read_text(encoding="utf-8").replace("2026-03-31", "2011-01-01", 1)
        plan.write_text(text, encoding="utf-8")
        after = c.get(where).json()
        assert (before["as_of"], after["as_of"]) == ("2026-03-31", "2011-01-01")
        plan.write_text("[plan", encoding="utf-8")
        broken = c.get(where)
        assert broken.status_code == 422
        assert broken.json()["kind"] == "ConfigError"


def test_without_a_run_the_answer_says_how_to_get_one(client):
    for where in ("/v1/plan", "/v1/sites", "/v1/targets"):
        answer = client.get(where, headers={"Accept-Language": "en-GB,zh;q=0.5"})
        assert answer.status_code == 422
        assert "there is no finished run" in answer.json()["error"]


# ------------------------------------------------------------------ who may ask


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"X-Token": TOKEN[:-1]},
        {"Authorization": "Bearer 令牌".encode()},
    ],
)
def test_a_bad_token_gets_nothing(plan, headers):
    with client_of(plan) as c:
        for where in ("/v1/plan", "/v1/openapi.json", "/nothing"):
            answer = c.get(where, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"


def test_what_is_turned_away_at_the_gate_says_so_in_the_form_and_language_of_the_others(plan):
    german = {"Accept-Language": "de, en-GB;q=0.8, zh;q=0.1"}
    with client_of(plan, House(link=False, body_bytes=1000)) as c:
        for asked, said in (
            (c.get("/v1/plan"), "请求头"),
            (c.get("/v1/plan?lang=en"), "header"),
            (c.get("/v1/plan", headers=german), "header"),
            (c.post("/v1/check?lang=en", content=b"x" * 1001, headers=BEARER), "too large"),
            (c.get("/v1/plan?lang=en", headers={"Host": "evil.example"}), "this machine"),
        ):
            body = asked.json()
            assert said in body["error"]
            assert (body["kind"], body["faults"]) == ("Refused", [])


def test_a_token_in_the_address_is_no_token(plan):
    with client_of(plan) as c:
        assert c.get(f"/v1/openapi.json?token={TOKEN}").status_code == 401


def test_names_of_other_machines_are_refused_unless_they_were_given(plan):
    house = House(hosts=frozenset({"127.0.0.1", "plan.bureau.example", "::1"}), link=False)
    with client_of(plan, house, **BEARER) as c:
        got = {
            host: c.get("/v1/openapi.json", headers={"Host": host}).status_code
            for host in ("evil.example", "PLAN.bureau.example:8443", "[::1]:80", "")
        }
    assert got == {
        "evil.example": 403,
        "PLAN.bureau.example:8443": 200,
        "[::1]:80": 200,
        "": 403,
    }


def test_one_caller_asks_so_often_and_no_oftener(plan):
    with client_of(plan, House(link=False, per_minute=3), **BEARER) as c:
        got = [c.get("/v1/openapi.json") for _ in range(5)]
        assert [g.status_code for g in got] == [200, 200, 200, 429, 429]
        # a third of a minute brings one request back
        assert 1 <= int(got[-1].headers["retry-after"]) <= 20
        # a wrong token is not told how often it may be tried, and uses up nobody's share
        assert c.get("/v1/plan", headers={"Authorization": "no"}).status_code == 401


def test_a_huge_body_is_not_read(plan):
    with client_of(plan, House(link=False, body_bytes=1000), **BEARER) as c:
        answer = c.post("/v1/check", content=b"x" * 1001, headers=GEOJSON)
        assert answer.status_code == 413

        parts = (b"x" * 500 for _ in range(3))  # of no length that is told before
        assert c.post("/v1/check", content=parts, headers=GEOJSON).status_code == 413


# ------------------------------------------------------------------ hostile boundaries


def comb(teeth: int, high: float = 0.01) -> str:
    """A polygon of 4 corners a tooth, then two to come back and the first again."""
    ring = []
    for i in range(teeth):
        x, half = 106.62 + 0.01 * i / teeth, 0.005 / teeth
        ring += [[x, 38.715], [x, 38.715 + high], [x + half, 38.715 + high], [x + half, 38.715]]
    ring += [[106.63, 38.7149], [106.62, 38.7149], ring[0]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def test_a_boundary_of_too_many_vertices_is_refused(client):
    # 4 x 50,000 corners and two, and the first again; 200,000 are allowed
    answer = client.post("/v1/check", content=comb(50_000), headers=GEOJSON)
    assert answer.status_code == 422
    fault = answer.json()["faults"][0]
    assert (fault["got"], fault["expected"]) == ("200,003", "不超过 200,000 个")


def test_a_word_twice_in_the_address_is_refused(client):
    answer = client.post("/v1/check?tech=pv&tech=wind", content=comb(2), headers=GEOJSON)
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert (fault["what"], fault["todo"]) == (
        "地址中的参数 tech 写了两次，不知以哪个为准",
        "每个参数只写一次",
    )


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/zip", b"PK\x03\x04", 415),
        ("", b"{}", 415),
        ("application/json", b"", 422),
        ("application/json", b"\x00" * 100, 422),
        ("application/json", b"[" * 100_000, 422),
        ("application/json", b'{"type": "FeatureCollection", "features": []}', 422),
        ("application/json", b'{"type": "Polygon", "coordinates": [[[1e400, 0]]]}', 422),
        ("application/json", b'{"type": "gdal_streamed_alg", "command_line": "x"}', 422),
        ("application/json", b"/vsicurl/http://10.0.0.1/a.geojson", 422),
        ("text/plain", b"J1,1,38,106", 422),
        ("text/plain", "[地块坐标]".encode("utf-16"), 422),
        (
            "application/vnd.google-earth.kml+xml",
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><kml>&b;</kml>',
            422,
        ),
    ],
)
def test_what_is_no_boundary_is_refused_with_words(client, kind, body, status):
    answer = client.post("/v1/check?lang=en", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    found = answer.json()
    assert found["error"]
    assert found["kind"] in {"DataError", "ConfigError", "Refused"}
    assert "geoplan-" not in answer.text  # where it was kept is nobody's business
    assert "/" not in found["faults"][0]["where"]


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\\b", "a\x00b", "x" * 61, "a:b"])
def test_a_name_is_no_path(client, name):
    answer = client.post(
        "/v1/check", params={"name": name}, content=json.dumps(SQUARE), headers=GEOJSON
    )
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["where"] == "name"


@pytest.mark.parametrize(
    "where",
    ["explain?lon=nan&lat=38", "explain?lon=500&lat=38", "explain?lat=38",
     "explain?lon=1e999&lat=3",
     "check?tech=coal", "check?project=x", "explain?lon=106&lat=38&lang=fr"],
)  # fmt: skip
def test_questions_that_are_none(client, where):
    ask = client.post if where.startswith("check") else client.get
    extra = {"content": json.dumps(SQUARE), "headers": GEOJSON} if "check" in where else {}
    answer = ask(f"/v1/{where}", **extra)
    assert answer.status_code == 422
    assert answer.json()["faults"]


def test_addresses_and_methods_there_are_none_of(client):
    assert (
        client.get("/v1/nothing?lang=en").json()["error"] == "there is nothing at this address"
    )
    assert client.delete("/v1/plan").status_code == 405
    assert client.get("/v1/../../etc/passwd").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "where", "got", "expected"),
    [
        ("get", "/v1/explain?lon=abc&lat=38.7", "lon", '"abc"', {"en": "a number", "zh": "数"}),
        ("post", "/v1/check?tech=coal", "tech", '"coal"', {"en": "wind", "zh": "wind"}),
        (
            "get",
            "/v1/explain?lon=106.6",
            "lat",
            "",
            {"en": "the key with its value", "zh": "写上该键及其值"},
        ),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_parameter_that_is_wrong_says_what_is_expected(
    client, lang, method, path, where, got, expected
):
    url = f"{path}&lang={lang}"
    answer = client.request(method, url, headers=GEOJSON, content=json.dumps(SQUARE))
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert (fault["where"], fault["got"]) == (where, got)
    assert expected.get(lang, "") in fault["expected"]
    assert bool(expected) == bool(fault["expected"])
    assert fault["what"]
    assert "/v1/openapi.json" in fault["todo"]


# ------------------------------------------------------------------ described


def test_the_description_names_every_address_and_what_may_go_wrong(client):
    found = client.get("/v1/openapi.json").json()
    assert found["openapi"].startswith("3.")
    paths = found["paths"]
    assert {"/v1/plan", "/v1/check", "/v1/explain", "/v1/sites", "/v1/targets"} <= set(paths)
    for methods in paths.values():
        for one in methods.values():
            assert one["summary"]
            assert one["description"]
            assert {"200", "401", "422", "429"} <= set(one["responses"])
            assert one["security"] == [{"HTTPBearer": []}]
    kinds = paths["/v1/check"]["post"]["requestBody"]["content"]
    assert {"application/geo+json", "text/plain"} <= set(kinds)


# ------------------------------------------------------------------ where it listens


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_in_the_clear_for_other_machines_is_told(plan, monkeypatch, capsys, host):
    """A proxy may encrypt; what lies between it and the service is open, and said to be."""
    from types import SimpleNamespace

    from geoplan.api.places import Places

    quiet = SimpleNamespace(config=SimpleNamespace(load=lambda: None), run=lambda **_: None)
    monkeypatch.setattr("geoplan.serve.connection.server_of", lambda *_, **__: quiet)
    monkeypatch.setattr(Places, "warm", lambda *_: None)
    serve_api(plan, door=Doorway(host=host, names=("a.example",)), lang="en")
    assert ("in the clear on 0.0.0.0" in capsys.readouterr().out) == (host == "0.0.0.0")


@pytest.mark.parametrize(
    ("door", "words"),
    [
        (Doorway(host="0.0.0.0"), "encrypted"),
        (Doorway(host="10.1.2.3"), "encrypted"),
        (Doorway(certificate=Path("a.pem")), "together"),
        (Doorway(certificate=Path("none.pem"), key=Path("none.key")), "cannot be used"),
        (Doorway(token_env="NO_SUCH_VARIABLE"), "holds no token"),
        (Doorway(token_env="SHORT_TOKEN"), "too short"),
        (Doorway(host="198.51.100.7", names=("a.example",)), "cannot listen"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_a_door_that_is_not_safe_is_not_opened(plan, monkeypatch, door, words):
    monkeypatch.setenv("SHORT_TOKEN", "abc")
    with pytest.raises(ConfigError) as err:
        serve_api(plan, door=door, lang="en")
    assert words in err.value.text("en")


def test_options_of_the_service_are_for_the_service_alone(plan, capsys):
    assert main(["serve", str(plan), "--host", "0.0.0.0", "--lang", "en"]) == 2
    assert "this option is for --api alone" in capsys.readouterr().err
    assert main(["serve", str(plan), "--api", "--host", "", "--lang", "en"]) == 2


def test_a_boundary_without_land_is_refused(client, plan, tmp_path, capsys):
    """A square of 1e-9 degree is a tenth of a millimetre wide: every rule would pass on it."""
    w = 1e-9
    tiny = {
        "type": "Polygon",
        "coordinates": [
            [[106.62 + dx * w, 38.715 + dy * w] for dx, dy in
             ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
        ],
    }  # fmt: skip
    got = client.post("/v1/check?tech=pv&lang=en", json=tiny, headers=GEOJSON)
    assert got.status_code == 422, got.text
    (fault,) = got.json()["faults"]
    assert fault["what"] == "the boundary has no land"
    assert "0.01 m²" in fault["expected"]
    assert fault["got"]
    assert fault["todo"]
    path = tmp_path / "tiny.geojson"
    path.write_text(json.dumps(tiny), encoding="utf-8")
    assert main(["check", str(path), str(plan), "--tech", "pv"]) == 3
    assert "没有用地" in capsys.readouterr().err


def test_a_boundary_with_a_key_twice_is_refused(client):
    body = json.dumps(SQUARE)[:-1] + ', "features": []}'
    got = client.post("/v1/check?tech=pv&lang=en", content=body, headers=GEOJSON)
    assert got.status_code == 422
    (fault,) = got.json()["faults"]
    assert "key features twice" in fault["what"]


@pytest.mark.parametrize("length", [b"-5", b"abc", b"1e3"])
def test_what_is_no_http_is_answered_as_json(plan, length):
    import socket
    import threading

    from geoplan.serve.connection import listening_at, server_of

    app = create_api(Desk(plan), TOKEN, "en", places=places())
    with listening_at(0) as door:
        server = server_of(app, door.getsockname()[1])
        running = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        running.start()
        with socket.create_connection(door.getsockname(), timeout=30) as caller:
            head = b"POST /v1/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
            caller.sendall(head + length + b"\r\n\r\n{}")
            answer = b""
            while part := caller.recv(4096):
                answer += part
        server.should_exit = True
        running.join(30)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"application/json" in head
    (fault,) = json.loads(body)["faults"]
    assert "Content-Length" in fault["expected"]
    assert fault["todo"]
