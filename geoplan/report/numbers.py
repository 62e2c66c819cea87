"""Numbers as a report prints them."""

from __future__ import annotations

from typing import Any

__all__ = ["known", "number", "with_unit"]


def number(value: Any, digits: int = 1) -> str:  # noqa: ANN401
    """A number for a table: grouped, fixed digits, an em dash when there is none.

    Examples
    --------
    >>> number(1234.56), number(None), number(float("nan")), number(2, 0)
    ('1,234.6', '—', '—', '2')
    """
    return f"{value:,.{digits}f}" if known(value) else "—"


def known(value: Any) -> bool:  # noqa: ANN401
    """Whether there is a number; NaN is none."""
    return value is not None and not (isinstance(value, float) and value != value)


def with_unit(value: float | None, digits: int, unit: str) -> str:
    """A number with its unit, a dash alone when there is none.

    Examples
    --------
    >>> with_unit(12.34, 1, "MW"), with_unit(None, 1, "MW")
    ('12.3 MW', '—')
    """
    return f"{number(value, digits)} {unit}" if known(value) else "—"
