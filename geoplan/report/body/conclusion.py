"""The answer first: land, sites, the three capacities, yields, targets, carbon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.answers.capacity_lines import capacity_in, capacity_statement, grid_lines
from geoplan.answers.target_table import count_line
from geoplan.glossary import labelled, tech_word
from geoplan.law_words import law_headline
from geoplan.report.document import Block, Heading, Items, Paragraph
from geoplan.summary import RunSummary
from gis.say import Sentence, listed, say
from layers.plan.model import Plan
from layers.spec import Text
from siting.pv.study.summary import PvSummary, RooftopSummary
from siting.screen.summary import TechScreening
from siting.sites.step_sites import refused_words
from siting.wind.summary import RepowerSummary, WindSummary

__all__ = [
    "BUILT",
    "HA_KM2",
    "conclusion_blocks",
    "conclusion_lines",
    "land_line",
    "open_banners",
    "provisional_mw",
    "yield_lines",
]

BUILT = ("pv", "wind")
"""Technologies a power plant is built of; the others are restoration."""

HA_KM2 = 100.0


def land_line(tech: str, part: TechScreening) -> Sentence:
    """Land of one technology by state."""
    area = {k: v / HA_KM2 for k, v in part.area_ha.items()}
    return say(
        "geoplan.body.land",
        tech=tech_word(tech),
        left_km2=area.get("left", 0.0),
        conditional_km2=area.get("conditional", 0.0),
        taken_km2=area.get("taken", 0.0),
        unknown_km2=area.get("unknown", 0.0),
        total_km2=sum(area.values()),
    )


def _sites(s: RunSummary) -> Iterator[Sentence | Text]:
    if s.sites is None:
        return
    if not s.sites:
        if not s.sites_refused:  # why there are none stands above the list
            yield say("geoplan.body.sites_none")
        return
    parts = [
        say(
            "geoplan.body.sites_of",
            tech=tech_word(tech),
            n=len(own),
            area_ha=sum(x.area_ha for x in own),
        )
        for tech in BUILT
        if (own := [x for x in s.sites if x.tech == tech])
    ]
    yield say("geoplan.body.sites_found", n=len(s.sites), list=listed(parts))
    yield from (w.text for w in s.warnings if w.code == "sites_cut")


def yield_lines(s: RunSummary) -> Iterator[Sentence]:
    """Yields of PV, wind, a new farm, repowering and roofs, each in a sentence."""
    if isinstance(s.pv, PvSummary) and s.pv.sites:
        pv = s.pv
        late = "pv_yield_provisional" if provisional_mw(s, "pv") else "pv_yield"
        yield say(f"geoplan.body.{late}", p50=pv.p50_mwh_yr / 1e3, p90=pv.p90_mwh_yr / 1e3)
    if isinstance(s.wind, WindSummary):
        w = s.wind
        yield say(
            "geoplan.body.wind_yield",
            n=w.turbines,
            mw=w.capacity_mw,
            p50=w.p50_mwh_yr / 1e3,
            p90=w.p90_mwh_yr / 1e3,
            speed=w.mean_speed_m_s,
            wake_pct=100 * w.wake_loss_frac,
        )
    if s.greenfield is not None:
        g = s.greenfield
        yield say(
            "geoplan.body.greenfield",
            name=g.name,
            n=g.turbines,
            mw=g.capacity_mw,
            p50=g.p50_mwh_yr / 1e3,
            p90=g.p90_mwh_yr / 1e3,
        )
    if isinstance(s.repower, RepowerSummary):
        before, after = s.repower.before, s.repower.after
        if None not in (before["p50"], after["p50"]):
            yield say(
                "geoplan.body.repower",
                before_n=before["turbines"],
                before_mw=before["capacity"],
                before_gwh=(before["p50"] or 0.0) / 1e3,
                after_n=after["turbines"],
                after_mw=after["capacity"],
                after_gwh=(after["p50"] or 0.0) / 1e3,
            )
    if isinstance(s.rooftop, RooftopSummary):
        r = s.rooftop
        yield say(
            "geoplan.body.rooftop",
            mwp=r.potential_mwp,
            gwh=r.potential_mwh_yr / 1e3,
            public=r.public_buildings,
            needed=r.needed_buildings,
            kwp=r.needed_kwp / 1e3,
        )


def provisional_mw(s: RunSummary, tech: str = "") -> float:
    """Capacity of sites on land that was not judged in full, of one technology or of all."""
    return sum(
        x.capacity_mw or 0.0 for x in s.sites or () if x.provisional and tech in ("", x.tech)
    )


def conclusion_lines(s: RunSummary, run: Path) -> Iterator[Sentence | Text]:
    """The conclusion, sentence by sentence; report and one-pager say the same."""
    from carbon_sink.pool_outcome import PoolsSummary
    from carbon_sink.stand.outcome import StandSummary
    from carbon_sink.summary import CarbonSummary
    from geoplan.report.carbon.conclusion import carbon_sentences
    from geoplan.report.carbon.stands import pools_sentence, stand_sentences
    from geoplan.report.carbon.survey import survey_words

    for tech, part in (s.screening or {}).items():
        if tech in BUILT:
            yield land_line(tech, part)
            if late := part.area_ha.get("provisional", 0.0):
                words = {"tech": tech_word(tech), "area_km2": late / HA_KM2}
                yield say("geoplan.body.land_provisional", **words)
    yield from _sites(s)
    if (capacity := capacity_statement(s)) is not None:
        yield capacity
    yield from yield_lines(s)
    yield from list(grid_lines(s))[:1]
    if s.screening is None:  # a run of facilities alone
        for case in s.facilities or ():
            told = case.sentence or case.refused or say("geoplan.report.not_estimated")
            yield labelled(say("geoplan.common.as_it_is", it=case.title), told)
    if s.targets:
        yield count_line(s.targets)
    if isinstance(s.carbon, CarbonSummary):
        yield from list(carbon_sentences(s.carbon, run))[:1]
        return
    # a run of one step of carbon: what that step found is the answer
    if isinstance(s.pools, PoolsSummary):
        yield pools_sentence(s.pools)
    if s.survey is not None:
        yield from list(survey_words(s.survey))[:2]
    if isinstance(s.stand, StandSummary):
        yield from stand_sentences(s.stand)


def open_banners(s: RunSummary, lang: str) -> Iterator[str]:
    """What is open: land not judged in full, sites refused or provisional for it."""
    for tech, part in (s.screening or {}).items():
        if part.provisional:
            line = say("geoplan.common.provisional", n=part.not_judged, m=part.of)(lang)
            yield labelled(tech_word(tech), line)(lang)
    for one in s.sites_refused:
        yield refused_words(one)(lang)
    if late := [x for x in s.sites or () if x.provisional]:
        told = say("geoplan.cli.sites_provisional", n=len(late), mw=provisional_mw(s))
        yield told(lang)


def _banners(s: RunSummary, lang: str) -> Iterator[str]:
    """What nobody may overlook."""
    if s.plan.synthetic:
        yield say("geoplan.cli.synthetic")(lang)
    yield from open_banners(s, lang)
    for tech, part in (s.screening or {}).items():
        if tech in BUILT and (part.law.unsettled_ha > 0 or part.law.unknown_rules):
            yield law_headline(tech, part.law)(lang)


def conclusion_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """Banners, then the answer as a list."""
    yield Heading(1, say("geoplan.body.h_conclusion")(lang))
    yield from (Paragraph(x, "banner") for x in _banners(s, lang))
    yield Items([x(lang) for x in conclusion_lines(s, run)])
    if capacity_in(s) is None and s.sites:
        yield Paragraph(say("geoplan.body.not_estimated")(lang))
