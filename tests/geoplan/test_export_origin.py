"""Source, licence and attribution go along inside every file, by readers that are not ours."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pyogrio
import pytest
import rasterio

from geoplan.demo import sample_plan
from geoplan.export.ask import wanted
from geoplan.export.origin import metadata_xml, origin_of
from geoplan.export.write import write_results
from geoplan.summary import SourcePart, read_run_summary
from layers.provenance import file_sha256
from layers.run_record import read_digests, write_digests
from layers.spec import Text
from tests.geoplan.fake_run import fake_run

pytestmark = pytest.mark.slow

WORDS = "© OpenStreetMap <contributors> & 贡献者"
LICENCE = "ODbL 1.0"
FORMATS = ("gpkg", "gdb", "shp", "fgb", "parquet", "kml", "kmz", "dxf", "cog", "txt")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = fake_run(tmp_path_factory.mktemp("origin") / "run", cell_m=800.0, n_parcels=20)
    file = folder / "summary.json"
    doc = json.loads(file.read_text(encoding="utf-8"))
    one = SourcePart(
        layer="road", source="osm 2026", licence=LICENCE, attribution=Text(zh=WORDS, en=WORDS)
    )
    doc["sources"] = [*doc["sources"], one.model_dump(mode="json")]
    file.write_text(json.dumps(doc, ensure_ascii=False), encoding="utf-8")
    record = read_digests(folder)
    assert record is not None
    write_digests(folder, replace(record, summary=file_sha256(file)))
    return folder


@pytest.fixture(scope="module")
def out(run, tmp_path_factory):
    to = tmp_path_factory.mktemp("origin_out")
    write_results(
        sample_plan("tiny"), run, wanted(FORMATS), to, lang="zh", tell=lambda *_: None
    )
    return to


def test_each_word_once(run):
    summary = read_run_summary(run)
    twice = summary.model_copy(update={"sources": (summary.sources[-1],) * 2})
    found = origin_of(twice, "en")
    assert (found["attribution"], found["licence"]) == (WORDS, LICENCE)
    assert found["sources"].splitlines() == [f"road: osm 2026 · {LICENCE} · {WORDS}"] * 2
    credit = ElementTree.fromstring(metadata_xml(found)).find("dataIdInfo/idCredit")
    assert credit is not None
    assert credit.text == WORDS


def test_files_for_desktops(out):
    with sqlite3.connect(out / "results.gpkg") as base:
        told = [r[0] for r in base.execute("select metadata from gpkg_metadata")]
        layers = base.execute("select count(*) from gpkg_contents").fetchone()[0]
    assert sum("OpenStreetMap" in t and LICENCE in t for t in told) >= layers - 2
    assert WORDS in str(
        pyogrio.read_info(out / "results.gpkg", layer="sites")["layer_metadata"].values()
    )
    items = pyogrio.read_dataframe(
        out / "results.gdb", layer="GDB_Items", read_geometry=False
    ).set_index("Name")
    document = ElementTree.fromstring(items.loc["sites", "Documentation"])
    assert document.findtext("dataIdInfo/idCredit") == WORDS
    assert "sources" in {n for n, _ in pyogrio.list_layers(out / "results.gdb")}
    beside = ElementTree.parse(out / "shp" / "sites.shp.xml")
    assert beside.findtext("dataIdInfo/resConst/Consts/useLimit") == LICENCE


def test_files_for_the_web_and_for_columns(out):
    info = pyogrio.read_info(out / "fgb" / "sites.fgb")["layer_metadata"]
    assert WORDS in info["DESCRIPTION"]
    keys = pq.read_schema(out / "parquet" / "sites.parquet").metadata
    assert json.loads(keys[b"geoplan"])["attribution"] == WORDS
    assert json.loads(keys[b"geo"])["version"] == "1.1.0"
    kml = "{http://www.opengis.net/kml/2.2}"
    for text in (
        (out / "results.kml").read_bytes(),
        zipfile.ZipFile(out / "results.kmz").read("doc.kml"),
    ):
        said = ElementTree.fromstring(text).findtext(f"{kml}Document/{kml}description")
        assert said is not None
        assert WORDS in said


def test_drawings_and_rasters(out):
    lines = (out / "results.dxf").read_bytes().decode("gbk").split("\r\n")
    pairs = list(zip(lines[::2], lines[1::2], strict=False))
    assert any(code == "999" and LICENCE in text for code, text in pairs)
    assert pairs[next(i for i, p in enumerate(pairs) if p[0] != "999")] == ("0", "SECTION")
    assert len(pyogrio.read_dataframe(out / "results.dxf"))  # another program still opens it
    for file in (out / "cog").glob("*.tif"):
        with rasterio.open(file) as src:
            assert src.tags()["TIFFTAG_COPYRIGHT"] == WORDS
            assert LICENCE in src.tags()["geoplan_sources"]


def test_a_table_beside_formats_that_hold_no_remark(out):
    text = (out / "sources.csv").read_text(encoding="utf-8-sig")
    assert WORDS in text
    assert "OpenStreetMap" not in (out / "txt" / "sites.txt").read_bytes().decode("gb18030")
