"""The doctor's report as one HTML page that needs no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from geoplan.checkup.collect import by_severity, title_of
from geoplan.checkup.tables import layer_table
from geoplan.checkup.words import blocks_words, rest_words, severity_word
from geoplan.glossary import labelled
from gis.say import Lang, in_lang, say
from layers.doctor.finding import DataFinding, Spot, limits

if TYPE_CHECKING:
    from geoplan.doctor import Diagnosis

__all__ = ["page"]

# styles of the page itself; no script, no form, no picture, nothing from elsewhere
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def _t(key: str, lang: Lang, **values: object) -> str:
    return escape(say(f"geoplan.doctor.{key}", **values)(lang))


def _row(cells: Iterable[object], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(str(c))}</{tag}>" for c in cells) + "</tr>"


def _table(heads: Sequence[str], rows: Iterable[str]) -> str:
    return (
        f'<div class="wide"><table><thead>{_row(heads, "th")}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _place(spot: Spot, lang: Lang) -> str:
    at = None if spot.shape is None else spot.shape.representative_point()
    area = f"{spot.area_m2:,.1f}" if spot.area_m2 == spot.area_m2 else ""
    text = "" if spot.text is None else spot.text(lang)
    place = ("", "") if at is None else (f"{at.x:.1f}", f"{at.y:.1f}")
    return _row((spot.feature, text, *place, area))


def _finding(finding: DataFinding, number: int, lang: Lang, layer_file: str) -> str:
    out = [f'<section class="finding {finding.severity}" id="f{number}">']
    # a reader knows a layer by its title; what is of none stands in the plan file
    title = title_of(finding.layer, lang) or say("geoplan.doctor.of_plan")(lang)
    where = "" if finding.layer else str(in_lang(finding.where, lang))
    out.append(
        f'<h3>{number}. {escape(title)} <span class="code">{escape(where)}</span></h3>'
        f"<p>{escape(finding.text(lang))}</p>"
    )
    blocks = blocks_words(finding.blocks)
    todo = str(in_lang(finding.todo, lang))
    facts = [
        labelled(say(f"geoplan.doctor.{key}"), text)(lang)
        for key, text in (("blocks", blocks), ("todo", todo))
        if text and not (key == "todo" and todo in finding.text(lang))
    ]
    out += [f'<p class="note">{escape(f)}</p>' for f in facts]
    if finding.spots:
        most = int(limits("shown")["html"])
        heads = [
            say(f"geoplan.doctor.h_{k}")(lang) for k in ("feature", "what", "x", "y", "area_m2")
        ]
        rows = [_place(s, lang) for s in finding.spots[:most]]
        listing = _table(heads, rows)
        if len(finding.spots) > most:
            rest = rest_words(len(finding.spots), most, layer_file)(lang)
            listing += f'<p class="note">{escape(rest)}</p>'
        count = f"{say('geoplan.doctor.h_places')(lang)} {len(finding.spots):,}"
        out.append(f"<details open><summary>{escape(count)}</summary>{listing}</details>")
    out.append("</section>")
    return "".join(out)


def page(found: Diagnosis, lang: Lang, layer_file: str) -> str:
    """The report as the text of one HTML file; every text from outside is escaped.

    Parameters
    ----------
    found : Diagnosis
    lang : {"zh", "en"}
    layer_file : str
        Name of the GeoPackage beside it.
    """
    import geoplan

    own = resources.files("geoplan.checkup").joinpath("page.css").read_text("utf-8")
    style = resources.files("geoplan.report").joinpath("report.css").read_text("utf-8") + own
    groups = by_severity(found.findings)
    counts = {k: len(v) for k, v in groups.items()}
    title = _t("title", lang, title=found.head.title)
    head = _t("subtitle", lang, plan=found.head.name, day=found.head.day, crs=found.head.crs)
    body, number = [], 0
    for severity, some in groups.items():
        body.append(f'<h2 id="{severity}">{escape(severity_word(severity)(lang))}</h2>')
        if not some:
            body.append(f"<p>{_t('no_findings', lang)}</p>")
        for finding in some:
            number += 1
            body.append(_finding(finding, number, lang, layer_file))
    layers = layer_table(found.layers, lang)
    body.append(f'<h2 id="layers">{_t("layers", lang)}</h2>')
    body.append(
        _table(
            list(layers.columns),
            (
                _row("" if v is None or v != v else v for v in r)
                for r in layers.astype(object).itertuples(index=False)
            ),
        )
    )
    body.append(f'<h2 id="machine">{_t("machine", lang)}</h2>')
    versions = {**found.machine.versions, "font": found.machine.font}
    body.append(_table(("", ""), (_row(kv) for kv in versions.items())))
    parts = [
        *((k, severity_word(k)(lang)) for k in groups),
        ("layers", say("geoplan.doctor.layers")(lang)),
        ("machine", say("geoplan.doctor.machine")(lang)),
    ]
    nav = "".join(f'<li><a href="#{k}">{escape(w)}</a></li>' for k, w in parts)
    foot = _t("footer", lang, version=geoplan.__version__, gpkg=layer_file)
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head><body>"
        f'<header><h1>{title}</h1><p class="note">{head}</p>'
        f'<p class="banner">{_t("findings", lang, **counts)}</p></header>'
        f"<nav><ul>{nav}</ul></nav><main>{''.join(body)}</main>"
        f"<footer>{foot}</footer></body></html>\n"
    )
