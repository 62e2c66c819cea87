"""The yearly assessment (年度考核): targets, projects, indicators, where figures stand."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.answers.target_table import ending_word, target_text, value_text
from geoplan.register.ledger import Check, Entry
from geoplan.register.listing import result_word
from geoplan.register.project import STAGES, group_of, kind_title, stage_title
from geoplan.report.document import Block, Document, Heading, Paragraph, Table
from geoplan.report.frames import column_widths
from geoplan.report.word import write_word
from geoplan.report.workbook import fill_sheet, lay_out
from geoplan.summary import RunSummary
from gis.cells.area import to_ha
from gis.say import Sentence, say
from layers.answers.answer import TargetAnswer

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

    from layers.plain_json import JsonObject

__all__ = ["Assessment", "Sheet", "assessment", "assessment_as_dict", "write_assessment"]

GROUPS = ("energy", "forestry", "facilities")
_WANTED = "wanted"
_EVIDENCE = "evidence"
_PAGE_WIDE = 100.0
_WIDEST = 36.0  # signs of a column; longer texts are broken over lines


@dataclass(frozen=True)
class Sheet:
    """One table of the assessment.

    Attributes
    ----------
    name
        Of its sentences.
    table
        In words; the last column names the file of the run a row rests on.
    """

    name: str
    table: pd.DataFrame


@dataclass(frozen=True)
class Assessment:
    """What is written for one year.

    Attributes
    ----------
    notes
        What the reader has to know, above everything.
    """

    year: int
    title: str
    lang: str
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...]


def assessment(
    year: int,
    summary: RunSummary,
    entries: Sequence[Entry],
    check: Check | None,
    lang: str,
    more: Sequence[Sentence] = (),
) -> Assessment:
    """The tables of a year.

    Parameters
    ----------
    year : int
    summary : RunSummary
        Of the finished run the figures come from.
    entries : sequence of Entry
        Projects as they stand.
    check : Check or None
        The last one.
    lang : {"zh", "en"}
    more : sequence of Sentence, optional
        What is said above everything besides, see
        `geoplan.register.feeding.not_counted_notes`.
    """
    targets = summary.targets or ()
    due = [t for t in targets if t.year <= year]
    sheets = [
        Sheet("targets", _targets(due, lang)),
        Sheet("later", _targets([t for t in targets if t.year > year], lang)),
        Sheet("projects", _projects(year, entries, check, lang)),
        *(Sheet(g, _group(g, entries, lang)) for g in GROUPS),
        Sheet("indicators", _indicators(summary, lang)),
    ]
    notes = [
        say(
            "geoplan.register.year_note",
            run=summary.run.id,
            finished=summary.run.finished[:10],
            as_of=summary.plan.as_of,
        )(lang)
    ]
    notes += [note(lang) for note in more]
    if summary.targets is None:
        notes.append(say("geoplan.register.year_no_targets")(lang))
    if check is None:
        notes.append(say("geoplan.register.year_no_check")(lang))
    if summary.plan.synthetic:
        notes.append(say("geoplan.register.year_synthetic")(lang))
    title = say("geoplan.register.year_title", county=summary.plan.title, year=str(year))(lang)
    return Assessment(year, title, lang, tuple(sheets), tuple(notes))


def assessment_as_dict(found: Assessment) -> JsonObject:
    """For ``--json``: the tables row by row, with the file of the run each rests on."""
    return {
        "year": found.year,
        "title": found.title,
        "notes": list(found.notes),
        "sheets": {
            s.name: [
                {str(k): None if v != v else v for k, v in row.items()}
                for row in s.table.to_dict("records")
            ]
            for s in found.sheets
        },
    }


def _frame(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(columns))


def _targets(targets: Iterable[TargetAnswer], lang: str) -> pd.DataFrame:
    names = ("section", "title", "responsible", "year", _WANTED, "value", "answer", "why",
             "closes", _EVIDENCE)  # fmt: skip
    nobody = say("geoplan.targets.nobody_named")(lang)
    rows = [
        {
            "section": t.section,
            "title": t.title(lang),
            "responsible": t.responsible(lang) or nobody,
            "year": str(t.year),
            _WANTED: target_text(t, lang),
            "value": value_text(t, lang),
            "answer": ending_word(t.answer)(lang),
            "why": t.reason(lang) or t.year_note(lang),
            "closes": t.closes(lang),
            _EVIDENCE: "tables/target_answers.csv",
        }
        for t in targets
    ]
    return _frame(rows, names)


def _projects(
    year: int, entries: Iterable[Entry], check: Check | None, lang: str
) -> pd.DataFrame:
    names = ("id", "name", "kind", "unit", "stage", "section", "year", "this_year",
             "capacity_mw", "boundary_ha", "result", "documents")  # fmt: skip
    found = {f.id: f for f in check.findings} if check else {}
    rows = []
    for e in entries:
        p, f = e.project, found.get(e.project.id)
        now = f if f and f.entry == e.seq else None
        rows.append(
            {
                "id": p.id,
                "name": p.name,
                "kind": kind_title(p.kind)(lang),
                "unit": p.unit,
                "stage": stage_title(p.stage)(lang),
                "section": p.section,
                "year": str(p.year) if p.year else "",
                "this_year": say(f"geoplan.law.{'yes' if p.year == year else 'no'}")(lang),
                "capacity_mw": p.capacity_mw,
                "boundary_ha": round(to_ha(now.area_m2), 4) if now and now.area_m2 else None,
                "result": result_word(now.result)(lang)
                if now
                else say("geoplan.register.not_checked")(lang),
                "documents": "; ".join(p.documents),
            }
        )
    return _frame(rows, names)


def _group(group: str, entries: Iterable[Entry], lang: str) -> pd.DataFrame:
    """Projects of a part of the plan: how many and how much, by kind and stage."""
    names = ("kind", "stage", "projects", "capacity_mw", "no_capacity", "area_ha", "no_area")
    own = [e.project for e in entries if group_of(e.project.kind) == group]
    rows = []
    for kind in dict.fromkeys(p.kind for p in own):
        for stage in STAGES:
            some = [p for p in own if (p.kind, p.stage) == (kind, stage)]
            if not some:
                continue
            mw = [p.capacity_mw for p in some if p.capacity_mw is not None]
            ha = [p.area_ha for p in some if p.area_ha is not None]
            rows.append(
                {
                    "kind": kind_title(kind)(lang),
                    "stage": stage_title(stage)(lang),
                    "projects": len(some),
                    "capacity_mw": sum(mw) if mw else None,
                    "no_capacity": len(some) - len(mw),
                    "area_ha": sum(ha) if ha else None,
                    "no_area": len(some) - len(ha),
                }
            )
    return _frame(rows, names)


def _indicators(summary: RunSummary, lang: str) -> pd.DataFrame:
    names = ("title", "value", "low", "high", "indicator_unit", "caliber", "data_year",
             "source", _EVIDENCE)  # fmt: skip
    rows = [
        {
            "title": i.title(lang),
            "value": i.value,
            "low": i.low,
            "high": i.high,
            "indicator_unit": i.unit_zh if lang == "zh" else i.unit_en,
            "caliber": i.caliber_title(lang),
            "data_year": str(i.data_year) if i.data_year else "",
            "source": i.source,
            _EVIDENCE: summary.indicators_file or "summary.json",
        }
        for i in summary.indicators or ()
    ]
    return _frame(rows, names)


# ------------------------------------------------------------------ files


def _word(name: str) -> Sentence:
    return say(f"geoplan.register.year_column.{name}")


def _relative(name: str, run: Path, out: Path) -> str:
    """A file of the run as it is reached from the folder of the assessment; empty if not."""
    if not (run / name).is_file():
        return ""
    try:
        return Path(os.path.relpath(run / name, out)).as_posix()
    except ValueError:  # another drive
        return ""


def write_assessment(found: Assessment, run: Path, out: Path) -> tuple[Path, Path]:
    """Write the assessment as a workbook and a Word file with links into the run.

    Parameters
    ----------
    found : Assessment
    run : Path
        Folder of the run.
    out : Path
        Folder to write into.

    Returns
    -------
    (Path, Path)
        Workbook and Word file.
    """
    out.mkdir(parents=True, exist_ok=True)
    stem = say("geoplan.register.year_file", year=str(found.year))(found.lang)
    book = _write_book(found, run, out / f"{stem}.xlsx")
    return book, write_word(_document(found, run, out), out / f"{stem}.docx", cover=False)


def _write_book(found: Assessment, run: Path, path: Path) -> Path:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    first = book.active
    for sheet in found.sheets:
        ws = book.create_sheet(say(f"geoplan.register.year_sheet.{sheet.name}")(found.lang))
        table = sheet.table.copy()
        if _EVIDENCE in table:
            table[_EVIDENCE] = [_relative(n, run, path.parent) for n in table[_EVIDENCE]]
        fill_sheet(ws, table, lambda c: _word(c)(found.lang))
        if len(table.columns):
            widths = {
                i: min(ws.column_dimensions[get_column_letter(i)].width, _WIDEST)
                for i in range(1, len(table.columns) + 1)
            }
            lay_out(ws, widths, len(widths))
        if _WANTED in table:
            _as_text(ws, list(table.columns).index(_WANTED) + 1, table[_WANTED])
        if _EVIDENCE in table:
            column = list(table.columns).index(_EVIDENCE) + 1
            for row, link in enumerate(table[_EVIDENCE], 2):
                if link:
                    cell = ws.cell(row=row, column=column)
                    cell.hyperlink = link
                    cell.font = Font(color="0563C1", underline="single")
    if first is not None:
        first.title = say("geoplan.register.year_sheet.notes")(found.lang)
        for text in (found.title, *found.notes):
            first.append([text])
        lay_out(first, {1: _PAGE_WIDE}, 1)
    book.save(path)
    return path


def _as_text(ws: Worksheet, column: int, texts: Iterable[str]) -> None:
    """The relation "=" before our own words, as text that needs no apostrophe."""
    for row, text in enumerate(texts, 2):
        if text.startswith("="):
            cell = ws.cell(row=row, column=column, value=text)
            cell.data_type = "s"
            cell.quotePrefix = True


def _document(found: Assessment, run: Path, out: Path) -> Document:
    from pandas.api.types import is_numeric_dtype

    lang = found.lang
    blocks: list[Block] = [Paragraph(text, "note") for text in found.notes]
    for sheet in found.sheets:
        name = say(f"geoplan.register.year_sheet.{sheet.name}")(lang)
        blocks.append(Heading(1, name))
        if not len(sheet.table):
            blocks.append(Paragraph(say("geoplan.register.year_nothing")(lang)))
            continue
        links = [
            _relative(n, run, out) for n in sheet.table.get(_EVIDENCE, [""] * len(sheet.table))
        ]
        table = sheet.table.drop(columns=_EVIDENCE, errors="ignore")
        headers = [_word(str(c))(lang) for c in table.columns]
        rows = [[_cell(v) for v in row] for row in table.itertuples(index=False)]
        numeric = frozenset(
            i for i, c in enumerate(table.columns) if is_numeric_dtype(table[c])
        )
        widths = column_widths(headers, rows, numeric, landscape=True)
        blocks.append(Table(f"year_{sheet.name}", name, headers, rows, numeric, widths))
        blocks += [
            Paragraph(say("geoplan.register.year_evidence", file=link)(lang), "note", link)
            for link in dict.fromkeys(x for x in links if x)
        ]
    footer = say("geoplan.report.internal")(lang)
    return Document(found.title, "", lang, footer, blocks, landscape=True)


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
