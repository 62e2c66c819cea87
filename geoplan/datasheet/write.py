"""Write the data sheet as a workbook a person fills in and prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.datasheet.layout import (
    DATABASE,
    LAYER_COLUMNS,
    PRINTED,
    PRIORITIES,
    PURPOSES,
    STATES,
    TARGET_COLUMNS,
    ZONE_COLUMNS,
    ZONE_STATES,
    head,
    sheet_name,
    word,
)
from geoplan.datasheet.rows import SheetRow, rows_of
from geoplan.report.workbook import lay_out, print_ready
from gis.errors import ConfigError
from gis.files.plain_text import harmless
from gis.files.whole_file import whole_file
from gis.say import Lang, in_lang, say
from layers.plan.model import Plan, Target, Zone

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from layers.plan.locality import Locality
    from siting.screen.judged.layer_land import LayerLand

__all__ = ["write_sheet"]

_FREE_ROWS = 30  # empty rows that carry lists for zones and targets
_HOW = 8
_COLOURS = {"core": "FFE3C2", "needed": "FFF6DA", "later": "FFFFFF"}
_INK = "DDE7F0"


@dataclass(frozen=True)
class _Lists:
    column: str
    kind: str
    keys: tuple[str, ...]


def _land(row: SheetRow, *, known: bool, lang: Lang) -> tuple[float | None, str]:
    """Land that hangs on a layer, and what the figure is or why there is none."""
    if not row.rules:
        return None, say("geoplan.datasheet.land_no_rule")(lang)
    if not known:
        return None, say("geoplan.datasheet.land_no_run")(lang)
    if row.land is None:
        return None, say("geoplan.datasheet.land_none")(lang)
    if row.land.taken_km2 > 0:
        return round(row.land.taken_km2, 4), say("geoplan.datasheet.land_taken")(lang)
    return round(row.land.decides_km2, 4), say("geoplan.datasheet.land_decides")(lang)


def _given(row: SheetRow, plan: Plan | None, lang: Lang) -> dict[str, object]:
    """What a plan says of a layer, in the columns of the sheet."""
    to_come = word("state", "to_come")(lang)
    if plan is None:
        return {"state": to_come}
    if row.layer == "zones" and plan.zones and "zones" not in plan.layers:
        return {"state": word("state", "have")(lang)}
    if row.layer == "targets":
        return {"state": word("state", "have" if plan.targets else "to_come")(lang)}
    source = plan.layers.get(row.layer)
    if source is None:
        return {"state": to_come}
    out: dict[str, object] = {"date": source.date, "source": source.source}
    if source.assumed_absent:
        out["state"] = word("state", "absent")(lang)
        out["absent_because"] = str(in_lang(source.assumed_absent, lang))
    elif source.required_from_user:
        out["state"] = to_come
        out["note"] = str(in_lang(source.required_from_user, lang))
    else:
        out["state"] = word("state", "partly" if source.incomplete else "have")(lang)
        out["note"] = str(in_lang(source.incomplete, lang))
        in_base = f"{DATABASE}{source.table or 'sql'}"
        files = [str(plan.resolve(p)) for p in (source.path, *source.tiles) if p]
        out["path"] = "; ".join(files) if files else in_base
        out["table"] = source.layer
    return out


def _layer_cells(
    row: SheetRow, plan: Plan | None, lang: Lang, *, known: bool
) -> dict[str, object]:
    km2, note = _land(row, known=known, lang=lang)
    return {
        "layer": row.layer,
        "title": row.title(lang),
        "priority": word("priority", row.priority)(lang),
        "what_for": row.what_for(lang),
        "rules": len(row.rules),
        "rule_ids": " ".join(row.rules),
        "land_km2": km2,
        "land_note": note,
        "geometry": word("geometry", row.geometry)(lang),
        "fields": str(in_lang(row.fields, lang)),
        "formats": " ".join(row.formats),
        "holder": row.holder(lang),
        **_given(row, plan, lang),
    }


def _zone_cells(zone: Zone, plan: Plan, lang: Lang) -> dict[str, object]:
    box = zone.bounds_ll or (None,) * 4
    return {
        "zone_id": zone.id,
        "title_zh": zone.title.zh,
        "title_en": zone.title.en,
        **dict(zip(("west", "south", "east", "north"), box, strict=True)),
        "path": str(plan.resolve(zone.path)) if zone.path else "",
        "purpose": word("purpose", zone.purpose)(lang),
        "zone_state": word("zone_state", zone.status)(lang),
        "note": zone.note,
    }


def _target_cells(target: Target, lang: Lang) -> dict[str, object]:
    return {
        "target_id": target.id,
        "title_zh": target.title.zh,
        "title_en": target.title.en,
        "indicator": target.indicator,
        "year": target.year,
        "value": target.value,
        "unit": target.unit,
        # an apostrophe is no part of it: the reader takes it off
        "relation": target.relation,
        "caliber": target.caliber,
        "section": target.section,
        "quote": target.quote,
        "caliber_reason": str(in_lang(target.caliber_reason, lang)),
        "responsible": str(in_lang(target.responsible, lang)),
    }


def _fill(
    sheet: Worksheet,
    columns: Mapping[str, float],
    rows: Sequence[Mapping[str, object]],
    lang: Lang,
    lists: Sequence[_Lists],
    free: int,
    printed: int,
) -> None:
    """Header, rows, lists to choose from, and how it prints."""
    from openpyxl.styles import Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    keys = list(columns)
    sheet.append([head(k)(lang) for k in keys])
    for row in rows:
        sheet.append([harmless(row.get(k)) for k in keys])
    line = Side(style="thin", color="B8C4CF")
    grid = Border(left=line, right=line, top=line, bottom=line)
    last = len(rows) + 1 + free
    for cells in sheet.iter_rows(min_row=1, max_row=last, max_col=len(keys)):
        for cell in cells:
            cell.border = grid
            cell.font = Font(size=10, bold=cell.row == 1)
    for cell in sheet[1]:
        cell.fill = PatternFill("solid", fgColor=_INK)
    lay_out(sheet, dict(enumerate(columns.values(), 1)), printed)
    for one in lists:
        words = ",".join(word(one.kind, k)(lang) for k in one.keys)
        letter = get_column_letter(keys.index(one.column) + 1)
        rule = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{max(last, 2)}")
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(keys))}{max(len(rows) + 1, 2)}"


def _colour(sheet: Worksheet, rows: Sequence[SheetRow]) -> None:
    from openpyxl.styles import PatternFill

    for i, row in enumerate(rows, 2):
        for column in (1, 2, 3):
            fill = PatternFill("solid", fgColor=_COLOURS[row.priority])
            sheet.cell(i, column).fill = fill


def write_sheet(
    path: Path,
    county: str,
    here: Locality,
    lang: Lang,
    *,
    plan: Plan | None = None,
    land: Mapping[str, LayerLand] | None = None,
) -> list[SheetRow]:
    """Write the data sheet of a place.

    Parameters
    ----------
    path : Path
        ``.xlsx``; it must not be there.
    county : str
        Name of the place, for the title.
    here : Locality
        Which rules are in force.
    lang : {"zh", "en"}
    plan : Plan, optional
        What it says of layers, zones and targets is filled in.
    land : mapping, optional
        Layer id -> land that hangs on it, of a finished run.

    Returns
    -------
    list of SheetRow
        The rows that were written.

    Raises
    ------
    ConfigError
        Another suffix, or a file that is there.
    DataError
        When it cannot be written.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    if path.suffix.lower() != ".xlsx":
        raise ConfigError(say("geoplan.datasheet.xlsx_only"), where="--sheet", got=path.name)
    if path.exists():
        raise ConfigError(
            say("geoplan.datasheet.sheet_exists"),
            where="--sheet",
            got=str(path),
            todo=say("geoplan.datasheet.other_name"),
        )
    rows = rows_of(here, land=land, plan=plan)
    book = Workbook()
    sheet = book.active
    sheet.title = sheet_name("layers")(lang)
    _fill(
        sheet,
        LAYER_COLUMNS,
        [_layer_cells(r, plan, lang, known=land is not None) for r in rows],
        lang,
        [_Lists("priority", "priority", PRIORITIES), _Lists("state", "state", STATES)],
        0,
        PRINTED,
    )
    _colour(sheet, rows)
    sheet.oddHeader.center.text = say("geoplan.datasheet.title", county=county)(lang)
    zones = [_zone_cells(z, plan, lang) for z in plan.zones] if plan else []
    _fill(
        book.create_sheet(sheet_name("zones")(lang)),
        ZONE_COLUMNS,
        zones,
        lang,
        [
            _Lists("purpose", "purpose", PURPOSES),
            _Lists("zone_state", "zone_state", ZONE_STATES),
        ],
        _FREE_ROWS,
        len(ZONE_COLUMNS),
    )
    targets = [_target_cells(t, lang) for t in plan.targets] if plan else []
    _fill(
        book.create_sheet(sheet_name("targets")(lang)),
        TARGET_COLUMNS,
        targets,
        lang,
        [],
        _FREE_ROWS,
        len(TARGET_COLUMNS),
    )
    how = book.create_sheet(sheet_name("how")(lang))
    how.append([say("geoplan.datasheet.title", county=county)(lang)])
    how["A1"].font = Font(size=14, bold=True)
    for i in range(1, _HOW + 1):
        how.append([f"{i}. {say(f'geoplan.datasheet.how_{i}')(lang)}"])
    how.column_dimensions["A"].width = 110
    print_ready(how)
    with whole_file(path, say("geoplan.datasheet.cannot_be_written")) as part:
        book.save(part)
    return rows
