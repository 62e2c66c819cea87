"""Files that once ended in a traceback, a loop or a silent answer; each stays refused.

A case is a good file (`tests.faults.seeds`) with one thing changed. Found by the review of
2026-11 and by the search; what `make fuzz` finds is added here, reduced.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gis.errors import GeoplanError
from tests.faults.readers import READERS
from tests.faults.seeds import SEEDS

Change = Callable[[bytes], bytes]


def put(old: str, new: str, count: int = 1) -> Change:
    """`old` replaced in the file; it has to be there."""

    def change(raw: bytes) -> bytes:
        assert old.encode() in raw, old
        return raw.replace(old.encode(), new.encode("utf-8", "surrogatepass"), count)

    return change


def only(text: str | bytes) -> Change:
    """Another content altogether."""
    return lambda _raw: text if isinstance(text, bytes) else text.encode()


def first(pattern: str, new: str) -> Change:
    """The first match of an expression replaced; it has to match."""

    def change(raw: bytes) -> bytes:
        out, n = re.subn(pattern.encode(), new.encode(), raw, count=1, flags=re.S)
        assert n == 1, pattern
        return out

    return change


def cut(share: float) -> Change:
    """The file up to a share of its length."""
    return lambda raw: raw[: int(len(raw) * share)]


def unclosed(raw: bytes) -> bytes:
    """A ring of GeoJSON without its last point."""
    return re.sub(rb", \[[-\d., ]+\]\]\]", b"]]", raw, count=1)


def more(text: str) -> Change:
    """The file with something behind its end."""
    return lambda raw: raw + text.encode()


DIGITS = "9" * 5000
CASES: list[tuple[str, str, Change]] = [
    # plans
    ("plan", "layers = 5", lambda raw: b"layers = 5\n" + raw.split(b"[layers", 1)[0]),
    ("plan", "5,000 digits", put("cell_m = 40.0", f"cell_m = {DIGITS}")),
    ("plan", "3,000 brackets", more("\nx = " + "[" * 3000 + "]" * 3000)),
    ("plan", "NUL in a path", put('sample = "demo"', 'root = "a\\u0000b"')),
    ("plan", "a box of nan", put("[106.60, 38.66, 106.72, 38.78]", "[nan, 1.0, 2.0, 3.0]")),
    ("plan", "no rule books", put("[screening]", "[screening]\nbooks = []")),
    ("plan", "a width of inf", more("\n[sites]\nmin_width_m = inf\n")),
    ("plan", "not UTF-8", lambda raw: raw + b"\xff"),
    ("rules", "5,000 digits", more(f"\nx = {DIGITS}")),
    ("rules", "nested", more("\nx = " + "{a = " * 3000)),
    # boundaries
    ("geojson", "a ring that is not closed", unclosed),
    ("json", "a ring that is not closed", unclosed),
    ("json", "3,000 brackets", only('{"type": "x", "a": ' + "[" * 3000 + "]" * 3000 + "}")),
    ("json", "5,000 digits", put('"1"', DIGITS)),
    ("json", "a list of numbers", only("[1, 2]")),
    ("geojson", "no geometry at all", only('{"type": "FeatureCollection", "features": []}')),
    ("kml", "cut", cut(0.6)),
    ("kml", "a ring of two points", first(r"<coordinates>[^<]*<", "<coordinates>1,1 2,2<")),
    ("txt", "a parcel without a point", lambda raw: raw + b"4,1.0,9,x,\xc3\xe6,,,,@\r\n"),
    ("txt", "a point that is none", first(r"J2,1,[\d.]+,", "J2,1,north,")),
    ("csv_deg", "no separator", only("lon lat\n106 38\n")),
    ("csv_deg", "a number of 5,000 digits", first(r",106\.\d+", f",{DIGITS}")),
    ("csv_deg", "infinite", first(r",106\.\d+", ",inf")),
    ("csv_deg", "empty", only("")),
    ("csv_deg", "a row with more fields", put("P0,0,J1,", "P0,0,J1,,,")),
    ("csv_deg", "one long line", only('"a"b"' * 30_000)),
    ("csv_m", "eastings of two zones", first(r",36\d+", ",38640000")),
    ("xlsx", "cut", cut(0.7)),
    ("xlsx", "no workbook", only("PK\x03\x04")),
    ("shp_zip", "cut", cut(0.5)),
    ("gpkg", "half of it", cut(0.5)),
    ("gpkg", "no database", only("SQLite format 3\x00" + "x" * 100)),
    ("fgb", "cut", cut(0.3)),
    ("parquet", "cut", cut(0.7)),
    ("parquet", "garbage", only("PAR1" + "x" * 100)),
    ("dxf", "ten bytes", only("0\nSECTsON\r")),
    ("dxf", "cut", cut(0.5)),
    # rasters
    ("tif", "cut", cut(0.5)),
    ("tif", "the first bytes alone", cut(0.01)),
    # weather
    ("weather_csv", "a header only", only("time,ghi_w_m2\n")),
    ("weather_csv", "one line that is no table", only("Date (MM\r")),
    ("weather_csv", "the year 1", first("2023-06-01 00:00", "0001-01-01 00:00")),
    ("weather_csv", "no time in a row", first("2023-06-01 05:00", "")),
    ("power", "an odd time key", put("2023060105", "20230601xx")),
    ("power", "no parameters", put('"parameter"', '"parametre"')),
    ("power", "nested", only('{"properties": ' + "[" * 3000)),
    ("epw", "5,000 digits", first(r"\n2023,6,1,6,", f"\n{DIGITS},6,1,6,")),
    ("epw", "no place", first(r"38\.80,106\.70", "")),
    ("epw", "a header alone", first(r"\n2023,6,1,1,.*", "\n")),
    # turbines, roses, coefficients
    ("turbines", "a capacity of text", put("1500", "{}")),
    ("turbines", "a date in another time zone", put("2011-01-19", "2011-01-1-02-19")),
    ("turbines", "a place of text", put("106.60", "lon")),
    ("turbines", "a number of 400 digits", put("1500", "9" * 400)),
    ("turbines", "capacity without end", put("1500", "inf")),
    ("curve", "a power of text", first(r"M1,5,\d+", "M1,5,x")),
    ("curve", "not a number", first(r"M1,5,\d+", "M1,5,nan")),
    ("rose", "a share of text", put("0.0625", "../../x")),
    ("rose", "a speed of text", put("0,2,", "0,fast,")),
    ("rose", "a header alone", only("direction_deg,speed_m_s,frequency\n")),
    ("coefficients", "a short row", more("\nx,y")),
    (
        "coefficients",
        "an endless value",
        first(r"\n([^,\n]*,[^,\n]*,[^,\n]*,[^,\n]*,[^,\n]*,[^,\n]*),[^,\n]*,", r"\n\1,inf,"),
    ),
]


@pytest.mark.parametrize(
    ("reader", "change"),
    [(reader, change) for reader, _, change in CASES],
    ids=[f"{reader}: {what}" for reader, what, _ in CASES],
)
def test_a_file_found_once_is_refused_in_words(tmp_path, reader, change):
    make, _ = SEEDS[reader]
    path = make(tmp_path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(GeoplanError) as err:
        READERS[reader](path)
    assert err.value.exit_code in {2, 3}
    for fault in err.value.faults:
        assert fault.text("zh")
        assert fault.text("en") != fault.text("zh")


@pytest.mark.slow  # two of them start a process
@pytest.mark.parametrize("reader", sorted(SEEDS))
def test_the_good_file_is_read(tmp_path, reader):
    assert READERS[reader](SEEDS[reader][0](tmp_path)) == ""


def test_a_parquet_without_geometry_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(GeoplanError, match=r"a\.parquet"):
        READERS["parquet"](path)


def test_a_workbook_with_a_damaged_member_is_refused(tmp_path):
    path = SEEDS["xlsx"][0](tmp_path)
    with zipfile.ZipFile(path) as book:
        at = next(i for i in book.infolist() if "sheet1" in i.filename).header_offset
    raw = bytearray(path.read_bytes())
    raw[at + 90 : at + 130] = b"\xff" * 40
    path.write_bytes(bytes(raw))
    with pytest.raises(GeoplanError, match=r"a\.xlsx"):
        READERS["xlsx"](path)


def test_a_polygon_that_crosses_only_in_the_plan_system_is_mended(tmp_path):
    # valid in degrees; in the plane a vertex beside an edge lies on its other side
    from siting.check.outline import read_outline
    from tests.faults.readers import _plan

    make, _ = SEEDS["csv_deg"]
    path = make(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    a = [line.split(",") for line in lines[1:3]]
    lon = [float(r[3]) for r in a]
    lat = [float(r[4]) for r in a]
    # three points on one edge, to the last digit
    mids = [
        f"P0,0,M{k},{lon[0] + (lon[1] - lon[0]) * t:.17g},{lat[0] + (lat[1] - lat[0]) * t:.17g}"
        for k, t in enumerate((0.3, 0.6, 0.3000001))
    ]
    path.write_text("\n".join([*lines[:2], *mids, *lines[2:]]), encoding="utf-8")
    found = read_outline(path, _plan())
    assert isinstance(found.parcels, gpd.GeoDataFrame)
    assert found.parcels.geometry.is_valid.all()
    # the good parcels: 20 ha, and 100 ha less a hole of 4 ha
    assert found.parcels.geometry.area.sum() / 1e4 == pytest.approx(116.0, rel=1e-3)


def test_readers_are_read_from_files_that_are_there(tmp_path):
    for reader in ("plan", "geojson", "tif", "epw", "turbines", "rose"):
        with pytest.raises(GeoplanError):
            READERS[reader](Path(tmp_path / "none.x"))
