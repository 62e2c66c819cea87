"""Every source of light a plan has, side by side, and how far they lie apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from gis.say import say
from gis.toml import read_toml
from gis.types import F8
from layers.result import Warn
from layers.sources import source_text
from layers.spec import Text, text_of
from siting.resource.apart import distance_km
from siting.resource.plan_series import read_series, resource_section, series_key
from siting.resource.records import monthly_record

if TYPE_CHECKING:
    import pandas as pd

    from layers.plan.model import Plan
    from layers.weather import Weather
    from siting.resource.atlas import AtlasLight

__all__ = [
    "LightSource",
    "light_sources",
    "marked",
    "monthly_ghi",
    "monthly_table",
    "source_spread_frac",
    "source_warnings",
    "sources_table",
]

_KW = 1000.0
_PCT = 100.0
Kind = Literal["series", "atlas", "station"]


@dataclass(frozen=True, eq=False)
class LightSource:
    """One source of GHI.

    Attributes
    ----------
    kwh_m2
        Mean yearly sum [kWh/m2].
    monthly
        f8[12], mean monthly sums [kWh/m2]; None where not known.
    measured
        Whether an instrument made it.
    years
        ``"1991-2017"``, ``"typical year"`` in words, or empty.
    distance_km
        To the middle of the county [km]; 0 for an atlas.
    ground_m
        Height of its place [m]; NaN where not known.
    used
        Whether the light in the middle of the county is taken from it.
    lon, lat
        Of its place [deg]; NaN for an atlas.
    """

    id: str
    title: Text
    kind: Kind
    kwh_m2: float
    monthly: F8 | None
    measured: bool
    years: Text
    distance_km: float
    ground_m: float
    used: bool = False
    lon: float = float("nan")
    lat: float = float("nan")


def monthly_ghi(weather: Weather) -> F8:
    """Mean monthly sums of GHI of a series [kWh/m2], f8[12]; NaN for months it lacks.

    Gaps inside a month are filled with the month's mean.
    """
    import pandas as pd

    ghi = pd.Series(weather.column("ghi_w_m2"), weather.index)
    month = pd.DatetimeIndex(ghi.index).month
    mean = ghi.groupby(month).mean().reindex(range(1, 13)).to_numpy(float)
    days = np.array([31.0, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    if weather.typical_year:
        days[1] = 28.0
    return np.asarray(mean * 24.0 * days / _KW)


def light_sources(
    plan: Plan,
    series: Weather,
    atlas: AtlasLight | None,
    *,
    middle_ll: tuple[float, float],
    middle_xy: tuple[float, float],
) -> tuple[LightSource, ...]:
    """Sources of GHI of a plan, the lowest first.

    Parameters
    ----------
    plan : Plan
    series : Weather
        What the yields are computed with.
    atlas : AtlasLight, optional
    middle_ll, middle_xy : (float, float)
        Middle of the county [deg], and in the plan's CRS [m].

    Raises
    ------
    DataError
        When a series or a record cannot be read.
    """
    out = [_of_series("pv.weather", series, middle_ll)]
    for w in resource_section(plan).weather:
        found = read_series(series_key(plan, w.id, w), near=series)
        if "ghi_w_m2" in found.hourly:
            out.append(_of_series(f"resource.weather.{w.id}", found, middle_ll))
    if atlas is not None and np.isfinite(value := atlas.at(*middle_xy)).all():
        out.append(
            LightSource(
                "ghi_monthly" if atlas.monthly else "ghi",
                text_of(say("siting.resource.atlas", source=atlas.source or "-")),
                "atlas",
                float(value.sum()),
                value if atlas.monthly else None,
                measured=False,
                years=Text(zh=atlas.date or "-", en=atlas.date or "-"),
                distance_km=0.0,
                ground_m=float("nan"),
            )
        )
    for r in resource_section(plan).records:
        months = monthly_record(plan, r)
        years = f"{r.years[0]}-{r.years[1]}"
        out.append(
            LightSource(
                f"resource.records.{r.id}",
                r.title,
                "station",
                float(r.annual_kwh_m2 or 0.0) if months is None else float(months.sum()),
                months,
                measured=r.measured,
                years=Text(zh=years, en=years),
                distance_km=distance_km(r.lon, r.lat, middle_ll),
                ground_m=float("nan") if r.altitude_m is None else r.altitude_m,
                lon=r.lon,
                lat=r.lat,
            )
        )
    return tuple(sorted(out, key=lambda s: s.kwh_m2))


def marked(
    sources: tuple[LightSource, ...], used: Literal["series", "station", "atlas"], station: str
) -> tuple[LightSource, ...]:
    """The sources with the one that is used marked.

    Parameters
    ----------
    used : {"series", "station", "atlas"}
        What the light is taken from: the plan's series, a station, the atlas.
    station : str
        Id of the station.
    """

    def is_used(s: LightSource) -> bool:
        if used == "station":
            return s.id == station
        return s.kind == "atlas" if used == "atlas" else s.id == "pv.weather"

    return tuple(replace(s, used=is_used(s)) for s in sources)


def _of_series(name: str, weather: Weather, middle_ll: tuple[float, float]) -> LightSource:
    months = monthly_ghi(weather)
    years = (
        text_of(say("siting.resource.typical_year"))
        if weather.typical_year
        else _span(sorted(set(weather.index.year)))
    )
    title = weather.source or name
    return LightSource(
        name,
        source_text(title),
        "series",
        float(months.sum()),
        months,
        measured=weather.measured_local or weather.correction_sd_frac > 0,
        years=years,
        distance_km=distance_km(weather.lon, weather.lat, middle_ll),
        ground_m=weather.altitude_m,
        lon=weather.lon,
        lat=weather.lat,
    )


def _span(years: list[int]) -> Text:
    shown = f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])
    return Text(zh=shown, en=shown)


def source_spread_frac(sources: tuple[LightSource, ...]) -> float:
    """Standard deviation that the spread of the sources tells, over the value used.

    The truth is taken to lie anywhere between the lowest and the highest with one
    probability: their distance over the root of twelve. NaN with fewer than two sources.

    Examples
    --------
    >>> from layers.spec import Text
    >>> def one(v): return LightSource("a", Text(zh="a", en="a"), "atlas", v, None, False,
    ...     Text(zh="-", en="-"), 0.0, 0.0, used=v == 1600.0)
    >>> round(source_spread_frac((one(1600.0), one(1680.0))), 5)
    0.01443
    """
    known = [s.kwh_m2 for s in sources if np.isfinite(s.kwh_m2)]
    if len(known) < 2:
        return float("nan")
    of = next((s.kwh_m2 for s in sources if s.used), float(np.mean(known)))
    return (max(known) - min(known)) / of / float(np.sqrt(12.0))


def source_warnings(sources: tuple[LightSource, ...]) -> list[Warn]:
    """What must be said where sources differ, and where the highest of them is used."""
    known = [s for s in sources if np.isfinite(s.kwh_m2)]
    used = next((s for s in known if s.used), None)
    if len(known) < 2 or used is None:
        return []
    low, high = known[0], known[-1]
    out = [
        Warn(
            "resource_sources",
            say(
                "siting.resource.sources_differ",
                n=len(known),
                low=low.kwh_m2,
                low_title=low.title,
                low_years=low.years,
                high=high.kwh_m2,
                high_title=high.title,
                high_years=high.years,
                apart_pct=_PCT * (high.kwh_m2 / low.kwh_m2 - 1.0),
                used=used.kwh_m2,
                used_title=used.title,
            ),
            "resource",
        )
    ]
    told = float(read_toml("siting.resource", "choice.toml")["highest_told_frac"]["value"])
    others = float(np.mean([s.kwh_m2 for s in known if s is not used]))
    if used is high and high.kwh_m2 / others - 1.0 > told:
        out.append(
            Warn(
                "resource_highest",
                say(
                    "siting.resource.highest_used",
                    title=high.title,
                    above_pct=_PCT * (high.kwh_m2 / others - 1.0),
                ),
                "resource",
            )
        )
    month = _widest_month(known)
    if month is not None:
        m, a, b, pct = month
        out.append(
            Warn(
                "resource_month",
                say(
                    "siting.resource.widest_month",
                    month=m + 1,
                    high=b.title,
                    low=a.title,
                    apart_pct=_PCT * pct,
                ),
                "resource",
            )
        )
    return out


def _widest_month(
    known: list[LightSource],
) -> tuple[int, LightSource, LightSource, float] | None:
    """Month in which a source lies furthest above the measured one, or above the lowest."""
    by_month = [s for s in known if s.monthly is not None]
    if len(by_month) < 2:
        return None
    base = next((s for s in by_month if s.measured), by_month[0])
    best: tuple[int, LightSource, LightSource, float] | None = None
    for s in by_month:
        if s is base or s.monthly is None or base.monthly is None:
            continue
        apart = s.monthly / base.monthly - 1.0
        m = int(np.argmax(np.abs(apart)))
        if best is None or abs(apart[m]) > abs(best[3]):
            best = (m, base, s, float(apart[m]))
    return best


def sources_table(sources: tuple[LightSource, ...]) -> pd.DataFrame:
    """A row for each source, the lowest first: table ``resource_sources``."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "source_id": s.id,
                "quantity": "ghi",
                "title_zh": s.title.zh,
                "title_en": s.title.en,
                "source_kind": s.kind,
                "value": s.kwh_m2,
                "unit": "kWh/m2",
                "measured": s.measured,
                "years_zh": s.years.zh,
                "years_en": s.years.en,
                "distance_km": s.distance_km,
                "ground_m": s.ground_m,
                "used": s.used,
            }
            for s in sources
        ]
    )


def monthly_table(sources: tuple[LightSource, ...]) -> pd.DataFrame:
    """Twelve months of each source that knows them: table ``resource_monthly``."""
    import pandas as pd

    columns = ["source_id", "title_zh", "title_en", "month", "value"]
    rows = [
        (s.id, s.title.zh, s.title.en, m + 1, float(v))
        for s in sources
        if s.monthly is not None
        for m, v in enumerate(s.monthly)
    ]
    return pd.DataFrame(rows, columns=columns)
