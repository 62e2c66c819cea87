"""Preference score: weighted overlay of fuzzy memberships, for sites and for cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from gis.errors import ConfigError
from gis.say import listed, say
from gis.toml import read_toml
from gis.types import F8
from layers.numbers import Count, NotNegative, Positive
from layers.spec import Frozen, Text
from siting.sites.ahp import Ahp, ahp_weights, pairwise_matrix
from siting.sites.curves import Curve, membership
from siting.sites.sensitivity import Stability, ranks_of, tornado, weights_monte_carlo

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Criterion",
    "PreferenceSection",
    "Ranking",
    "criteria_of",
    "overlay",
    "rank_by_preference",
    "weights_of",
]


class Criterion(Frozen):
    """One thing that makes land better or worse.

    Attributes
    ----------
    column
        Column of a site table the value is read from.
    layer
        Raster layer the value of a cell is read from; empty when cells have none.
    curve
        From the value to the membership.
    quality
        ``verified``, ``recalled`` or ``definition``.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    techs: tuple[Literal["pv", "wind", "afforest", "wetland", "grass"], ...]
    column: str
    layer: str = ""
    unit: str
    curve: Curve
    source: str = Field(min_length=1)
    quality: Literal["verified", "recalled", "definition", "plan"]


class PreferenceSection(Frozen):
    """``[preference]``: what the county prefers.

    Attributes
    ----------
    weights
        Criterion -> weight; criteria that are not named weigh nothing. Equal weights of all
        criteria when neither `weights` nor `pairwise` is given.
    pairwise
        ``"slope/connection" = 3``: comparisons of all pairs of criteria, in place of
        `weights`.
    note
        Why a consistency ratio above 0.10 is accepted.
    curves
        Criterion -> curve in place of the default.
    spread, draws, seed, swing, top_k
        Of the sensitivity: coefficient of variation of an average weight, number of draws
        and their seed, relative swing of the tornado, size of the short list.
    """

    weights: dict[str, NotNegative] = Field(default_factory=dict)
    pairwise: dict[str, Positive | str] = Field(default_factory=dict)
    note: str = ""
    curves: dict[str, Curve] = Field(default_factory=dict)
    spread: Annotated[float, Field(gt=0, le=2)] = 0.25
    draws: Annotated[int, Field(ge=100, le=1_000_000)] = 10_000
    seed: Count = 0
    swing: Annotated[float, Field(gt=0, lt=1)] = 0.25
    top_k: Annotated[int, Field(ge=1, le=5000)] = 5

    @model_validator(mode="after")
    def _one_way(self) -> PreferenceSection:
        if self.weights and self.pairwise:
            raise ValueError(say("siting.sites.give_weights_or_pairwise"))
        if self.weights and sum(self.weights.values()) <= 0:
            raise ValueError(say("siting.sites.no_weight_positive"))
        return self


@cache
def _criteria() -> tuple[Criterion, ...]:
    return tuple(
        Criterion.model_validate(c)
        for c in read_toml("siting.sites", "preference.toml")["criteria"]
    )


def criteria_of(tech: str, curves: Mapping[str, Curve] | None = None) -> tuple[Criterion, ...]:
    """Criteria of a technology, with the plan's own curves in place.

    Raises
    ------
    ConfigError
        When a curve is given for a criterion that does not exist.

    Examples
    --------
    >>> [c.id for c in criteria_of("pv")]
    ['slope', 'irradiation', 'connection', 'unconditional', 'favourable']
    """
    own = dict(curves or {})
    strange = set(own) - {c.id for c in _criteria()}
    if strange:
        raise ConfigError(
            say("siting.sites.no_such_criterion"),
            where="[preference] curves",
            got=listed(sorted(strange)),
            expected=listed(c.id for c in _criteria()),
        )
    return tuple(
        c.model_copy(update={"curve": own[c.id], "quality": "plan"}) if c.id in own else c
        for c in _criteria()
        if tech in c.techs
    )


def overlay(memberships: npt.ArrayLike, weights: npt.ArrayLike) -> F8:
    """Weighted mean of memberships along the last axis.

    Parameters
    ----------
    memberships : (..., k) array_like
        0 to 1; NaN = not known.
    weights : (k,) array_like
        Not negative.

    Returns
    -------
    (...) float
        NaN where a criterion with weight is not known: unknown is not zero.

    Examples
    --------
    >>> overlay([[1.0, 0.0], [1.0, float("nan")]], [3, 1]).tolist()
    [0.75, nan]
    """
    m = np.asarray(memberships, dtype=np.float64)
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (m.shape[-1],) or not (w >= 0).all() or not w.sum() > 0:
        raise ConfigError(say("siting.sites.weights_not_negative"), where="overlay")
    used = w > 0
    return np.asarray(m[..., used] @ (w[used] / w.sum()))


@dataclass(frozen=True)
class Ranking:
    """Sites in the order of preference.

    Attributes
    ----------
    criteria, weights
        What counted; criteria no site has a value for are left out and named in `unknown`.
    sites : DataFrame
        One row a site in the order of the input: score, rank, known (all criteria known),
        a column ``m_<criterion>`` with each membership, and from the sensitivity
        rank_mean, rank_p05, rank_p95, rank_stable_frac, top_frac. Sites with an unknown
        criterion have no score and come last.
    tornado : DataFrame
        Of the best site; empty when no site has a score.
    ahp
        When the weights came from comparisons.
    stability
        None when no site has a score.
    """

    criteria: tuple[Criterion, ...]
    weights: F8
    unknown: tuple[str, ...]
    sites: pd.DataFrame
    tornado: pd.DataFrame
    ahp: Ahp | None
    stability: Stability | None

    @property
    def by_criterion(self) -> dict[str, float]:
        """Weight of each criterion by its id."""
        return {c.id: float(w) for c, w in zip(self.criteria, self.weights, strict=True)}


def weights_of(
    criteria: Sequence[Criterion], section: PreferenceSection
) -> tuple[tuple[Criterion, ...], F8, Ahp | None]:
    """Criteria that count, their weights (sum 1), and the comparisons they come from.

    Raises
    ------
    ConfigError
        For criteria that do not exist.
    ModelError
        For contradicting comparisons without a note.
    """
    known = {c.id: c for c in criteria}
    if section.pairwise:
        names = list(dict.fromkeys(p.strip() for k in section.pairwise for p in k.split("/")))
        strange = [n for n in names if n not in known]
        if strange:
            raise ConfigError(
                say("siting.sites.no_such_criterion"),
                where="[preference] pairwise",
                got=listed(strange),
                expected=listed(known),
            )
        found = ahp_weights(pairwise_matrix(names, section.pairwise), names, note=section.note)
        return tuple(known[n] for n in names), found.weights, found
    if section.weights:
        strange = [n for n in section.weights if n not in known]
        if strange:
            raise ConfigError(
                say("siting.sites.no_such_criterion"),
                where="[preference] weights",
                got=listed(strange),
                expected=listed(known),
            )
        kept = tuple(known[n] for n, w in section.weights.items() if w > 0)
        w = np.array([section.weights[c.id] for c in kept])
        return kept, w / w.sum(), None
    return tuple(criteria), np.full(len(criteria), 1 / len(criteria)), None


def rank_by_preference(
    sites: pd.DataFrame, tech: str, section: PreferenceSection | None = None
) -> Ranking:
    """Score and rank sites, and say how firmly the ranking stands.

    Parameters
    ----------
    sites : DataFrame
        With the columns of the criteria (``slope_mean_deg``, ``ghi_kwh_m2``,
        ``substation_distance_m``, ``unconditional_frac``, ``favourable_frac`` ...).
    tech : str
    section : PreferenceSection, optional
        Equal weights and default curves when not given.

    Raises
    ------
    ConfigError
        For criteria that do not exist.
    ModelError
        For contradicting comparisons without a note.
    """
    import pandas as pd

    section = section or PreferenceSection()
    criteria, weights, ahp = weights_of(criteria_of(tech, section.curves), section)
    columns = [
        pd.to_numeric(sites[c.column], errors="coerce").to_numpy(float)
        if c.column in sites.columns
        else np.full(len(sites), np.nan)
        for c in criteria
    ]
    here = [k for k, v in enumerate(columns) if np.isfinite(v).any()]
    unknown = tuple(c.id for k, c in enumerate(criteria) if k not in here)
    criteria = tuple(criteria[k] for k in here)
    weights = weights[here] / weights[here].sum()
    out = pd.DataFrame(index=sites.index)
    if not len(weights):
        out = out.assign(score=np.nan, rank=np.arange(1, len(sites) + 1), known=False)
        return Ranking(criteria, weights, unknown, out, pd.DataFrame(), ahp, None)
    m = np.stack(
        [membership(c.curve, columns[k]) for k, c in zip(here, criteria, strict=True)], axis=1
    )
    score = overlay(m, weights)
    out["score"], out["rank"], out["known"] = score, ranks_of(score), ~np.isnan(score)
    for j, c in enumerate(criteria):
        out[f"m_{c.id}"] = m[:, j]
    ok = np.flatnonzero(~np.isnan(score))
    if not len(ok):
        return Ranking(criteria, weights, unknown, out, pd.DataFrame(), ahp, None)
    found = weights_monte_carlo(
        m[ok],
        weights,
        draws=section.draws,
        spread=section.spread,
        top_k=section.top_k,
        seed=section.seed,
    )
    for name, values in (
        ("rank_mean", found.rank_mean),
        ("rank_p05", found.rank_p05),
        ("rank_p95", found.rank_p95),
        ("rank_stable_frac", found.stable),
        ("top_frac", found.top),
    ):
        column = np.full(len(sites), np.nan)
        column[ok] = values
        out[name] = column
    bars = tornado(
        m[ok],
        weights,
        [c.id for c in criteria],
        site=int(np.argmin(found.rank)),
        swing=section.swing,
        top_k=section.top_k,
    )
    return Ranking(criteria, weights, unknown, out, bars, ahp, found)
