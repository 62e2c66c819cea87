"""The table of published coefficients, and which of its rows may be used.

Every number carries unit, spread, source and grade: A local, B regional or national
measured, C weak or modelled, T1 IPCC Tier 1 default, X recalled and unverified. Rows that
were recalled rather than read are off until they are switched on by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gis.errors import ConfigError, Fault, raise_faults
from gis.say import say

__all__ = [
    "Coefficient",
    "Coefficients",
    "Depth",
    "Grade",
    "Kind",
    "Spread",
    "spread_of_mean",
    "standard_normal",
    "user_coefficient",
]

Grade = Literal["A", "B", "C", "T1", "X", "user"]
Kind = Literal["stock", "rate", "factor", "concentration", "emission", "total", "other"]
Spread = Literal[
    "none",
    "assumed",
    "normal",
    "truncnormal",
    "lognormal",
    "student_t",
    "triangular",
    "uniform",
]
Depth = tuple[int, int]

GRADES: tuple[Grade, ...] = ("A", "B", "C", "T1", "X", "user")
WEAK: frozenset[str] = frozenset({"T1", "C", "X"})
"""Grades a reader must be told about: a total resting on them is not a measurement."""


@dataclass(frozen=True)
class Coefficient:
    """One published number.

    Attributes
    ----------
    id
        ``"<subject>/<quantity as printed>"``, unique.
    kind, pool
        What it is: a stock, a yearly rate, a factor ..., of which pool.
    depth_cm
        Top and bottom of the soil layer [cm]; None where the number is not about soil, or
        where the source does not state the depth (`depth_unconfirmed`).
    value
        The number; NaN for a rule without a number ("assume no change").
    low, high
        Range or 95 % interval as printed; NaN when none.
    spread, spread_a, spread_b
        Distribution: sd for normal and truncnormal (truncated at 0), cv for lognormal and
        assumed, se and degrees of freedom for student_t, `low`/`high` for the bounded ones.
    by_name
        Recalled or unverified: used only when a plan names it.
    """

    id: str
    subject: str
    kind: Kind
    pool: str
    depth_cm: Depth | None
    value: float
    unit: str
    low: float
    high: float
    spread: Spread
    spread_a: float
    spread_b: float
    grade: Grade
    by_name: bool
    spread_text: str
    source: str
    doi: str
    quality: str

    @property
    def depth_unconfirmed(self) -> bool:
        """Whether it is a soil number whose depth the source does not give."""
        return self.pool == "soc" and self.depth_cm is None

    @property
    def has_spread(self) -> bool:
        """Whether a spread was published (an assumed one is not)."""
        return self.spread not in {"none", "assumed"}

    @property
    def weak(self) -> bool:
        """Whether its grade is T1, C or X."""
        return self.grade in WEAK

    @property
    def sd(self) -> float:
        """Standard deviation; 0 without a spread.

        A Student t with two or fewer degrees of freedom has no finite variance; the sd of
        a normal distribution with the same 95 % interval is given then (half width / 1.96).

        Examples
        --------
        >>> from carbon_sink.stock.coefficient_file import load_coefficients
        >>> t = load_coefficients()
        >>> round(t["TIER1_SOCref_HAC_cool_temperate_dry/SOC_0-30cm"].sd, 3)
        1.755
        """
        v, a = self.value, self.spread_a
        match self.spread:
            case "none":
                return 0.0
            case "assumed" | "lognormal":
                return abs(v) * a
            case "normal" | "truncnormal":
                return a
            case "student_t":
                if self.spread_b > 2:
                    return a * math.sqrt(self.spread_b / (self.spread_b - 2.0))
                return (self.high - self.low) / 2.0 / 1.959963984540054
            case "uniform":
                return (self.high - self.low) / math.sqrt(12.0)
            case "triangular":
                return bounded_shape(v, self.low, self.high)[1]


def standard_normal(key: str, *, subject: str, source: str) -> Coefficient:
    """A draw of mean 0 and standard deviation 1, for errors that are no coefficient's.

    Examples
    --------
    >>> row = standard_normal("area/1", subject="area", source="survey")
    >>> row.value, row.sd
    (0.0, 1.0)
    """
    return Coefficient(
        id=key,
        subject=subject,
        kind="other",
        pool=subject,
        depth_cm=None,
        value=0.0,
        unit="-",
        low=math.nan,
        high=math.nan,
        spread="normal",
        spread_a=1.0,
        spread_b=math.nan,
        grade="user",
        by_name=False,
        spread_text="standard normal",
        source=source,
        doi="",
        quality="user",
    )


def user_coefficient(
    key: str,
    *,
    kind: Kind,
    pool: str,
    value: float,
    unit: str,
    source: str,
    depth_cm: Depth | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Coefficient:
    """A number of the user's own as a row of the table; a triangle where its range is given.

    Parameters
    ----------
    key : str
        Id of the row.
    value, low, high : float
        The number and the ends of its range, in `unit`.

    Examples
    --------
    >>> row = user_coefficient(
    ...     "user/1", kind="stock", pool="soc", value=30.0, unit="tC/ha", source="survey",
    ...     low=20.0, high=40.0,
    ... )
    >>> row.spread, row.grade
    ('triangular', 'user')
    """
    ranged = low is not None and high is not None
    return Coefficient(
        id=key,
        subject="user",
        kind=kind,
        pool=pool,
        depth_cm=depth_cm,
        value=value,
        unit=unit,
        low=math.nan if low is None else low,
        high=math.nan if high is None else high,
        spread="triangular" if ranged and low != high else "none",
        spread_a=math.nan,
        spread_b=math.nan,
        grade="user",
        by_name=False,
        spread_text="range given by the user" if ranged else "",
        source=source,
        doi="",
        quality="user",
    )


def bounded_shape(mean: float, low: float, high: float) -> tuple[float | None, float]:
    """Mode and sd of the distribution on ``[low, high]`` that keeps `mean`.

    A triangle keeps the printed mean when its mode ``3 mean - low - high`` lies inside the
    range; otherwise (mode None) a beta distribution of the same kind of width (shape
    parameters adding up to 5, whose sd equals the symmetric triangle's) is used, so that
    the draws average to the printed number either way.

    Examples
    --------
    >>> bounded_shape(3.0, 0.0, 6.0)[0]
    3.0
    >>> bounded_shape(0.9, 0.0, 1.0)[0] is None
    True
    """
    mode = 3.0 * mean - low - high
    if low <= mode <= high:
        ss = low**2 + mode**2 + high**2 - low * mode - low * high - mode * high
        return mode, math.sqrt(ss / 18.0)
    m = (mean - low) / (high - low)
    return None, (high - low) * math.sqrt(max(m * (1.0 - m), 0.0) / 6.0)


def spread_of_mean(plot_cv: float, n_plots: int, between_study_cv: float) -> float:
    """CV of a county mean from the CV between plots.

    The CV of plots is not the standard error of the mean; but dividing by ``sqrt(n)`` alone
    would make the mean of one study look exact, so a between-study term is kept.

    Parameters
    ----------
    plot_cv : float
        CV between plots [-].
    n_plots : int
        Number of plots.
    between_study_cv : float
        CV between studies [-], of the user.

    Examples
    --------
    0.8 / sqrt(16) = 0.2; with 0.15 between studies sqrt(0.2**2 + 0.15**2) = 0.25.

    >>> spread_of_mean(0.8, 16, 0.15)
    0.25
    """
    if n_plots < 1:
        raise ConfigError(say("carbon_sink.stock.mean_needs_a_plot"), got=str(n_plots))
    return math.sqrt(plot_cv**2 / n_plots + between_study_cv**2)


class Coefficients(Mapping[str, Coefficient]):
    """A checked, read-only table; asking for a row that is off is an error.

    Parameters
    ----------
    rows : mapping
        All rows by id.
    switched_on : iterable of str
        Ids or subjects of recalled rows the plan names.
    """

    __slots__ = ("_on", "_rows")

    def __init__(
        self, rows: Mapping[str, Coefficient], switched_on: Iterable[str] = ()
    ) -> None:
        self._rows = dict(rows)
        on = frozenset(switched_on)
        known = {r.id for r in rows.values()} | {r.subject for r in rows.values()}
        raise_faults(
            ConfigError,
            [
                Fault(
                    say("carbon_sink.stock.no_such_coefficient"),
                    where="[carbon] use_rows",
                    got=name,
                    todo=say("carbon_sink.stock.see_the_guide"),
                )
                for name in sorted(on - known)
            ],
        )
        self._on = on

    def __getitem__(self, key: str) -> Coefficient:
        row = self._rows[key]
        if not self.usable(row):
            raise ConfigError(
                say("carbon_sink.stock.recalled_and_off"),
                where=key,
                got=row.quality,
                todo=say("carbon_sink.stock.check_then_switch_on"),
            )
        return row

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 - Mapping's
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def usable(self, row: Coefficient) -> bool:
        """Whether `row` may be used: not recalled, or named by the plan."""
        return not row.by_name or row.id in self._on or row.subject in self._on

    def peek(self, key: str) -> Coefficient:
        """The row itself, on or off; for showing it, not for computing with it."""
        return self._rows[key]

    def all_rows(self) -> tuple[Coefficient, ...]:
        """Every row, on or off."""
        return tuple(self._rows.values())

    def switched_on(self, names: Iterable[str]) -> Coefficients:
        """The same table with more recalled rows on."""
        return Coefficients(self._rows, {*self._on, *names})

    def with_rows(self, rows: Iterable[Coefficient]) -> Coefficients:
        """The same table with `rows` added or put in place of those of the same id."""
        return Coefficients({**self._rows, **{r.id: r for r in rows}}, self._on)

    def with_assumed_cv(self, cv: float) -> Coefficients:
        """Give rows without a published spread the user's `cv`, labelled *assumed*.

        Raises
        ------
        ConfigError
            When `cv` is not within (0, 2].
        """
        if not 0 < cv <= 2:
            raise ConfigError(
                say("carbon_sink.stock.assumed_cv_out_of_range"),
                where="[carbon] assumed_cv",
                got=str(cv),
                expected=say("carbon_sink.stock.over_0_at_most_2"),
            )
        rows = [
            replace(r, spread="assumed", spread_a=cv)
            for r in self._rows.values()
            if r.spread == "none" and math.isfinite(r.value)
        ]
        return self.with_rows(rows)

    def with_plot_means(
        self, n_plots: Mapping[str, int], between_study_cv: float
    ) -> Coefficients:
        """Narrow plot-level lognormal spreads to those of a mean, see `spread_of_mean`."""
        rows = []
        for key, n in n_plots.items():
            row = self._rows.get(key)
            if row is None or row.spread != "lognormal":
                raise ConfigError(
                    say("carbon_sink.stock.no_spread_between_plots"),
                    where="[carbon.n_plots]",
                    got=key,
                )
            cv = spread_of_mean(row.spread_a, n, between_study_cv)
            rows.append(replace(row, spread_a=cv))
        return self.with_rows(rows)
