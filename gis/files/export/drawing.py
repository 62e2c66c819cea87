"""DXF for CAD of every age: layers, closed outlines, labels, Chinese text in GBK.

The oldest dialect in use (R12, AC1009) is written: CASS, ZWCAD and AutoCAD open it without a
question, and it is plain pairs of a code and a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.crs.systems import as_crs, china_row, crs_name, epsg_of
from gis.errors import DataError
from gis.files.plain_text import washed
from gis.files.whole_file import whole_file
from gis.say import Sentence, listed, say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["CadLayer", "system_of", "write_dxf"]

_NAME_MOST = 31  # signs of a layer's name in R12
_TEXT_MOST = 250
_NOT_IN_NAMES = re.compile(r"[^\w$-]")
_ENCODING = "gbk"
_LABEL_OF_EXTENT = 1 / 200
_LABEL_OF_SHAPE = 1 / 8
_LEAST_LABEL = 1e-6
_WHITE = 7  # drawn black on paper
_NOTE = "CRS"


_REMARK_MOST = 120  # signs; R12 takes 255 bytes, and a sign GBK lacks becomes seven


@dataclass(frozen=True)
class CadLayer:
    """What is drawn on one layer of a drawing.

    Attributes
    ----------
    name
        Of the layer; what CAD does not take in a name becomes ``_``.
    features
        In metres, all layers in one system.
    labels
        One text a feature, empty for none.
    colour
        AutoCAD's colour index.
    """

    name: str
    features: gpd.GeoDataFrame
    labels: Sequence[str] = ()
    colour: int = _WHITE


def cad_name(name: str) -> str:
    """A name as a layer of R12 takes it.

    Examples
    --------
    >>> cad_name("sites PV-01"), cad_name("a/b*c")
    ('sites_PV-01', 'a_b_c')
    """
    return _NOT_IN_NAMES.sub("_", washed(name))[:_NAME_MOST] or "_"


def system_of(crs: Any) -> Sentence:  # noqa: ANN401 - whatever names a CRS
    """The coordinate system with its zone, as a drawing or a table of points says it.

    Examples
    --------
    >>> system_of(4523)[:56]
    'CGCS2000, 3-degree Gauss-Krueger zone 35, meridian 105 E'
    >>> system_of(32648)
    'coordinate system WGS 84 / UTM zone 48N (EPSG:32648)'
    """
    known = as_crs(crs)
    row = china_row(known)
    if row is None or not row.is_gk:
        return say("gis.out.system", name=known.name, code=epsg_of(known) or "-")
    return say(
        "gis.out.system_gk",
        width=int(row.zone_width_deg),
        zone=row.zone,
        meridian=row.central_meridian_deg,
        prefix=say("gis.out.with_zone") if row.prefixed else say("gis.out.without_zone"),
        code=row.epsg,
    )


def _cad_names(layers: Sequence[CadLayer]) -> dict[str, str]:
    """Name of each layer in the drawing; names that fall together are numbered."""
    out: dict[str, str] = {}
    taken = {_NOTE.casefold()}
    for name in dict.fromkeys(one.name for one in layers):
        short, number = cad_name(name), 1
        while short.casefold() in taken:
            number += 1
            tail = f"_{number}"
            short = cad_name(name)[: _NAME_MOST - len(tail)] + tail
        taken.add(short.casefold())
        out[name] = short
    return out


def write_dxf(
    path: str | Path,
    layers: Sequence[CadLayer],
    *,
    lang: str = "en",
    remarks: Sequence[str] = (),
) -> Path:
    r"""Write layers as one DXF: polygons as closed polylines, a label inside each shape.

    Parameters
    ----------
    path : path
        ``.dxf``.
    layers : sequence of CadLayer
        All in one projected system; it is written into the drawing as a text on the layer
        ``CRS`` below the lowest corner, and as a remark at the head of the file.
    lang : str
        Of that text.
    remarks : sequence of str
        Further remarks at the head of the file, a line each.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        Features without CRS, in degrees or in several systems; a disk that fails.

    Notes
    -----
    Coordinates have six decimals (a micrometre). Text that GBK lacks is written as ``\U+`` and
    its number, which CAD shows as the sign.
    """
    path = Path(path)
    systems = {one.features.crs for one in layers}
    if None in systems:
        raise DataError(say("gis.files.features_without_crs_cannot_written"), where=str(path))
    if len(systems) != 1 or not as_crs(next(iter(systems))).is_projected:
        raise DataError(
            say("gis.out.drawing_in_metres"),
            where=str(path),
            got=listed(sorted(crs_name(as_crs(s)) for s in systems)) or "-",
        )
    said = system_of(next(iter(systems)))(lang)
    bounds = _bounds(layers)
    called = _cad_names(layers)
    names = {called[one.name]: one.colour for one in layers}
    with (
        whole_file(path, say("gis.files.drawing_cannot_be_written")) as part,
        part.open("wb") as stream,
    ):

        def put(*pairs: tuple[int, object]) -> None:
            for code, value in pairs:
                stream.write(f"{code}\r\n".encode() + _encoded(str(value)) + b"\r\n")

        _head(put, [said, *remarks], bounds, {**names, _NOTE: _WHITE})
        put((0, "SECTION"), (2, "ENTITIES"))
        for one in layers:
            _draw(put, called[one.name], one, bounds)
        size = (bounds[2] - bounds[0]) * _LABEL_OF_EXTENT or 1.0
        _text(put, _NOTE, said, bounds[0], bounds[1] - 3 * size, size)
        put((0, "ENDSEC"), (0, "EOF"))
    return path


Put = Callable[..., None]
Bounds = tuple[float, float, float, float]


def _encoded(text: str) -> bytes:
    """One line in GBK; a sign it lacks as CAD's own escape."""
    line = washed(text).replace("\r", " ").replace("\n", " ")
    try:
        return line.encode(_ENCODING)
    except UnicodeEncodeError:
        return b"".join(_sign(c) for c in line)


def _sign(sign: str) -> bytes:
    try:
        return sign.encode(_ENCODING)
    except UnicodeEncodeError:
        number = ord(sign)
        return f"\\U+{number:04X}".encode() if number < 0x10000 else b"?"


def _bounds(layers: Sequence[CadLayer]) -> Bounds:
    held = [x.features.geometry.to_numpy() for x in layers if len(x.features)]
    boxes = np.array([shapely.total_bounds(g) for g in held]).reshape(-1, 4)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return 0.0, 0.0, 0.0, 0.0
    west, south = boxes[:, :2].min(axis=0).tolist()
    east, north = boxes[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _head(put: Put, remarks: Sequence[str], bounds: Bounds, names: dict[str, int]) -> None:
    west, south, east, north = bounds
    for line in remarks:  # a line break would end the remark and begin the drawing
        put((999, " ".join(washed(line).split())[:_REMARK_MOST]))
    put((0, "SECTION"), (2, "HEADER"))
    put((9, "$ACADVER"), (1, "AC1009"), (9, "$DWGCODEPAGE"), (3, "ANSI_936"))
    put((9, "$EXTMIN"), *_at(west, south), (9, "$EXTMAX"), *_at(east, north), (0, "ENDSEC"))
    put((0, "SECTION"), (2, "TABLES"))
    put((0, "TABLE"), (2, "LTYPE"), (70, 1))
    put((0, "LTYPE"), (2, "CONTINUOUS"), (70, 0), (3, "Solid line"), (72, 65), (73, 0))
    put((40, 0.0), (0, "ENDTAB"))
    put((0, "TABLE"), (2, "LAYER"), (70, len(names)))
    for name, colour in names.items():
        put((0, "LAYER"), (2, name), (70, 0), (62, colour), (6, "CONTINUOUS"))
    put((0, "ENDTAB"), (0, "ENDSEC"))


def _at(x: float, y: float) -> tuple[tuple[int, str], ...]:
    return (10, f"{x:.6f}"), (20, f"{y:.6f}"), (30, "0.0")


def _lines(shape: Any) -> Iterator[tuple[Any, bool]]:  # noqa: ANN401
    """Coordinates of every line of a shape and whether it closes, points left out."""
    for part in shapely.get_parts(shape):
        kind = shapely.get_type_id(part)
        if kind == 3:
            for ring in shapely.get_rings(part):
                yield shapely.get_coordinates(ring)[:-1], True
        elif kind in (1, 2):
            yield shapely.get_coordinates(part), False
        elif kind > 3:
            yield from _lines(part)


def _draw(put: Put, name: str, one: CadLayer, bounds: Bounds) -> None:
    labels = list(one.labels) or [""] * len(one.features)
    widest = (bounds[2] - bounds[0]) * _LABEL_OF_EXTENT
    for shape, label in zip(one.features.geometry.to_numpy(), labels, strict=True):
        if shape is None or shape.is_empty:
            continue
        for part in shapely.get_parts(shape):
            if shapely.get_type_id(part) == 0:
                put((0, "POINT"), (8, name), *_at(part.x, part.y))
        for line, closed in _lines(shape):
            put((0, "POLYLINE"), (8, name), (66, 1), *_at(0, 0), (70, int(closed)))
            for x, y in line.tolist():
                put((0, "VERTEX"), (8, name), *_at(x, y))
            put((0, "SEQEND"), (8, name))
        if label:
            inside = shapely.point_on_surface(shape)
            across = float(np.sqrt(shape.area)) * _LABEL_OF_SHAPE
            size = max(min(across or widest, widest or across), _LEAST_LABEL)
            _text(put, name, label, inside.x, inside.y, size)


def _text(put: Put, layer: str, text: str, x: float, y: float, size: float) -> None:
    # %% begins a command of the text; its sign by number is the sign itself
    shown = text.replace("%%", "%%037%%037")[:_TEXT_MOST]
    put((0, "TEXT"), (8, layer), *_at(x, y), (40, f"{size:.6f}"), (1, shown))
