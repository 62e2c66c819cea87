"""Soil carbon of a class as IPCC Tier 1 or 2 has it: a reference times factors of use.

``SOC = SOC_ref x F_LU x F_MG x F_I`` over 0-30 cm (IPCC 2006 Guidelines, Vol. 4 Ch. 2,
equation 2.25; 2019 Refinement, same chapter). Each factor is a row of the coefficient table,
named by its id, or a number of the user's own with its source. One that is left out is 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from carbon_sink.section_values import MOST_TC_HA
from carbon_sink.stand_section import SocFactors
from carbon_sink.stock.coefficients import Coefficient, Coefficients, user_coefficient
from carbon_sink.stock.pools import Density
from carbon_sink.stock.uncertainty import Factor
from gis.errors import ConfigError, Fault, raise_faults
from gis.say import listed, say
from layers.spec import text_of

__all__ = ["factor_densities", "factor_rows"]

DEPTH_CM = (0, 30)
_PARTS = ("reference", "land_use", "management", "input")


def _own_id(number: int, part: str) -> str:
    return f"user/soc_factors/{number}/{part}"


def _parts(f: SocFactors) -> Iterator[tuple[str, str | float]]:
    for part in _PARTS:
        value = getattr(f, part)
        if value is not None:
            yield part, value


def factor_rows(factors: tuple[SocFactors, ...]) -> list[Coefficient]:
    """The user's own numbers as coefficients; those named by id are in the table already."""
    return [
        user_coefficient(
            _own_id(i, part),
            kind="stock" if part == "reference" else "factor",
            pool="soc" if part == "reference" else "f",
            depth_cm=DEPTH_CM,
            value=float(value),
            unit="tC/ha" if part == "reference" else "-",
            source=f.source,
        )
        for i, f in enumerate(factors, 1)
        for part, value in _parts(f)
        if not isinstance(value, str)
    ]


def _kind_fault(part: str, row: Coefficient | None, got: str, where: str) -> Fault | None:
    """Why a named row cannot stand for a part; None where it can."""
    wanted = ("stock", "soc") if part == "reference" else ("factor", "f")
    if row is not None and (row.kind, row.pool) == wanted and row.depth_cm == DEPTH_CM:
        return None
    kind = "soc_reference" if part == "reference" else "soc_factor"
    return Fault(
        say(f"carbon_sink.stock.no_{kind}"),
        where=f"{where} {part}",
        got=got,
        expected="0-30 cm",
    )


def factor_densities(factors: tuple[SocFactors, ...], table: Coefficients) -> list[Density]:
    """Soil densities of the plan's factors.

    Raises
    ------
    ConfigError
        Every row that does not exist, is of another kind or depth, or is recalled and off.
    """
    rows = {r.id: r for r in table.all_rows()}
    faults, out = [], []
    for i, f in enumerate(factors, 1):
        where = f"[[carbon.soc_factors]] {i}"
        ids = []
        for part, value in _parts(f):
            key = value if isinstance(value, str) else _own_id(i, part)
            fault = _kind_fault(part, rows.get(key), key, where)
            if fault is not None:
                faults.append(fault)
            ids.append(key)
        left_out = [p for p in _PARTS if getattr(f, p) is None]
        nominal = [say(f"carbon_sink.stock.factor_{p}") for p in left_out]
        note = (
            say("carbon_sink.stock.soc_by_factors_nominal", names=listed(nominal))
            if nominal
            else say("carbon_sink.stock.soc_by_factors")
        )
        out.append(
            Density(
                f.ecosystem,
                "soc",
                ((1.0, tuple(Factor(k) for k in ids)),),
                DEPTH_CM,
                note=text_of(note),
            )
        )
    raise_faults(ConfigError, faults)
    for d in out:
        for key in d.coefficients:
            table[key]  # a recalled row that is off is refused here, by name
    raise_faults(
        ConfigError,
        [
            Fault(
                say("carbon_sink.stock.soc_cannot_be"),
                where=f"[[carbon.soc_factors]] {i}",
                got=f"{d.value(table):,.0f} tC/ha",
                expected=f"<= {MOST_TC_HA:,.0f} tC/ha",
                todo=say("carbon_sink.stock.look_at_units"),
            )
            for i, d in enumerate(out, 1)
            if d.value(table) > MOST_TC_HA
        ],
    )
    return out
