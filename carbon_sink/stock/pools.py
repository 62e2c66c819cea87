"""Carbon density of each pool of each ecosystem, as products of coefficients.

Five pools: above-ground and below-ground biomass, dead wood, litter, soil organic carbon of
one stated depth. Where a source gives living biomass undivided it stays undivided
(`biomass`) rather than being split by a ratio nobody measured. A pool without a coefficient
is *not estimated*, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from carbon_sink.cover.classes import ecosystems
from carbon_sink.stock.coefficients import GRADES, Coefficient, Coefficients, Depth
from carbon_sink.stock.uncertainty import Factor, Term, value_of
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.provinces import ClimateZone
from layers.spec import Text

__all__ = [
    "LIVING",
    "POOLS",
    "ZONES",
    "ClimateZone",
    "Density",
    "choose_densities",
    "density_rules",
    "require_choice",
    "require_depth",
]

Pool = Literal["agb", "bgb", "biomass", "dead_wood", "litter", "soc"]
POOLS: tuple[Pool, ...] = ("agb", "bgb", "biomass", "dead_wood", "litter", "soc")
LIVING: tuple[Pool, ...] = ("agb", "bgb", "biomass")


@dataclass(frozen=True)
class Density:
    """Carbon per hectare of one pool of one ecosystem.

    Attributes
    ----------
    parts
        ``(constant, factors)`` products whose sum is tC/ha; empty for a pool an IPCC rule
        sets to zero.
    rule
        Id of that rule, else empty.
    depth_cm
        Soil layer; None for other pools.
    unconfirmed
        The source does not state the soil depth.
    """

    ecosystem: str
    pool: Pool
    parts: tuple[tuple[float, tuple[Factor, ...]], ...]
    depth_cm: Depth | None = None
    zone: str = ""
    rule: str = ""
    unconfirmed: bool = False
    note: Text | None = None

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Ids of its coefficients, or of the rule that sets it to zero."""
        ids = dict.fromkeys(f.coefficient for _, fs in self.parts for f in fs)
        return tuple(ids) or (self.rule,)

    def terms(self, area_ha: float) -> list[Term]:
        """What `area_ha` of it add to a total [tC]."""
        return [Term(c * area_ha, fs) for c, fs in self.parts]

    def value(self, table: Coefficients) -> float:
        """Density with every coefficient at its printed value [tC/ha]."""
        return value_of(self.terms(1.0), table)

    def grade(self, table: Coefficients) -> str:
        """The weakest grade of its coefficients."""
        order = ("user", *GRADES[:-1])
        return max((table.peek(i).grade for i in self.coefficients), key=order.index)

    def sources(self, table: Coefficients) -> str:
        """Sources of its coefficients, joined."""
        return "; ".join(dict.fromkeys(table.peek(i).source for i in self.coefficients))


@cache
def density_rules() -> tuple[Density, ...]:
    """The bundled choice of coefficients, one entry per ecosystem, pool, depth and zone.

    Examples
    --------
    >>> any(d.ecosystem == "built" for d in density_rules())
    False
    """
    found: list[Density] = []
    for raw in read_toml("carbon_sink", "data/densities.toml")["density"]:
        found += _rules(raw)
    unknown = sorted({d.ecosystem for d in found} - set(ecosystems()))
    if unknown:
        raise DataError(
            say("carbon_sink.stock.unknown_ecosystem"),
            where="densities.toml",
            got=listed(unknown),
        )
    return tuple(found)


def _rules(raw: Mapping[str, Any]) -> list[Density]:
    depth = raw.get("depth_cm")
    factors = tuple(Factor(f["id"], f.get("form", "x")) for f in raw.get("factors", ()))
    return [
        Density(
            ecosystem=e,
            pool=raw["pool"],
            parts=((1.0, factors),) if factors else (),
            depth_cm=(depth[0], depth[1]) if depth else None,
            zone=raw.get("zone", ""),
            rule=raw.get("zero", ""),
            unconfirmed=raw.get("unconfirmed", False),
            note=Text(**raw["note"]) if "note" in raw else None,
        )
        for e in raw["ecosystems"]
    ]


def _with_depth(row: Coefficient) -> Sentence:
    if row.depth_cm is None:
        return say("carbon_sink.stock.row_without_depth", id=row.id)
    top, bottom = row.depth_cm
    return say("carbon_sink.stock.row_of_depth", id=row.id, top=top, bottom=bottom)


def require_depth(rows: Iterable[Coefficient], depth_cm: Depth, *, where: str) -> None:
    """Refuse soil numbers of another depth, or of a depth nobody stated.

    Raises
    ------
    ConfigError
        Naming every row that does not belong to `depth_cm`.

    Examples
    --------
    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> row = load_coefficients()["shrub_Tamarix_柽柳/SOC_0-100cm"]
    >>> require_depth([row], (0, 100), where="x")
    """
    wrong = [r for r in rows if r.pool == "soc" and r.depth_cm != depth_cm]
    if wrong:
        got = listed(_with_depth(r) for r in wrong)
        raise ConfigError(
            say("carbon_sink.stock.unlike_depths"),
            where=where,
            got=say("carbon_sink.stock.rows", rows=got),
            expected="{}-{} cm".format(*depth_cm),
            todo=say("carbon_sink.stock.choose_one_depth"),
        )


ZONES: tuple[ClimateZone, ...] = get_args(ClimateZone)
DEPTHS_CM = (30, 100)


def require_choice(depth_cm: int, zone: str) -> None:
    """Refuse a soil layer or a climate zone without coefficients.

    Raises
    ------
    ConfigError
    """
    raise_faults(
        ConfigError,
        [
            Fault(
                say(f"carbon_sink.stock.{key}"),
                got=str(got),
                expected=listed(map(str, known)),
            )
            for key, got, known in (
                ("no_such_depth", depth_cm, DEPTHS_CM),
                ("no_such_zone", zone, ZONES),
            )
            if got not in known
        ],
    )


def choose_densities(
    table: Coefficients,
    *,
    depth_cm: Depth,
    zone: ClimateZone,
    overrides: Iterable[Density] = (),
    accept_unconfirmed_depth: bool = False,
) -> dict[tuple[str, Pool], Density]:
    """Density for each (ecosystem, pool) at one soil depth and in one climate zone.

    Parameters
    ----------
    table : Coefficients
    depth_cm : (int, int)
        Soil layer of every SOC number used, ``(0, 30)`` or ``(0, 100)``.
    zone : str
        IPCC climate zone.
    overrides : iterable of Density
        The user's own, put in place of the bundled ones; their depth must match.
    accept_unconfirmed_depth : bool
        Take soil rows whose source does not state a depth as if they were of `depth_cm`;
        a confirmed row of the same class wins.

    Returns
    -------
    dict
        Absent keys are *not estimated*.

    Raises
    ------
    ConfigError
        On unlike depths.
    """
    chosen: dict[tuple[str, Pool], Density] = {}
    for d in density_rules():
        if d.zone not in {"", zone} or (d.unconfirmed and not accept_unconfirmed_depth):
            continue
        if d.pool == "soc" and not d.unconfirmed and d.depth_cm != depth_cm:
            continue
        key = (d.ecosystem, d.pool)
        if key in chosen and d.unconfirmed:
            continue
        chosen[key] = d
    for d in overrides:
        if d.pool == "soc" and d.depth_cm != depth_cm:
            require_depth(
                [table.peek(i) for i in d.coefficients],
                depth_cm,
                where=f"[carbon.densities] {d.ecosystem} {d.pool}",
            )
        if d.pool == "biomass":
            chosen.pop((d.ecosystem, "agb"), None)
            chosen.pop((d.ecosystem, "bgb"), None)
        elif d.pool in {"agb", "bgb"}:
            chosen.pop((d.ecosystem, "biomass"), None)
        chosen[(d.ecosystem, d.pool)] = d
    for d in chosen.values():
        rows = [table.peek(i) for i in d.coefficients]
        stock = [r for r in rows if r.kind == "stock" and not r.depth_unconfirmed]
        require_depth(stock, depth_cm, where=f"{d.ecosystem} {d.pool}")
    return chosen
