"""A guess with the values of every row of a table, and of every part of a layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gis.errors import GeoplanError
from gis.files.look.tables import TableLook, column_values
from layers.catalogue import layer as layer_of
from layers.recognise.fields import field_fit, value_fits
from layers.recognise.guess import Guess
from layers.recognise.parts import COLUMN_FILES
from layers.recognise.search import Seen

__all__ = ["joined_guess", "whole_values"]


def joined_guess(one: Guess, two: Guess) -> Guess:
    """A guess with the spellings of another part, too."""
    values = {
        k: {**one.values.get(k, {}), **two.values.get(k, {})}
        for k in {**one.values, **two.values}
    }
    strange = {
        k: tuple(dict.fromkeys((*one.strange.get(k, ()), *two.strange.get(k, ()))))
        for k in {**one.strange, **two.strange}
    }
    return replace(one, values=values, strange=strange)


def whole_values(seen: Seen, guess: Guess) -> Guess:
    """The guess with every value of its coded columns, not of some rows only."""
    look = seen.look
    if not isinstance(look, TableLook) or look.rows <= len(look.sample):
        return guess
    if seen.path.suffix.lower() not in COLUMN_FILES:
        return guess
    spec = layer_of(guess.layer_id)
    columns = {**field_fit(spec, look.sample.columns).columns, **guess.fields}
    values, strange = dict(guess.values), dict(guess.strange)
    for f in spec.fields:
        column = columns.get(f.name)
        numeric = column is not None and np.issubdtype(
            getattr(look.sample[column].dtype, "type", object), np.number
        )
        plain = numeric and not f.values and f.name != spec.vocabulary and f.unit != "kV"
        plain = plain and f.name not in values
        if column is None or plain:
            continue
        if not (f.values or f.type in ("number", "integer") or f.name == spec.vocabulary):
            continue
        try:
            texts = column_values(seen.path, look.layer, column)
            found = value_fits(spec, f, texts, column)
        except GeoplanError:
            continue
        if found is not None and found.said:
            values[f.name] = found.said
        if found is not None and found.strange:
            strange[f.name] = found.strange
    return replace(guess, values=values, strange=strange)
