"""The doctor's report as files: page, workbook, JSON and a layer of all places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.checkup.page import page
from geoplan.checkup.tables import finding_table, layer_table, place_table
from gis.errors import ConfigError, DataError
from gis.files.whole_file import whole_file
from gis.files.write import write_features
from gis.say import Lang, os_reason, say
from layers.doctor.finding import DataFinding, limits
from layers.open.county import plan_crs
from layers.plain_json import to_json

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.doctor import Diagnosis
    from layers.plan.model import Plan

__all__ = ["fault_layer", "report_folder", "write_report"]

_STEM = "doctor"
_LAYER_FILE = "doctor_faults.gpkg"
_WIDTHS = {
    "findings": (6, 8, 20, 66, 7, 12, 24, 9, 30, 22, 22, 34, 60),
    "places": (6, 8, 22, 18, 24, 60, 13, 13, 14),
    "layers": (26, 30, 14, 10, 60),
}
_PRINTED = {"findings": 9, "places": 9, "layers": 5}


def report_folder(folder: Path, option: str) -> Path:
    """A folder that can be written to, made where it is not there.

    Raises
    ------
    ConfigError
        It is a file, or cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(
            say("geoplan.doctor.is_a_file"),
            where=option,
            got=str(folder),
            todo=say("geoplan.doctor.other_folder"),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".geoplan-write"
        probe.touch()
        probe.unlink()
    except OSError as err:
        raise ConfigError(
            say("geoplan.doctor.report_cannot_be_written"),
            where=f"{option} {folder}",
            got=os_reason(err),
            todo=say("geoplan.doctor.other_folder"),
        ) from err
    return folder


def fault_layer(findings: tuple[DataFinding, ...], plan: Plan) -> gpd.GeoDataFrame | None:
    """Every place of every finding as a feature; None without any place.

    Of a finding with more places than ``limits.toml`` names, the first are taken, and ``total``
    says how many there are.
    """
    import geopandas as gpd

    most, few = int(limits("shown")["layer"]), int(limits("shown")["rules"])
    columns: dict[str, list[Any]] = {
        k: []
        for k in (
            *("number", "code", "severity", "layer", "feature", "text_zh", "text_en"),
            *("todo_zh", "todo_en", "steps", "rules", "area_m2", "total"),
        )
    }
    shapes = []
    for i, f in enumerate(findings, 1):
        todo = {k: f.todo(k) if callable(f.todo) else str(f.todo) for k in ("zh", "en")}
        rules = " ".join(f.blocks.rules[:few])
        if len(f.blocks.rules) > few:
            rules += f" ... {len(f.blocks.rules)}"
        for spot in f.spots[:most]:
            if spot.shape is None or spot.shape.is_empty:
                continue
            text = f.text if spot.text is None else spot.text
            row = {
                "number": i,
                "code": f.code,
                "severity": f.severity,
                "layer": f.layer,
                "feature": spot.feature,
                "text_zh": text("zh"),
                "text_en": text("en"),
                "todo_zh": todo["zh"],
                "todo_en": todo["en"],
                "steps": " ".join(f.blocks.steps),
                "rules": rules,
                "area_m2": spot.area_m2,
                "total": len(f.spots),
            }
            for key, value in row.items():
                columns[key].append(value)
            shapes.append(spot.shape)
    if not shapes:
        return None
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=plan_crs(plan))


def _workbook(found: Diagnosis, lang: Lang, path: Path) -> None:
    from openpyxl import Workbook

    from geoplan.report.workbook import fill_sheet, lay_out

    book = Workbook()
    book.remove(book.active)
    for name, table in (
        ("findings", finding_table(found.findings, lang)),
        ("places", place_table(found.findings, lang, _LAYER_FILE)),
        ("layers", layer_table(found.layers, lang)),
    ):
        sheet = book.create_sheet(say(f"geoplan.doctor.sheet_{name}")(lang))
        fill_sheet(sheet, table)
        lay_out(sheet, dict(enumerate(_WIDTHS[name], 1)), _PRINTED[name])
    with whole_file(path, say("geoplan.doctor.report_cannot_be_written")) as part:
        book.save(part)


def write_report(found: Diagnosis, plan: Plan, folder: Path, lang: Lang) -> list[Path]:
    """Write page, workbook, JSON and the layer of faults into `folder`.

    Parameters
    ----------
    found : Diagnosis
    plan : Plan
    folder : Path
        Made where it is not there; a report of before is replaced, nothing else touched.
    lang : {"zh", "en"}
        Of page and workbook; JSON and layer hold both.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ConfigError
        When the folder cannot be written.
    """
    folder = report_folder(folder, "--report")
    what = say("geoplan.doctor.report_cannot_be_written")
    try:
        html, book = folder / f"{_STEM}.html", folder / f"{_STEM}.xlsx"
        body, layer = folder / f"{_STEM}.json", folder / _LAYER_FILE
        with whole_file(html, what) as part:
            part.write_text(page(found, lang, _LAYER_FILE), encoding="utf-8")
        _workbook(found, lang, book)
        with whole_file(body, what) as part:
            text = json.dumps(to_json(found.as_dict(lang)), ensure_ascii=False, indent=1)
            part.write_text(text, encoding="utf-8")
        table = fault_layer(found.findings, plan)
        if table is None:
            return [html, book, body]
        write_features(layer, "faults", table, append=False)
    except OSError as err:
        raise DataError(what, where=str(folder), got=os_reason(err)) from err
    return [html, book, body, layer]
