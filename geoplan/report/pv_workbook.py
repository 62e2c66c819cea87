"""The PV yield workbook with live formulas where an input may change."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from geoplan.report.cell_words import quality_word
from geoplan.report.workbook import print_ready
from gis.files.plain_text import harmless
from gis.say import in_lang, say
from layers.spec import origin
from siting.pv.study.assess import Assessment, monthly_table
from siting.pv.study.cover import cover_rows
from siting.pv.study.equipment_table import equipment_table

__all__ = ["write_pv_workbook"]

_INPUT = PatternFill("solid", fgColor="FFF2CC")
_HEAD = PatternFill("solid", fgColor="D9E2F3")
_BOLD = Font(bold=True)


def _head(sheet: Worksheet, row: int, titles: Sequence[str]) -> None:
    for i, title in enumerate(titles, 1):
        cell = sheet.cell(row=row, column=i, value=title)
        cell.font, cell.fill = _BOLD, _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for i, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(i)].width = width


def _input(sheet: Worksheet, ref: str, value: float, fmt: str = "General") -> None:
    cell = sheet[ref]
    cell.value, cell.fill, cell.number_format = value, _INPUT, fmt


def write_pv_workbook(
    path: Path, a: Assessment, *, lang: str = "zh", drawn: bool = False
) -> Path:
    """Write the workbook of one plant.

    Yellow cells are inputs; change one and the waterfall, the P-values, the 25 years and
    the LCOE follow. Sheets: cover, losses, p_values, years, economics, monthly, sources,
    warnings.

    Parameters
    ----------
    path : Path
        Ends in ``.xlsx``.
    a : Assessment
    lang : {"zh", "en"}
    drawn : bool
        Whether the plant was drawn: its DC/AC ratio then follows from what stands in it.
    """
    book = Workbook()
    names = {k: say(f"geoplan.pv.pv_sheet_{k}")(lang) for k in _SHEETS}
    cover = book.active
    cover.title = names["cover"]
    sheets = {"cover": cover} | {k: book.create_sheet(names[k]) for k in _SHEETS[1:]}
    net = _losses_sheet(sheets["losses"], a, lang)
    _cover_sheet(sheets["cover"], a, lang, names, net)
    p50 = f"'{names['cover']}'!$B$11"
    _p_sheet(sheets["p_values"], a, lang, p50, names["years"])
    _years_sheet(sheets["years"], a, lang, p50)
    _money_sheet(sheets["economics"], a, lang, names["years"])
    _monthly_sheet(sheets["monthly"], a, lang)
    _sources_sheet(sheets["sources"], a, lang, drawn=drawn)
    _warnings_sheet(sheets["warnings"], a, lang)
    for sheet in sheets.values():
        sheet.sheet_view.showGridLines = False
        print_ready(sheet)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


_SHEETS = (
    "cover",
    "losses",
    "p_values",
    "years",
    "economics",
    "monthly",
    "sources",
    "warnings",
)


def _cover_sheet(
    sheet: Worksheet, a: Assessment, lang: str, names: dict[str, str], net: int
) -> None:
    s = a.design.plant
    sheet["A1"] = say("geoplan.pv.pv_book_title", site=a.name)(lang)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A2"] = say("geoplan.pv.pv_book_hint")(lang)
    rows: list[tuple[str, Any, str]] = [
        ("pv_capacity_ac", a.capacity_mw, "0.00"),
        ("pv_dc_ac", s.dc_ac_ratio, "0.00"),
        ("pv_capacity_dc", "=B4*B5", "0.00"),
        ("pv_tilt", s.tilt_deg if s.mounting == "fixed" else "-", "0.0"),
        ("pv_pitch", a.design.pitch_m if isfinite(a.design.pitch_m) else "-", "0.00"),
        ("pv_gcr", s.gcr, "0.000"),
        ("pv_specific", f"='{names['losses']}'!D{net}", "0.0"),
        ("pv_p50", "=B10*B6", "0"),
        ("pv_hours", "=B11/B4", "0"),
        ("pv_cf", "=B12/8760", "0.0%"),
    ]
    for i, (key, value, fmt) in enumerate(rows, 4):
        sheet.cell(row=i, column=1, value=say("geoplan.pv." + key)(lang))
        cell = sheet.cell(row=i, column=2, value=value)
        cell.number_format = fmt
        if key in {"pv_capacity_ac", "pv_dc_ac"}:
            cell.fill = _INPUT
    for i, (title, text) in enumerate(cover_rows(a), 16):
        sheet.cell(row=i, column=1, value=title(lang))
        sheet.cell(row=i, column=2, value=harmless(str(in_lang(text, lang))))
    _widths(sheet, (44, 60))


def _losses_sheet(sheet: Worksheet, a: Assessment, lang: str) -> int:
    """The waterfall as a chain of formulas; returns the row of the net yield."""
    titles = ("pv_step", "pv_before", "pv_change", "pv_after", "pv_lost")
    _head(sheet, 1, [say("geoplan.pv." + k)(lang) for k in titles])
    steps = a.result.waterfall.steps
    for i, step in enumerate(steps):
        row = i + 2
        sheet.cell(row=row, column=1, value=step.title(lang))
        if i == 0:
            _input(sheet, f"D{row}", step.after, "0.0")
            continue
        sheet[f"B{row}"] = f"=D{row - 1}"
        _input(sheet, f"C{row}", step.change_frac, "0.00%")
        sheet[f"D{row}"] = f"=B{row}*(1+C{row})"
        sheet[f"E{row}"] = f"=D{row}-B{row}"
        for column in "BDE":
            sheet[f"{column}{row}"].number_format = "0.0"
    last = len(steps) + 1
    chart = BarChart()
    chart.type, chart.title, chart.legend = "bar", say("geoplan.pv.pv_sheet_losses")(lang), None
    chart.height, chart.width = 14, 20
    chart.add_data(Reference(sheet, min_col=4, min_row=2, max_row=last))
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    chart.y_axis.delete = chart.x_axis.delete = False
    chart.x_axis.scaling.orientation = "maxMin"
    sheet.add_chart(chart, "G2")
    _widths(sheet, (30, 16, 12, 16, 16))
    return last


def _p_sheet(sheet: Worksheet, a: Assessment, lang: str, p50: str, years: str) -> None:
    _head(
        sheet,
        1,
        [
            say("geoplan.pv." + k)(lang)
            for k in ("pv_component", "pv_sd", "pv_yearly", "pv_source")
        ],
    )
    for i, c in enumerate(a.components, 2):
        sheet.cell(row=i, column=1, value=c.title(lang))
        _input(sheet, f"B{i}", c.sd_frac, "0.00%")
        sheet.cell(row=i, column=3, value=1 if c.yearly else 0)
        sheet.cell(
            row=i,
            column=4,
            value=harmless(f"{in_lang(c.source, lang)} [{quality_word(c.quality)(lang)}]"),
        )
    last = len(a.components) + 1
    n = len(a.energy_mwh)
    ten = min(10, n)
    squares = f"B2:B{last},B2:B{last}"
    fixed = f"SUMPRODUCT({squares},1-C2:C{last})"
    yearly = f"SUMPRODUCT({squares},C2:C{last})"
    spans = [("one_year", 1), ("ten_year", ten), ("life", n)]
    for i, (span, of) in enumerate(spans, last + 2):
        sheet[f"A{i}"] = say(f"geoplan.pv.pv_sd_{span}")(lang)
        sheet[f"B{i}"] = f"=SQRT({fixed}+{yearly}/{of})"
        sheet[f"B{i}"].number_format = "0.00%"
        # mean energy of those years over the first year's, from the sheet of years
        sheet[f"C{i}"] = f"=AVERAGE('{years}'!B4:B{of + 3})/{p50}"
        sheet[f"C{i}"].number_format = "0.0000"
    top = last + 6
    heads = ("pv_level", "pv_one_year", "pv_ten_year", "pv_life_mean")
    _head(sheet, top, [say("geoplan.pv." + k)(lang) for k in heads])
    for i, level in enumerate(a.p.one_year, top + 1):
        sheet.cell(row=i, column=1, value=f"P{level}")
        z = f"NORMSINV({level / 100})"
        for column, row in enumerate(range(last + 2, last + 5), 2):
            cell = sheet.cell(row=i, column=column)
            cell.value = f"={p50}*$C${row}*(1-{z}*$B${row})"
            cell.number_format = "0"
    _widths(sheet, (36, 16, 16, 80))


def _years_sheet(sheet: Worksheet, a: Assessment, lang: str, p50: str) -> None:
    sheet["A1"] = say("geoplan.pv.pv_degradation")(lang)
    _input(sheet, "B1", a.design.plant.module.degradation_frac_yr, "0.00%")
    _head(sheet, 3, [say("geoplan.pv." + k)(lang) for k in ("pv_year", "pv_energy")])
    n = len(a.energy_mwh)
    for year in range(1, n + 1):
        sheet.cell(row=year + 3, column=1, value=year)
        cell = sheet.cell(row=year + 3, column=2, value=f"={p50}*MAX(0,1-$B$1*(A{year + 3}-1))")
        cell.number_format = "0"
    sheet.cell(row=n + 4, column=1, value=say("geoplan.pv.pv_total")(lang)).font = _BOLD
    sheet.cell(row=n + 4, column=2, value=f"=SUM(B4:B{n + 3})").number_format = "0"
    _widths(sheet, (24, 18))


def _money_sheet(sheet: Worksheet, a: Assessment, lang: str, years: str) -> None:
    n = len(a.energy_mwh)
    f = a.finance
    tax = f.tax_frac if isinstance(f.tax_frac, float) else 0.0
    rows: list[tuple[str, float, str]] = [
        ("pv_capex", a.costs.capex_cny, "0"),
        ("pv_opex", a.costs.opex_cny_yr, "0"),
        ("pv_discount", f.discount_nominal_frac, "0.0%"),
        ("pv_inflation", f.inflation_frac, "0.0%"),
        ("pv_tax", tax, "0.0%"),
        ("pv_depreciation_yr", float(f.depreciation_yr), "0"),
    ]
    for i, (key, value, fmt) in enumerate(rows, 1):
        sheet.cell(row=i, column=1, value=say("geoplan.pv." + key)(lang))
        _input(sheet, f"B{i}", value, fmt)
    titles = (
        "pv_year",
        "pv_factor",
        "pv_energy",
        "pv_opex_year",
        "pv_dep_year",
        "pv_price_index",
    )
    _head(sheet, 12, [say("geoplan.pv." + k)(lang) for k in titles])
    for year in range(1, n + 1):
        r = year + 12
        sheet.cell(row=r, column=1, value=year)
        sheet.cell(row=r, column=2, value=f"=(1+$B$3)^-A{r}")
        sheet.cell(row=r, column=3, value=f"='{years}'!B{year + 3}")
        sheet.cell(row=r, column=4, value=f"=$B$2*(1+$B$4)^A{r}")
        sheet.cell(row=r, column=5, value=f"=IF(A{r}<=MIN($B$6,{n}),$B$1/MIN($B$6,{n}),0)")
        sheet.cell(row=r, column=6, value=f"=(1+$B$4)^A{r}")
    span = f"13:{{c}}{n + 12}"
    b, c, d, e, g = (x + span.format(c=x) for x in "BCDEF")
    cost = f"($B$1+(1-$B$5)*SUMPRODUCT({d},{b})-$B$5*SUMPRODUCT({e},{b}))"
    sheet["A8"] = say("geoplan.pv.pv_lcoe_real")(lang)
    sheet["B8"] = f"={cost}/((1-$B$5)*SUMPRODUCT({c},{b},{g}))"
    sheet["A9"] = say("geoplan.pv.pv_lcoe_nominal")(lang)
    sheet["B9"] = f"={cost}/((1-$B$5)*SUMPRODUCT({c},{b}))"
    sheet["A10"] = say("geoplan.pv.pv_money_note")(lang)
    for ref in ("B8", "B9"):
        sheet[ref].number_format = "0.00"
        sheet[ref].font = _BOLD
    _widths(sheet, (44, 16, 16, 16, 16, 16))


def _monthly_sheet(sheet: Worksheet, a: Assessment, lang: str) -> None:
    table = monthly_table(a)
    titles = ("pv_month", "pv_poa", "pv_effective", "pv_dc", "pv_ac", "pv_temp", "pv_energy")
    _head(sheet, 1, [say("geoplan.pv." + k)(lang) for k in titles])
    columns = (
        "month",
        "poa_kwh_m2",
        "effective_kwh_m2",
        "dc_kwh_kwp",
        "ac_kwh_kwp",
        "temp_cell_c",
        "energy_mwh",
    )
    for i, row in enumerate(table[list(columns)].itertuples(index=False), 2):
        for j, value in enumerate(row, 1):
            cell = sheet.cell(row=i, column=j, value=float(value))
            cell.number_format = "0" if j == 1 else "0.0"
    sheet["A14"] = say("geoplan.pv.pv_total")(lang)
    for j in (2, 3, 4, 5, 7):
        letter = get_column_letter(j)
        sheet[f"{letter}14"] = f"=SUM({letter}2:{letter}13)"
        sheet[f"{letter}14"].number_format = "0.0"
    _widths(sheet, (10, 16, 16, 16, 16, 16, 16))


def _sources_sheet(sheet: Worksheet, a: Assessment, lang: str, *, drawn: bool) -> None:
    from siting.pv.plant.losses import loss_rows
    from siting.pv.study.design import cost_facts

    _head(
        sheet,
        1,
        [
            say("geoplan.pv." + k)(lang)
            for k in ("pv_item", "pv_value", "pv_source", "pv_quality")
        ],
    )
    rows: list[tuple[str, str, str, str]] = []
    of_inverter = a.design.plant.inverter_used
    qualities = {
        "module": a.design.plant.module.quality,
        "inverter": of_inverter.quality,
        "string": "computed",
    }
    rows += [
        (
            r[f"item_{lang}"],
            f"{r['value']} {r['unit']}".strip(),
            r[f"source_{lang}"],
            quality_word(qualities.get(r["part"], "user"))(lang),
        )
        for r in equipment_table(a.result, drawn=drawn).to_dict("records")
    ]
    for row in loss_rows().values():
        used = a.result.losses.by_key[row.key]
        source, quality = a.result.losses.source(row.key)
        shown = f"{used[0]:.3f}" if len(set(used)) == 1 else f"{used[0]:.3f}.."
        rows.append(
            (row.title(lang), shown, in_lang(source, lang), quality_word(quality)(lang))
        )
    rows += [
        (
            k,
            str(v.get("value", v.get("illustration"))),
            in_lang(origin(v["source"]), lang),
            quality_word(v["quality"])(lang),
        )
        for k, v in cost_facts().items()
    ]
    for i, cells in enumerate(rows, 2):
        for j, value in enumerate(cells, 1):
            sheet.cell(row=i, column=j, value=harmless(value))
    _widths(sheet, (30, 20, 90, 16))


def _warnings_sheet(sheet: Worksheet, a: Assessment, lang: str) -> None:
    """What the reader must know of weather, terrain and boundary."""
    titles = ("pv_warning_code", "pv_warning_where", "pv_warning_text")
    _head(sheet, 1, [say("geoplan.pv." + k)(lang) for k in titles])
    spoken: Literal["zh", "en"] = "zh" if lang == "zh" else "en"
    rows = [(w.code, w.where, w.text(spoken)) for w in a.warnings]
    told = {text for _, _, text in rows}
    found = [
        (f.code, say("siting.pv_study.cover.weather")(lang), f.text(spoken)) for f in a.findings
    ]
    rows += [row for row in found if row[2] not in told]
    for i, row in enumerate(rows, 2):
        for j, value in enumerate(row, 1):
            sheet.cell(row=i, column=j, value=harmless(value))
    _widths(sheet, (30, 40, 120))
