"""GeoPackage, CSV tables and workbook of a finished run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.answers.capacity_lines import capacity_statement, grid_lines
from geoplan.answers.sheet_cells import called, spoken_table
from geoplan.answers.sheet_titles import sheet_title
from geoplan.answers.site_grid import GRID_TABLE, sites_with_grid
from geoplan.answers.target_sheet import fill_sheet_list, fill_target_sheet
from geoplan.answers.target_table import answer_frame
from geoplan.export.origin import origin_of
from geoplan.maps.contents import named_ids, run_contents
from geoplan.report.cell_words import cell_word, unit_word
from geoplan.report.qgis.base import write_base
from geoplan.report.qgis.project import write_qgis
from geoplan.report.workbook import fill_sheet, print_ready
from geoplan.summary import RunSummary, read_run_summary
from gis.files.plain_text import harmless, harmless_table
from gis.files.write import write_features
from gis.say import say
from gis.toml import read_toml
from layers.plan.model import Plan
from layers.result import Progress, optional_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["column_title", "field_docs", "run_layers", "run_tables", "unit_of", "write_exports"]


Listed = tuple[str, str, int, list[str]]  # title of a sheet, step, rows, columns
Cases = Callable[..., list[Listed]]
_GAP = re.compile(r"gap_(?P<target>[a-z][a-z0-9_]*)_(?:ha|mu)")
_SHEET_ROWS = 2_000  # a longer table is for programs: CSV only
# longest first: "_tc_ha" before "_ha"
_UNITS = {
    "_tco2e_ha_yr": "tCO2e/ha/a", "_tc_ha_yr": "tC/ha/a", "_tco2e_yr": "tCO2e/a",
    "_cny_kwh": "CNY/kWh", "_kwh_kwp": "kWh/kWp", "_kwh_m2": "kWh/m2", "_w_m2": "W/m2",
    "_kg_m3": "kg/m3", "_mwh_yr": "MWh/a", "_gwh_yr": "GWh/a", "_kwh_yr": "kWh/a",
    "_tc_yr": "tC/a", "_tc_ha": "tC/ha", "_m3_ha": "m3/ha", "_m3_yr": "m3/a",
    "_cny_mwh": "CNY/MWh", "_mw_km2": "MW/km2", "_mw_ha": "MW/ha",
    "_ha_mw": "ha/MW", "_h_yr": "h/a",
    "_db_a": "dB(A)", "_m_s": "m/s", "_tco2e": "tCO2e", "_mcny": "million CNY",
    "_frac": "0-1", "_pct": "%", "_deg": "deg", "_mwh": "MWh", "_kwp": "kWp", "_mwp": "MWp",
    "_km2": "km2", "_cny": "CNY", "_mw": "MW", "_kw": "kW", "_tc": "tC", "_m2": "m2",
    "_m3": "m3", "_mm": "mm", "_cm": "cm", "_km": "km", "_ha": "ha", "_mu": "mu",
    "_kv": "kV", "_h": "h", "_t": "t", "_m": "m",
}  # fmt: skip


def unit_of(column: str) -> str:
    """Unit of a column by the suffix of its name, empty when it has none.

    Examples
    --------
    >>> unit_of("soc_tc_ha"), unit_of("area_ha"), unit_of("name"), unit_of("ha_mw")
    ('tC/ha', 'ha', '', 'ha/MW')
    """
    whole = next((u for s, u in _UNITS.items() if column == s[1:] and "/" in u), "")
    return whole or next((u for s, u in _UNITS.items() if column.endswith(s)), "")


@dataclass(frozen=True)
class FieldDocs(Mapping[str, dict[str, str]]):
    """Column name -> its title in Chinese and English, and its unit.

    Attributes
    ----------
    named
        Columns that always have the same name.
    targets
        Target id -> its title; columns ``gap_<target>_<unit>`` are named after it.
    """

    named: Mapping[str, dict[str, str]]
    targets: Mapping[str, Callable[[str], str]] = field(default_factory=dict)

    def __getitem__(self, column: str) -> dict[str, str]:
        found = self.named.get(column)
        if found is not None:
            return found
        gap = _GAP.fullmatch(column)
        if gap is None:
            raise KeyError(column)
        target = self.targets.get(gap["target"], gap["target"])
        title = say("geoplan.report.gap_to", target=target)
        return {"unit": unit_of(column), "zh": title("zh"), "en": title("en")}

    def __iter__(self) -> Iterator[str]:
        return iter(self.named)

    def __len__(self) -> int:
        return len(self.named)


@cache
def _named() -> Mapping[str, dict[str, str]]:
    docs = read_toml("geoplan.report", "fields.toml")
    return {k: {"unit": unit_of(k), **v} for k, v in docs.items()}


def field_docs(plan: Plan | None = None) -> FieldDocs:
    """What every column of a run is; columns of a plan's targets by their titles in the plan.

    Examples
    --------
    >>> field_docs()["gap_forest_2027_ha"]["en"], "gap_forest_2027_mw" in field_docs()
    ('gap to forest_2027', False)
    """
    goals = {} if plan is None else {t.id: t.title for t in plan.targets}
    return FieldDocs(_named(), goals)


def run_layers(run: Path) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Name and features of every layer the steps left, in the order of the steps.

    Sites have what the grid has for each, where the run asked it.
    """
    import geopandas as gpd  # heavy

    for path in sorted((run / "steps").glob("*/*.layer.parquet")):
        name, layer = path.name.removesuffix(".layer.parquet"), gpd.read_parquet(path)
        if name == "sites":
            layer = sites_with_grid(layer, optional_table(run, GRID_TABLE))
        yield name, layer


def run_tables(run: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and content of every table the steps left."""
    import pandas as pd  # heavy

    for path in sorted((run / "steps").glob("*/*.table.parquet")):
        yield path.name.removesuffix(".table.parquet"), pd.read_parquet(path)


def column_title(column: str, lang: str, docs: Mapping[str, dict[str, str]]) -> str:
    """Title of a column with its unit, or of the class of land it is called after.

    The name stands for one that nobody described.
    """
    doc = docs.get(column)
    if doc is None:
        return str(cell_word("before", column, {}, lang))
    unit = f" [{unit_word(doc['unit'], lang)}]" if doc.get("unit") else ""
    return doc[lang] + unit


def is_share(column: str, docs: Mapping[str, dict[str, str]]) -> bool:
    """Whether a column holds shares of one."""
    return docs.get(column, {}).get("unit", unit_of(column)) == "0-1"


def write_exports(
    plan: Plan,
    run: Path,
    *,
    lang: str,
    answer: Callable[[Worksheet, RunSummary, Path, str], None],
    cases: Cases,
    progress: Progress = lambda *_: None,
) -> None:
    """Write ``results.gpkg`` with ``results.qgz``, ``tables/*.csv`` and ``tables.xlsx``.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Run folder with ``summary.json`` and ``steps/``.
    lang : str
        Language of the workbook's headers (``"zh"`` or ``"en"``).
    answer : callable
        Fills the first sheet of the workbook.
    cases : callable
        Adds a sheet for every case of facilities and tells what each holds.
    progress : callable
        Told how many layers and tables are written.
    """
    import pandas as pd  # heavy
    from openpyxl import Workbook

    docs = field_docs(plan)

    def title(column: str) -> str:
        return column_title(column, lang, docs)

    def headed(column: str) -> str:
        # the cells of a sheet carry the per cent themselves
        doc = docs.get(column)
        return doc[lang] if doc is not None and is_share(column, docs) else title(column)

    summary = read_run_summary(run)
    origin = origin_of(summary, lang)
    gpkg = run / "results.gpkg"
    gpkg.unlink(missing_ok=True)
    seen: dict[str, None] = {}
    kinds = ("*/*.layer.parquet", "*/*.table.parquet")
    total = 1 + sum(1 for kind in kinds for _ in (run / "steps").glob(kind))
    written = count()
    for name, layer in run_layers(run):
        progress("exports", next(written), total)
        seen |= dict.fromkeys(c for c in layer.columns if c != layer.geometry.name)
        if plan.plan.synthetic:
            layer = layer.assign(synthetic=True)
        write_features(gpkg, name, layer, metadata=origin)
    if gpkg.exists():
        contents = run_contents(run)
        words = {k: v[lang] for k, v in named_ids(summary).items()}
        name = summary.plan.title(lang)
        if plan.plan.synthetic:
            name = f"{name} · {say('geoplan.cli.synthetic')(lang)}"
        write_qgis(
            gpkg,
            lang=lang,
            title=name,
            names=words,
            field_title=title,
            contents=contents,
            base=write_base(plan, run, contents),
        )
    tables = run / "tables"
    tables.mkdir(exist_ok=True)
    told = pd.DataFrame(
        [
            [w.code, w.where, w.step, w.plan_key, w.text("zh"), w.text("en")]
            for w in summary.warnings
        ],
        columns=["code", "where", "step", "plan_key", "zh", "en"],
    )
    harmless_table(told).to_csv(tables / "warnings.csv", index=False, encoding="utf-8-sig")
    book = Workbook()
    first = book.active
    first.title = say("geoplan.sheets.answer")(lang)
    answer(first, summary, run, lang)
    cover = book.create_sheet(say("geoplan.cli.about_sheet")(lang))
    for line in _cover(summary, lang):
        cover.append([harmless(v) for v in line])
    cover.column_dimensions["A"].width = 28
    cover.column_dimensions["B"].width = 90
    steps = {
        p.name.partition(".")[0]: p.parent.name for p in run.glob("steps/*/*.table.parquet")
    }
    names = called(plan, summary)
    ids: dict[str, str] = {}
    listed: list[Listed] = [
        (first.title, "", 0, [say("geoplan.sheets.answer_note")(lang)]),
        (cover.title, "", 0, [say("geoplan.workbook.about_cover")(lang)]),
    ]
    answers = answer_frame(summary.targets or ())
    if len(answers):
        calc = book.create_sheet(say("geoplan.workbook.targets")(lang))
        fill_target_sheet(calc, answers, lang)
        listed.append((calc.title, "", 0, [say("geoplan.workbook.about_targets")(lang)]))
        seen |= dict.fromkeys(answers.columns)
        harmless_table(answers).to_csv(
            tables / "target_answers.csv", index=False, encoding="utf-8-sig"
        )
    listed += cases(book, summary, run, lang, headed, lambda c: is_share(c, docs))
    for name, table in run_tables(run):
        progress("exports", next(written), total)
        seen |= dict.fromkeys(table.columns)
        harmless_table(table).to_csv(tables / f"{name}.csv", index=False, encoding="utf-8-sig")
        if not len(table):
            cover.append((say("geoplan.cli.about_no_rows")(lang), f"tables/{name}.csv"))
        elif len(table) > _SHEET_ROWS:
            cover.append((say("geoplan.cli.about_csv_only")(lang), f"tables/{name}.csv"))
        else:
            spoken = spoken_table(table, lang, names)
            shares = [c for c in map(str, spoken.columns) if is_share(c, docs)]
            sheet = book.create_sheet(sheet_title(name, lang, book.sheetnames))
            fill_sheet(sheet, spoken, headed, shares=shares)
            columns = [str(c) for c in spoken.columns]
            listed.append((sheet.title, steps.get(name, ""), len(table), columns))
            ids[sheet.title] = name
    fields = pd.DataFrame(
        [
            {
                "field": c,
                "title_zh": docs.get(c, {}).get("zh", ""),
                "title_en": docs.get(c, {}).get("en", ""),
                "unit": docs.get(c, {}).get("unit", ""),
            }
            for c in seen
        ]
    )
    harmless_table(fields).to_csv(tables / "fields.csv", index=False, encoding="utf-8-sig")
    last = book.create_sheet(sheet_title("fields", lang, book.sheetnames))
    fill_sheet(last, spoken_table(fields, lang, names), title)
    listed.append((last.title, "", 0, [say("geoplan.workbook.about_fields")(lang)]))
    ids[last.title] = "fields"
    guide = book.create_sheet(say("geoplan.workbook.sheets")(lang), 2)
    listed.append((guide.title, "", 0, [say("geoplan.workbook.about_sheets")(lang)]))
    fill_sheet_list(guide, listed, title, lang, ids)
    print_ready(cover)
    book.save(run / "tables.xlsx")
    progress("exports", 1, 1)


def _cover(summary: RunSummary, lang: str) -> list[tuple[str, str]]:
    plan, run = summary.plan, summary.run
    rows = [
        (say("geoplan.cli.about_plan")(lang), plan.title(lang)),
        (say("geoplan.cli.about_run")(lang), run.id),
        (say("geoplan.cli.about_finished")(lang), run.finished),
        ("geoplan", run.geoplan),
    ]
    if plan.synthetic:
        rows.append((say("geoplan.cli.about_data")(lang), say("geoplan.cli.synthetic")(lang)))
    # the sentence of every other door: one capacity for the same question
    told = capacity_statement(summary)
    head = say("geoplan.cli.about_capacity")(lang)
    if told is not None:
        rows.append((head, told(lang)))
    rows += [(head, line(lang)) for line in grid_lines(summary)]
    warn = say("geoplan.cli.about_warning")(lang)
    return [*rows, *((warn, w.text(lang)) for w in summary.warnings)]
