"""What the carbon chapter says first: stock, change, targets, potential, each in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.potential.outcome import PotentialSummary
from carbon_sink.summary import CarbonSummary, ChangeRefused, IndicatorRow, Interval
from geoplan.answers.target_table import SIGNS
from geoplan.report.document import Block, Heading, Items
from geoplan.report.frames import known, number
from geoplan.summary import RunSummary
from gis.say import LANGS, Sentence, say
from layers.answers.shown import figure_words
from layers.result import optional_table
from layers.spec import Text

__all__ = [
    "between",
    "between_ends",
    "carbon_sentences",
    "conclusion",
    "has_carbon",
    "kilo_digits",
    "size_words",
]

_MEGA, _KILO = 1e6, 1e3
_PERCENT = 100.0
_HA_PER_KM2 = 100.0


def between(e: Interval, scale: float, digits: int) -> str:
    """The 95 % interval of an estimate in units of `scale`.

    Examples
    --------
    >>> between(Interval(value=5e6, mean=5e6, median=5e6, low=4.5e6, high=5.25e6), 1e6, 2)
    '4.50 – 5.25'
    """
    return f"{number(e.low / scale, digits)} – {number(e.high / scale, digits)}"


def between_ends(low: float | None, high: float | None, digits: int) -> str:
    """The ends of an interval, a dash where there is none.

    Examples
    --------
    >>> between_ends(1.0, 2.5, 1), between_ends(None, 2.5, 1)
    ('1.0 – 2.5', '—')
    """
    if not (known(low) and known(high)):
        return "—"
    return f"{number(low, digits)} – {number(high, digits)}"


def kilo_digits(value_tc: float, digits: int = 1) -> int:
    """Decimals of kilotonnes: tonnes where there is less than one, for -47 tC are not -0.0.

    Examples
    --------
    >>> [number(v / 1e3, kilo_digits(v)) for v in (-47.0, 16_212.0)]
    ['-0.047', '16.2']
    """
    return digits if abs(value_tc) >= _KILO else 3


def conclusion(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The conclusion of the chapter as a list; nothing where there is none.

    Parameters
    ----------
    s : RunSummary
        ``summary.json`` of the run.
    run : Path
        Run folder.
    lang : {"zh", "en"}
    """
    stock = carbon_sentences(s.carbon, run) if isinstance(s.carbon, CarbonSummary) else ()
    told = [*stock, *_survey(s), *_targets(s), *_potential(s)]
    if not told:
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_conclusion")(lang))
    yield Items([x(lang) for x in told])


def has_carbon(s: RunSummary) -> bool:
    """Whether the run has a part the carbon chapter tells of."""
    return any(p is not None for p in (s.carbon, s.survey, s.pools, s.stand, s.potential))


def carbon_sentences(carbon: CarbonSummary, run: Path) -> Iterator[Sentence | Text]:
    """Stock and change of a county in sentences, as the report and the terminal say them."""
    yield from _stock(carbon, run)
    yield from _change(carbon)


def _stock(carbon: CarbonSummary, run: Path) -> Iterator[Sentence]:
    total = carbon.total_tc
    if total is None:
        yield say("geoplan.carbon_chapter.no_stock")
        return
    yield say(
        "geoplan.carbon_chapter.stock",
        total=number(total.value / _MEGA, 2),
        between=between(total, _MEGA, 2),
        tco2e=number((carbon.total_tco2e or 0.0) / _MEGA, 1),
        depth=carbon.soc_depth_cm,
        zone=say(f"geoplan.cells.climate_zone.{carbon.climate_zone}"),
    )
    yield from _other_zones(carbon, run)
    yield say(
        "geoplan.carbon_chapter.rests_on",
        missing_pct=_PERCENT * carbon.area_not_estimated_frac,
        weak_pct=_PERCENT * carbon.weak_frac,
    )


def _other_zones(carbon: CarbonSummary, run: Path) -> Iterator[Sentence]:
    """Totals of the other climate zones at the same depth: a choice, not a draw."""
    table = optional_table(run, "carbon_zones")
    total = carbon.total_tc
    if table is None or total is None:
        return
    same = table["soc_depth_cm"] == f"0-{carbon.soc_depth_cm}"
    for row in table[same & ~table["chosen"].astype(bool)].to_dict("records"):
        value = float(row["total_tc"])
        if value != value:
            continue
        inside = total.low <= value <= total.high
        yield say(
            f"geoplan.carbon_chapter.other_zone_{'inside' if inside else 'outside'}",
            zone=say(f"geoplan.cells.climate_zone.{row['climate_zone']}"),
            total=number(value / _MEGA, 2),
            percent=number(_PERCENT * (value / total.value - 1.0), 0),
        )


def _change(carbon: CarbonSummary) -> Iterator[Sentence | Text]:
    if carbon.inventories is not None:
        yield carbon.inventories.note
    change = carbon.change
    if change is None:
        return
    if isinstance(change, ChangeRefused):
        yield change.reason
        return
    total = change.stock_difference_tc.get("total")
    if total is None and not change.converted_ha > 0:
        yield say("geoplan.carbon_chapter.nothing_changed")
        return
    if total is None:
        yield say("geoplan.carbon_chapter.no_change", converted_ha=change.converted_ha)
        yield change.bound_note
        return
    trend = "uncertain" if total.low <= 0.0 <= total.high else "up" if total.low > 0 else "down"
    yield say(
        "geoplan.carbon_chapter.change",
        first=str(change.from_year),
        last=str(change.to_year),
        value=number(total.value / _KILO, kilo_digits(total.value)),
        between=between(total, _KILO, kilo_digits(total.value)),
        trend=say(f"geoplan.carbon_chapter.trend_{trend}"),
    )
    if change.bound != "whole":
        yield change.bound_note
    if change.choices_low_tc is not None and change.choices_high_tc is not None:
        yield say(
            "geoplan.carbon_chapter.choices_range",
            low=number(change.choices_low_tc / _KILO, kilo_digits(total.value)),
            high=number(change.choices_high_tc / _KILO, kilo_digits(total.value)),
        )


def _survey(s: RunSummary) -> Iterator[Sentence]:
    found = s.survey
    total = found.change_tc.get("total") if found is not None else None
    if found is None or total is None:
        return
    yield say(
        "geoplan.carbon_chapter.survey_short",
        first=str(found.from_year),
        last=str(found.to_year),
        changed_ha=found.changed_ha,
        value=number(total.value / _KILO, kilo_digits(total.value)),
        between=between(total, _KILO, kilo_digits(total.value)),
        bound=say(f"geoplan.carbon_chapter.survey_bound_{found.bound}"),
    )


def _targets(s: RunSummary) -> Iterator[Sentence]:
    for row in s.indicators or ():
        target, unit = figure_words(row.target, row.unit, target=row.target)
        value: Sentence | Text = say("geoplan.report.not_estimated")
        if row.value is not None:
            own, _ = figure_words(row.value, row.unit, target=row.target)
            value = Text(**{x: f"{own(x)} {unit(x)}" for x in LANGS})
        year = str(row.year)
        # a title that says its year is not told it again
        said = all(year in row.title(x) for x in LANGS)
        yield say(
            "geoplan.carbon_chapter.target",
            title=row.title,
            when="" if said else say("geoplan.carbon_chapter.target_year", year=year),
            value=_in_caliber(value, row),
            target=Text(**{x: f"{SIGNS[row.relation]} {target(x)} {unit(x)}" for x in LANGS}),
            met=say(f"geoplan.cells.met.{row.met_text}"),
        )


def _in_caliber(value: Sentence | Text, row: IndicatorRow) -> Sentence | Text:
    """The value with its definition, where the target would end otherwise by another."""
    if len({c.met for c in row.calibers}) < 2:
        return value
    return say("geoplan.carbon_chapter.in_caliber", value=value, caliber=row.caliber_title)


def _potential(s: RunSummary) -> Iterator[Sentence | Text]:
    found = s.potential
    if not isinstance(found, PotentialSummary):
        return
    if found.forest_gain is not None:
        yield found.forest_gain.text
    chosen = found.selection
    if chosen is not None:
        key = "chosen" if chosen.reached else "chosen_short"
        yield say(
            f"geoplan.carbon_chapter.{key}",
            n=chosen.count,
            area_ha=chosen.area_ha,
            gain=say("geoplan.report.not_estimated")
            if chosen.gain_tc is None
            else f"{number(chosen.gain_tc / _KILO, kilo_digits(chosen.gain_tc))} ktC",
            short_ha=chosen.shortfall_ha,
        )
    energy = found.tradeoff.energy_for_forest if found.tradeoff is not None else None
    if energy is not None and energy.equivalent_ha is not None and s.county is not None:
        yield size_words(energy.equivalent_ha, s.county.area_km2)


def size_words(equivalent_ha: float, county_km2: float) -> Sentence:
    """Land of a sink as large as the avoided emissions, measured by the county.

    Examples
    --------
    >>> size_words(3_260_150, 2065.76)("en")[:60]
    'Emissions avoided by the PV sites equal what 3,260,150 ha of'
    """
    return say(
        "geoplan.carbon_chapter.energy_size",
        area_ha=equivalent_ha,
        times=equivalent_ha / _HA_PER_KM2 / county_km2,
    )
