"""What the verbs ``layers``, ``new`` and ``doctor`` do with a data sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.datasheet.compare import compared, sheet_findings, write_checked
from geoplan.datasheet.plan import fill_plan, map_columns, sheet_words
from geoplan.datasheet.read import read_sheet_file
from geoplan.datasheet.write import write_sheet
from gis.errors import ConfigError, GeoplanError
from gis.say import Lang, Sentence, say
from layers.plan.locality import Locality
from layers.plan.model import locality_of

if TYPE_CHECKING:
    from geoplan.doctor import Diagnosis
    from layers.plan.model import Plan
    from siting.screen.judged.layer_land import LayerLand

__all__ = ["checked_sheet", "new_from_sheet", "sheet_of_layers"]


def _land(plan: Plan) -> dict[str, LayerLand] | None:
    """Land that hangs on each layer, of the plan's finished run; None without one."""
    from geoplan.finished import finished_run
    from siting.screen.judged.layer_land import layer_land
    from siting.screen.section import ScreeningSection

    try:
        folder = finished_run(plan, None, tell=lambda _: None)
        return layer_land(folder, plan.section(ScreeningSection).techs)
    except GeoplanError:  # the sheet says that there is no run
        return None


def sheet_of_layers(path: Path, lang: Lang, *, plan: Plan | None, county: str) -> Sentence:
    """Write the data sheet of a plan, of a county, or of the country as a whole.

    Parameters
    ----------
    path : Path
        ``.xlsx`` that is not there.
    lang : {"zh", "en"}
    plan : Plan, optional
    county : str
        Code or name; empty without.

    Raises
    ------
    ConfigError
        Plan and county, an unknown county, a file that is there.
    """
    from layers.recognise.counties import county_title, find_county

    if plan is not None and county:
        raise ConfigError(say("geoplan.datasheet.plan_or_county"), where="--county")
    if plan is not None:
        name, here, land = plan.plan.title(lang), locality_of(plan), _land(plan)
    else:
        found = find_county(county) if county else None
        name = county_title(found.name)(lang) if found else ""
        here, land = Locality(adcode=found.adcode if found else ""), None
    rows = write_sheet(path, name, here, lang, plan=plan, land=land)
    core = sum(r.priority == "core" for r in rows)
    return say("geoplan.datasheet.sheet_written", path=path, n=len(rows), core=core)


def new_from_sheet(
    sheet_file: Path, out: Path, make: Callable[[Path], object]
) -> list[Sentence]:
    """Write a plan of a data sheet.

    Parameters
    ----------
    sheet_file : Path
    out : Path
        Plan file, which must not be there.
    make : callable
        Writes a plan without the sheet to the path it is given.

    Returns
    -------
    list of Sentence
        What the sheet brought.

    Raises
    ------
    ConfigError
        With every fault of the sheet; then nothing is written.
    """
    from geoplan.plan_file import load_plan

    sheet = read_sheet_file(sheet_file)
    make(out)
    try:
        text = fill_plan(out.read_text(encoding="utf-8"), sheet, out.resolve().parent)
        out.write_text(text, encoding="utf-8")
        here = locality_of(load_plan(out)).adcode
        text, told = map_columns(text, sheet, here)
        out.write_text(text, encoding="utf-8")
        load_plan(out)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return [*sheet_words(sheet), *told]


def checked_sheet(
    sheet_file: Path, plan: Plan, found: Diagnosis, folder: Path | None, lang: Lang
) -> tuple[Diagnosis, Path]:
    """Hold a sheet against plan and files.

    Returns
    -------
    Diagnosis
        With what differs among its findings.
    Path
        The copy of the sheet with what was found, in `folder` or beside the sheet.

    Raises
    ------
    ConfigError
        With every fault of the sheet.
    """
    sheet = read_sheet_file(sheet_file)
    rows = compared(sheet, plan, found)
    more = sheet_findings(sheet, rows)
    ranked = sorted(
        (*found.findings, *more), key=lambda f: ("error", "warning", "note").index(f.severity)
    )
    copy = write_checked(sheet, rows, folder or sheet.file.parent, lang)
    return replace(found, findings=tuple(ranked)), copy
