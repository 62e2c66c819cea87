"""Where a result is from: sources, licences and the words they ask for, inside every export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from geoplan.summary import RunSummary, SourcePart
from gis.files.plain_text import harmless_table, washed
from gis.say import say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["metadata_xml", "origin_of", "source_lines", "source_table"]


def _words(source: SourcePart, lang: str) -> str:
    return source.attribution(lang) if source.attribution is not None else ""


def source_lines(summary: RunSummary, lang: str) -> list[str]:
    """A line for each layer that was read: title, source, date, licence, attribution."""
    out = []
    for s in summary.sources:
        title = s.title(lang) if s.title is not None else s.layer
        rest = " \u00b7 ".join(t for t in (s.source, s.date, s.licence, _words(s, lang)) if t)
        out.append(f"{title}: {rest}" if rest else title)
    return out


def origin_of(summary: RunSummary, lang: str) -> dict[str, str]:
    """What metadata of a file say of its origin.

    Parameters
    ----------
    summary : RunSummary
    lang : str

    Returns
    -------
    dict
        ``title``, ``run``, ``geoplan``, ``attribution`` (words licences ask for, each once),
        ``licence`` and ``sources``; what is empty is left out.
    """
    kept = {
        "title": summary.plan.title(lang),
        "run": summary.run.id,
        "geoplan": summary.run.geoplan,
        "synthetic": say("geoplan.common.synthetic")(lang) if summary.plan.synthetic else "",
        "attribution": "; ".join(
            dict.fromkeys(w for s in summary.sources if (w := _words(s, lang)))
        ),
        "licence": "; ".join(dict.fromkeys(s.licence for s in summary.sources if s.licence)),
        "sources": "\n".join(source_lines(summary, lang)),
    }
    return {k: washed(v) for k, v in kept.items() if v}


def metadata_xml(origin: Mapping[str, str]) -> str:
    """Origin in the form ArcGIS and QGIS show as the description of an item."""
    said = {k: escape(v) for k, v in origin.items()}
    about = " \u00b7 ".join(said[k] for k in ("run", "geoplan", "synthetic") if k in said)
    limit = f"<useLimit>{said['licence']}</useLimit>" if "licence" in said else ""
    return (
        "<metadata><dataIdInfo>"
        f"<idCitation><resTitle>{said.get('title', '')}</resTitle></idCitation>"
        f"<idAbs>{about}\n{said.get('sources', '')}</idAbs>"
        f"<idCredit>{said.get('attribution', '')}</idCredit>"
        f"<resConst><Consts>{limit}</Consts></resConst>"
        "</dataIdInfo></metadata>"
    )


def source_table(summary: RunSummary, lang: str) -> pd.DataFrame:
    """Layers that were read, with what is to be known of each."""
    import pandas as pd

    rows = [
        (
            s.layer,
            s.title(lang) if s.title is not None else "",
            s.source,
            s.date,
            s.licence,
            _words(s, lang),
        )
        for s in summary.sources
    ]
    names = ["layer", "title", "source", "date", "licence", "attribution"]
    return harmless_table(pd.DataFrame(rows, columns=names))
