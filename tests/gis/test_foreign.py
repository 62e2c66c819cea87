"""What libraries really say comes out in both languages, and nowhere in their own words."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
import xarray as xr

from gis.foreign import foreign_reason
from gis.say import say
from gis.toml import read_toml
from tests.conftest import ROOT

HAN = re.compile("[一-鿿]")


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files nobody can read."""
    t = tmp_path_factory.mktemp("bad")
    (t / "a.txt").write_text("hello")
    (t / "g.geojson").write_text('{"type":"FeatureCollection","features":[]}')
    (t / "gbk.csv").write_bytes("名,x\n".encode("gbk"))
    (t / "empty.csv").write_text("")
    (t / "fields.csv").write_text("a,b\n1,2\n1,2,3\n")
    (t / "quote.csv").write_text('a,b\n"1,2\n')
    (t / "x.xlsx").write_text("no")
    (t / "cut.tif").write_bytes(b"II*\0\x08\0\0\0\xff\xff")
    (t / "n.nc").write_text("zz")
    pd.DataFrame({"a": [1]}).to_excel(t / "w.xlsx")
    with zipfile.ZipFile(t / "z.xlsx", "w") as z:
        z.writestr("a", "b")
    return t


def two_grids() -> None:
    one = xr.Dataset({"a": ("x", [1])}, {"x": [1]})
    xr.merge([one, xr.Dataset({"a": ("x", [2, 3])}, {"x": [1, 2]})], join="exact")


Refusal = Callable[[Path], object]
REFUSALS: tuple[tuple[str, Refusal], ...] = (
    ("foreign.not_recognised", lambda t: rasterio.open(t / "a.txt")),
    ("system.ENOENT", lambda t: rasterio.open(t / "none.tif")),
    ("foreign.damaged", lambda t: rasterio.open(t / "cut.tif")),
    ("foreign.not_recognised", lambda t: pyogrio.read_dataframe(t / "a.txt")),
    ("foreign.no_layer", lambda t: pyogrio.read_dataframe(t / "g.geojson", layer="zz")),
    ("foreign.condition", lambda t: pyogrio.read_dataframe(t / "g.geojson", where="b = = 3")),
    ("foreign.not_decoded", lambda t: pd.read_csv(t / "gbk.csv")),
    ("foreign.nothing_in_it", lambda t: pd.read_csv(t / "empty.csv")),
    ("foreign.number_of_fields", lambda t: pd.read_csv(t / "fields.csv")),
    ("foreign.number_of_fields", lambda t: pd.read_csv(t / "fields.csv", engine="python")),
    ("foreign.open_quote", lambda t: pd.read_csv(t / "quote.csv")),
    ("foreign.unknown_encoding", lambda t: pd.read_csv(t / "fields.csv", encoding="zz")),
    ("foreign.no_columns", lambda t: pd.read_csv(t / "fields.csv", usecols=["z"])),
    ("system.ENOENT", lambda t: pd.read_csv(t / "no.csv")),
    ("foreign.not_recognised", lambda t: pd.read_excel(t / "x.xlsx")),
    ("foreign.not_a_workbook", lambda t: pd.read_excel(t / "x.xlsx", engine="openpyxl")),
    ("foreign.not_a_workbook", lambda t: pd.read_excel(t / "z.xlsx", engine="openpyxl")),
    (
        "foreign.no_sheet",
        lambda t: pd.read_excel(t / "w.xlsx", "k", engine="openpyxl"),
    ),
    (
        "foreign.no_sheet",
        lambda t: pd.read_excel(t / "w.xlsx", 4, engine="openpyxl"),
    ),
    ("foreign.not_a_time", lambda _: pd.to_datetime(pd.Series(["a"]), format="%Y")),
    ("foreign.not_a_time", lambda _: pd.to_datetime(pd.Series(["zz"]))),
    ("foreign.not_a_geometry", lambda _: shapely.from_wkt("POLYGON((0 0")),
    ("foreign.not_a_geometry", lambda _: shapely.from_wkb(b"ab")),
    ("foreign.too_few_points", lambda _: shapely.LinearRing([(0, 0), (1, 1)])),
    (
        "foreign.topology",
        lambda _: shapely.intersection(
            shapely.from_wkt("POLYGON((0 0,1 1,0 1,1 0,0 0))"), shapely.box(0, 0, 1, 1)
        ),
    ),
    ("foreign.no_crs", lambda _: pyproj.CRS("EPSG:99")),
    ("foreign.no_crs", lambda _: rasterio.crs.CRS.from_user_input("gurke")),
    ("foreign.json_name", lambda _: json.loads("{")),
    ("foreign.json_value", lambda _: json.loads("[1,")),
    ("foreign.json_more", lambda _: json.loads("{} x")),
    ("foreign.json_delimiter", lambda _: json.loads('{"a":1 "b"}')),
    ("foreign.json_string", lambda _: json.loads('["a')),
    ("foreign.not_recognised", lambda t: xr.open_dataset(t / "n.nc")),
    ("foreign.axes_differ", lambda _: two_grids()),
    ("system.ECONNREFUSED", lambda _: urllib.request.urlopen("http://127.0.0.1:9/x")),
    ("foreign.unknown_address", lambda _: urllib.request.urlopen("foo://x")),
    ("foreign.no_magic", lambda _: np.lib.format.read_magic(io.BytesIO(b"zz"))),
    ("foreign.not_a_number", lambda _: float("x")),
    ("foreign.not_a_number", lambda _: int("x")),
    ("system.EISDIR", lambda t: t.open()),
    ("foreign.missing_name", lambda _: {}["k"]),
)


@pytest.mark.parametrize(
    ("key", "refuse"), REFUSALS, ids=[f"{i}-{k}" for i, (k, _) in enumerate(REFUSALS)]
)
def test_what_libraries_say_is_said_in_both_languages(key, refuse, bad):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library raises
        refuse(bad)
    reason = foreign_reason(caught.value)
    assert reason.key == f"gis.{key}", str(caught.value)
    assert HAN.search(reason("zh"))
    assert not HAN.search(reason("en"))
    # none of the library's own sentence (three of its words in a row) is left over
    own = re.findall(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", str(caught.value))
    assert not [x for x in own if x in reason("zh")]


def test_numbers_and_names_of_the_library_fill_the_sentence(bad):
    with pytest.raises(pd.errors.ParserError) as caught:
        pd.read_csv(bad / "fields.csv")
    # the third line of the file has three fields, the head two
    assert foreign_reason(caught.value)("zh") == "第 3 行有 3 列，应为 2 列"


def test_an_unknown_reason_names_the_library_and_keeps_its_words_for_the_log(caplog):
    class GribError(Exception):
        pass

    GribError.__module__ = "cfgrib.messages"
    with caplog.at_level(logging.DEBUG, "gis.foreign"):
        reason = foreign_reason(GribError("wrong section in message seven"))
    assert reason("zh") == "程序库 cfgrib 未给出可识别的原因（GribError）"
    assert "wrong section in message seven" in caplog.text


def test_a_sentence_of_ours_inside_an_error_is_kept():
    ours = say("gis.system.ENOSPC")
    assert foreign_reason(OSError(ours)) is ours
    outer = ValueError("outer")
    outer.__cause__ = OSError(28, "No space left on device")
    assert foreign_reason(outer)("zh") == "磁盘已满"


def test_every_key_has_a_sentence_and_every_pattern_is_one():
    for row in read_toml("gis", "foreign.toml")["reason"]:
        re.compile(row["pattern"])
        key = row["key"] if row["key"].startswith("system.") else f"foreign.{row['key']}"
        names = re.findall(r"\{(\w+)\}", say(f"gis.{key}"))
        assert len(names) <= 1 or set(names) <= set(re.compile(row["pattern"]).groupindex)


def foreign_words(path: Path) -> list[str]:
    """``str(err)`` and ``{err}`` of a caught error, handed on to a reader."""
    out = []
    for handler in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
            continue
        for node in ast.walk(handler):
            said = isinstance(node, ast.keyword) and node.arg in {"got", "what", "reason"}
            if not said:
                continue
            for inner in ast.walk(node.value):
                called = isinstance(inner, ast.Call) and ast.unparse(inner) in {
                    f"str({handler.name})",
                    f"repr({handler.name})",
                }
                filled = (
                    isinstance(inner, ast.FormattedValue)
                    and ast.unparse(inner.value) == handler.name
                )
                if called or filled:
                    out.append(f"{path.relative_to(ROOT)}:{inner.lineno}")
    return out


@pytest.mark.slow
def test_no_fault_hands_on_the_words_of_a_library():
    rooms = ("gis", "layers", "siting", "carbon_sink", "geoplan")
    assert [
        line
        for room in rooms
        for path in sorted((ROOT / room).rglob("*.py"))
        for line in foreign_words(path)
    ] == []
