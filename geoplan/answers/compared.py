"""What runs are compared by: the figures of one run that stand in a row with another's.

They are the figures of the report, with its decimals. What was asked for and is not known has
its reason and no figure; what was not asked for has no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from typing_extensions import TypedDict

from carbon_sink.summary import CarbonSummary
from geoplan.answers.capacity_lines import capacity_in, same_land_line
from geoplan.answers.facility_part import waiting_line
from geoplan.glossary import labelled, state_word, tech_word, told_states
from geoplan.summary import RunSummary
from gis.say import Sentence, both, listed, say
from layers.catalogue import layer
from siting.facilities.summary import FacilityAnswer
from siting.money.summary import MoneySummary
from siting.pv.study.summary import PvSummary, RooftopSummary
from siting.sites.step_sites import refused_words
from siting.wind.summary import RepowerSummary, WindSummary

__all__ = ["RunFigure", "compared_figures"]

_GWH = 1000.0
_MEGA = 1e6
_HA_PER_KM2 = 100.0
_PERCENT = 100.0
_BUILT = ("pv", "wind")
Words = dict[str, str]
_Said = Callable[[str], str]


class RunFigure(TypedDict):
    """A figure of a run.

    Attributes
    ----------
    value
        None where it is not known.
    of
        Of how many; None where it is no count of a whole.
    why
        Why there is none.
    """

    title: Words
    value: float | None
    unit: Words
    digits: int
    of: int | None
    why: list[Words]


def _figure(
    title: _Said,
    value: float | None,
    unit: str = "",
    digits: int = 0,
    *,
    of: int | None = None,
    why: Iterable[_Said] = (),
) -> RunFigure:
    return {
        "title": both(title),
        "value": None if value is None else round(value, digits),
        "unit": both(unit) if isinstance(unit, Sentence) else {"zh": unit, "en": unit},
        "digits": digits,
        "of": of,
        "why": [both(w) for w in why],
    }


def compared_figures(s: RunSummary) -> list[RunFigure]:
    """Land, sites, capacity, yields, cost of energy, facilities and carbon of a run.

    Parameters
    ----------
    s : RunSummary
    """
    return [
        *_land(s),
        *_capacity(s),
        *_yields(s),
        *_costs(s),
        *(f for a in s.facilities or () for f in _facility(a)),
        *_carbon(s),
    ]


def _land(s: RunSummary) -> Iterator[RunFigure]:
    for tech, part in (s.screening or {}).items():
        for state in told_states(part.area_ha):
            words = labelled(tech_word(tech), state_word(state, tech))
            yield _figure(words, part.area_ha[state] / _HA_PER_KM2, "km²", 2)
        if part.judged is not None:
            words = labelled(tech_word(tech), say("geoplan.app.judged"))
            yield _figure(words, part.judged.n, of=part.judged.of)
    if s.sites is not None:
        n = len(s.sites)
        why = () if n else (refused_words(x) for x in s.sites_refused)
        yield _figure(say("geoplan.app.n_sites"), n, why=why)


def _capacity(s: RunSummary) -> Iterator[RunFigure]:
    found = capacity_in(s)
    if found is None:
        return
    for key in ("unconditional_mw", "with_approvals_mw", "with_grid_mw", "provisional_mw"):
        yield _figure(say(f"geoplan.app.{key}"), getattr(found, key), "MW", 1)
    if found.shared_ha and same_land_line(found) is not None:
        yield _figure(say("geoplan.report.same_land"), found.shared_ha, "ha", 1)


def _gwh(key: str, mwh: float | None, why: Iterable[_Said] = ()) -> RunFigure:
    value = None if mwh is None else mwh / _GWH
    return _figure(say(f"geoplan.compared.{key}"), value, "GWh", 1, why=why)


def _yields(s: RunSummary) -> Iterator[RunFigure]:
    no = [say("geoplan.compared.not_estimated")]
    if isinstance(s.pv, PvSummary):
        yield _gwh("pv_p50", s.pv.p50_mwh_yr if s.pv.sites else None, () if s.pv.sites else no)
        yield _gwh("pv_p90", s.pv.p90_mwh_yr if s.pv.sites else None, () if s.pv.sites else no)
    elif s.pv is not None:
        yield from (_gwh(k, None, no) for k in ("pv_p50", "pv_p90"))
    if isinstance(s.wind, WindSummary):
        yield _gwh("wind_p50", s.wind.p50_mwh_yr)
        yield _gwh("wind_p90", s.wind.p90_mwh_yr)
    elif s.wind is not None and s.wind.turbines:
        yield from (_gwh(k, None, no) for k in ("wind_p50", "wind_p90"))
    if s.wind is not None and s.wind.sites:
        yield _gwh("wind_sites_p50", sum(x.p50_mwh_yr for x in s.wind.sites))
    if s.greenfield is not None:
        yield _gwh("greenfield_p50", s.greenfield.p50_mwh_yr)
        yield _gwh("greenfield_p90", s.greenfield.p90_mwh_yr)
    if isinstance(s.repower, RepowerSummary):
        after = s.repower.after["p50"]
        yield _gwh("repower_p50", after, no if after is None else ())
    if isinstance(s.rooftop, RooftopSummary):
        yield _gwh("rooftop", s.rooftop.potential_mwh_yr)
    elif s.rooftop is not None:
        yield _gwh("rooftop", None, no)


def _cost(tech: str, end: str, value: float | None, why: Iterable[_Said] = ()) -> RunFigure:
    title = labelled(tech_word(tech), say(f"geoplan.compared.lcoe_{end}"))
    return _figure(title, value, say("geoplan.compared.cny_mwh"), why=why)


def _costs(s: RunSummary) -> Iterator[RunFigure]:
    """The span of the cost of energy, by use, as the report says it."""
    if s.money is None:
        return
    built = {x.tech for x in s.sites or ()}
    for tech in _BUILT:
        if isinstance(s.money, MoneySummary):
            known = [
                p.lcoe_real_cny_mwh
                for p in s.money.plants
                if p.tech == tech and p.lcoe_real_cny_mwh is not None
            ]
            if known:
                yield _cost(tech, "low", min(known))
                yield _cost(tech, "high", max(known))
                continue
        if tech in built:
            why = [say("geoplan.body.money_not")]
            yield from (_cost(tech, end, None, why) for end in ("low", "high"))


def _facility(a: FacilityAnswer) -> Iterator[RunFigure]:
    if a.waits_for or a.refused is not None:
        why = waiting_line(a) if a.waits_for else a.refused
        yield _figure(a.title, None, why=[why] if why is not None else [])
        return
    unit = say(f"siting.facilities.unit_{a.unit}")
    for y in a.years:
        share = None if y.served_frac is None else _PERCENT * y.served_frac
        for key, value, of, digits in (
            ("new_sites", y.new_sites, "", 0),
            ("served", share, "%", 1),
            ("mean_cost", y.mean_cost, unit, 1),
        ):
            words = say(f"geoplan.compared.{key}", year=str(y.year))
            none = [say("geoplan.compared.nobody")] if value is None else []
            yield _figure(labelled(a.title, words), value, of, digits, why=none)


def _carbon(s: RunSummary) -> Iterator[RunFigure]:
    if s.carbon is None:
        return
    if not isinstance(s.carbon, CarbonSummary):
        names = listed(layer(i).title for i in s.carbon.needs)
        why: list[_Said] = [say("geoplan.compared.needs", layers=names)]
        total = None
    else:
        total = s.carbon.total_tc
        why = [] if total is not None else [say("geoplan.carbon_chapter.no_stock")]
    tc = None if total is None else total.value / _MEGA
    yield _figure(say("geoplan.compared.carbon"), tc, "MtC", 2, why=why)
