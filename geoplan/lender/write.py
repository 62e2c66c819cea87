"""Writes the files of the report on one plant into a folder of the run."""

from __future__ import annotations

import re
from pathlib import Path

from geoplan.lender.cash_book import write_cash_book
from geoplan.lender.content import HYBRID, lender_document
from geoplan.lender.figures import draw_plant_figures
from layers.plan.model import Plan
from layers.run_documents import record_documents
from layers.run_record import check_result
from siting.money.plants import plant_case, plants_of

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
    plan: Plan, run: Path, plant: str, *, lang: str, docx: bool = True, pdf: bool = False
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

    Returns
    -------
    list of Path

    Raises
    ------
    ConfigError
        When the run has no such plant.
    ModelError
        For a PDF without LibreOffice, once the other files are written.
    """
    from geoplan.report.draw import draw_figures
    from geoplan.report.html import write_html

    check_result(run)
    names = lender_files(plant)
    folder = (run / names["html"]).parent
    # asked first, so that a wrong name draws nothing
    lender_document(plan, run, plant, folder, lang)
    draw_figures(plan, run, lang=lang)
    data_of = plant
    if plant == HYBRID:
        farms = [p.id for p in plants_of(run) if p.tech == "wind"]
        data_of = farms[0] if farms else plant
    draw_plant_figures(run, data_of, folder, lang)
    document = lender_document(plan, run, plant, folder, lang)
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_html(document, run / names["html"])]
    for one in plants_of(run):
        if one.id == data_of:
            found = plant_case(plan, one)
            if found.case is not None:
                written.append(write_cash_book(run / names["cash"], found, lang=lang))
    if docx or pdf:
        from geoplan.report.word import write_word

        written.append(write_word(document, run / names["docx"]))
    if pdf:
        from geoplan.report.pdf import to_pdf

        written.append(to_pdf(run / names["docx"]))
    record_documents(run, [p.relative_to(run).as_posix() for p in written])
    return written
