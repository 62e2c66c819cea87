"""The coordinate text of Chinese land applications (用地坐标表), read.

``[属性描述]`` holds the system, zone width and unit; ``[地块坐标]`` holds parcels: one header
line that ends in ``@``, then lines ``J1,ring,X,Y`` where X is the northing and Y the easting
with its zone number. Ring 1 is the outer ring, 2 and up are holes; the first point is repeated.
`gis.files.exchange.write` writes it, and gives back unchanged parcels to the letter.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.crs.china import gk_epsg
from gis.crs.systems import as_crs
from gis.errors import DataError, Fault, raise_faults
from gis.files.exchange.kept import keep
from gis.files.exchange.lines import split_text
from gis.files.exchange.rings import parcel_shape
from gis.files.given import given_bytes, given_file
from gis.files.notes import Note
from gis.files.repair import Repair, repair_note
from gis.say import listed, say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["read_coordinate_txt", "read_text"]

_SYSTEM = "2000国家大地坐标系"
_NAMED = 5  # parcels named in a note


def read_text(path: Path) -> tuple[str, str]:
    """Text of a small file and the encoding it was read in.

    UTF-8 (``utf-8-sig`` with its mark, which is not part of the text), else GB18030.

    Raises
    ------
    DataError
        When it is missing, too large or neither.
    """
    if not given_file(path).is_file():
        raise DataError(
            say("gis.files.file_missing"), where=str(path), todo=say("gis.files.check_path")
        )
    raw = given_bytes(path)
    utf_8 = "utf-8-sig" if raw.startswith(codecs.BOM_UTF8) else "utf-8"
    for encoding in (utf_8, "gb18030"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise DataError(
        say("gis.files.text_neither_utf_8_nor"),
        where=str(path),
        todo=say("gis.files.save_utf_8"),
    )


def _header_crs(head: Mapping[str, str], where: str) -> int | None:
    """EPSG code that the header names, None when it names none."""
    system = head.get("坐标系", "")
    if system and not any(s in system for s in ("2000", "CGCS")):
        raise DataError(
            say("gis.files.coordinates_withdrawn_system"),
            where=where,
            got=system,
            expected=_SYSTEM,
            todo=say("gis.files.have_bureau_convert_them_cgcs2000"),
        )
    zone = "".join(c for c in head.get("带号", "") if c.isdigit())
    width = "".join(c for c in head.get("几度分带", "3") if c.isdigit()) or "3"
    if zone and width in {"3", "6"}:
        return gk_epsg(int(zone), int(width), prefixed=True)
    return None


def read_coordinate_txt(path: Path, crs: str = "", *, label: str = "") -> gpd.GeoDataFrame:
    """Read a coordinate text.

    Parameters
    ----------
    path : Path
        UTF-8 or GBK.
    crs : str
        Takes the place of what the header says.
    label : str
        Name of the file in messages, such as the archive it came in.

    Returns
    -------
    GeoDataFrame
        One row a parcel: parcel_no, name, use, dlbm, sheet, area_ha (as declared), n_points,
        geometry with x = easting; CRS with zone number as the eastings have it. Rings begin
        and run as they are written. A ring among several that crosses itself is mended, which
        `gis.files.notes.notes_of` tells. The text itself stays with the table
        (`gis.files.exchange.kept`), for the writer.

    Raises
    ------
    DataError
        All faults of the file at once: lines that are no point, rings that do not close or
        are too short, a zone that the eastings contradict.
    """
    import geopandas as gpd

    where = label or str(path)
    text, encoding = read_text(path)
    faults: list[Fault] = []
    found = split_text(text, where, faults)
    shapes = [
        parcel_shape(p, f"{where} parcel {i}", faults) for i, p in enumerate(found.parcels, 1)
    ]
    if not found.parcels:
        faults.append(
            Fault(say("gis.files.no_parcel"), where=where, expected=say("gis.files.section"))
        )
    raise_faults(DataError, faults)
    xy = np.array([p for one in found.parcels for ring in one.rings.values() for p in ring])
    eastings, northings = xy[:, 0], xy[:, 1]
    head = dict(found.header)
    code = crs or _header_crs(head, where) or _crs_of_eastings(eastings, northings, where)
    frame = gpd.GeoDataFrame(
        [dict(p.cells) for p in found.parcels],
        geometry=[s.shape for s in shapes],
        crs=as_crs(code, where),
    )
    for name in ("area_ha", "n_points"):
        if name in frame:
            frame[name] = _numbers(frame[name])
    frame.attrs["header"] = head
    keep(frame, text, encoding)
    names = [p.cells.get("parcel_no") or str(i) for i, p in enumerate(found.parcels, 1)]
    mended: list[tuple[str, Repair]] = [
        (n, r) for n, s in zip(names, shapes, strict=True) for r in s.repairs
    ]
    notes = []
    if mended:
        parcels = [name for name, _ in mended]
        notes.append(repair_note([r for _, r in mended], where, parcels))
    for code_, key, hit in (
        ("rings_closed", "gis.files.rings_closed", [bool(s.opened) for s in shapes]),
        ("rings_joined", "gis.files.rings_joined", [s.joined for s in shapes]),
    ):
        named = [n for n, yes in zip(names, hit, strict=True) if yes]
        if named:
            rows = listed([*named[:_NAMED], *(["..."] if len(named) > _NAMED else [])])
            notes.append(
                Note(
                    code_,
                    where,
                    say(key, n=len(named), rows=rows),
                    {"n": float(len(named))},
                )
            )
    if notes:
        frame.attrs["notes"] = tuple(notes)
    return frame


def _numbers(column: Any) -> Any:  # noqa: ANN401
    import pandas as pd

    return pd.to_numeric(column, errors="coerce")


def _crs_of_eastings(eastings: Any, northings: Any, where: str) -> int:  # noqa: ANN401
    """EPSG code from the zone number in front of the eastings."""
    zones = np.unique((eastings // 1e6).astype(int))
    code = gk_epsg(int(zones[0]), prefixed=True) if len(zones) == 1 else None
    if len(zones) > 1 and (zones > 0).all():
        raise DataError(
            say("gis.files.two_zones_one_file"), where=where, got=str(zones.tolist())
        )
    if code is None or not ((northings > 2e5) & (northings < 6.1e6)).all():
        raise DataError(
            say("gis.files.zone_coordinates_not_known"),
            where=where,
            got=say("gis.files.easting", least=eastings.min(), greatest=eastings.max()),
            expected=say("gis.files.eight_digits_or_crs"),
            todo=say("gis.files.declare_crs_this_layer_example"),
        )
    return code
