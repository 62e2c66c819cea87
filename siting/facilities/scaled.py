"""A question in units its numbers suit, and the answer in those it was asked in.

Programmes and searches end at last digits that are amounts of their own (1e-6 of HiGHS): where
all weights, costs or prices are below 1 these could be the whole question, and where they are
beyond 10^9 they are never met. A factor that is a power of two changes no digit of a number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gis.types import F8
from siting.facilities.question import Found, Model, Question

__all__ = ["Factors", "factors", "in_own_units", "scaled"]

_HUNDREDS, _BILLION = 10, 30  # two to these powers: the largest is between half of it and it
_VALUE = {  # powers of the factors of weight, cost and price the value of a model has
    "lscp": (0, 0, 1),
    "mclp": (1, 0, 0),
    "backup": (1, 0, 0),
    "hierarchical": (1, 0, 0),
    "capacitated_mclp": (1, 0, 0),
    "p_median": (1, 1, 0),
    "capacitated_p_median": (1, 1, 0),
    "transport": (1, 1, 0),
    "p_center": (0, 1, 0),
    "p_dispersion": (0, 1, 0),
}


class Factors(NamedTuple):
    """What a question is multiplied by.

    Attributes
    ----------
    weight, cost, price : float
        Powers of two; 1 where the largest number is from 1 to 10^9.
    """

    weight: float
    cost: float
    price: float


def _factor(*numbers: F8) -> float:
    all_of = np.concatenate([n.ravel() for n in numbers])
    top = float(np.max(all_of, where=np.isfinite(all_of), initial=0.0))
    size = int(np.frexp(top)[1])
    if top == 0 or 0 < size <= _BILLION:
        return 1.0
    return float(2.0 ** ((_BILLION if size > 0 else _HUNDREDS) - size))


def factors(q: Question, between: F8 | None = None) -> Factors:
    """Factors after which the largest weight, cost and price are from 1 to 10^9.

    Parameters
    ----------
    q : Question
    between : (m, m) float64, optional
        Costs from place to place.

    Examples
    --------
    >>> from siting.facilities.question import ask
    >>> factors(ask([[3.0, 0.001]], [0.75]))
    Factors(weight=1024.0, cost=1.0, price=1.0)
    """
    apart = np.zeros(0) if between is None else between
    return Factors(_factor(q.weight), _factor(q.cost, apart), _factor(q.price))


def scaled(q: Question, by: Factors) -> Question:
    """The question with all its numbers multiplied.

    Parameters
    ----------
    q : Question
    by : Factors
    """
    if by == (1.0, 1.0, 1.0):
        return q
    return replace(
        q,
        cost=q.cost * by.cost,
        weight=q.weight * by.weight,
        price=q.price * by.price,
        capacity=None if q.capacity is None else q.capacity * by.weight,
    )


def in_own_units(model: Model, found: Found, by: Factors) -> Found:
    """The answer of a multiplied question in the units it was asked in.

    Parameters
    ----------
    model : str
    found : Found
    by : Factors
    """
    if by == (1.0, 1.0, 1.0):
        return found
    w, c, p = _VALUE[model]
    of_value = by.weight**w * by.cost**c * by.price**p
    return replace(
        found,
        cost=found.cost / by.cost,
        flow=None if found.flow is None else found.flow / by.weight,
        value=found.value / of_value,
        bound=found.bound / of_value,
        asked=found.asked / by.price,
        new=found.new / by.price,
    )
