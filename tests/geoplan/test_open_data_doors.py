"""Open data at the doors: what is printed, where licences stand, that nothing leaves."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pyproj
import pytest

from geoplan.cli import main
from geoplan.maps.contents import plan_summary, run_contents
from geoplan.maps.frame import attributions
from geoplan.maps.page import MapOptions, page_data
from geoplan.maps.sheet_notes import note_lines
from geoplan.maps.write import page_html
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from geoplan.report.annex.chapters import data_blocks
from layers.fetch.into_plan import layer_table, plan_with
from layers.fetch.source import sources
from layers.plan.model import Plan
from tests.conftest import ROOT
from tests.geoplan.fake_run import fake_run

DAY = date(2026, 11, 28)
WORDS = "produced using Copernicus WorldDEM-30"


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    return new_plan("640221", tmp_path / "平罗.toml")


@pytest.fixture
def fetched(plan_file: Path) -> Plan:
    """A plan as fetch writes it; the files are not asked for here."""
    known = sources()
    layers = {
        "dem": layer_table(known["copernicus_glo30"], ["a.tif", "b.tif"], DAY),
        "road": layer_table(known["openstreetmap"], ["road.gpkg"], DAY),
    }
    plan_with(load_plan(plan_file), layers, {}, "来自公开数据")
    return load_plan(plan_file)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_says_what_to_carry(
    plan_file: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", str(plan_file), "--open-data", "--list", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert "Copernicus_DSM_COG_10_N38_00_E106_00_DEM.tif" in out
    assert "https://esa-worldcover.s3.eu-central-1.amazonaws.com/v200/2021/map/" in out
    assert "ODbL 1.0" in out
    assert "--from-folder" in out
    assert "GHI" not in out
    assert main(["fetch", str(plan_file), "--open-data", "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {r["source"] for r in rows} == {
        s.id for s in sources().values() if s.quality == "verified" and s.kind != "extract"
    }  # the extract gives what was asked of the map itself
    assert all(r["url"].startswith("https://") and r["file"] and r["licence"] for r in rows)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--list"], 2, "--open-data"),
        (["--source", "pvgis"], 2, "--open-data"),
        (["--from-folder", "x"], 2, "--open-data"),
        (["--open-data", "--source", "nowhere"], 2, "nowhere"),
        (["--open-data", "--mirror", "pvgis"], 2, "--mirror"),
        (["--open-data", "--mirror", "pvgis=ftp://a"], 2, "http"),
        (["--open-data", "--from-folder", "gone"], 2, "gone"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    plan_file: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = plan_file.read_bytes()
    assert main(["fetch", str(plan_file), *words, "--lang", "en"]) == code
    assert said in capsys.readouterr().err
    assert plan_file.read_bytes() == before


def test_a_stick_without_the_files_ends_with_3_and_leaves_the_plan(
    plan_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stick").mkdir()
    before = plan_file.read_bytes()
    words = ["fetch", str(plan_file), "--open-data", "--source", "worldpop", "--lang", "en"]
    assert main([*words, "--from-folder", str(tmp_path / "stick")]) == 3
    assert "chn_ppp_2020.tif" in capsys.readouterr().err
    assert plan_file.read_bytes() == before


# ---------------------------------------------------------------- where licences stand


def test_remarks_of_the_plan_stay_and_each_table_says_where_it_is_from(fetched: Plan) -> None:
    text = fetched.path.read_text(encoding="utf-8")
    [kept] = list(fetched.path.parent.glob("*.bak.toml"))
    for line in kept.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            assert line in text
    assert text.count("# 来自公开数据") == 2
    assert fetched.layers["dem"].tiles == ("b.tif",)
    assert fetched.layers["road"].date == "2026-11-28"


def test_attributions_stand_on_page_sheet_and_report(fetched: Plan, tmp_path: Path) -> None:
    from dataclasses import replace

    run = fake_run(tmp_path / "run", cell_m=500.0, n_parcels=20)
    contents = run_contents(run)
    summary = contents.summary.model_copy(update={"sources": plan_summary(fetched).sources})
    contents = replace(contents, summary=summary)
    words = [a["en"] for a in attributions(contents)]
    assert len(words) == 2
    assert WORDS in words[0]
    assert "OpenStreetMap contributors, ODbL 1.0" in words[1]
    page = page_html(page_data(contents, MapOptions()))
    assert WORDS in page
    assert "gp-attribution" in page
    for lang in ("zh", "en"):
        told = note_lines(contents, pyproj.CRS(4544), (), None, lang, "")
        notes = "\n".join(t for t, _ in told)
        assert WORDS in notes
        report = str(list(data_blocks(summary, fetched, lang)))
        assert WORDS in report
        assert "ODbL 1.0" in report


# ---------------------------------------------------------------- nothing leaves

_DOORS = """
import socket, sys
from pathlib import Path
asked = []
whole = socket.socket.connect
def connect(self, address):
    if self.family != getattr(socket, "AF_UNIX", None):
        asked.append(address)
    raise OSError("no network in this test")
socket.socket.connect = connect
socket.socket.connect_ex = connect
def resolve(*words, **more):
    asked.append(words)
    raise OSError("no network in this test")
socket.getaddrinfo = resolve
from geoplan.cli import main
folder = Path(sys.argv[1])
plan, tiny = str(folder / "new.toml"), str(folder / "tiny.toml")
codes = [
    main(["new", "640221", "--out", plan]),
    main(["fetch", plan, "--open-data", "--list"]),
    main(["layers"]),
    main(["doctor", tiny]),
    main(["explain", "106.54", "38.85", tiny]),
    main(["screen", tiny, "--out", str(folder / "screen")]),
    main(["map", tiny, "--out", str(folder / "screen")]),
    main(["report", tiny, "--out", str(folder / "screen")]),
]
print("CODES", codes)
print("ASKED", len(asked), asked[:3])
"""


@pytest.mark.slow
def test_no_other_command_opens_a_socket(tmp_path: Path) -> None:
    text = (ROOT / "plans/sample.toml").read_text(encoding="utf-8")
    tiny = text.replace('sample = "demo"', 'sample = "tiny"')
    tiny = tiny.replace("cell_m = 40.0", "cell_m = 200.0")
    tiny = re.sub(r"(?m)^techs = .*$", 'techs = ["pv"]', tiny)
    (tmp_path / "tiny.toml").write_text(tiny, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_DOORS), tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=200,
        check=False,
    )
    assert "ASKED 0 []" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
    assert "CODES" in done.stdout
    codes = done.stdout.split("CODES ")[1].splitlines()[0]
    assert set(codes) <= set("[0, ]"), codes


def test_the_counter_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is made is seen: the test above can fail."""
    asked: list[object] = []

    def resolve(*words: object, **more: object) -> None:
        asked.append(words)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    from layers.fetch.manners import BROKEN, Manners

    with pytest.raises(BROKEN), Manners().ask("http://example.invalid/a.tif"):
        pass
    assert len(asked) == 1
