"""Reading a coefficient table; every fault of it is reported at once."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

from carbon_sink.stock.coefficients import (
    GRADES,
    Coefficient,
    Coefficients,
    Depth,
    Grade,
    Kind,
    Spread,
)
from gis.errors import DataError, Fault, raise_faults
from gis.files.given import foreign, given_bytes
from gis.foreign import foreign_reason
from gis.say import listed, say

__all__ = ["load_coefficients", "read_coefficients"]

_KINDS: tuple[str, ...] = (
    "stock", "rate", "factor", "concentration", "emission", "total", "other",
)  # fmt: skip
_SPREADS: tuple[str, ...] = (
    "none", "assumed", "normal", "truncnormal", "lognormal", "student_t", "triangular",
    "uniform",
)  # fmt: skip
UNITS: frozenset[str] = frozenset(
    {
        "tC/ha", "tC/ha/yr", "t d.m./ha", "t d.m./m3", "tC/t d.m.", "-", "kgCH4/ha/yr",
        "MtC", "g/kg", "percent", "fraction",
    }
)  # fmt: skip


def _number(text: str) -> float:
    """The number of a cell, NaN where there is none; one that is not finite is none."""
    if not text.strip():
        return math.nan
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _rows(lines: Iterable[dict[str, str]], name: str) -> Iterator[dict[str, str]]:
    with foreign(say("carbon_sink.stock.table_unreadable"), name):
        yield from lines


def _parse(raw: Mapping[str, str], where: str) -> tuple[Coefficient | None, list[Fault]]:
    faults: list[Fault] = []

    def bad(what: str, key: str, expected: str = "") -> None:
        said = say(f"carbon_sink.table.{what}")
        faults.append(Fault(said, where=where, got=f"{key}={raw[key]!r}", expected=expected))

    numbers: dict[str, float] = {}
    for key in ("value", "low", "high", "spread_a", "spread_b"):
        try:
            numbers[key] = _number(raw[key])
        except ValueError:
            bad("not_a_number", key, say("carbon_sink.table.one_number"))
            numbers[key] = math.nan
    for key, allowed in (("kind", _KINDS), ("spread", _SPREADS), ("grade", GRADES)):
        if raw[key] not in allowed:
            bad("not_one_of_the_list", key, ", ".join(allowed))
    if raw["unit"] not in UNITS:
        bad("unknown_unit", "unit", ", ".join(sorted(UNITS)))
    for key in ("source", "quality"):
        if not raw[key].strip():
            bad("empty", key, say("carbon_sink.table.where_it_comes_from"))
    low, high, value = numbers["low"], numbers["high"], numbers["value"]
    if math.isfinite(low) != math.isfinite(high) or low > high:
        bad("both_ends", "low")
    if math.isfinite(low) and math.isfinite(value) and not low <= value <= high:
        bad("outside_its_range", "value", say("carbon_sink.cover.range", low=low, high=high))
    depth: Depth | None = None
    if raw["depth_top_cm"] or raw["depth_bottom_cm"]:
        try:
            depth = int(raw["depth_top_cm"]), int(raw["depth_bottom_cm"])
        except ValueError:
            bad("not_a_depth", "depth_top_cm", say("carbon_sink.table.two_whole_numbers"))
        else:
            if not 0 <= depth[0] < depth[1]:
                bad("not_a_layer", "depth_top_cm", "0 <= top < bottom")
    if faults:
        return None, faults
    return (
        Coefficient(
            id=raw["id"],
            subject=raw["subject"],
            kind=cast(Kind, raw["kind"]),
            pool=raw["pool"],
            depth_cm=depth,
            unit=raw["unit"],
            spread=cast(Spread, raw["spread"]),
            grade=cast(Grade, raw["grade"]),
            by_name=raw["by_name"] == "yes",
            spread_text=raw["spread_text"],
            source=raw["source"],
            doi=raw["doi"],
            quality=raw["quality"],
            **numbers,
        ),
        [],
    )


def read_coefficients(path: Path | None = None) -> Coefficients:
    """Read a coefficient table; every fault of it is reported at once.

    Parameters
    ----------
    path : Path, optional
        A CSV with the columns of the bundled one; the bundled one by default.

    Raises
    ------
    DataError
        Missing columns, text in a number, two units for one quantity, value outside its
        range, id used twice, no source.
    """
    if path is None:
        text = (
            resources.files("carbon_sink").joinpath("data/coefficients.csv").read_text("utf-8")
        )
        name = "coefficients.csv"
    else:
        try:
            text, name = given_bytes(path).decode("utf-8-sig"), path.name
        except (OSError, UnicodeDecodeError) as err:
            raise DataError(
                say("carbon_sink.stock.table_unreadable"),
                where=str(path),
                got=foreign_reason(err),
            ) from err
    lines = csv.DictReader(text.splitlines(), restval="")
    columns = [
        "id", "subject", "kind", "pool", "depth_top_cm", "depth_bottom_cm", "value", "unit",
        "low", "high", "spread", "spread_a", "spread_b", "grade", "by_name", "spread_text",
        "source", "doi", "quality",
    ]  # fmt: skip
    missing = [c for c in columns if c not in (lines.fieldnames or ())]
    if missing:
        raise DataError(
            say("carbon_sink.stock.columns_missing"), where=name, expected=listed(missing)
        )
    rows: dict[str, Coefficient] = {}
    faults: list[Fault] = []
    for number, raw in enumerate(_rows(lines, name), 2):
        row, found = _parse(raw, f"{name} row {number}")
        faults += found
        if row is None:
            continue
        if row.id in rows:
            faults.append(
                Fault(
                    say("carbon_sink.stock.id_used_twice"),
                    where=say("carbon_sink.stock.at_row", name=name, number=number),
                    got=row.id,
                )
            )
        rows[row.id] = row
    faults += _unit_faults(rows.values(), name)
    raise_faults(DataError, faults)
    return Coefficients(rows)


def _unit_faults(rows: Iterable[Coefficient], name: str) -> list[Fault]:
    """Two units under one id stem and kind: a column that mixes C with dry matter."""
    seen: dict[tuple[str, str, str, Depth | None], str] = {}
    faults = []
    for r in rows:
        key = (r.subject, r.kind, r.pool, r.depth_cm)
        if r.kind in {"stock", "rate"} and seen.setdefault(key, r.unit) != r.unit:
            faults.append(
                Fault(
                    say("carbon_sink.stock.two_units_of_one_quantity"),
                    where=f"{name} {r.subject}",
                    got=say("carbon_sink.stock.two_units", earlier=seen[key], later=r.unit),
                    todo=say("carbon_sink.stock.convert_dry_matter"),
                )
            )
    return faults


@cache
def load_coefficients() -> Coefficients:
    """The bundled table.

    Examples
    --------
    >>> load_coefficients()["TIER1_SOCref_HAC_cool_temperate_dry/SOC_0-30cm"].value
    43.0
    """
    return read_coefficients()
