"""Every sentence a person reads, in Chinese and English, from the TOML files beside this one.

A file holds tables of strings, ``key = {zh = "...", en = "..."}``; nested tables are joined
by dots. A string is found by its full key (``"map.title"`` for ``title`` in ``map.toml``) or,
when no other file has it, by its key alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.errors import ConfigError
from gis.say import LANGS, sentences

__all__ = ["LANGS", "strings", "t"]


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    full = {k.removeprefix("geoplan."): v for k, v in sentences("geoplan").items()}
    out: dict[str, Mapping[str, str]] = {}
    bare: dict[str, list[str]] = {}
    for key in full:
        bare.setdefault(key.split(".", 1)[1], []).append(key)
    for short, keys in bare.items():
        if len(keys) == 1:
            out[short] = full[keys[0]]
    out |= full
    return MappingProxyType(out)


def t(key: str, lang: str, **values: object) -> str:
    """The string `key` in `lang`, with `values` filled in.

    Parameters
    ----------
    key : str
        Full (``"common.unit.mu"``) or short key.
    lang : {"zh", "en"}
    **values
        Named places of the string, as in `str.format`.

    Raises
    ------
    ConfigError
        When there is no such string or language.

    Examples
    --------
    >>> t("common.internal_note", "en")
    'Internal material · map not officially reviewed'
    >>> t("common.provisional", "en", n=3, m=80)
    'Provisional: 3 of 80 rules not judged'
    """
    try:
        text = _all()[key][lang]
    except KeyError:
        raise ConfigError(
            "no such string", where="geoplan/text", got=f"{key} ({lang})"
        ) from None
    return text.format(**values) if values else text


def strings(prefix: str) -> dict[str, dict[str, str]]:
    """All strings whose full key starts with `prefix` and a dot, keyed without it.

    Examples
    --------
    >>> strings("common")["unit.mu"]
    {'zh': '亩', 'en': 'mu'}
    """
    head = prefix + "."
    return {k.removeprefix(head): dict(v) for k, v in _all().items() if k.startswith(head)}
