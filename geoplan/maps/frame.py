"""What stands around the map: banners, sources, and the plan CRS as the page computes it."""

from __future__ import annotations

from collections.abc import Collection

from geoplan.maps.contents import RunContents, same_words
from geoplan.maps.judged import provisional_note, thin_note, thinly_judged
from geoplan.maps.themes import drawn_from
from geoplan.maps.values import Banner, CrsParameters, SourceLine, Words
from gis.say import LANGS, both, listed, say

__all__ = ["attributions", "banners", "crs_parameters", "sources", "sources_told"]


def banners(contents: RunContents, *, display_only: bool) -> list[Banner]:
    """Synthetic, provisional and display-only notices, where they apply."""
    out = []
    if contents.summary.plan.synthetic:
        out.append(("synthetic", both(say("geoplan.common.synthetic"))))
    lines: dict[str, list[str]] = {lang: [] for lang in LANGS}
    for tech, (n, of) in contents.open_rules.items():
        for lang in LANGS:
            lines[lang].append(provisional_note(tech, n, of, lang))
    if lines["zh"]:
        out.append(("provisional", {k: " · ".join(v) for k, v in lines.items()}))
    for tech, judged in thinly_judged(contents).items():
        out.append(("thin", both(thin_note(tech, judged))))
    if display_only:
        out.append(("display", both(say("geoplan.map.display_only"))))
    return [{"kind": k, "text": v} for k, v in out]


def crs_parameters(contents: RunContents) -> CrsParameters:
    """Parameters of the plan CRS as far as the page can compute it (transverse Mercator)."""
    import pyproj

    crs = None
    for name in ("county", *contents.layers):
        if name in contents.layers:
            crs = contents.layer(name).crs
            break
    if crs is None:
        return {}
    pcrs = pyproj.CRS.from_user_input(crs)
    info: CrsParameters = {"name": pcrs.name, "code": ":".join(pcrs.to_authority() or ())}
    op = pcrs.coordinate_operation
    if op is None or "Transverse Mercator" not in op.method_name:
        return info
    given = {p.name: float(p.value) for p in op.params}
    return {
        **info,
        "lon0": given.get("Longitude of natural origin", 0.0),
        "k0": given.get("Scale factor at natural origin", 1.0),
        "x0": given.get("False easting", 0.0),
        "y0": given.get("False northing", 0.0),
        "cgcs": "2000" in pcrs.name,
    }


def _catalogue_title(layer_id: str) -> dict[str, str]:
    from layers.catalogue import layer, layer_ids

    if layer_id not in layer_ids():
        return same_words(layer_id)
    return layer(layer_id).title.model_dump()


def sources(contents: RunContents) -> list[SourceLine]:
    """Source and date of each input layer."""
    return [
        {
            "id": s.layer,
            "title": s.title.model_dump() if s.title else _catalogue_title(s.layer),
            "source": s.source,
            "date": s.date,
            "synthetic": s.synthetic,
        }
        for s in contents.summary.sources
    ]


def sources_told(contents: RunContents, drawn: Collection[str], lang: str) -> str:
    """Sources of what a sheet shows, the others by their number; empty for a run without any.

    Parameters
    ----------
    contents : RunContents
    drawn : collection of str
        Names of the layers and rasters on the sheet.
    lang : {"zh", "en"}
    """
    found, own = sources(contents), drawn_from(drawn)
    names = [f"{s['title'][lang]} {s['date']}".strip() for s in found if s["id"] in own]
    rest = len(found) - len(names)
    if rest:
        key = "paper_rest" if names else "paper_all"
        names.append(say(f"geoplan.map.{key}", n=rest)(lang))
    return listed(names)(lang)


def attributions(contents: RunContents) -> list[Words]:
    """Words that licences of layers ask for, each once, in the order of the layers."""
    found = [s.attribution for s in contents.summary.sources if s.attribution is not None]
    return [t.model_dump() for t in dict.fromkeys(found)]
