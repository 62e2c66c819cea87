"""Ecosystem classes of carbon, and which of them the codes of a vocabulary stand for."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from carbon_sink.ecosystems import ecosystems
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import say
from layers.spec import Text
from layers.vocabulary import vocabularies, vocabulary

__all__ = [
    "class_title",
    "classify_codes",
    "ecosystems",
    "raster_values",
    "refuse_attribute_codes",
]


def classify_codes(
    codes: pd.Series[str], crosswalk: Mapping[str, str], name: str
) -> tuple[pd.Series[str], pd.Series[str], dict[str, frozenset[str]]]:
    """Ecosystem and group of each code; ambiguous codes keep a label of their own.

    Parameters
    ----------
    codes : Series of str
    crosswalk : mapping
        The user's choice for codes that may be several ecosystems.
    name : str
        Vocabulary.

    Returns
    -------
    ecosystem, group : Series
        ``"<vocabulary>:<code>"`` where the code may be several ecosystems and the user has
        not said which; group ``"mixed"`` where it may be in several.
    ambiguous : dict
        Those labels -> the ecosystems they may be.

    Examples
    --------
    >>> e, g, a = classify_codes(pd.Series(["0301", "0404"]), {}, "dlbm")
    >>> list(e), list(g), a
    (['forest_arbor', 'grass_other'], ['forest', 'grassland'], {})
    """
    words = vocabulary(name)
    raise_faults(
        ConfigError,
        [
            Fault(
                say("carbon_sink.cover.no_such_ecosystem"),
                where=f"[carbon.crosswalk] {k}",
                got=v,
            )
            for k, v in crosswalk.items()
            if v not in ecosystems()
        ],
    )
    eco: dict[str, str] = {}
    group: dict[str, str] = {}
    ambiguous: dict[str, frozenset[str]] = {}
    for code in codes.unique():
        entry = words[code]
        key = entry.code
        if key in crosswalk:
            eco[code] = crosswalk[key]
            group[code] = ecosystems()[crosswalk[key]].group
            continue
        options = entry.ecosystem
        eco[code] = next(iter(options)) if len(options) == 1 else "none"
        if len(options) > 1:
            eco[code] = f"{name}:{key}"
            ambiguous[eco[code]] = options
        groups = entry.group
        group[code] = next(iter(groups)) if len(groups) == 1 else "mixed" if groups else "other"
    return codes.map(eco), codes.map(group), ambiguous


def refuse_attribute_codes(codes: pd.Series[str], group: pd.Series[str], where: str) -> None:
    """Refuse parcels whose class is a code that only qualifies one (a ridge, a greenhouse).

    Raises
    ------
    DataError
        Naming `where`, how many there are and the first of them.
    """
    attribute = codes[group == "attribute"]
    if len(attribute):
        raise DataError(
            say("carbon_sink.cover.attribute_codes_as_class"),
            where=where,
            got=say(
                "carbon_sink.cover.parcels_for_example",
                count=len(attribute),
                code=attribute.iloc[0],
            ),
            expected=say("carbon_sink.cover.attribute_codes_elsewhere"),
            todo=say("carbon_sink.cover.use_parcel_class"),
        )


def class_title(label: str) -> Text:
    """Name of a class of a result: an ecosystem, or a code that may be several.

    Examples
    --------
    >>> class_title("sand").zh, class_title("worldcover2021:30").en, class_title("x").en
    ('沙地', 'grassland', 'x')
    """
    known = ecosystems().get(label)
    if known is not None:
        return known.title
    name, _, code = label.partition(":")
    if name in vocabularies() and code in vocabulary(name).entries:
        return vocabulary(name)[code].title
    return Text(zh=label or "—", en=label or "—")


def raster_values(name: str) -> dict[int, str]:
    """Raster value -> code of a vocabulary.

    Examples
    --------
    >>> raster_values("worldcover2021")[40]
    '40'
    """
    return {
        (e.raster_value if e.raster_value is not None else int(e.code)): e.code
        for e in vocabulary(name).entries.values()
        if e.raster_value is not None or e.code.isdigit()
    }
