"""Formal maps of a finished run: one sheet, or a book of townships or sites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from gis.errors import ConfigError
from gis.say import say
from layers.result import Progress
from layers.run_record import check_result

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["paper_titles", "write_paper"]

Book = Literal["township", "site"]


def write_paper(
    run: Path,
    paper: str,
    theme: str,
    kind: str,
    book: str,
    *,
    lang: str,
    review_number: str,
    plan: Plan | None = None,
    progress: Progress = lambda *_: None,
) -> list[Path]:
    """Write paper maps below ``print/`` in the run folder.

    Parameters
    ----------
    run : Path
        Finished run.
    paper : str
        ``"A4"``, ``"A3"`` or ``"A0"``.
    theme : str
        One theme; all of the run when empty.
    kind : str
        ``"pdf"``, ``"png"`` or ``"svg"``.
    book : str
        ``"township"`` or ``"site"`` for a map book, empty for single sheets.
    lang, review_number : str
        Language, and 审图号 when there is one.
    plan : Plan, optional
        Of the run: its county where no step has left one, and the base of its own layers
        (relief, water, roads, towns, the three lines).
    progress : callable
        Told how many sheets are done; what they share counts as one.

    Raises
    ------
    ConfigError
        For an unknown paper, theme, kind or book, or a run without a county.
    """
    from geoplan.maps.base import base_frames
    from geoplan.maps.book import map_book
    from geoplan.maps.contents import county_frame, paper_contents
    from geoplan.maps.print import PrintRequest, drawn_themes, print_map
    from geoplan.maps.relief import relief_of

    check_result(run)
    county = None if plan is None else county_frame(plan)
    themes = drawn_themes(paper_contents(run, county))
    for what, got, known in (
        ("--format", kind, ("pdf", "png", "svg")),
        ("--theme", theme, ("", *themes)),
        ("--book", book, ("", *get_args(Book))),
    ):
        if got not in known:
            expected = ", ".join(k for k in known if k)
            raise ConfigError(
                say("geoplan.faults.no_such_choice"), where=what, got=got, expected=expected
            )
    out = run / "print"
    out.mkdir(exist_ok=True)
    written = []
    names = [theme] if theme else themes[:1] if book else themes
    progress("paper", 0, len(names) + 1)
    relief = None if plan is None else relief_of(plan)
    base = {} if plan is None else base_frames(plan)
    for done, name in enumerate(names, start=1):
        progress("paper", done, len(names) + 1)
        request = PrintRequest(
            name,
            paper=paper,
            lang=lang,
            review_number=review_number,
            relief=relief,
            base=base,
        )
        for by in get_args(Book):
            if book == by:
                written += map_book(
                    run,
                    out / f"{name}_{book}.pdf",
                    request,
                    by=by,
                    county=county,
                    progress=progress,
                )
        if not book:
            written.append(
                print_map(run, out / f"{name}_{paper}.{kind}", request, county=county)
            )
    progress("paper", 1, 1)
    return written


def paper_titles(run: Path, lang: str) -> dict[str, str]:
    """What the maps below ``print/`` are called.

    Parameters
    ----------
    run : Path
        Finished run.
    lang : {"zh", "en"}

    Returns
    -------
    dict
        Path below the run folder, with ``/``, -> title of the sheet or book.

    Raises
    ------
    DataError
        When it is not the folder of a finished run.
    """
    from geoplan.maps.contents import run_contents
    from geoplan.maps.print import PrintRequest, print_themes, sheet_title

    files = sorted((run / "print").glob("*.*"))
    if not files:
        return {}
    contents = run_contents(run)
    known = print_themes(contents)
    out = {}
    for path in files:
        theme, _, kind = path.stem.rpartition("_")
        if theme not in known:
            continue
        title = sheet_title(contents, PrintRequest(theme, lang=lang))
        book = kind in get_args(Book)
        key = "sheet_book" if book else "sheet_file"
        out[f"print/{path.name}"] = say(f"geoplan.print.{key}", title=title, paper=kind)(lang)
    return out
