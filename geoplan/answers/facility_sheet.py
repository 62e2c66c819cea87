"""A sheet of the workbook for every case of facilities: its answer, then its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.answers.facility_part import TABLES, facility_lines
from geoplan.answers.sheet_cells import spoken_table
from geoplan.answers.sheet_titles import free_title, sheet_title
from geoplan.report.workbook import cell_value, print_ready
from geoplan.summary import RunSummary
from gis.files.plain_text import harmless
from gis.say import say
from layers.result import optional_table
from siting.facilities.summary import FacilityAnswer

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["fill_facility_sheets"]

_WIDTHS = {"A": 34, "B": 18, "C": 16} | dict.fromkeys("DEFGHIJKL", 14)
_YEARS = ("facility_years", ("year", "asked_n", "new_sites", "capacity_n", "served_weight",
          "served_frac", "mean_cost", "cost_unit", "gap_frac"))  # fmt: skip

_DEMAND = (
    "facility_demand",
    (
        *("name", "township", "demand_weight", "demand_state", "served_frac"),
        *("travel_cost", "cost_unit", "served_by", "near_n"),
    ),
)
_MOST = 2_000  # demand places of a case on its sheet; all of them are in the CSV


def fill_facility_sheets(
    book: Workbook,
    s: RunSummary,
    run: Path,
    lang: str,
    titled: Callable[[str], str],
    is_share: Callable[[str], bool],
) -> list[tuple[str, str, int, list[str]]]:
    """Add a sheet for every case of facilities; those without an answer say why.

    Parameters
    ----------
    book : Workbook
        Sheets are added at its end.
    s : RunSummary
        ``summary.json``.
    run : Path
        Run folder.
    lang : {"zh", "en"}
    titled, is_share : callable
        Column -> its header, and whether it holds shares of one.

    Returns
    -------
    list
        Title, step, number of rows and content of each sheet, for the list of sheets.
    """
    listed: list[tuple[str, str, int, list[str]]] = []
    for case in s.facilities or ():
        ws = book.create_sheet(free_title(case.title(lang), case.id, book.sheetnames))
        rows = _fill(ws, case, run, lang, titled, is_share)
        listed.append(
            (ws.title, "facilities", rows, [say("geoplan.workbook.about_case")(lang)])
        )
    return listed


def _fill(
    ws: Worksheet,
    case: FacilityAnswer,
    run: Path,
    lang: str,
    titled: Callable[[str], str],
    is_share: Callable[[str], bool],
) -> int:
    """Rows of tables written."""
    from openpyxl.styles import Alignment, Font, PatternFill

    bold, shade = Font(bold=True), PatternFill("solid", fgColor="DDE7F0")
    for letter, width in _WIDTHS.items():
        ws.column_dimensions[letter].width = width
    for k, line in enumerate(facility_lines([case], lang)):
        ws.append([harmless(line.strip())])
        ws.cell(ws.max_row, 1).font = Font(bold=True, size=14) if k == 0 else Font()
    written, first = 0, ws.max_row + 1
    for name, columns in (_YEARS, *TABLES.items(), _DEMAND):
        frame = optional_table(run, name)
        own = None if frame is None else frame[frame["facility_case"] == case.id]
        if own is None or own.empty:
            continue
        names = [c + lang if c.endswith("_") else c for c in columns]
        own = own[[c for c in names if c in own and own[c].notna().any()]]
        ws.append([])
        ws.append([sheet_title(name, lang)])
        ws.cell(ws.max_row, 1).font = bold
        ws.append([harmless(titled(str(c))) for c in own.columns])
        for cell in ws[ws.max_row]:
            cell.font, cell.fill = bold, shade
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        spoken = spoken_table(own.head(_MOST), lang, {})
        for row in spoken.itertuples(index=False):
            ws.append([harmless(cell_value(v)) for v in row])
            for column, cell in zip(own.columns, ws[ws.max_row], strict=False):
                if is_share(str(column)):
                    cell.number_format = "0.0%"
        written += len(spoken)
    print_ready(ws, first=first)
    return written
