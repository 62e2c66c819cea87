"""Areas with their error: from a sample that checked the map, or from the survey's own error.

Areas counted on a map are biased where the map confuses classes. A sample of checked places,
drawn by strata of the map, gives each class an unbiased area and a standard error (Olofsson et
al. 2014); the errors of classes are correlated, since what one loses another gains. They enter
the totals of a change as factors drawn beside the coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.stock.coefficients import Coefficient, standard_normal
from carbon_sink.stock.uncertainty import Z95, Factor, Term
from gis.errors import DataError, Fault, raise_faults
from gis.say import listed, say
from gis.types import F8

__all__ = ["AreaError", "AreaEstimate", "area_error_of", "matrix_error", "stratified_areas"]

STABLE = "stable"
ANY = "*"


@dataclass(frozen=True)
class AreaEstimate:
    """Areas of classes by a stratified sample.

    Attributes
    ----------
    mapped_ha, adjusted_ha, se_ha : ndarray, shape (k,)
        Area on the map, its unbiased estimate, and the standard error of that.
    covariance_ha2 : ndarray, shape (k, k)
    overall, users, producers
        Accuracies, 0-1; `users` and `producers` by class, with their standard errors.
    """

    classes: tuple[str, ...]
    mapped_ha: F8
    adjusted_ha: F8
    se_ha: F8
    covariance_ha2: F8
    overall: float
    overall_se: float
    users: F8
    users_se: F8
    producers: F8
    producers_se: F8

    def table(self) -> pd.DataFrame:
        """One row a class: areas with their 95 % interval, accuracies."""
        return pd.DataFrame(
            {
                "stratum": self.classes,
                "mapped_ha": self.mapped_ha,
                "adjusted_ha": self.adjusted_ha,
                "se_ha": self.se_ha,
                "low_ha": self.adjusted_ha - Z95 * self.se_ha,
                "high_ha": self.adjusted_ha + Z95 * self.se_ha,
                "users_frac": self.users,
                "producers_frac": self.producers,
            }
        )


def stratified_areas(
    counts: npt.ArrayLike, mapped_ha: npt.ArrayLike, classes: Sequence[str] = ()
) -> AreaEstimate:
    """Unbiased areas, standard errors and accuracies from an error matrix of counts.

    Parameters
    ----------
    counts : array_like of int, shape (k, k)
        Checked places: rows classes of the map (the strata), columns of the reference.
    mapped_ha : array_like, shape (k,)
        Area of each class on the map.
    classes : sequence of str, optional
        Names of the classes.

    Raises
    ------
    DataError
        No square matrix of counts, a stratum with land and fewer than two checked places.

    References
    ----------
    Olofsson, Foody, Herold, Stehman, Woodcock and Wulder 2014, Good practices for estimating
    area and assessing accuracy of land change, Remote Sensing of Environment 148, 42-57:
    equations 1 to 3 (accuracies), 5 to 7 (their variances), 9 to 11 (areas); the covariance
    of two areas follows from the multinomial sample of each stratum.

    Examples
    --------
    The example of the paper, pixels of 0.09 ha: 21,158 ha deforested, +- 6,158 ha.

    >>> n = [[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]]
    >>> e = stratified_areas(n, np.array([200e3, 150e3, 3.2e6, 6.45e6]) * 0.09)
    >>> round(float(e.adjusted_ha[0])), round(float(1.96 * e.se_ha[0]))
    (21158, 6158)
    """
    n = np.asarray(counts, np.float64)
    area = np.asarray(mapped_ha, np.float64)
    if n.ndim != 2 or n.shape[0] != n.shape[1] or area.shape != n.shape[:1]:
        raise DataError(
            say("carbon_sink.change.matrix_not_square"),
            got=" x ".join(map(str, n.shape)),
            expected=say("carbon_sink.change.one_row_and_column_a_class"),
        )
    names = tuple(classes) or tuple(str(i + 1) for i in range(len(n)))
    if not (np.isfinite(n).all() and (n >= 0).all() and (n == np.round(n)).all()):
        raise DataError(say("carbon_sink.change.matrix_of_counts"), where="counts")
    if not (np.isfinite(area).all() and (area >= 0).all() and area.sum() > 0):
        raise DataError(say("carbon_sink.stock.area_not_a_number"), where="mapped_ha")
    per = n.sum(axis=1)
    raise_faults(
        DataError,
        [
            Fault(
                say("carbon_sink.change.too_few_checked"),
                where=names[i],
                got=f"{per[i]:g}",
                expected=say("carbon_sink.change.two_or_more_places"),
            )
            for i in range(len(n))
            if area[i] > 0 and per[i] < 2
        ],
    )
    total = float(area.sum())
    w = area / total
    share = np.divide(n, per[:, None], out=np.zeros_like(n), where=per[:, None] > 0)
    more = np.maximum(per - 1.0, 1.0)
    p = w[:, None] * share
    column = p.sum(axis=0)
    # of one stratum: (diag(q) - q q') / (n - 1), weighted by its share of the land squared
    covariance = np.zeros_like(n)
    for i in range(len(n)):
        covariance += w[i] ** 2 * (np.diag(share[i]) - np.outer(share[i], share[i])) / more[i]
    users = np.diag(share)
    users_var = users * (1 - users) / more
    overall = float(np.diag(p).sum())
    producers = np.divide(np.diag(p), column, out=np.full(len(n), np.nan), where=column > 0)
    return AreaEstimate(
        names,
        area,
        column * total,
        np.sqrt(np.diag(covariance)) * total,
        covariance * total**2,
        overall,
        math.sqrt(float((w**2 * users_var).sum())),
        users,
        np.sqrt(users_var),
        producers,
        _producers_se(area, share, users_var, producers, more),
    )


def _producers_se(area: F8, share: F8, users_var: F8, producers: F8, more: F8) -> F8:
    """Standard errors of producers' accuracies (equation 7)."""
    out = np.full(len(area), np.nan)
    estimated = (area[:, None] * share).sum(axis=0)
    spread = area[:, None] ** 2 * share * (1 - share) / more[:, None]
    for j in np.flatnonzero(estimated > 0):
        own = area[j] ** 2 * (1 - producers[j]) ** 2 * users_var[j]
        rest = producers[j] ** 2 * (spread[:, j].sum() - spread[j, j])
        out[j] = math.sqrt(float(own + rest)) / estimated[j]
    return out


@dataclass(frozen=True)
class AreaError:
    """Error of the areas of a change, as factors of its terms.

    Attributes
    ----------
    strata
        ``before>after`` with ``*`` for any class, ``stable`` for land that kept its class,
        ``*`` for the rest.
    ratio : ndarray, shape (k,)
        Unbiased area over mapped area.
    root : ndarray, shape (k, m)
        Error of `ratio` by independent standard normal draws.
    source
        Where the error is from.
    """

    strata: tuple[str, ...]
    ratio: F8
    root: F8
    source: str
    estimate: AreaEstimate | None = None

    @property
    def rows(self) -> list[Coefficient]:
        """The draws as coefficients of mean 0 and standard deviation 1."""
        return [
            standard_normal(_draw_id(k), subject="area", source=self.source)
            for k in range(self.root.shape[1])
        ]

    def terms(self, weight: float, factors: tuple[Factor, ...], pair: str) -> list[Term]:
        """A term on land of a transition ``before>after``, with the error of its area."""
        j = _stratum(self.strata, pair)
        if j is None:
            return [Term(weight, factors)]
        out = [Term(weight * float(self.ratio[j]), factors)]
        for k in np.flatnonzero(self.root[j]):
            drawn = (*factors, Factor(_draw_id(int(k))))
            out.append(Term(weight * float(self.root[j, k]), drawn))
        return out

    def adjusted(self, values: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
        """Amounts on mapped land as those on the land the checked places tell of.

        Parameters
        ----------
        values : DataFrame, n rows
            ``area_ha`` as mapped, which stays, and columns that go with it.
        pairs : sequence of (before, after), n
        """
        each = [self.terms(1.0, (), f"{a}>{b}")[0].weight for a, b in pairs]
        own = values.drop(columns="area_ha").mul(each, axis=0).assign(area_ha=values["area_ha"])
        if self.estimate is None:  # no place was checked: the area is as mapped
            return own
        return own.assign(adjusted_ha=values["area_ha"] * each)


def _draw_id(k: int) -> str:
    return f"area/{k + 1}"


def _stratum(strata: Sequence[str], pair: str) -> int | None:
    """The stratum a transition belongs to, the most special first."""
    before, _, after = pair.partition(">")
    stable = [STABLE] if before == after else []
    for name in (pair, *stable, f"{before}>{ANY}", f"{ANY}>{after}", f"{ANY}>{ANY}", ANY):
        if before == after and name == f"{ANY}>{ANY}":
            continue  # any change, not land that stayed
        if name in strata:
            return list(strata).index(name)
    return None


def area_error_of(error_frac: float, source: str) -> AreaError:
    """One relative standard error of the area of every change, as of a survey.

    Examples
    --------
    >>> e = area_error_of(0.05, "survey")
    >>> [round(t.weight, 3) for t in e.terms(100.0, (), "a>b")], len(e.terms(1.0, (), "a>a"))
    ([100.0, 5.0], 1)
    """
    any_change = f"{ANY}>{ANY}"
    return AreaError((any_change,), np.array([1.0]), np.array([[error_frac]]), source)


def matrix_error(
    transitions: pd.DataFrame, strata: Sequence[str], counts: npt.ArrayLike, source: str
) -> AreaError:
    """Error of a change's areas from a matrix of checked places.

    Parameters
    ----------
    transitions : DataFrame
        ``before, after, area_ha``, land that stayed included.
    strata : sequence of str
        Rows and columns of the matrix, see `AreaError`.
    counts : array_like of int
        See `stratified_areas`.

    Raises
    ------
    DataError
        Land that belongs to no stratum, or a stratum that was found in the field but is
        nowhere on the map.
    """
    area = np.zeros(len(strata))
    lost: list[str] = []
    pairs = transitions["before"].astype(str) + ">" + transitions["after"].astype(str)
    for pair, ha in transitions["area_ha"].groupby(pairs).sum().items():
        j = _stratum(strata, str(pair))
        if j is None:
            lost.append(str(pair))
        else:
            area[j] += float(ha)
    if lost:
        raise DataError(
            say("carbon_sink.change.land_outside_strata"),
            where="[carbon.area_accuracy]",
            got=listed(lost[:6]),
            expected=listed(strata),
            todo=say("carbon_sink.change.add_a_rest_stratum"),
        )
    found = stratified_areas(counts, area, strata)
    unseen = [s for s, a, e in zip(strata, area, found.adjusted_ha, strict=True) if a <= 0 < e]
    if unseen:
        raise DataError(
            say("carbon_sink.change.stratum_not_on_map"),
            where="[carbon.area_accuracy]",
            got=listed(unseen),
            todo=say("carbon_sink.change.join_strata"),
        )
    safe = np.where(area > 0, area, 1.0)
    values, vectors = np.linalg.eigh(found.covariance_ha2)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) / safe[:, None]
    root[np.abs(root) < 1e-12] = 0.0
    ratio = np.where(area > 0, found.adjusted_ha / safe, 1.0)
    return AreaError(tuple(strata), ratio, root, source, found)
