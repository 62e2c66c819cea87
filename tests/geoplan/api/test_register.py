"""The register and the sign-off over HTTP: the verbs' answers, a token that may write."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

import httpx
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from geoplan.api import Doorway, serve_api
from geoplan.api.answers import AddedAnswer, CheckedAnswer, ProjectAnswer, ReviewAnswer
from geoplan.api.app import create_api
from geoplan.api.desk import Desk
from geoplan.cli import main
from geoplan.register.store import Place, opened
from geoplan.serve.connection import server_of
from geoplan.serve.gate import House
from gis.errors import ConfigError
from tests.geoplan.api.test_api import GEOJSON, HERE, RING, SQUARE, TOKEN, make_plan, places

WRITE = "write-token-0123456789-abcdef"
READS = {"Authorization": f"Bearer {TOKEN}"}
WRITES = {"Authorization": f"Bearer {WRITE}"}
AREA = {"type": "Polygon", "coordinates": [RING]}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_plan(tmp_path_factory.mktemp("plan 库"))


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return tmp_path / "库.gpkg"


@pytest.fixture
def client(plan, register):
    app = create_api(Desk(plan, register=register), TOKEN, "zh", None, WRITE, places=places())
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as c:
        yield c


def said(capsys, *words: str) -> str:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return capsys.readouterr().out


def add(client, own="G1", **more):
    body = {"id": own, "name": "甲", "kind": "光伏", "geometry": AREA, "who": "张三", **more}
    return client.post("/v1/register/projects", json=body, headers=WRITES)


def test_projects_are_added_and_listed_as_on_the_command_line(client, plan, register, capsys):
    answer = add(client, stage="开工", year=2026, capacity_mw=50)
    assert answer.status_code == 200, answer.text
    assert AddedAnswer(**answer.json()).added == ("G1",)
    assert add(client, stage="开工").json()["same"] == ["G1"]
    point = {"type": "Point", "coordinates": [106.625, 38.72]}
    assert add(client, "甲/乙 #2", geometry=point).json()["added"] == ["甲/乙 #2"]
    where = (str(plan), "--register", str(register))
    want = said(capsys, "register", "list", *where)
    assert client.get("/v1/register/projects", headers=READS).text == want
    TypeAdapter(list[ProjectAnswer]).validate_json(want)
    one = said(capsys, "register", "list", *where, "--id", "甲/乙 #2")
    found = client.get("/v1/register/projects/甲%2F乙%20%232", headers=READS)
    assert found.text == one
    assert client.get("/v1/register/projects?stage=开工&history=true", headers=READS).text == (
        said(capsys, "register", "list", *where, "--history", "--stage", "开工")
    )
    # the ring is 0.01 x 0.01 degrees at 38.72 N: 870 m by 1,110 m, 96.5 ha within 1 %
    checked = client.post("/v1/register/check?id=G1", headers=READS).json()
    assert checked["projects"][0]["area_m2"] == pytest.approx(965_000, rel=0.01)
    missing = client.get("/v1/register/projects/none", headers=READS)
    assert missing.status_code == 404


def test_a_boundary_is_imported_as_on_the_command_line(
    client, plan, register, capsys, tmp_path
):
    body = json.loads(json.dumps(SQUARE))
    body["features"][0]["properties"] = {"项目编号": "B1", "名称": "乙", "阶段": "谋划"}
    text = json.dumps(body)
    answer = client.post(
        "/v1/register/import?who=李&name=红线", content=text, headers=WRITES | GEOJSON
    )
    assert answer.json() == {
        "added": ["B1"],
        "changed": [],
        "same": [],
        "no_kind": ["B1"],
        "unread": [],
        "told": [],
    }
    path, other = tmp_path / "红线.geojson", tmp_path / "other.gpkg"
    path.write_text(text, encoding="utf-8")
    out = said(capsys, "register", "import", str(path), str(plan), "--register", str(other))
    assert out == answer.text
    rows = [
        json.loads(said(capsys, "register", "list", str(plan), "--register", str(f)))[0]
        for f in (register, other)
    ]
    assert rows[0]["geometry"] == rows[1]["geometry"]
    # without an id it is one project called as the file
    again = client.post(
        "/v1/register/import?name=丙", content=json.dumps(SQUARE), headers=WRITES | GEOJSON
    )
    assert again.json()["added"] == ["甲"]  # the attribute "name" of the feature


def test_a_check_of_all_is_written_and_of_one_is_not(client, plan, register, capsys):
    add(client), add(client, "G2")
    one = client.post("/v1/register/check?id=G2&lang=en", headers=READS)
    want = said(
        capsys, "register", "check", str(plan), "--register", str(register), "--id", "G2",
        "--lang", "en",
    )  # fmt: skip
    drop = ("at",)  # the moment of the check
    a, b = ({k: v for k, v in json.loads(x).items() if k not in drop} for x in (one.text, want))
    assert a == b
    assert list(json.loads(one.text)) == list(json.loads(want))
    assert a["before"] == ""
    first = client.post("/v1/register/check?who=张", headers=WRITES).json()
    assert [p.id for p in CheckedAnswer(**first).projects] == ["G1", "G2"]
    second = client.post("/v1/register/check", headers=WRITES).json()
    assert second["before"] == first["at"]
    assert client.post("/v1/register/check?id=none", headers=READS).status_code == 422


def test_who_checks_is_taken_from_the_body_as_elsewhere(client, register):
    """A name in the body was read by nobody, and the check stood there without one."""
    add(client)
    for sent, who in (({"who": "王"}, "王"), ({}, ""), (None, "")):
        assert client.post("/v1/register/check", json=sent, headers=WRITES).status_code == 200
        with opened(Place(register), 4490) as ledger:
            assert ledger.last_check().stamp.who == who
    odd = client.post("/v1/register/check", json={"whom": "王"}, headers=WRITES)
    assert odd.status_code == 422
    assert "whom" in odd.json()["error"]
    one = client.post("/v1/register/check", json={"id": "G1"}, headers=READS)
    assert [p["id"] for p in one.json()["projects"]] == ["G1"]


@pytest.mark.parametrize(("body", "word"), [("{'who': 1", "no JSON"), ("[1]", "object")])
def test_a_body_that_cannot_be_read_is_called_by_what_it_is(client, body, word):
    for way in ("check", "projects"):
        got = client.post(
            f"/v1/register/{way}?lang=en",
            content=body,
            headers={**WRITES, "Content-Type": "application/json"},
        )
        assert got.status_code == 422
        assert word in got.json()["error"], got.text


def test_bad_json_is_shown_with_what_is_expected(client):
    got = client.post(
        "/v1/register/check?lang=en",
        content="{'who': 1",
        headers={**WRITES, "Content-Type": "application/json"},
    )
    (fault,) = got.json()["faults"]
    # the quote at the second character is none of JSON
    assert "{'who': 1" in fault["got"]
    assert "character 2" in fault["got"]
    assert fault["expected"] == "JSON in UTF-8"
    assert "openapi.json" in fault["todo"]


@pytest.mark.parametrize("way", ["check", "projects"])
def test_a_key_twice_in_a_body_is_refused_by_name(client, way):
    """Of {"id": "G1", "id": "G2"} the last one would have been taken."""
    got = client.post(
        f"/v1/register/{way}?lang=en",
        content='{"id": "G1", "id": "G2"}',
        headers={**WRITES, "Content-Type": "application/json"},
    )
    assert got.status_code == 422
    (fault,) = got.json()["faults"]
    assert fault["where"] == "id"
    assert "key id twice" in fault["what"]
    assert fault["expected"] == "each key once"


def test_impact_is_the_command_lines(client, plan, register, capsys):
    add(client)
    want = said(capsys, "register", "impact", "PV-001", str(plan), "--register", str(register))
    assert client.get("/v1/register/impact?name=PV-001", headers=READS).text == want
    assert client.get("/v1/register/impact?name=nothing", headers=READS).status_code == 422


def test_a_project_is_reviewed_and_listed(client, plan, register, capsys):
    add(client)
    sent = {
        "subject": "project",
        "id": "G1",
        "state": "修改后再报",
        "who": "审",
        "comment": "=1",
    }
    answer = client.post("/v1/reviews?lang=en", json=sent, headers=WRITES)
    assert answer.status_code == 200, answer.text
    done = ReviewAnswer(**answer.json())
    assert (done.state, done.words["state"], done.current) == (
        "to_change",
        "to be changed",
        True,
    )
    want = said(capsys, "review", "list", str(plan), "--register", str(register))
    assert client.get("/v1/reviews", headers=READS).text == want
    # the address calls it as the body does, and a word nobody reads is no silent whole list
    of_sites = client.get("/v1/reviews?subject=site", headers=READS)
    assert of_sites.json() == []
    assert client.get("/v1/reviews?subject=project&id=G1", headers=READS).text == want
    odd = client.get("/v1/reviews?of=site&lang=en", headers=READS)
    assert odd.status_code == 422
    assert "of" in odd.json()["error"]
    assert "subject" in odd.json()["faults"][0]["todo"]
    none = client.post("/v1/reviews", json={"id": "PV-01", "state": "通过", "who": "a"},
                       headers=WRITES)  # fmt: skip
    assert none.status_code == 422  # there is no run


# ------------------------------------------------------------------ who may write


WRITING = [
    ("projects", {"json": {"id": "X", "name": "X"}}),
    ("import", {"content": json.dumps(SQUARE), "headers": GEOJSON}),
    ("check", {}),
]


@pytest.mark.parametrize(("where", "sent"), WRITING)
def test_the_token_that_asks_may_not_write(client, register, where, sent):
    sent = dict(sent)
    headers = sent.pop("headers", {}) | READS
    answer = client.post(f"/v1/register/{where}?lang=en", headers=headers, **sent)
    assert answer.status_code == 403
    assert "may ask and not write" in answer.json()["error"]
    assert not register.exists()
    review = {"subject": "project", "id": "X", "state": "通过", "who": "a"}
    assert client.post("/v1/reviews", json=review, headers=READS).status_code == 403


def test_without_a_second_token_nobody_writes(plan, register):
    app = create_api(Desk(plan, register=register), TOKEN, "zh", places=places())
    with TestClient(app, base_url=HERE) as c:
        for headers in (READS, {"Authorization": "Bearer "}, {"X-Token": ""}, WRITES):
            answer = c.post("/v1/register/projects", json={"id": "X"}, headers=headers)
            assert answer.status_code == (403 if headers is READS else 401)
    assert not register.exists()


def test_the_second_token_is_another_and_as_long(plan, monkeypatch):
    monkeypatch.setenv("A_TOKEN", TOKEN)
    monkeypatch.setenv("SHORT", "abc")
    for name, words in (
        ("A_TOKEN", "another than"),
        ("SHORT", "too short"),
        ("NONE", "no token"),
    ):
        with pytest.raises(ConfigError) as err:
            serve_api(plan, door=Doorway(token_env="A_TOKEN", write_token_env=name), lang="en")
        assert words in err.value.text("en")


# ------------------------------------------------------------------ hostile


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": ""},
        {"id": "x" * 65, "name": "a"},
        {"id": "a", "name": "a", "kind": "no such"},
        {"id": "a", "name": "a", "documents": ["../../etc/passwd"]},
        {"id": "a", "name": "a", "capacity_mw": -1},
        {"id": "a", "name": "a", "year": 99999},
        {"id": "a", "name": "a", "nothing": 1},
        {"id": "a", "name": "a", "who": "x" * 101},
        {"id": "a", "name": "a", "geometry": {"type": "Point", "coordinates": "no"}},
        {"id": "a", "name": "a", "geometry": {"type": "Point", "coordinates": [500, 1]}},
        {"id": "a", "name": "a", "geometry": {"type": "Polygon", "coordinates": [[[0, 0]]]}},
        {"id": "a", "name": "a", "geometry": {"type": "gdal_streamed_alg"}},
        {"id": "a", "name": "a", "geometry": {"type": "Point", "coordinates": [0.0, 0.0]}},
        [],
        "text",
    ],
)
def test_what_is_no_project_is_refused_and_nothing_is_written(client, register, body):
    answer = client.post("/v1/register/projects?lang=en", json=body, headers=WRITES)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]
    assert str(register.parent) not in answer.text  # where it is kept is nobody's business
    assert _rows(client) == 0


def _rows(client) -> int:
    answer = client.get("/v1/register/projects", headers=READS)
    return len(answer.json()) if answer.status_code == 200 else 0


@pytest.mark.parametrize("raw", [b"[" * 200_000, b"{", b'{"id": 1e999}', b"\xff\xfe", b"null"])
def test_a_body_that_is_no_json_is_refused(client, raw):
    answer = client.post(
        "/v1/register/projects",
        content=raw,
        headers=WRITES | {"Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["error"]


def test_a_body_in_another_encoding_is_told_what_is_expected(client):
    """GBK is what a bureau's own programs may send."""
    body = '{"id": "G1", "name": "高仁一期"}'.encode("gbk")
    answer = client.post(
        "/v1/register/projects?lang=zh",
        content=body,
        headers=WRITES | {"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    (fault,) = answer.json()["faults"]
    assert fault["expected"] == "UTF-8 编码的 JSON"
    assert fault["todo"]


def test_a_huge_body_and_too_many_requests_are_refused(plan, register):
    house = House(link=False, body_bytes=2000, per_minute=4)
    app = create_api(Desk(plan, register=register), TOKEN, "zh", house, WRITE, places=places())
    with TestClient(app, base_url=HERE) as c:
        assert add(c, comment="x" * 3000).status_code == 413
        got = [c.get("/v1/reviews", headers=READS).status_code for _ in range(6)]
    assert got[-1] == 429


def test_hostile_text_comes_back_as_text(client):
    words = "<script>alert(1)</script>'; DROP TABLE history; --"
    assert add(client, name=words).status_code == 200
    answer = client.get("/v1/register/projects", headers=READS)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()[0]["name"] == words


def test_everything_that_can_be_asked_is_described(client):
    found = client.get("/v1/openapi.json", headers=READS).json()
    want = {
        "/v1/register/projects": {"get", "post"},
        "/v1/register/projects/{project_id}": {"get"},
        "/v1/register/import": {"post"},
        "/v1/register/check": {"post"},
        "/v1/register/impact": {"get"},
        "/v1/register/year/{year}": {"get"},
        "/v1/reviews": {"get", "post"},
    }
    assert {k: set(v) for k, v in found["paths"].items() if k in want} == want
    for path in want:
        for one in found["paths"][path].values():
            assert one["summary"]
            assert one["description"]
            ok = one["responses"]["200"]["content"]["application/json"]["schema"]
            assert ok  # of a named model
            assert {"401", "403", "422", "429"} <= set(one["responses"])


@contextlib.contextmanager
def live(app):
    """The service on a real socket."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    server = server_of(app, port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.mark.slow
def test_many_callers_write_at_once_and_nothing_is_lost(plan, register):
    house = House(link=False, per_minute=1000)
    app = create_api(Desk(plan, register=register), TOKEN, "zh", house, WRITE, places=places())
    with live(app) as home:

        def one(k: int) -> int:
            with httpx.Client(base_url=home, headers=WRITES, timeout=120) as c:
                body = {"id": f"P{k:02d}", "name": "甲"}
                first = c.post("/v1/register/projects", json=body)
                said = {
                    "subject": "project",
                    "id": f"P{k:02d}",
                    "state": "通过",
                    "who": f"w{k}",
                }
                return first.status_code + c.post("/v1/reviews", json=said).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(one, range(16))) == {400}
        with httpx.Client(base_url=home, headers=READS, timeout=60) as c:
            assert len(c.get("/v1/register/projects").json()) == 16
            found = c.get("/v1/reviews").json()
    assert [r["seq"] for r in found] == list(range(1, 17))
