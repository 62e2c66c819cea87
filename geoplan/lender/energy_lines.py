"""Energy of PV plants in a few lines for the terminal, and the same for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gis.say import Sentence, say
from layers.sources import source_text
from layers.units import to_figures
from siting.pv.study.assess import Assessment
from siting.pv.study.summary import NoPv, PvSummary

__all__ = ["assessment_lines", "assessment_record", "pv_lines"]

_SHOWN = 5
_GWH = 1000.0


def pv_lines(pv: PvSummary | NoPv | None, lang: str) -> Iterator[str]:
    """P50, P90 and light of all PV sites of a run, and of the best of them a line each.

    Parameters
    ----------
    pv : PvSummary or NoPv, optional
        Key ``pv`` of ``summary.json``.
    lang : {"zh", "en"}
    """
    if not isinstance(pv, PvSummary) or not pv.sites:
        return
    best = sorted(pv.sites, key=lambda s: -s.specific_kwh_kwp)[:_SHOWN]
    yield say(
        "geoplan.cli.pv_all",
        n=len(pv.sites),
        ac=pv.capacity_mw,
        dc=sum(s.dc_mw for s in pv.sites),
        p50=pv.p50_mwh_yr / _GWH,
        p90=pv.p90_mwh_yr / _GWH,
    )(lang)
    w = pv.weather
    yield (
        "  "
        + say(
            "geoplan.cli.pv_weather",
            source=w.source,
            ghi=w.ghi_kwh_m2_yr,
            years=_years(w.years, typical=w.typical_year),
        )(lang)
    )
    yield "  " + say("geoplan.cli.pv_best", shown=len(best))(lang)
    for site in best:
        yield "  " + _plant(site.site_id, site.model_dump())(lang)
        yield "    " + _light(site.ghi_kwh_m2, site.light_source)(lang)


def assessment_lines(a: Assessment) -> list[Sentence]:
    """P50, P90 of one, ten and all years, specific yield, hours and light of one plant."""
    weather = None if a.result.resource is None else a.result.resource.weather
    lines = [_plant(a.name, a.row())]
    if weather is not None:
        years = tuple(int(y) for y in a.result.by_year_kwh_kwp.index)
        said: dict[str, Any] = {
            "source": source_text(weather.source),
            "years": _years(years, typical=weather.typical_year),
        }
        # the distance of a station's record is not that of the series
        near = a.light is None or a.light.source == "station"
        if not near and a.light is not None:
            said |= {"km": a.light.distance_km, "ground": weather.altitude_m}
        key = "pv_series" if near else "pv_series_away"
        lines.append(say(f"geoplan.cli.{key}", **said))
    if a.light is not None:
        lines.append(_light(a.light.kwh_m2, a.light.source))
    return lines


def assessment_record(a: Assessment) -> dict[str, Any]:
    """The same for machines: the row of ``pv_sites``, P-values, weather and its place."""
    weather = None if a.result.resource is None else a.result.resource.weather
    return {
        **a.row(),
        "operating_years": len(a.energy_mwh),
        "p_one_year_mwh": {f"p{k}": v for k, v in a.p.one_year.items()},
        "p_ten_year_mwh": {f"p{k}": v for k, v in a.p.ten_year.items()},
        "p_life_mwh": {f"p{k}": v for k, v in a.p.life.items()},
        "weather": None
        if weather is None
        else {
            "source": source_text(weather.source),
            "lon": weather.lon,
            "lat": weather.lat,
            "typical_year": weather.typical_year,
            "years": [int(y) for y in a.result.by_year_kwh_kwp.index],
            "distance_km": None if a.light is None else a.light.distance_km,
        },
    }


def _years(years: tuple[int, ...], *, typical: bool) -> Callable[[str], str] | str:
    if typical:
        return say("siting.resource.typical_year")
    return f"{years[0]}" if len(years) == 1 else f"{years[0]}-{years[-1]} ({len(years)})"


def _plant(name: str, row: Mapping[str, Any]) -> Sentence:
    return say(
        "geoplan.cli.pv_plant",
        name=name,
        ac=row["capacity_mw"],
        dc=row["dc_mw"],
        p50=to_figures(row["p50_mwh_yr"] / _GWH),
        p90=to_figures(row["p90_mwh_yr"] / _GWH),
        ten=to_figures(row["p90_ten_year_mwh_yr"] / _GWH),
        life=to_figures(row["p90_life_mwh_yr"] / _GWH),
        specific=row["specific_kwh_kwp"],
        hours=row["full_load_hours_h"],
    )


def _light(ghi_kwh_m2: float | None, source: str) -> Sentence:
    return say(
        "geoplan.cli.pv_light",
        ghi=float("nan") if ghi_kwh_m2 is None else ghi_kwh_m2,
        light=say(f"geoplan.cells.source_kind.{source}"),
    )
