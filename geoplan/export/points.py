"""Boundary points of parcels (界址点成果表) as a workbook and a Word file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geoplan.glossary import tech_word
from geoplan.report.document import Block, Document, Heading, Paragraph, Table
from geoplan.report.word import write_word
from gis.cells.area import to_ha, to_mu
from gis.crs.systems import epsg_of, transform_points
from gis.files.exchange.table import BoundaryPoint, ParcelPoints, PointTable, point_table
from gis.files.plain_text import harmless
from gis.files.whole_file import whole_file
from gis.files.write import write_coordinate_txt
from gis.say import Sentence, say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

    from layers.plan.model import Plan
    from siting.check.overlap import Overlap

__all__ = [
    "decimals_of_points",
    "pack_points",
    "system_line",
    "titled",
    "write_boundary_points",
    "write_points",
]

_HEADS = ("point", "north", "east", "side")
_WIDTHS = (16, 24, 24, 18)
_NUMERIC = frozenset({1, 2, 3})
_FORMAT = "0.0000"
_ROW_PT = 15.0


def write_points(
    stem: Path, gdf: gpd.GeoDataFrame, *, title: str, crs: str = "", lang: str = "zh"
) -> list[Path]:
    """Write the boundary points of parcels as ``<stem>.xlsx`` and ``<stem>.docx``.

    Parameters
    ----------
    stem : Path
        Without suffix.
    gdf : GeoDataFrame
        Polygons; see `gis.files.exchange.table.point_table`.
    title : str
        What the points are of.
    crs : str
        Of the points; see `point_table`.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    list of Path
        Both say that they are no boundary survey.
    """
    frame = gdf
    if "tech" in gdf and "use" not in gdf:
        frame = gdf.assign(use=[tech_word(t)(lang) for t in gdf["tech"]])
    found = point_table(frame, crs, title)
    book, word = Path(f"{stem}.xlsx"), Path(f"{stem}.docx")
    failed = say("geoplan.faults.points_cannot_be_written")
    with whole_file(book, failed) as part:
        _workbook(part, found, title, lang)
    with whole_file(word, failed) as part:
        write_word(_document(found, title, lang), part, cover=False)
    return [book, word]


def write_boundary_points(
    found: Overlap, plan: Plan, folder: Path, *, lang: str = "zh"
) -> list[Path]:
    """Write the points of a checked boundary: workbook, Word file and coordinate text.

    Parameters
    ----------
    found : Overlap
        Of `siting.check.boundary.check_boundary`.
    plan : Plan
        The plan it was checked against.
    folder : Path
    lang : str
        See `write_points`.

    Returns
    -------
    list of Path
        The text comes back to the letter where the boundary is one.
    """
    drawn = found.outline.drawn if found.outline.drawn is not None else found.outline.parcels
    name = Path(found.path).stem or "boundary"
    stem = folder / say("geoplan.points.file", name=name)(lang)
    text = folder / say("geoplan.points.text_file", name=name)(lang)
    written = write_points(stem, drawn, title=titled(name, plan, lang), lang=lang)
    write_coordinate_txt(text, drawn)
    return [*written, text]


def titled(name: str, plan: Plan, lang: str) -> str:
    """A name with what is to be known of the plan's data."""
    if not plan.plan.synthetic:
        return name
    return f"{name} \u00b7 {say('geoplan.cli.synthetic')(lang)}"


def system_line(table: PointTable) -> Sentence:
    """The coordinate system of a table of points: zone, meridian, number in front."""
    return say(
        "geoplan.points.system",
        width=table.width_deg,
        zone=table.zone,
        meridian=table.meridian_deg,
        code=epsg_of(table.crs) or "-",
    )


def _heads(lang: str) -> list[str]:
    return [say(f"geoplan.points.{k}")(lang) for k in _HEADS]


def _called(one: ParcelPoints) -> Sentence:
    if one.use:
        key = "geoplan.points.parcel_use"
        return say(key, number=one.number, name=one.name, use=one.use)
    return say("geoplan.points.parcel", number=one.number, name=one.name)


def _area(one: ParcelPoints) -> Sentence:
    return say(
        "geoplan.points.area",
        n=one.n_points,
        area_m2=one.area_m2,
        ha=float(to_ha(one.area_m2)),
        mu=float(to_mu(one.area_m2)),
        plane_m2=one.plane_m2,
    )


def _total(found: PointTable) -> Sentence:
    area_m2 = sum(p.area_m2 for p in found.parcels)
    return say(
        "geoplan.points.total",
        parcels=len(found.parcels),
        n=sum(p.n_points for p in found.parcels),
        area_m2=area_m2,
        ha=float(to_ha(area_m2)),
        mu=float(to_mu(area_m2)),
        plane_m2=sum(p.plane_m2 for p in found.parcels),
    )


def _ring_lines(one: ParcelPoints) -> list[tuple[Sentence, Sequence[BoundaryPoint]]]:
    return [
        (
            say(
                f"geoplan.points.{'hole' if ring.hole else 'outer'}",
                ring=ring.number,
                n=ring.n_points,
                length=ring.length_m,
            ),
            ring.points,
        )
        for ring in one.rings
    ]


def _workbook(path: Path, found: PointTable, title: str, lang: str) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.worksheet.pagebreak import Break

    book = Workbook()
    sheet = book.active
    sheet.title = say("geoplan.points.title")(lang)
    for width, letter in zip(_WIDTHS, "ABCD", strict=True):
        sheet.column_dimensions[letter].width = width
    banner = say("geoplan.points.draft")(lang)
    heads = say("gis.say.at", where=say("geoplan.points.title"), what=title)(lang)
    _line(sheet, 1, heads, bold=True, size=14)
    _line(sheet, 2, banner, bold=True, colour="8A4B00")
    _line(sheet, 3, system_line(found)(lang), high=2)
    thin = Side(style="thin", color="808080")
    around = Border(left=thin, right=thin, top=thin, bottom=thin)
    head = row = 4  # counted here: the sheet goes through all its cells to know its last row
    for column, text in enumerate(_heads(lang), 1):
        cell = sheet.cell(head, column, text)
        cell.font, cell.border = Font(bold=True), around
        cell.fill = PatternFill("solid", fgColor="DDE7F0")
        cell.alignment = Alignment(horizontal="center", wrap_text=True)
    for i, one in enumerate(found.parcels):
        if i:
            sheet.row_breaks.append(Break(id=row))
        _line(sheet, row + 1, _called(one)(lang).strip(), bold=True)
        _line(sheet, row + 2, _area(one)(lang), high=2)
        row += 2
        for about, points in _ring_lines(one):
            row += 1
            _line(sheet, row, about(lang), shade="F2F2F2")
            for p in points:
                row += 1
                sheet.cell(row, 1, harmless(p.name)).border = around
                for column, value in enumerate((p.north_m, p.east_m, p.side_m), 2):
                    cell = sheet.cell(row, column, value)
                    cell.border, cell.number_format = around, _FORMAT
    if len(found.parcels) > 1:
        row += 1
        _line(sheet, row, _total(found)(lang), bold=True, high=2)
    _line(sheet, row + 1, say("geoplan.points.sides")(lang), high=2)
    sheet.freeze_panes = f"A{head + 1}"
    sheet.print_title_rows = f"1:{head}"
    sheet.page_setup.orientation = "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.left.text = banner
    sheet.oddFooter.center.text = "&P / &N"
    sheet.oddFooter.right.text = say("geoplan.report.internal")(lang)
    book.properties.title, book.properties.creator = heads, "geoplan"
    book.save(path)


def _line(
    sheet: Worksheet,
    row: int,
    text: str,
    *,
    bold: bool = False,
    size: int = 11,
    colour: str = "000000",
    shade: str = "",
    high: int = 1,
) -> None:
    """A line over all columns."""
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = sheet.cell(row, 1, harmless(text))
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(_HEADS))
    cell.font = Font(bold=bold, size=size, color=colour)
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    if shade:
        cell.fill = PatternFill("solid", fgColor=shade)
    sheet.row_dimensions[row].height = _ROW_PT * high * size / 11


def _document(found: PointTable, title: str, lang: str) -> Document:
    banner = say("geoplan.points.draft")(lang)
    blocks: list[Block] = [
        Paragraph(banner, "banner"),
        Paragraph(system_line(found)(lang), "note"),
        Paragraph(say("geoplan.points.sides")(lang), "note"),
    ]
    for one in found.parcels:
        blocks += [
            Heading(1, _called(one)(lang).strip()),
            Paragraph(_area(one)(lang)),
        ]
        for k, (about, points) in enumerate(_ring_lines(one), 1):
            rows = [[p.name, _m(p.north_m), _m(p.east_m), _m(p.side_m)] for p in points]
            id_ = f"points_{one.number}_{k}"
            blocks.append(Table(id_, about(lang), _heads(lang), rows, _NUMERIC, _WIDTHS))
    if len(found.parcels) > 1:
        blocks.append(Paragraph(_total(found)(lang)))
    return Document(
        title=say("geoplan.points.title")(lang),
        subtitle=title,
        lang=lang,
        footer=" \u00b7 ".join((say("geoplan.report.internal")(lang), banner)),
        blocks=blocks,
    )


def _m(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def pack_points(site: gpd.GeoDataFrame, lang: str, crs: str = "") -> pd.DataFrame:
    """Boundary points: parcel, ring, number, X, Y, side [m], lon, lat; as in the text."""
    import pandas as pd

    found = point_table(site, crs, "sites")
    rows = [
        (parcel.number, ring.number, p.name, p.north_m, p.east_m, p.side_m)
        for parcel in found.parcels
        for ring in parcel.rings
        for p in ring.points
    ]
    heads = ("parcel", "ring", "point", "x_north", "y_east", "side")
    named = [say(f"geoplan.pack.point_{k}", zone=found.zone)(lang) for k in heads]
    frame = pd.DataFrame(rows, columns=named)
    lon, lat = transform_points(frame.iloc[:, 4], frame.iloc[:, 3], found.crs, 4490)
    frame[say("geoplan.pack.point_lon")(lang)] = np.round(lon, 8)
    frame[say("geoplan.pack.point_lat")(lang)] = np.round(lat, 8)
    return frame


def decimals_of_points(points: pd.DataFrame) -> dict[str, int]:
    """Of the columns of `pack_points`: as in the coordinate text, and 1e-8 degrees (1 mm)."""
    of = (*[4] * 3, *[8] * 2)
    return dict(zip(points.columns[-len(of) :], of, strict=True))
