"""Parts of a change as terms of a total, with the error of their areas."""

from __future__ import annotations

import math
from collections.abc import Iterable

from carbon_sink.change.area_error import AreaError
from carbon_sink.change.conversion import Part, product
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.uncertainty import Term

__all__ = ["part_terms", "part_value", "with_area"]


def part_terms(
    parts: Iterable[Part], area: AreaError | None, factor: float = 1.0
) -> list[Term]:
    """Terms of parts, times a factor; on the land the checked places tell of where given."""
    out: list[Term] = []
    for p in parts:
        weight = math.fsum(p.weight) * factor
        if area is None:
            out.append(Term(weight, p.factors))
        else:
            out += area.terms(weight, p.factors, f"{p.before}>{p.after}")
    return out


def with_area(table: Coefficients, area: AreaError | None) -> Coefficients:
    """Coefficients with the draws of the areas beside them."""
    return table if area is None else table.with_rows(area.rows)


def part_value(parts: Iterable[Part], table: Coefficients, area: AreaError | None) -> float:
    """Sum of parts at printed coefficients [tC], on the same land as `part_terms`."""
    known = with_area(table, area)
    return math.fsum(t.weight * product(t.factors, known) for t in part_terms(parts, area))
