"""A data sheet held against the plan and the files; what is found goes into a copy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.datasheet.layout import DATABASE, LAYER_COLUMNS, column_keys, head, sheet_name
from geoplan.datasheet.read import LayerEntry, Sheet
from gis.files.plain_text import harmless
from gis.files.whole_file import whole_file
from gis.say import LANGS, Lang, Sentence, listed, say
from layers.catalogue import layer as layer_of
from layers.doctor.age import day_of
from layers.doctor.finding import DataFinding, Severity

if TYPE_CHECKING:
    from geoplan.doctor import Diagnosis
    from layers.plan.model import LayerSource, Plan

__all__ = ["compared", "sheet_findings", "write_checked"]

_SPECIAL = ("targets", "zones")


def _state_of(found: Diagnosis, layer_id: str) -> Sentence:
    """What the doctor says of a layer that is there."""
    own = [f.severity for f in found.findings if f.layer == layer_id]
    if "error" in own:
        return say("geoplan.datasheet.f_faulty", n=own.count("error"))
    if "warning" in own:
        return say("geoplan.datasheet.f_warned", n=own.count("warning"))
    return say("geoplan.datasheet.f_good")


def _same_file(sheet: Sheet, entry: LayerEntry, plan: Plan, source: LayerSource) -> bool:
    if entry.path.lower().startswith(DATABASE):
        return False
    own = {plan.resolve(p).resolve() for p in (source.path, *source.tiles)}
    return {sheet.resolve(p) for p in entry.paths} == own


def _one(
    entry: LayerEntry, sheet: Sheet, plan: Plan, found: Diagnosis
) -> tuple[Sentence, Severity]:
    """What is found of one row, and how bad it is."""
    source = plan.layers.get(entry.layer)
    used = source is not None and source.available
    if entry.state in ("have", "partly") and entry.path and not sheet.holds(entry):
        return say("geoplan.datasheet.f_file_missing", path=entry.path), "warning"
    if entry.state == "absent":
        if used:
            return say("geoplan.datasheet.f_absent_differs"), "warning"
        return say("geoplan.datasheet.f_absent"), "note"
    if entry.state == "to_come":
        if used:
            return say("geoplan.datasheet.f_not_in_sheet"), "warning"
        return say("geoplan.datasheet.f_to_come"), "note"
    if source is None or not used:
        return say("geoplan.datasheet.f_not_in_plan"), "warning"
    if entry.path and source.path and not _same_file(sheet, entry, plan, source):
        return (
            say(
                "geoplan.datasheet.f_other_file",
                sheet=entry.path,
                plan=listed([source.path, *source.tiles]),
            ),
            "warning",
        )
    if entry.date and source.date and day_of(entry.date) != day_of(source.date):
        return (
            say("geoplan.datasheet.f_other_date", sheet=entry.date, plan=source.date),
            "warning",
        )
    return _state_of(found, entry.layer), "note"


def compared(
    sheet: Sheet, plan: Plan, found: Diagnosis
) -> dict[int, tuple[LayerEntry, Sentence, Severity]]:
    """Row of the sheet -> its entry, what is found and how bad it is.

    Zones and targets have sheets of their own and are not compared by file.
    """
    out = {}
    for entry in sheet.layers:
        if entry.layer in _SPECIAL and not entry.path:
            continue
        out[entry.row] = (entry, *_one(entry, sheet, plan, found))
    return out


def sheet_findings(
    sheet: Sheet, rows: Mapping[int, tuple[LayerEntry, Sentence, Severity]]
) -> tuple[DataFinding, ...]:
    """What differs between sheet, plan and files, as findings of the one list."""
    out = []
    for number, (entry, text, severity) in rows.items():
        if severity == "note":
            continue
        said = say("geoplan.datasheet.finding", title=layer_of(entry.layer).title, text=text)
        where = say(
            "geoplan.datasheet.at_cell",
            file=sheet.file.name,
            sheet=sheet_name("layers"),
            row=number,
            column=head("path"),
        )
        todo = say("layers.doctor.todo_sheet_differs")
        out.append(DataFinding("sheet_differs", severity, said, entry.layer, where, todo))
    return tuple(out)


def _free(path: Path) -> Path:
    """A name beside the sheet that is not taken."""
    out, n = path, 2
    while out.exists():
        out = path.with_name(f"{path.stem}_{n}{path.suffix}")
        n += 1
    return out


def write_checked(
    sheet: Sheet,
    rows: Mapping[int, tuple[LayerEntry, Sentence, Severity]],
    folder: Path,
    lang: Lang,
) -> Path:
    """Write what is found into a copy of the sheet; the sheet itself stays.

    Parameters
    ----------
    sheet : Sheet
    rows : mapping
        As `compared` gives it.
    folder : Path
        Where the copy goes; it takes a name that is not taken.
    lang : {"zh", "en"}

    Returns
    -------
    Path
        The copy.
    """
    from openpyxl import load_workbook
    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.utils import get_column_letter

    book = load_workbook(sheet.file, data_only=False, keep_links=False)
    names = {sheet_name("layers")(x) for x in LANGS} | {"layers"}
    page = next(s for s in book.worksheets if s.title in names)
    columns = {**LAYER_COLUMNS, "found": 30.0}
    at = column_keys([str(c.value or "") for c in page[1]], columns)
    column = at.get("found", page.max_column) + 1
    page.cell(1, column, head("found")(lang))
    page.column_dimensions[get_column_letter(column)].width = columns["found"]
    for number, (_, text, severity) in rows.items():
        cell = page.cell(number, column, harmless(text(lang)))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if severity != "note":
            cell.fill = PatternFill("solid", fgColor="F9D5D0")
    out = _free(folder / f"{sheet.file.stem}_checked.xlsx")
    with whole_file(out, say("geoplan.datasheet.cannot_be_written")) as part:
        book.save(part)
    return out
