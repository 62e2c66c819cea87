"""Groups of land survey codes that laws and calibers name (cropland, forest, ridge ...)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.errors import ConfigError
from gis.say import listed, say
from gis.toml import read_toml

__all__ = ["dlbm_group", "dlbm_groups"]


@cache
def dlbm_groups() -> Mapping[str, tuple[str, ...]]:
    """Every group of land survey codes by name, its codes in the order of the list.

    Examples
    --------
    >>> sorted(dlbm_groups())
    ['arbor', 'cropland', 'flowing_water', 'forest', 'ridge', 'shrub']
    """
    table = read_toml("layers.vocabulary", "dlbm_groups.toml")

    def codes(name: str) -> tuple[str, ...]:
        row = table[name]
        inner = [c for other in row.get("of", ()) for c in codes(other)]
        return tuple(dict.fromkeys([*row.get("codes", ()), *inner]))

    return MappingProxyType({name: codes(name) for name in table})


def dlbm_group(name: str) -> tuple[str, ...]:
    """Land survey codes of a named group.

    Parameters
    ----------
    name : str
        ``cropland``, ``ridge``, ``arbor`` (arbor and bamboo), ``shrub`` or ``forest``.

    Raises
    ------
    ConfigError
        When there is no such group.

    Examples
    --------
    >>> dlbm_group("cropland")
    ('0101', '0102', '0103')
    >>> dlbm_group("forest") == dlbm_group("arbor")
    True
    """
    table = dlbm_groups()
    if name not in table:
        raise ConfigError(
            say("layers.vocabulary.no_such_group"),
            where=f"dlbm {name!r}",
            expected=listed(table),
        )
    return table[name]
