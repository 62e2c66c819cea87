"""Writes the files of the report on one plant into a folder of the run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.lender.cash_book import write_cash_book
from geoplan.lender.content import data_of, lender_document, plant_kind
from geoplan.lender.derived import OfPlant
from geoplan.lender.figures import draw_plant_figures, plant_figure
from gis.errors import ModelError
from layers.plan.model import Plan
from layers.run_documents import record_documents
from layers.run_record import check_result
from siting.money.plants import market_of, plant_case, plants_of
from siting.pv.study.section import PvSection

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["lender_files", "write_lender_report"]

FOLDER = "plants"


def lender_files(plant: str) -> dict[str, str]:
    """Documents of a plant by kind, as paths below the run folder.

    Examples
    --------
    >>> lender_files("PV-01")["html"]
    'plants/PV-01/report.html'
    >>> lender_files("../x")["docx"]
    'plants/___x/report.docx'
    """
    safe = re.sub(r"[^\w\-]|^$", "_", plant)
    names = {"html": "report.html", "docx": "report.docx", "pdf": "report.pdf"}
    return {k: f"{FOLDER}/{safe}/{v}" for k, v in {**names, "cash": "cash_flow.xlsx"}.items()}


def write_lender_report(
    plan: Plan,
    run: Path,
    plant: str,
    *,
    lang: str,
    docx: bool = True,
    pdf: bool = False,
    template: Path | None = None,
) -> list[Path]:
    """Write the report on one plant, and its cash flow where the plan gives what it needs.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its run folder.
    plant : str
        Site of PV, farm, or ``"hybrid"``.
    lang : {"zh", "en"}
    docx, pdf : bool
        Word file, and a PDF of it by LibreOffice.
    template : Path, optional
        Word file whose styles, page, header and footer the Word file takes.

    Returns
    -------
    list of Path

    Raises
    ------
    ConfigError
        When the run has no such plant; or for a PDF without LibreOffice, once the other files
        are written.
    """
    from geoplan.report.draw import draw_figures
    from geoplan.report.html import write_html

    check_result(run)
    names = lender_files(plant)
    folder = (run / names["html"]).parent
    kind = plant_kind(run, plant)  # first: a wrong name draws nothing
    own = data_of(run, plant, kind)
    draw_figures(plan, run, lang=lang)
    draw_plant_figures(OfPlant(plan, run, plant, own, kind, lang), folder)
    folder.mkdir(parents=True, exist_ok=True)
    written, more = _array(plan, run, plant, folder, lang) if kind == "pv" else _nothing()
    document = lender_document(plan, run, plant, folder, lang, more=more)
    written.append(write_html(document, run / names["html"]))
    for one in plants_of(run):
        if one.id == plant:
            found = plant_case(plan, one, market_of(plan))
            if found.case is not None:
                written.append(write_cash_book(run / names["cash"], found, lang=lang))
    if docx or pdf:
        from geoplan.report.word import write_word

        written.append(write_word(document, run / names["docx"], template=template))
    if pdf:
        record_documents(run, [p.relative_to(run).as_posix() for p in written])
        from geoplan.report.pdf import to_pdf

        written.append(to_pdf(run / names["docx"]))
    record_documents(run, [p.relative_to(run).as_posix() for p in written])
    return written


def _nothing() -> tuple[list[Path], dict[str, pd.DataFrame]]:
    return [], {}


def _array(
    plan: Plan, run: Path, plant: str, folder: Path, lang: str
) -> tuple[list[Path], dict[str, pd.DataFrame]]:
    """Layout and bill of quantities of a site; nothing where no table of modules fits."""
    from geoplan.array.bill_book import write_bill_book
    from geoplan.array.drawing import draw_array_plan
    from siting.pv.array.bill import bill_table
    from siting.pv.array.features import array_features
    from siting.pv.array.of_plan import study_of_site

    try:
        found = study_of_site(plan, run, plant, plan.section(PvSection))
    except ModelError:
        return _nothing()
    picture = plant_figure(folder, "plant_layout", lang)
    picture.parent.mkdir(parents=True, exist_ok=True)
    draw_array_plan(found, array_features(found.array), picture, lang=lang)
    book = write_bill_book(folder / "bill.xlsx", found, lang=lang)
    return [book], {"pv_bill": bill_table(found.array, plant)}
