"""Everything a finished run shows: tables, GeoPackage, workbook, map and report."""

from __future__ import annotations

from pathlib import Path

from layers.plan import Plan

__all__ = ["write_documents"]


def write_documents(plan: Plan, run: Path, *, lang: str) -> None:
    """Write ``results.gpkg``, ``tables/*.csv``, ``tables.xlsx``, ``map.html``, ``report.html``.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its run folder, with ``summary.json`` and ``steps/`` in place.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    from geoplan.maps import write_map
    from geoplan.report.content import report_document
    from geoplan.report.exports import write_exports
    from geoplan.report.html import write_html

    write_exports(plan, run, lang=lang)
    write_map(run, run / "map.html", lang=lang)
    write_html(report_document(plan, run, lang), run / "report.html")
