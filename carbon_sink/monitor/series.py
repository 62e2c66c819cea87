"""Figures of indicators at every date there is: layers of other years, and published ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from carbon_sink.change.layer_dates import COVERS, NDVI, date_faults
from carbon_sink.cover.county_cover import cover_figures
from carbon_sink.cover.indicators import indicators
from carbon_sink.cover.indicators.grass_cover import plots_figure
from carbon_sink.cover.land import county_land
from carbon_sink.cover.vegetation import look_at_ndvi
from carbon_sink.monitor.asked import BASE, factor_of, monitor_faults, share_warnings
from carbon_sink.monitor.states import figures_of
from carbon_sink.monitor_section import MonitorSection, SeriesDate
from carbon_sink.section import CarbonSection
from gis.errors import ConfigError, Fault, GeoplanError, raise_faults
from gis.say import listed, say
from layers.answers.figure import Figure
from layers.catalogue import layer as layer_of
from layers.open.plan_layers import layer_report, layer_state
from layers.plan.model import LayerSource, Plan
from layers.result import Warn, optional_table
from layers.spec import Text

__all__ = ["Dated", "dated_figures", "series_asked"]

_NDVI = frozenset({"ndvi_proxy"})
_OWN = frozenset({"plots", "register"})  # of layers of their own, not of the series
_PARCELS = ("land_parcels",) * 3  # layer, path and source of the plan's own date
_OF_WETLAND = ("wetland_area", "wetland_protection_rate")
_OF_NDVI = "grass_cover"


@dataclass(frozen=True)
class Dated:
    """Figures of all dates.

    Attributes
    ----------
    table
        ``year, indicator, caliber, value, low, high, unit, quality, source``.
    fvc
        Year -> raster of vegetation cover.
    warnings
    """

    table: pd.DataFrame
    fvc: Mapping[int, Path] = field(default_factory=dict)
    warnings: tuple[Warn, ...] = ()


def _dates(plan: Plan, carbon: CarbonSection, section: MonitorSection) -> Iterator[SeriesDate]:
    """The plan's own two dates, then those of the series."""
    own = {(d.layer, d.year) for d in section.series}
    for layer in ("ndvi", "land_cover", "land_parcels"):
        for year, name in ((carbon.year, layer), (carbon.base_year, BASE.get(layer, ""))):
            if not name or not year or (layer, year) in own:
                continue
            if layer_state(plan, name) == "available":
                yield SeriesDate(layer=layer, year=year, path=name, source=name)
    yield from section.series


def _at(plan: Plan, date: SeriesDate) -> Plan:
    """The plan with the layer of a date in the place of its own."""
    if date.path in plan.layers and date.source == date.path:
        source = plan.layers[date.path]
    else:
        usual = plan.layers.get(date.layer, LayerSource(path=date.path))
        change: dict[str, object] = {
            "path": date.path, "tiles": (), "table": "", "sql": "", "assumed_absent": "",
            "required_from_user": "", "date": str(date.year), "source": date.source,
        }  # fmt: skip
        change |= {"layer": date.inner_layer} if date.inner_layer else {}
        change |= {"scale": date.scale} if date.scale is not None else {}
        change |= {"vocabulary": date.vocabulary} if date.vocabulary else {}
        known = {k: v for k, v in change.items() if k in LayerSource.model_fields}
        source = usual.model_copy(update=known)
    changed: dict[str, LayerSource | None] = {date.layer: source}
    if date.layer == "land_cover":
        changed["land_parcels"] = None
    return plan.with_layers(changed)


def _placed(err: GeoplanError, date: SeriesDate, section: MonitorSection) -> list[Fault]:
    """Faults of a date of the series at its own place in the plan, not at the usual layer's."""
    if date not in section.series:
        return list(err.faults)
    own = _place(date, section)
    return [
        Fault(f.what, where=f"{f.where}".replace(f"[layers.{date.layer}]", own),
              got=f.got, expected=f.expected, todo=f.todo)
        for f in err.faults
    ]  # fmt: skip


def series_asked(plan: Plan) -> tuple[list[Fault], list[Warn]]:
    """What the dates of a series would be refused for, and are told, at their own places."""
    section, carbon = plan.section(MonitorSection), plan.section(CarbonSection)
    faults: list[Fault] = []
    told: list[Warn] = []
    for date in section.series:
        more: tuple[Warn, ...] = ()
        try:
            at = _at(plan, date)
            if date.layer == "ndvi":
                look_at_ndvi(at, carbon)
            else:
                land = county_land(at, carbon.model_copy(update={"year": date.year}))
                more = land.warnings if land is not None else ()
            told += _told(at, date, section, more)
        except GeoplanError as err:
            faults += _placed(err, date, section)
    return faults, told


def _told(
    at: Plan, date: SeriesDate, section: MonitorSection, more: Iterable[Warn] = ()
) -> list[Warn]:
    """What opening the layer of a date of the series tells, and what its figures do.

    The plan's own dates are told by the steps they are of.
    """
    if date not in section.series:
        return []
    report = layer_report(at, date.layer)
    own = [*(report.warnings if report is not None else ()), *more]
    title, where = layer_of(date.layer).title, _place(date, section)
    once = {(w.code, w.text("en")): w for w in own}
    return [
        Warn(
            w.code,
            say("carbon_sink.monitor.of_date", title=title, year=str(date.year), what=w.text),
            where,
        )
        for w in once.values()
    ]


def _place(date: SeriesDate, section: MonitorSection) -> str:
    return f"[[monitor.series]] {section.series.index(date) + 1}"


def _kept(date: SeriesDate, figure: Figure) -> bool:
    """Whether a figure is of the layer of the date, and not of another of another year."""
    if date.layer == "ndvi":
        return figure.caliber in _NDVI
    proxy = figure.caliber in indicators()[figure.id].proxies
    if date.layer == "land_cover":
        return proxy and figure.caliber not in _NDVI
    # the plan's forest map and NDVI are of their own year, whatever the parcels are of
    of_map = figure.source.split(";")[0] == "forest_land" and date.source != date.path
    return not (proxy or of_map) and figure.caliber not in _OWN | _NDVI


def _own_rows(
    plan: Plan, carbon: CarbonSection, work: Path, figures: Sequence[Figure] | None
) -> list[dict[str, object]]:
    """Plots and registers as the plan's own layers have them, as `targets` tells them.

    They are of the year of their layer, of the plan's where it is not dated.
    """
    if figures is None and layer_state(plan, "wetland") == "available":
        # no date of the series reads the plan as it is
        figures = cover_figures(plan, carbon, work, only=_OF_WETLAND).figures
    plots = plots_figure(plan, carbon)
    own = [*(figures or ()), *([plots] if plots is not None else [])]
    return [_row(year, f) for f in own if f.caliber in _OWN and (year := f.year or carbon.year)]


def _row(year: int, f: Figure) -> dict[str, object]:
    return {
        "year": year,
        "indicator": f.id,
        "title_zh": f.title.zh,
        "title_en": f.title.en,
        "caliber": f.caliber,
        "value": f.value,
        "low": f.low,
        "high": f.high,
        "unit": f.unit,
        "quality": f.quality,
        "source": f.source,
    }


_VOLUME = "forest_stock_volume"
_Z95 = 1.959963984540054


def _volumes(carbon: CarbonSection, work: Path) -> Iterator[dict[str, object]]:
    """Standing volume at every inventory of the plan; without one, that of its stands."""
    kind = indicators()[_VOLUME]
    plain = {
        "indicator": _VOLUME,
        "title_zh": kind.title.zh,
        "title_en": kind.title.en,
        "caliber": "",
        "unit": kind.unit,
    }
    for s in carbon.stock_volume:
        half = _Z95 * s.error_frac * s.volume_m3 if s.error_frac else math.nan
        ends = {"low": s.volume_m3 - half, "high": s.volume_m3 + half}
        yield {**plain, "year": s.year, "value": s.volume_m3, **ends, "quality": "official",
               "source": s.source}  # fmt: skip
    total = optional_table(work, "stand_total")
    if carbon.stock_volume or total is None or not len(total) or not carbon.year:
        return
    row = total.iloc[0]
    if row["volume_m3"] > 0:
        yield {**plain, "year": carbon.year, "value": float(row["volume_m3"]),
               "low": float(row["low_m3"]), "high": float(row["high_m3"]),
               "quality": "measured", "source": "forest_land"}  # fmt: skip


def _published(section: MonitorSection) -> Iterator[dict[str, object]]:
    for v in section.values:
        kind, factor = indicators()[v.indicator], factor_of(v)
        ends = {
            k: None if x is None else x * factor for k, x in (("low", v.low), ("high", v.high))
        }
        yield {
            "year": v.year,
            "indicator": v.indicator,
            "title_zh": kind.title.zh,
            "title_en": kind.title.en,
            "caliber": v.caliber,
            "value": v.value * factor,
            **ends,
            "unit": kind.unit,
            "quality": "official",
            "source": v.source,
        }


def dated_figures(
    plan: Plan, carbon: CarbonSection, section: MonitorSection, work: Path
) -> Dated:
    """Every indicator in every caliber at every date.

    Parameters
    ----------
    work : Path
        Folder into which the rasters of each date go.

    Raises
    ------
    ConfigError
        A published figure of no indicator, no caliber, or in a unit that does not fit; land
        covers dated against the years of the plan.
    DataError
        A layer that cannot be opened; the message names its file.
    """
    raise_faults(ConfigError, monitor_faults(plan))
    raise_faults(ConfigError, date_faults(plan, (COVERS, NDVI)))
    rows = [*_published(section), *_volumes(carbon, work)]
    fvc: dict[int, Path] = {}
    warns = share_warnings(section)
    whole: Sequence[Figure] | None = None
    for date in _dates(plan, carbon, section):
        folder = work / "monitor" / f"{date.layer}_{date.year}"
        at = _at(plan, date)
        own = carbon.model_copy(update={"year": date.year})
        # of NDVI nothing but the cover of grassland follows, which follows of nothing else
        only = {_OF_NDVI} if date.layer == "ndvi" else set(indicators()) - {_OF_NDVI}
        if date.layer == "ndvi":
            folder.mkdir(parents=True, exist_ok=True)
        try:
            found = cover_figures(at, own, folder, only=only)
            warns += _told(at, date, section, (*found.land_warnings, *found.warnings))
        except GeoplanError as err:
            raise type(err)(_placed(err, date, section)) from err
        if (date.layer, date.path, date.source) == _PARCELS:
            whole = found.figures
        # a volume is of its inventory's year, never of the year of another layer
        rows += [
            _row(date.year, f) for f in found.figures if f.id != _VOLUME and _kept(date, f)
        ]
        if date.layer == "ndvi" and "fvc" in found.rasters:
            fvc[date.year] = found.rasters["fvc"]
    rows += _own_rows(plan, carbon, work, whole)
    columns = ["year", "indicator", "title_zh", "title_en", "caliber", "value", "low", "high",
               "unit", "quality", "source"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    for column in ("low", "high"):
        table[column] = pd.to_numeric(table[column])
    # both ends at the value say that the class is clear, not that the figure has no error
    table.loc[table["low"] == table["high"], ["low", "high"]] = math.nan
    twice = table.duplicated(["indicator", "caliber", "year"], keep=False)
    if twice.any():
        # a published figure and a layer of one year: the published one is the official one
        table = table.sort_values("quality", key=lambda q: q != "official", kind="stable")
        table = table.drop_duplicates(["indicator", "caliber", "year"])
        warns.append(
            Warn("monitor_published_first", say("carbon_sink.monitor.published_first"))
        )
    bounds = table[table["value"].notna()].drop(figures_of(table).index)
    if len(bounds):
        titles = bounds[["title_zh", "title_en"]].drop_duplicates()
        names = listed(Text(zh=zh, en=en) for zh, en in titles.itertuples(index=False))
        told = say("carbon_sink.monitor.bounds_only", names=names)
        warns.append(Warn("monitor_bounds_only", told, "[monitor]"))
    ordered = table.sort_values(["indicator", "caliber", "year"]).reset_index(drop=True)
    return Dated(ordered, fvc, tuple(warns))
