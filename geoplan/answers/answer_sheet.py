"""The first sheet of the workbook: the answer, in the words of the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.answers.capacity_lines import capacity_in
from geoplan.report.body.advice import advice_lines
from geoplan.report.body.conclusion import conclusion_lines, open_banners
from geoplan.report.workbook import print_ready
from geoplan.summary import RunSummary
from gis.files.plain_text import harmless
from gis.say import say

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["fill_answer_sheet"]


def fill_answer_sheet(ws: Worksheet, s: RunSummary, run: Path, lang: str) -> None:
    """Conclusion, the three capacities and the advice, as the report says them.

    Parameters
    ----------
    ws : Worksheet
        An empty sheet.
    s : RunSummary
        ``summary.json``.
    run : Path
        Run folder.
    lang : {"zh", "en"}
    """
    from openpyxl.styles import Font, PatternFill

    bold, shade = Font(bold=True), PatternFill("solid", fgColor="DDE7F0")
    ws.column_dimensions["A"].width = 100
    ws.column_dimensions["B"].width = ws.column_dimensions["C"].width = 16

    def head(*texts: str) -> None:
        ws.append(texts)
        for cell in ws[ws.max_row]:
            cell.font, cell.fill = bold, shade

    ws.append([harmless(s.plan.title(lang))])
    ws["A1"].font = Font(bold=True, size=14)
    if s.plan.synthetic:
        ws.append([say("geoplan.cli.synthetic")(lang)])
        ws.cell(ws.max_row, 1).font = Font(bold=True, color="8A4B00")
    for line in open_banners(s, lang):
        ws.append([harmless(line)])
        ws.cell(ws.max_row, 1).font = Font(bold=True, color="8A4B00")
    found = capacity_in(s)
    if found is not None:
        head(say("geoplan.body.capacity_what")(lang), "MW AC", "MWp DC")
        unknown = say("siting.connection.grid_not_known")(lang)
        for name in ("unconditional", "with_approvals", "with_grid"):
            word = say(f"geoplan.report.capacity_{name}")(lang)
            values = [getattr(found, f"{name}_{unit}") for unit in ("mw", "mwp")]
            ws.append([word, *(unknown if v is None else v for v in values)])
            for cell in ws[ws.max_row][1:]:
                cell.number_format = "#,##0.0"
    for key, lines in (
        ("h_conclusion", [x(lang) for x in conclusion_lines(s, run)]),
        ("h_advice", [x(lang) for x in advice_lines(s, run, lang)]),
    ):
        head(say(f"geoplan.body.{key}")(lang))
        for line in lines:
            ws.append([harmless(line)])
    ws.append([say("geoplan.sheets.answer_note")(lang)])
    print_ready(ws)
