"""The report of a run: a body that answers, and the annex it rests on."""

from __future__ import annotations

from pathlib import Path

from geoplan.report.annex.chapters import annex_blocks
from geoplan.report.body.chapters import body_blocks
from geoplan.report.document import Document, headed
from geoplan.summary import read_run_summary
from gis.say import say
from layers.plan.model import Plan

__all__ = ["report_document"]


def report_document(plan: Plan, run: Path, lang: str) -> Document:
    """The report of the finished run at `run`.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Run folder with ``summary.json`` and ``steps/``.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    Document
        Every number in it comes from the run, none is typed. `Document.annex_part` is the
        annex as a document of its own.
    """
    s = read_run_summary(run)
    run_id = f"{say('geoplan.report.run_id')(lang)} {s.run.id}"
    others = (s.screening, s.sites, s.pv, s.wind, s.carbon, s.pools)
    alone = s.facilities is not None and all(part is None for part in others)
    title = say(f"geoplan.report.{'title_facilities' if alone else 'title'}")
    annex = headed(annex_blocks(plan, s, run, lang), lang, annex=True)
    return Document(
        title=f"{s.plan.title(lang)} {title(lang)}",
        subtitle=f"{run_id} · {s.run.finished[:10]}",
        lang=lang,
        footer=f"{say('geoplan.report.internal')(lang)} · {run_id}",
        blocks=headed(body_blocks(plan, s, run, lang, annex), lang),
        annex=annex,
    )
