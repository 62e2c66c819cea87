"""What a code of any vocabulary says about a list of classes: it is one, is none, or may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError
from gis.say import say
from layers.vocabulary import Entry, ecosystems, groups, vocabulary
from siting.rules.outcome import HIT, MISS, UNKNOWN

__all__ = ["class_outcomes", "raster_outcomes", "value_outcomes"]


def _among(entry: Entry, named: frozenset[str], codes: frozenset[str] | None) -> int:
    """Outcome of one code: among names as asked, and land survey codes on another list."""
    if entry.code in named:
        return HIT
    known = ecosystems()
    found = [
        HIT if {e, known[e].group if e in known else e} & named else _of_codes(codes, of=e)
        for e in entry.ecosystem
    ] or [HIT if g in named else _of_codes(codes, group=g) for g in entry.group]
    return found[0] if len(set(found)) == 1 else UNKNOWN


def _of_codes(codes: frozenset[str] | None, *, of: str = "", group: str = "") -> int:
    """Whether a class (or a group) is meant by codes: by all of its own, by some, by none."""
    own = set(vocabulary("dlbm").codes(ecosystem=of, group=group)) if codes else set()
    if not codes or not own & codes:
        return MISS
    # a group may bear the name of one of its classes: ponds are of the group "water"
    return HIT if own <= codes else UNKNOWN


def class_outcomes(classes: Sequence[str], name: str, where: str) -> dict[str, int]:
    """Outcome of "is one of `classes`" for every code of a vocabulary.

    A code stands for a set of possible ecosystem classes. All of them listed: it is one;
    none listed: it is none; some listed: unknown.

    Parameters
    ----------
    classes : sequence of str
        Ecosystem classes, groups of them, or codes of the land survey or of the vocabulary.
    name : str
        Vocabulary of the layer.
    where : str
        For messages.

    Returns
    -------
    dict
        Code -> `MISS`, `UNKNOWN` or `HIT`.

    Raises
    ------
    ConfigError
        When the layer has no vocabulary, or a class is known to none.

    Examples
    --------
    WorldCover's cropland may be orchard, so "is arable land" cannot be decided:

    >>> found = class_outcomes(["cropland"], "worldcover2021", "x")
    >>> found["40"] == UNKNOWN, found["60"] == MISS
    (True, True)
    """
    if not name:
        raise ConfigError(
            say("siting.rules.layer_codes_no_known_vocabulary"),
            where=where,
            todo=say("siting.rules.say_which_layers_id_vocabulary"),
        )
    own = vocabulary(name)
    named: set[str] = set()
    survey = vocabulary("dlbm").entries
    for c in classes:
        if c in own.entries or c in ecosystems() or c in groups():
            named.add(c)
        elif c not in survey:
            raise ConfigError(
                say("siting.rules.no_such_class"),
                where=where,
                got=c,
                expected=say("siting.rules.ecosystem_class_group_code_vocabulary"),
            )
    # codes of the land survey on another list mean the classes all of whose codes they are
    codes = frozenset(c for c in classes if c in survey) if name != "dlbm" else None
    return dict(_outcomes(name, frozenset(named), codes))


@lru_cache(maxsize=1024)
def _outcomes(
    name: str, named: frozenset[str], codes: frozenset[str] | None
) -> tuple[tuple[str, int], ...]:
    """Code and outcome; a rule asks the same of every piece of land."""
    return tuple((c, _among(e, named, codes)) for c, e in vocabulary(name).entries.items())


def value_outcomes(
    values: npt.NDArray[Any], outcomes: Mapping[str, int], name: str
) -> npt.NDArray[np.int8]:
    """Outcome of every cell of a raster whose values are codes of a vocabulary.

    Parameters
    ----------
    values : array of integers
    outcomes : mapping of str to int
        Of `class_outcomes`.
    name : str
        The vocabulary.

    Returns
    -------
    array of int8
        `UNKNOWN` for a value the vocabulary does not have, and for its nodata.

    Examples
    --------
    >>> found = class_outcomes(["water"], "worldcover2021", "x")
    >>> value_outcomes(np.array([80, 60, 7]), found, "worldcover2021").tolist()
    [2, 0, 1]
    """
    distinct, index = np.unique(values, return_inverse=True)
    own = raster_outcomes(outcomes, name)
    table = np.array([own.get(int(v), UNKNOWN) for v in distinct], dtype=np.int8)
    return np.asarray(table[index].reshape(values.shape), dtype=np.int8)


def raster_outcomes(outcomes: Mapping[str, int], name: str) -> dict[int, int]:
    """Outcome by raster value, for the codes a raster can hold."""
    own = vocabulary(name)
    out: dict[int, int] = {}
    for code, outcome in outcomes.items():
        try:
            out[own.raster_values([code])[0]] = outcome
        except ValueError:
            continue  # a code no raster holds (05H1)
    if own.nodata is not None and own.nodata not in out:
        out[own.nodata] = UNKNOWN
    return out
