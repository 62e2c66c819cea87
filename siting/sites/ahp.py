"""Weights from pairwise comparisons (AHP), with their consistency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError, Fault, ModelError, raise_faults
from gis.say import listed, say
from gis.toml import read_toml
from gis.types import F8

__all__ = ["Ahp", "ahp_weights", "pairwise_matrix", "random_index"]


_RECIPROCAL = 1e-6
_SCALE = (1 / 9, 9.0)  # Saaty's scale: from 1/9 to 9 times as important


@dataclass(frozen=True)
class Ahp:
    """Weights of criteria and how far the comparisons agree.

    Attributes
    ----------
    criteria
        In the order of `weights`.
    weights : (n,) float
        Principal eigenvector, sum 1.
    lambda_max
        Principal eigenvalue; n for perfect agreement.
    consistency_index, consistency_ratio
        CI = (lambda_max - n) / (n - 1); CR = CI / RI(n).
    worst
        The comparison that disagrees most with the weights: (i, j, said, would be).
    note
        Why a ratio above the limit was accepted.
    """

    criteria: tuple[str, ...]
    weights: F8
    lambda_max: float
    consistency_index: float
    consistency_ratio: float
    worst: tuple[str, str, float, float]
    note: str = ""


@cache
def _table() -> tuple[tuple[float, ...], float]:
    table = read_toml("siting.sites", "preference.toml")["random_index"]
    return tuple(float(v) for v in table["values"]), float(table["limit"])


def random_index(n: int) -> float:
    """Mean consistency index of random matrices of order `n`.

    Raises
    ------
    ModelError
        When the table does not reach `n`.

    References
    ----------
    Saaty, T. L. (1980): The Analytic Hierarchy Process, McGraw-Hill, p. 21.

    Examples
    --------
    >>> random_index(3), random_index(4)
    (0.58, 0.9)
    """
    values, _ = _table()
    if not 1 <= n <= len(values):
        raise ModelError(
            say("siting.sites.too_many_criteria"),
            where="AHP",
            got=str(n),
            expected=say("siting.sites.at_most_criteria", n=len(values)),
            todo=say("siting.sites.group_criteria"),
        )
    return values[n - 1]


def _number(value: float | str, where: str) -> float:
    try:
        return float(Fraction(value)) if isinstance(value, str) else float(value)
    except (ValueError, ZeroDivisionError) as err:
        raise ConfigError(
            say("siting.sites.not_comparison"),
            where=where,
            got=repr(value),
            expected=say("siting.sites.comparison_form"),
        ) from err


def pairwise_matrix(criteria: Sequence[str], judgements: Mapping[str, float | str]) -> F8:
    """Comparison matrix from statements such as ``"slope/connection" = 3``.

    Parameters
    ----------
    criteria : sequence of n str
    judgements : mapping
        ``"a/b"`` -> how many times as important a is as b (1/9 to 9, also ``"1/3"``). Every
        pair once, in either order.

    Returns
    -------
    (n, n) float
        Reciprocal.

    Raises
    ------
    ConfigError
        With all unknown, doubled and missing pairs.

    Examples
    --------
    >>> pairwise_matrix(["a", "b"], {"a/b": 3}).round(3).tolist()
    [[1.0, 3.0], [0.333, 1.0]]
    """
    n = len(criteria)
    out = np.full((n, n), np.nan)
    np.fill_diagonal(out, 1.0)
    faults: list[Fault] = []
    for pair, value in judgements.items():
        names = [p.strip() for p in pair.split("/")]
        where = f"AHP {pair!r}"
        if len(names) != 2 or not set(names) <= set(criteria) or names[0] == names[1]:
            faults.append(
                Fault(
                    say("siting.sites.not_pair_of_criteria"),
                    where=where,
                    expected=listed(criteria),
                )
            )
            continue
        i, j = (criteria.index(x) for x in names)
        if not np.isnan(out[i, j]):
            faults.append(Fault(say("siting.sites.pair_compared_twice"), where=where))
            continue
        number = _number(value, where)
        if not _SCALE[0] - 1e-9 <= number <= _SCALE[1]:
            faults.append(
                Fault(
                    say("siting.sites.outside_saaty_scale"),
                    where=where,
                    got=f"{number:g}",
                    expected=say("siting.sites.saaty_scale"),
                )
            )
            continue
        out[i, j], out[j, i] = number, 1 / number
    lacking = [
        f"{criteria[i]}/{criteria[j]}"
        for i in range(n)
        for j in range(i + 1, n)
        if np.isnan(out[i, j])
    ]
    if lacking and not faults:
        faults.append(
            Fault(say("siting.sites.pairs_not_compared"), where="AHP", got=listed(lacking))
        )
    raise_faults(ConfigError, faults)
    return out


def ahp_weights(
    matrix: npt.ArrayLike, criteria: Sequence[str] | None = None, *, note: str = ""
) -> Ahp:
    """Weights as the principal eigenvector of a comparison matrix.

    Parameters
    ----------
    matrix : (n, n) array_like
        ``a[i, j]`` = how many times as important i is as j; positive and reciprocal.
    criteria : sequence of n str, optional
        Names, ``"1"``, ``"2"`` ... when not given.
    note : str
        Reason to accept a consistency ratio above 0.10; it appears in the report.

    Raises
    ------
    ConfigError
        When the matrix is not square, positive and reciprocal.
    ModelError
        When the ratio is above 0.10 and there is no note; the message names the comparison
        that disagrees most.

    References
    ----------
    Saaty, T. L. (1977): A scaling method for priorities in hierarchical structures, Journal
    of Mathematical Psychology 15, 234-281, doi:10.1016/0022-2496(77)90033-5.

    Examples
    --------
    Perfect agreement gives back the weights and a ratio of zero:

    >>> w = np.array([0.5, 0.3, 0.2])
    >>> found = ahp_weights(w[:, None] / w[None, :])
    >>> found.weights.round(6).tolist(), abs(round(found.consistency_ratio, 9))
    ([0.5, 0.3, 0.2], 0.0)
    """
    a = np.asarray(matrix, dtype=np.float64)
    n = len(a) if a.ndim else 0
    if a.shape != (n, n) or not a.size:
        raise ConfigError(say("siting.sites.matrix_not_square"), where="AHP", got=str(a.shape))
    if not (np.isfinite(a).all() and (a > 0).all()):
        raise ConfigError(say("siting.sites.comparisons_not_positive"), where="AHP")
    names = tuple(criteria) if criteria is not None else tuple(str(i + 1) for i in range(n))
    if len(names) != n:
        raise ConfigError(say("siting.sites.one_name_a_row"), where="AHP", got=str(len(names)))
    skew = np.abs(a * a.T - 1)
    if skew.max() > _RECIPROCAL:
        i, j = np.unravel_index(int(np.argmax(skew)), a.shape)
        raise ConfigError(
            say("siting.sites.matrix_not_reciprocal"),
            where=f"AHP {names[i]}/{names[j]}",
            got=say("siting.sites.two_numbers", first=a[i, j], second=a[j, i]),
            expected=say("siting.sites.one_is_inverse"),
        )
    values, vectors = np.linalg.eig(a)
    k = int(np.argmax(values.real))
    w = np.abs(vectors[:, k].real)
    w = w / w.sum()
    lambda_max = float(values[k].real)
    # of positive reciprocal matrices it is never below n: less is the rounding
    index = max(0.0, (lambda_max - n) / (n - 1)) if n > 1 else 0.0
    mean = random_index(n)
    ratio = index / mean if mean > 0 else 0.0
    implied = w[:, None] / w[None, :]
    # a pair and its inverse are equally far off: the row that comes first names the pair
    off = np.triu(np.abs(np.log(a / implied)))
    i, j = np.unravel_index(int(np.argmax(off)), a.shape)
    worst = (names[int(i)], names[int(j)], float(a[i, j]), float(implied[i, j]))
    limit = _table()[1]
    if ratio > limit + 1e-12 and not note:
        raise ModelError(
            say("siting.sites.comparisons_contradict"),
            where=f"AHP {worst[0]}/{worst[1]}",
            got=say(
                "siting.sites.consistency_ratio",
                ratio=ratio,
                said=worst[2],
                implied=worst[3],
            ),
            expected=say("siting.sites.at_most_ratio", limit=limit),
            todo=say("siting.sites.revise_or_accept"),
        )
    return Ahp(names, w, lambda_max, index, ratio, worst, note)
