"""The coefficients of one plan: bundled table, the user's rows, and what stands for what."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from carbon_sink.cover.classes import ecosystems
from carbon_sink.cover.land import County
from carbon_sink.cover.local_classes import class_of_label, numbers_of_label
from carbon_sink.section import CarbonSection, UserDensity
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.coefficients import Coefficient, Coefficients, user_coefficient
from carbon_sink.stock.pools import (
    POOLS,
    ClimateZone,
    Density,
    Pool,
    choose_densities,
)
from carbon_sink.stock.soc_factors import factor_densities, factor_rows
from carbon_sink.stock.uncertainty import Factor, propagate
from carbon_sink.stock.volume import inventory_rows, volume_density
from gis.errors import ConfigError
from gis.say import listed, say
from layers.spec import Text

__all__ = ["Choice", "densities_of", "table_of"]

Choice = dict[tuple[str, Pool], Density]


def _user_row(d: UserDensity, number: int) -> Coefficient:
    return user_coefficient(
        f"user/{d.ecosystem}/{d.pool}/{number}",
        kind="stock",
        pool=d.pool,
        depth_cm=(0, d.depth_cm) if d.depth_cm else None,
        value=d.value_tc_ha,
        unit="tC/ha",
        low=d.low_tc_ha,
        high=d.high_tc_ha,
        source=d.source,
    )


def table_of(section: CarbonSection) -> Coefficients:
    """The coefficient table as the plan wants it.

    Recalled rows named under ``use_rows`` on, plot spreads narrowed to means where the
    number of plots is given, the user's densities added, and the user's CV for rows without
    a spread.
    """
    table = load_coefficients().switched_on(section.use_rows)
    table = table.with_rows(_user_row(d, i) for i, d in enumerate(section.densities, 1))
    table = table.with_rows(factor_rows(section.soc_factors))
    table = table.with_rows(inventory_rows(section.stock_volume))
    if section.n_plots:
        table = table.with_plot_means(section.n_plots, section.between_study_cv)
    if section.assumed_cv is not None:
        table = table.with_assumed_cv(section.assumed_cv)
    return table


def _user_densities(
    section: CarbonSection, table: Coefficients, year: int, local: Collection[int]
) -> list[Density]:
    """Those of all land that hold in `year`, then those of some land that `local` numbers.

    What is dated, or of named parcels, comes later and wins.
    """
    for i, f in enumerate(section.soc_factors, 1):
        if f.ecosystem not in ecosystems():
            raise ConfigError(
                say("carbon_sink.stock.no_such_ecosystem"),
                where=f"[[carbon.soc_factors]] {i}",
                got=f.ecosystem,
                expected=listed(ecosystems()),
            )
    out = factor_densities(section.soc_factors, table)
    numbered = sorted(
        enumerate(section.densities, 1),
        key=lambda nd: (nd[1].of_some_land, bool(nd[1].parcels), bool(nd[1].year)),
    )
    for i, d in numbered:
        if d.ecosystem not in ecosystems():
            raise ConfigError(
                say("carbon_sink.stock.no_such_ecosystem"),
                where=f"[carbon.densities] {i}",
                got=d.ecosystem,
                expected=listed(ecosystems()),
            )
        if d.year not in {0, year} or (d.of_some_land and i not in local):
            continue
        out.append(
            Density(
                ecosystem=d.ecosystem,
                pool=d.pool,
                parts=((1.0, (Factor(_user_row(d, i).id),)),),
                depth_cm=(0, d.depth_cm) if d.depth_cm else None,
                note=Text(zh=d.source, en=d.source),
            )
        )
    return out


def densities_of(
    section: CarbonSection,
    table: Coefficients,
    area_ha: Mapping[str, float],
    *,
    zone: ClimateZone | None = None,
    depth_cm: int | None = None,
    use_volume: bool = True,
    year: int | None = None,
    local: Collection[int] = (),
) -> Choice:
    """What stands for which pool: the bundled choice, the user's, and a known volume first.

    Parameters
    ----------
    section : CarbonSection
    table : Coefficients
    area_ha : mapping
        Ecosystem -> area; the arbor area spreads a known stock volume.
    zone, depth_cm : optional
        Other than the plan's, for showing both side by side.
    use_volume : bool
        Let a known stock volume win over the density table.
    year : int, optional
        Date of the densities; the plan's by default.
    local : collection of int
        Numbers of the plan's densities of some land that hold here too.
    """
    depth = depth_cm or section.soc_depth_cm
    at = section.year if year is None else year
    own = [
        d
        for d in _user_densities(section, table, at, local)
        if d.pool != "soc" or depth_cm is None or d.depth_cm == (0, depth)
    ]
    stock = section.stock_of_year(at)
    arbor = area_ha.get("forest_arbor", 0.0)
    if use_volume and stock is not None and arbor > 0:
        own.append(
            volume_density(
                stock,
                arbor,
                form=section.volume_form,
                carbon_fraction=section.carbon_fraction,
            )
        )
    return choose_densities(
        table,
        depth_cm=(0, depth),
        zone=zone or section.climate_zone,
        overrides=own,
        accept_unconfirmed_depth=section.accept_unconfirmed_depth,
    )


def with_ambiguous(
    densities: Choice, table: Coefficients, ambiguous: Mapping[str, Iterable[str]]
) -> tuple[Choice, Coefficients]:
    """Densities for classes that may be several ecosystems: lowest to highest, uniform.

    The range runs from the lower end of the lowest 95 % interval to the upper end of the
    highest. Where one of the ecosystems has no estimate it starts at zero, since a density
    cannot be lower. Ecosystems that all have the same density keep it.
    """
    out, rows = dict(densities), []
    for label, options in ambiguous.items():
        for pool in POOLS:
            own = [densities.get((e, pool)) for e in sorted(options)]
            known = [d for d in own if d is not None]
            if not any(d.parts for d in known):
                continue
            if len(known) == len(own) and len({d.parts for d in known}) == 1:
                out[(label, pool)] = replace(known[0], ecosystem=label)
                continue
            ranges = [propagate(d.terms(1.0), table) for d in known]
            low = max(min(e.low for e in ranges), 0.0) if len(known) == len(own) else 0.0
            high = max(e.high for e in ranges)
            row = Coefficient(
                id=f"{label}/{pool}",
                subject=label,
                kind="stock",
                pool=pool,
                depth_cm=next((d.depth_cm for d in known), None),
                value=(low + high) / 2.0,
                unit="tC/ha",
                low=low,
                high=high,
                spread="uniform" if high > low else "none",
                spread_a=math.nan,
                spread_b=math.nan,
                grade="C",
                by_name=False,
                spread_text="lowest to highest interval end of what the class may be",
                source=f"{label}: " + ", ".join(sorted(options)),
                doi="",
                quality="C ambiguous class",
            )
            rows.append(row)
            out[(label, pool)] = Density(label, pool, ((1.0, (Factor(row.id),)),), row.depth_cm)
    return out, table.with_rows(rows)


def county_choice(
    section: CarbonSection, county: County, **kwargs: object
) -> tuple[Choice, Coefficients]:
    """Densities and table for a county's land, ambiguous classes included.

    Land with densities of its own (`carbon_sink.stock.local_densities`) has them under the
    label of its class.
    """
    table = table_of(section)
    labels = [str(e) for e in county.areas["ecosystem"].unique()]
    area: dict[str, float] = {}
    for label, ha in county.by_ecosystem().items():
        area[class_of_label(label)] = area.get(class_of_label(label), 0.0) + ha
    densities = densities_of(section, table, area, **kwargs)  # type: ignore[arg-type]
    found = dict(densities)
    for label in labels:
        numbers = numbers_of_label(label)
        if not numbers:
            continue
        base = class_of_label(label)
        own = densities_of(section, table, area, local=numbers, **kwargs)  # type: ignore[arg-type]
        found |= {
            (label, pool): replace(d, ecosystem=label)
            for (e, pool), d in own.items()
            if e == base
        }
    return with_ambiguous(found, table, county.ambiguous)
