"""The card a reader sees first: how much, how good, where, and what is still open.

Numbers are formatted here, once, from ``summary.json``; the page adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from carbon_sink.summary import CarbonSummary
from geoplan.answers.capacity_lines import capacity_in
from geoplan.answers.target_table import count_line, target_text, value_text
from geoplan.glossary import tech_word
from geoplan.maps.contents import same_words
from geoplan.maps.panel import number
from geoplan.maps.themes import View
from geoplan.maps.values import MapLayer, PageView, PanelBlock, RankRow, Words
from geoplan.summary import RunSummary
from gis.say import LANGS, both, say
from layers.answers.answer import TargetAnswer
from siting.connection.capacity import Capacity, with_same_land
from siting.pv.study.summary import PvSummary
from siting.sites.summary import SiteRow
from siting.wind.summary import RepowerSummary, WindSummary
from siting.zones.summary import ZoneSheet

__all__ = ["card_blocks", "page_views"]

_ZONES, _SITES, _TARGETS = 3, 5, 3


def _figures(found: Capacity) -> PanelBlock:
    given = (
        ("unconditional", found.unconditional_mw, found.unconditional_mwp),
        ("with_approvals", found.with_approvals_mw, found.with_approvals_mwp),
        ("with_grid", found.with_grid_mw, found.with_grid_mwp),
    )
    note = with_same_land(say("geoplan.map.card.ac_dc"), found.shared_ha)
    words = both(note)
    if found.provisional_mw > 0:
        late = both(say("geoplan.map.card.provisional", mw=found.provisional_mw))
        words = {lang: words[lang] + late[lang] for lang in LANGS}
    return {
        "kind": "figures",
        "title": both(say("geoplan.map.card.capacity")),
        "figures": [
            {
                "label": both(say(f"geoplan.map.card.{key}")),
                "value": _mw_words(mw),
                "unit": "" if mw is None else "MW",
                "note": "" if mwp is None else f"{number(mwp, 0)} MWp",
            }
            for key, mw, mwp in given
        ],
        "note": words,
    }


def _mw_words(mw: float | None) -> Words:
    """A figure, or in words that it is not known."""
    found = number(mw, 0)
    return same_words(found) if found else both(say("siting.connection.grid_not_known"))


def _yields(summary: RunSummary) -> Iterator[PanelBlock]:
    rows: list[tuple[Words, float, float]] = []
    if isinstance(summary.pv, PvSummary):
        pv = summary.pv
        late = any(s.provisional and s.tech == "pv" for s in summary.sites or ())
        key = "pv_sites_provisional" if late else "pv_sites"
        rows.append((both(say(f"geoplan.map.card.{key}")), pv.p50_mwh_yr, pv.p90_mwh_yr))
    if isinstance(summary.wind, WindSummary):
        wind = summary.wind
        rows.append((both(say("geoplan.map.card.wind_now")), wind.p50_mwh_yr, wind.p90_mwh_yr))
    if isinstance(summary.repower, RepowerSummary):
        after = summary.repower.after
        p50, p90 = after.get("p50"), after.get("p90")
        if p50 is not None and p90 is not None:
            rows.append((both(say("geoplan.map.card.wind_after")), p50, p90))
    if rows:
        yield {
            "kind": "grid",
            "title": both(say("geoplan.map.card.yields")),
            "heads": [same_words(""), same_words("P50"), same_words("P90")],
            "rows": [
                [label, same_words(number(p50 / 1e3, 1)), same_words(number(p90 / 1e3, 1))]
                for label, p50, p90 in rows
            ],
        }


def _zones(zones: Sequence[ZoneSheet]) -> Iterator[PanelBlock]:
    best = sorted(
        (z for z in zones if z.both.with_approvals_mw),
        key=lambda z: -z.both.with_approvals_mw,
    )[:_ZONES]
    rows: list[RankRow] = []
    for z in best:
        known = [p for p in (z.pv_p50_mwh_yr, z.wind_p50_mwh_yr) if p is not None]
        text = say(
            "geoplan.map.card.zone_line",
            mw=z.both.with_approvals_mw,
            gwh=number(sum(known) / 1e3, 0) if known else "—",
        )
        text = with_same_land(text, z.both.shared_ha)
        title = {lang: z.title(lang) for lang in LANGS}
        rows.append(
            {
                "title": title,
                "text": both(text),
                "layer": "v-zone_sheets",
                "field": "title_zh",
                "name": title["zh"],
            }
        )
    if rows:
        yield {"kind": "rank", "title": both(say("geoplan.map.card.zones")), "ranked": rows}


def _sites(sites: Sequence[SiteRow]) -> Iterator[PanelBlock]:
    best = sorted(sites, key=lambda s: (bool(s.provisional), s.rank))[:_SITES]
    rows: list[RankRow] = []
    for s in best:
        key = "site_provisional" if s.provisional else "site_line"
        text = say(
            f"geoplan.map.card.{key}",
            mw=number(s.capacity_mw, 0) or "—",
            score=number(s.score, 2) or "—",
            township=s.township or "—",
        )
        rows.append(
            {
                "title": same_words(s.site_id),
                "text": both(text),
                "layer": "v-sites",
                "field": "site_id",
                "name": s.site_id,
            }
        )
    if rows:
        yield {"kind": "rank", "title": both(say("geoplan.map.card.sites")), "ranked": rows}


def _open(summary: RunSummary) -> Iterator[PanelBlock]:
    """Rules not judged and land that rests on texts not confirmed, a technology a line."""
    rows: list[list[Words]] = []
    for tech, part in (summary.screening or {}).items():
        rest = number(part.law.unsettled_ha / 100, 1)
        judged = same_words(f"{part.not_judged} / {part.of}")
        rows.append([both(tech_word(tech)), judged, same_words(rest)])
    if rows:
        yield {
            "kind": "grid",
            "title": both(say("geoplan.map.card.open")),
            "heads": [
                same_words(""),
                both(say("geoplan.map.card.not_judged")),
                both(say("geoplan.map.card.unsettled")),
            ],
            "rows": rows,
        }


def card_blocks(summary: RunSummary) -> list[PanelBlock]:
    """Blocks of the card in reading order; a part the run has not is left out.

    Parameters
    ----------
    summary : RunSummary
    """
    out: list[PanelBlock] = []
    found = capacity_in(summary)
    if found is not None:
        out.append(_figures(found))
    elif summary.sites_refused or summary.sites is not None:
        out.append({"kind": "note", "title": both(say("geoplan.map.card.no_sites"))})
    out += _yields(summary)
    out += _zones(summary.zones or ())
    out += _sites(summary.sites or ())
    out += _carbon(summary)
    out += _targets(summary.targets or ())
    out += _open(summary)
    return out


def _first_of(patterns: Sequence[str], ids: Sequence[str]) -> list[str]:
    """The first layer of every pattern."""
    shown: list[str] = []
    for pattern in patterns:
        shown += [i for i in ids if fnmatchcase(i, pattern) and i not in shown][:1]
    return shown


def _carbon(summary: RunSummary) -> Iterator[PanelBlock]:
    """The stock of carbon with its interval, where the run has one."""
    found = summary.carbon
    if not isinstance(found, CarbonSummary) or found.total_tc is None:
        return
    total = found.total_tc
    text = say(
        "geoplan.map.card.carbon_line",
        total=total.value,
        low=total.low,
        high=total.high,
    )
    yield {"kind": "heading", "title": both(say("geoplan.map.card.carbon"))}
    yield {"kind": "line", "title": both(text)}
    if found.mean_tc_ha is not None:
        mean = say(
            "geoplan.map.card.carbon_mean",
            mean=found.mean_tc_ha,
            missing_pct=100.0 * found.area_not_estimated_frac,
        )
        yield {"kind": "line", "title": both(mean)}


def _targets(answers: Sequence[TargetAnswer]) -> Iterator[PanelBlock]:
    """How many targets end in which way, and the first that are not met."""
    if not answers:
        return
    yield {"kind": "heading", "title": both(say("geoplan.map.card.targets"))}
    yield {"kind": "line", "title": both(count_line(answers))}
    missed = [a for a in answers if a.answer == "not_met"]
    for a in missed[:_TARGETS]:
        line = {
            lang: say(
                "geoplan.map.card.target_not_met",
                title=a.title(lang),
                value=value_text(a, lang),
                target=target_text(a, lang),
            )(lang)
            for lang in LANGS
        }
        yield {"kind": "line", "title": line}
    if len(missed) > _TARGETS:
        more = say("geoplan.map.card.targets_more", n=len(missed) - _TARGETS)
        yield {"kind": "line", "title": both(more)}


def page_views(views: Sequence[View], layers: Sequence[MapLayer]) -> list[PageView]:
    """Views with the layers of the page they turn on; one that has none is left out.

    Examples
    --------
    >>> from layers.spec import Text
    >>> view = View(id="pv", title=Text(zh="光伏", en="PV"), layers=("r-pv", "v-s*"))
    >>> page_views([view], [{"id": "v-sites"}, {"id": "v-county"}])[0]["layers"]
    ['v-sites']
    >>> page_views([view], [{"id": "v-county"}])
    []
    """
    ids = [layer["id"] for layer in layers]
    out: list[PageView] = []
    for view in views:
        shown = _first_of(view.layers, ids) or _first_of(view.instead, ids)
        if shown:
            out.append({"id": view.id, "title": view.title.model_dump(), "layers": shown})
    return out
