"""Everything a finished run shows: tables, GeoPackage, workbook, map and report."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from layers.plan.model import Plan
from layers.result import Progress
from layers.run_documents import record_documents
from layers.run_record import check_result

__all__ = ["REPORTS", "draw_pictures", "write_documents", "write_report"]

_PARTS = 3  # exports, report, map
EXPORTS = ("results.gpkg", "results.qgz", "tables.xlsx")
REPORTS = (
    *("report.html", "report.docx", "report.pdf", "annex.docx", "annex.pdf"),
    "onepage.pdf",
)


def write_documents(
    plan: Plan,
    run: Path,
    *,
    lang: str,
    draw: Callable[[], None],
    paint: Callable[[], bool] = lambda: False,
    progress: Progress = lambda *_: None,
) -> None:
    """Write ``results.gpkg``, ``tables/*.csv``, ``tables.xlsx``, ``map.html``, ``report.html``.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its run folder, with ``summary.json`` and ``steps/`` in place.
    lang : str
        ``"zh"`` or ``"en"``.
    draw : callable
        Writes ``map.html`` while the others are written.
    paint : callable
        Draws the pictures of the report (`draw_pictures`) in another process, before the map;
        False where it did not. They cannot be drawn beside the report in this one:
        matplotlib's settings are the process's.
    progress : callable
        Told how many parts are done.
    """
    from geoplan.answers.answer_sheet import fill_answer_sheet
    from geoplan.report.exports import write_exports

    # the map is drawn in another process or outside of the interpreter, the report inside
    with ThreadPoolExecutor(1) as pool:
        painted = pool.submit(paint)
        drawn = pool.submit(draw)
        write_exports(plan, run, lang=lang, answer=fill_answer_sheet)
        progress("documents", 1, _PARTS)
        write_report(plan, run, lang=lang, docx=False, painted=painted.result())
        progress("documents", 2, _PARTS)
        drawn.result()
        progress("documents", _PARTS, _PARTS)
    tables = sorted(p.relative_to(run).as_posix() for p in (run / "tables").glob("*.csv"))
    record_documents(run, [*EXPORTS, "map.html", *tables])


def draw_pictures(plan: Plan, run: Path, *, lang: str) -> None:
    """Draw every picture the report of a run shows, below ``figures/<lang>``.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its run folder.
    lang : {"zh", "en"}
    """
    from geoplan.answers.zone_figure import draw_zones
    from geoplan.report.body.draw_county import draw_county
    from geoplan.report.draw import draw_figures

    draw_figures(plan, run, lang=lang)
    draw_county(run, lang)
    draw_zones(run, lang)


def write_report(
    plan: Plan,
    run: Path,
    *,
    lang: str,
    docx: bool,
    pdf: bool = False,
    template: Path | None = None,
    painted: bool = False,
) -> list[Path]:
    """Write ``report.html`` and ``onepage.pdf``; when asked for, Word files and their PDFs.

    ``report.docx`` is the body of 15 to 20 pages, ``annex.docx`` what it rests on; the page
    holds both.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its run folder.
    lang : str
        ``"zh"`` or ``"en"``.
    docx : bool
        Write the Word file.
    pdf : bool
        Write the Word files and make PDFs of them with LibreOffice.
    template : Path, optional
        Word file whose styles, page, header and footer the Word files take.
    painted : bool
        The pictures have been drawn (`draw_pictures`).

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ModelError
        For a PDF without LibreOffice, once the other files are written.
    """
    from geoplan.report.body.one_page import write_one_page
    from geoplan.report.content import report_document
    from geoplan.report.html import write_html

    check_result(run)
    if template is not None:
        from geoplan.report.template import open_template

        open_template(template)  # what is wrong with it is said before anything is drawn
    if not painted:
        draw_pictures(plan, run, lang=lang)
    document = report_document(plan, run, lang)
    written = [
        write_html(document, run / "report.html"),
        write_one_page(plan, run, run / "onepage.pdf", lang=lang),
    ]
    if docx or pdf:
        from geoplan.report.word import write_word

        words = [
            write_word(document, run / "report.docx", template=template),
            write_word(document.annex_part(), run / "annex.docx", template=template),
        ]
        written += words
        if pdf:
            from geoplan.report.pdf import to_pdfs

            written += to_pdfs(*words)
    record_documents(run, [p.name for p in written])
    return written
