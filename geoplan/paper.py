"""Formal maps of a finished run: one sheet, or a book of townships or sites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from geoplan.maps.relief import Relief
from gis.errors import ConfigError
from gis.say import say
from layers.run_record import check_result

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["write_paper"]

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
    relief: Relief | None = None,
    county: gpd.GeoDataFrame | None = None,
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
    relief : callable, optional
        Shaded relief under the lines, of `geoplan.maps.relief.relief_of`.
    county : GeoDataFrame, optional
        Of `geoplan.maps.contents.county_frame`, for a run without a screening.

    Raises
    ------
    ConfigError
        For an unknown paper, theme, kind or book, or a run without a county.
    """
    from geoplan.maps.book import map_book
    from geoplan.maps.contents import paper_contents
    from geoplan.maps.print import PrintRequest, print_map, print_themes

    check_result(run)
    themes = print_themes(paper_contents(run, county))
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
    for name in [theme] if theme else themes[:1] if book else themes:
        request = PrintRequest(
            name, paper=paper, lang=lang, review_number=review_number, relief=relief
        )
        for by in get_args(Book):
            if book == by:
                written += map_book(
                    run, out / f"{name}_{book}.pdf", request, by=by, county=county
                )
        if not book:
            written.append(
                print_map(run, out / f"{name}_{paper}.{kind}", request, county=county)
            )
    return written
