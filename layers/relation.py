"""How a value stands to a target: every relation is judged here and nowhere else.

A relation knows when it holds, how much is still to be done, and the same two as formulas of
a spreadsheet, so that a workbook answers as the run does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gis.errors import ConfigError
from gis.say import say

__all__ = ["EQUAL_FRAC", "RELATIONS", "Relation", "Symbol", "holds", "missing", "relation"]

Symbol = Literal[">=", ">", "<=", "<", "="]

EQUAL_FRAC = 5e-3
"""Two figures are equal within half a percent of the larger one: targets are rounded words."""

SAME_FRAC = 1e-9
"""Closer than this they are one figure in two units: 1,234.5 MW are 123.45 of ten MW."""


@dataclass(frozen=True)
class Relation:
    """One of ``>= > <= < =``.

    Attributes
    ----------
    symbol
        As plans write it.
    sense
        +1 where more is wanted, -1 where less is, 0 where the target is to be kept.
    strict
        Whether equality is not enough.
    """

    symbol: Symbol
    sense: Literal[-1, 0, 1]
    strict: bool = False

    def holds(self, value: float, target: float) -> bool:
        """Whether `value` meets `target`; never where one of them is NaN.

        Examples
        --------
        >>> RELATIONS[">="].holds(12.0, 12.0), RELATIONS[">"].holds(12.0, 12.0)
        (True, False)
        >>> RELATIONS["="].holds(54.0, 55.5), RELATIONS["="].holds(55.4, 55.5)
        (False, True)
        """
        if self.sense == 0:
            return math.isclose(value, target, rel_tol=EQUAL_FRAC)
        if math.isclose(value, target, rel_tol=SAME_FRAC):
            return not self.strict
        return value > target if self.sense > 0 else value < target

    def judged(
        self,
        value: float,
        target: float,
        *,
        low: float = math.nan,
        high: float = math.nan,
    ) -> bool | Literal["uncertain"] | None:
        """`holds` of a value that lies between `low` and `high`.

        Parameters
        ----------
        value, target : float
            In one unit.
        low, high : float
            Ends of the interval; NaN where that end is not known: then it is the value.

        Returns
        -------
        bool, ``"uncertain"`` or None
            ``"uncertain"`` where part of the interval meets the target and part does not;
            None where value or target is not known.

        Examples
        --------
        >>> RELATIONS[">="].judged(11.5, 12.0, low=11.0, high=12.5)
        'uncertain'
        >>> RELATIONS["="].judged(50.0, 55.5, low=45.0, high=60.0)
        'uncertain'
        >>> RELATIONS["<"].judged(10.0, 12.0, high=11.9), RELATIONS["<"].judged(math.nan, 1.0)
        (True, None)
        """
        if math.isnan(value) or math.isnan(target):
            return None
        ends = [value, *(e for e in (low, high) if not math.isnan(e))]
        held = {self.holds(e, target) for e in ends}
        if len(held) == 2:
            return "uncertain"
        # what is to be kept may lie between two ends that both miss it
        if self.sense == 0 and min(ends) < target < max(ends) and held == {False}:
            return "uncertain"
        return held.pop()

    def missing(self, value: float, target: float) -> float:
        """What is still to be done in the unit of both, 0 where nothing is; NaN stays NaN.

        Examples
        --------
        >>> RELATIONS[">="].missing(10.0, 12.0), RELATIONS["<="].missing(10.0, 12.0)
        (2.0, 0.0)
        >>> RELATIONS["="].missing(60.0, 50.0), RELATIONS["="].missing(50.1, 50.0)
        (10.0, 0.0)
        """
        if math.isnan(value) or math.isnan(target):
            return math.nan
        if self.holds(value, target):
            return 0.0
        return abs(target - value)

    def formula(self, value: str, target: str) -> str:
        """`holds` as a spreadsheet condition on two cells.

        Examples
        --------
        >>> RELATIONS["<"].formula("F4", "G4")
        'F4<G4'
        >>> RELATIONS["="].formula("F4", "G4")
        'ABS(F4-G4)<=0.005*MAX(ABS(F4),ABS(G4))'
        """
        if self.sense == 0:
            return f"ABS({value}-{target})<={EQUAL_FRAC:g}*MAX(ABS({value}),ABS({target}))"
        return f"{value}{self.symbol}{target}"

    def ending_formula(
        self, value: str, target: str, low: str, high: str, words: tuple[str, str, str]
    ) -> str:
        """`judged` as a spreadsheet term on four cells.

        Parameters
        ----------
        value, target, low, high : str
            Cells; an empty end of the interval is the value.
        words : tuple of str
            For met, not met and uncertain, in quotation marks.

        Examples
        --------
        >>> words = ('"y"', '"n"', '"u"')
        >>> print(RELATIONS[">"].ending_formula("F4", "G4", "L4", "M4", words)[:62])
        IF(AND(F4>G4,IF(L4="",F4,L4)>G4,IF(M4="",F4,M4)>G4),"y",IF(OR(
        """
        met, not_met, uncertain = words
        ends = [f'IF({e}="",{value},{e})' for e in (low, high)]
        held = [self.formula(x, target) for x in (value, *ends)]
        some = list(held)
        if self.sense == 0:  # what is to be kept may lie between two ends that both miss it
            some.append(f"AND({ends[0]}<{target},{target}<{ends[1]})")
        return f"IF(AND({','.join(held)}),{met},IF(OR({','.join(some)}),{uncertain},{not_met}))"

    def missing_formula(self, value: str, target: str) -> str:
        """`missing` as a spreadsheet term on two cells.

        Examples
        --------
        >>> RELATIONS[">"].missing_formula("F4", "G4")
        'IF(F4>G4,0,ABS(G4-F4))'
        """
        return f"IF({self.formula(value, target)},0,ABS({target}-{value}))"


RELATIONS: Mapping[str, Relation] = MappingProxyType(
    {
        r.symbol: r
        for r in (
            Relation(">=", 1),
            Relation(">", 1, strict=True),
            Relation("<=", -1),
            Relation("<", -1, strict=True),
            Relation("=", 0),
        )
    }
)


def relation(symbol: str) -> Relation:
    """The relation written `symbol`.

    Raises
    ------
    ConfigError
        A symbol nobody knows.
    """
    found = RELATIONS.get(symbol)
    if found is None:
        raise ConfigError(
            say("layers.units.no_such_relation"), got=symbol, expected=" ".join(RELATIONS)
        )
    return found


def holds(value: float, symbol: str, target: float) -> bool:
    """Whether ``value symbol target``.

    Examples
    --------
    >>> holds(10.0, "<", 10.0), holds(10.0, "<=", 10.0)
    (False, True)
    """
    return relation(symbol).holds(value, target)


def missing(value: float, symbol: str, target: float) -> float:
    """What is still to be done until ``value symbol target``.

    Examples
    --------
    >>> missing(9.0, ">=", 12.0)
    3.0
    """
    return relation(symbol).missing(value, target)
