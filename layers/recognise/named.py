"""Files somebody says are a layer: columns, values and system, as a plan must say them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gis.errors import GeoplanError
from gis.files.look.tables import look_at_tables
from layers.catalogue import layer as layer_of
from layers.recognise.counties import find_county
from layers.recognise.guess import Guess, read_as
from layers.recognise.parts import Candidate, one_source
from layers.recognise.place import county_ground, likely_systems, where_is
from layers.recognise.search import Seen
from layers.recognise.whole import joined_guess, whole_values

__all__ = ["named_layer"]


def named_layer(
    files: Sequence[Path], table: str, layer_id: str, adcode: str
) -> tuple[Guess, str] | None:
    """How a plan reads files that are a layer.

    Parameters
    ----------
    files : sequence of Path
        The parts of the layer.
    table : str
        Its table in each; empty where there is one.
    layer_id, adcode : str
        Layer, and county.

    Returns
    -------
    (Guess, str) or None
        The mapping, and the system a plan must name (empty where the files declare it). None
        for a raster, what cannot be read, and parts that one mapping does not fit: the doctor
        says what is wrong with them.
    """
    if layer_of(layer_id).kind != "features":
        return None
    ground = county_ground(find_county(adcode))
    held: list[Candidate] = []
    for path in files:
        try:
            looks = look_at_tables(path, likely_systems(ground))
        except (GeoplanError, OSError, ValueError):
            return None
        own = [k for k in looks if k.kind != "none" and (not table or k.layer in ("", table))]
        if len(own) != 1:
            return None
        look = own[0]
        where = where_is(look.bounds, look.crs, look.points, look.sample, ground, path.name)
        guess = read_as(look, layer_id)
        held.append(Candidate(Seen(path, look, (guess,), where, ""), guess))
    if not held or not all(one_source(c, held[0]) for c in held[1:]):
        return None
    guess = whole_values(held[0].seen, held[0].guess)
    for c in held[1:]:
        guess = joined_guess(guess, whole_values(c.seen, c.guess))
    where = held[0].seen.where
    return guess, "" if where.declared else where.crs
