"""Tree species: which coefficient rows each uses, from ``data/species.toml``.

A species more is a table there, and its rows in ``data/coefficients.csv`` where they are new.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.errors import DataError
from gis.say import say
from gis.toml import read_toml
from layers.spec import Frozen, Text

__all__ = [
    "UNLISTED",
    "Species",
    "species_coded",
    "species_named",
    "species_table",
    "species_title",
]

UNLISTED = "?"
"""A species that is known to whoever wrote it, and not in the table: it has no growth line."""


class Species(Frozen):
    """Where the coefficients of a species stand.

    Attributes
    ----------
    continuous
        Stem of the rows ``a_slope`` and ``b_intercept``; empty without an equation.
    cf_measured
        Row of the measured carbon fraction.
    constants
        Stem of the rows ``BEF``, ``root_shoot_R``, ``wood_density_WD`` and ``CF``; empty
        without them.
    names
        What the forest map calls it, in full; a name of the list is of one species.
    codes
        Six-digit codes of a forest map, from one public text (needs review).
    """

    id: str
    title: Text
    continuous: str = ""
    cf_measured: str
    constants: str = ""
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@cache
def species_table() -> Mapping[str, Species]:
    """Every species by its id.

    Examples
    --------
    >>> species_table()["elm"].title("zh")
    '榆'
    """
    table = read_toml("carbon_sink", "data/species.toml")
    return MappingProxyType({k: Species(id=k, **row) for k, row in table.items()})


@cache
def species_named() -> Mapping[str, str]:
    """Name of a species on a forest map, in small letters -> id.

    Raises
    ------
    DataError
        A name that two species claim.

    Examples
    --------
    >>> species_named()["新疆杨"], "530" in species_named()
    ('poplar', False)
    """
    out: dict[str, str] = {}
    for key, row in species_table().items():
        for name in (key, row.title.zh, row.title.en, *row.names):
            if out.setdefault(name.lower(), key) != key:
                raise DataError(
                    say("carbon_sink.stand.name_of_two_species"),
                    where="species.toml",
                    got=name,
                )
    return MappingProxyType(out)


@cache
def species_coded() -> Mapping[str, str]:
    """Six-digit code of a species on a forest map -> id; they need review.

    Examples
    --------
    >>> species_coded()["460000"], "460" in species_coded()
    ('elm', False)
    """
    table = species_table()
    return MappingProxyType({c: key for key, row in table.items() for c in row.codes})


@cache
def _scientific() -> Mapping[str, str]:
    """Name of a species on a forest map that is not in the table -> its scientific name."""
    table = read_toml("carbon_sink", "data/species_names.toml")
    return MappingProxyType(
        {name: latin for latin, row in table.items() for name in row["names"]}
    )


def species_title(species: str) -> Text:
    """What a species is called: an id of the table, or a name as the forest map spells it.

    Parameters
    ----------
    species : str
        Not empty.

    Returns
    -------
    Text
        In English the scientific name where no English one is kept, and the spelling of the map
        where neither is.

    Examples
    --------
    >>> species_title("elm")("en"), species_title("柠条")("en"), species_title("柠条")("zh")
    ('elm', 'Caragana korshinskii', '柠条')
    >>> species_title("530")("en")
    '530'
    """
    row = species_table().get(species)
    return row.title if row else Text(zh=species, en=_scientific().get(species, species))
