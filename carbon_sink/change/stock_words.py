"""What a reader must know of the stock beside its interval: inventories and choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from carbon_sink.change.choices import told_apart
from carbon_sink.cover.land import County
from carbon_sink.outcome_change import InventorySummary, ModelChoice, interval
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import county_choice
from carbon_sink.stock.inventories import InventoryChange
from carbon_sink.stock.pools import ClimateZone
from carbon_sink.stock.totals import stock_terms
from carbon_sink.stock.uncertainty import monte_carlo
from gis.errors import ConfigError
from gis.say import Sentence, listed, say
from layers.spec import text_of

Kind = Literal["climate_zone", "volume_form"]

__all__ = ["inventory_summary", "inventory_words", "stock_choices"]


def stock_choices(section: CarbonSection, county: County) -> tuple[ModelChoice, ...]:
    """Total stock in each climate zone of the place, and by each form of a known volume.

    A choice whose coefficients are not switched on is no choice of this plan and is left out,
    and so is one that leaves the total as it is.
    """
    out: list[ModelChoice] = []
    zones = section.climate_zones or (section.climate_zone,)
    options: list[tuple[Kind, str, str, CarbonSection, ClimateZone, bool]] = [
        ("climate_zone", z, f"zone_{z}", section, z, z == section.climate_zone)
        for z in (zones if len(zones) > 1 else ())
    ]
    if section.stock_of_year(section.year) is not None:
        options += [
            (
                "volume_form",
                form,
                f"form_{form}",
                section.model_copy(update={"volume_form": form}),
                section.climate_zone,
                form == section.volume_form,
            )
            for form in ("continuous", "constant")
        ]
    area = county.by_ecosystem()
    for kind, name, title, own, zone, chosen in options:
        try:
            densities, table = county_choice(own, county, zone=zone)
            terms = stock_terms(area, densities)
            if not terms:
                continue
            found = monte_carlo(
                {"total": terms}, table, draws=section.draws, seed=section.seed, shares=False
            )
        except ConfigError:
            continue
        out.append(
            ModelChoice(
                kind=kind,
                choice=name,
                title=text_of(say(f"carbon_sink.change.{title}")),
                chosen=chosen,
                total_tc=interval(found["total"]),
            )
        )
    return told_apart(out)


def inventory_words(found: InventoryChange) -> Sentence:
    """The change between two inventories as a sentence."""
    both = (found.earlier, found.later)
    exact = [str(s.year) for s in both if s.error_frac is None]
    return say(
        "carbon_sink.change.inventories",
        start=found.earlier.year,
        end=found.later.year,
        from_m3=found.earlier.volume_m3,
        to_m3=found.later.volume_m3,
        change=found.change.value,
        low=found.change.low,
        high=found.change.high,
        rests=say(
            "carbon_sink.change.inventories_one_area"
            if found.same_area
            else "carbon_sink.change.inventories_own_areas"
        ),
        exact=say("carbon_sink.change.inventories_exact", years=listed(exact)) if exact else "",
    )


def inventory_summary(found: Sequence[InventoryChange]) -> InventorySummary | None:
    """The change between two inventories for ``summary.json``; None without two."""
    if not found:
        return None
    whole = found[0]
    return InventorySummary(
        from_year=whole.earlier.year,
        to_year=whole.later.year,
        from_m3=whole.earlier.volume_m3,
        to_m3=whole.later.volume_m3,
        change_tc=interval(whole.change),
        change_tc_yr=interval(whole.change_yr),
        note=text_of(inventory_words(whole)),
    )
