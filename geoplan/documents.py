"""Everything a finished run shows: tables, GeoPackage, workbook, map and report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from geoplan.progress.usual import DEMO, RunSize, size_of_run, usual_documents
from gis.toml import read_toml
from layers.plan.model import Plan
from layers.result import Progress
from layers.run_documents import record_documents
from layers.run_record import check_result

__all__ = ["REPORTS", "draw_pictures", "whole_of", "write_documents", "write_report"]

_REPORT = 3  # what it says, the page, the one page for leaders
_WHOLE = 1000  # documents are told of in thousandths of their time
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
    draw: Callable[[Progress], None],
    paint: Callable[[Progress], bool] = lambda _told: False,
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
        Writes ``map.html`` while the others are written; given what to tell of it.
    paint : callable
        Draws the pictures of the report (`draw_pictures`) in another process, before the map;
        False where it did not. They cannot be drawn beside the report in this one:
        matplotlib's settings are the process's. Given what to tell of them.
    progress : callable
        Told the part that goes on (``"documents map"``) and how much of all is done.
    """
    from geoplan.answers.answer_sheet import fill_answer_sheet
    from geoplan.answers.facility_sheet import fill_facility_sheets
    from geoplan.report.exports import write_exports

    told = whole_of(progress, size=size_of_run(plan))
    # the map is drawn in another process or outside of the interpreter, the report inside
    with ThreadPoolExecutor(1) as pool:
        painted = pool.submit(paint, told)
        drawn = pool.submit(draw, told)
        write_exports(
            plan,
            run,
            lang=lang,
            answer=fill_answer_sheet,
            cases=fill_facility_sheets,
            progress=told,
        )
        told("pictures", 0, 0)
        done = painted.result()
        write_report(plan, run, lang=lang, docx=False, painted=done, progress=told)
        told("map", 0, 0)
        drawn.result()
    tables = sorted(p.relative_to(run).as_posix() for p in (run / "tables").glob("*.csv"))
    record_documents(run, [*EXPORTS, "map.html", *tables])


def whole_of(
    progress: Progress,
    table: str = "documents",
    lacking: Collection[str] = (),
    size: RunSize = DEMO,
) -> Progress:
    """Tells of the parts of documents as shares of the whole; they may go on side by side.

    Parameters
    ----------
    progress : callable
        Told of the whole.
    table : str
        Of ``usual.toml``: parts and how long they take.
    lacking : collection of str
        Parts that are not asked for.
    size : RunSize, optional
        Of the run, where the table is that of its documents.
    """
    found: Mapping[str, float] = (
        usual_documents(size)
        if table == "documents"
        else read_toml("geoplan.progress", "usual.toml")[table]
    )
    usual = {k: v for k, v in found.items() if k not in lacking}
    shares = dict.fromkeys(usual, 0.0)

    def told(part: str, done: int, total: int) -> None:
        if total and part in shares:
            shares[part] = max(shares[part], done / total)
        share = sum(shares[k] * v for k, v in usual.items()) / sum(usual.values())
        progress(f"documents {part}", round(_WHOLE * share), _WHOLE)

    return told


def draw_pictures(
    plan: Plan, run: Path, *, lang: str, progress: Progress = lambda *_: None
) -> None:
    """Draw every picture the report of a run shows, below ``figures/<lang>``.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its run folder.
    lang : {"zh", "en"}
    progress : callable
        Told how many pictures are done.
    """
    from geoplan.answers.zone_figure import draw_zones
    from geoplan.report.body.draw_county import draw_county
    from geoplan.report.draw import draw_figures

    draw_figures(plan, run, lang=lang, progress=progress)
    draw_county(run, lang)
    draw_zones(run, lang)
    progress("pictures", 1, 1)


def write_report(
    plan: Plan,
    run: Path,
    *,
    lang: str,
    docx: bool,
    pdf: bool = False,
    template: Path | None = None,
    painted: bool = False,
    progress: Progress = lambda *_: None,
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
    progress : callable
        Told which part goes on, and how much of it is done.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ConfigError
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
        draw_pictures(plan, run, lang=lang, progress=progress)
    progress("report", 0, _REPORT)
    document = report_document(plan, run, lang)
    progress("report", 1, _REPORT)
    written = [write_html(document, run / "report.html")]
    progress("report", 2, _REPORT)
    written.append(write_one_page(plan, run, run / "onepage.pdf", lang=lang))
    progress("report", _REPORT, _REPORT)
    if docx or pdf:
        progress("word", 0, 1)
        from geoplan.report.word import write_word

        words = [
            write_word(document, run / "report.docx", template=template),
            write_word(document.annex_part(), run / "annex.docx", template=template),
        ]
        written += words
        progress("word", 1, 1)
        if pdf:
            record_documents(run, [p.name for p in written])  # whatever comes of the PDFs
            from geoplan.report.pdf import to_pdfs

            progress("pdf", 0, len(words))
            written += to_pdfs(*words, progress=progress)
    record_documents(run, [p.name for p in written])
    return written
