"""Which layer a table or raster is: what speaks for it, summed, with its reasons in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from gis.files.look.rasters import RasterLook
from gis.files.look.tables import TableLook
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.catalogue import layers
from layers.fetch.source import sources
from layers.recognise.fields import FieldFit, ValueFit, field_fit, layers_with, value_fits
from layers.recognise.names import NameFit, name_fits
from layers.spec import Layer, LayerField

__all__ = ["Guess", "guess_raster", "guess_table", "level", "list_of_classes", "read_as"]

_FEW = 6  # columns or values named in a sentence
_UNIT_LEAST = 0.8  # share of rows whose text must say a required value in another column


@dataclass(frozen=True)
class Guess:
    """One layer a table or raster may be.

    Attributes
    ----------
    score
        0 to 1: what speaks for it, summed (``layers/recognise/evidence.toml``).
    reasons
        In words.
    barred
        Why it cannot be this layer as it stands; None where it can.
    fields, values, constants
        What a plan has to say of columns and values.
    strange
        Field -> values that are not understood and stay unknown.
    named
        Whether its own name speaks for it.
    scale
        Of a raster that is held as whole numbers; None where its values are plain.
    origin
        Source of open data its columns speak of; empty where they speak of none.
    """

    layer_id: str
    score: float
    reasons: tuple[Sentence, ...]
    barred: Sentence | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str | float] = field(default_factory=dict)
    strange: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: bool = False
    scale: float | None = None
    origin: str = ""


def _origin(columns: Iterable[object]) -> str:
    """Id of the source of open data whose extracts have such a column."""
    held = {str(c).lower() for c in columns}
    return next((k for k, s in sources().items() if held & set(s.extract_columns)), "")


def _weights() -> Mapping[str, float]:
    found: Mapping[str, float] = read_toml("layers.recognise", "evidence.toml")["weight"]
    return found


def level(score: float) -> str:
    """``"high"``, ``"medium"``, ``"low"``, or empty where it is too little to take.

    Examples
    --------
    >>> level(0.9), level(0.65), level(0.3)
    ('high', 'medium', '')
    """
    limits = read_toml("layers.recognise", "evidence.toml")["level"]
    return next((k for k in ("high", "medium", "low") if score >= limits[k] - 1e-9), "")


def _by_name(
    key: str, own: Mapping[str, NameFit], above: Mapping[str, NameFit]
) -> tuple[float, list[Sentence]]:
    """What the name of the table says, else the name of its folder."""
    w = _weights()
    fit = own.get(key)
    others = [k for k, f in own.items() if f.whole and k != key]
    if fit is not None and fit.whole:
        return w["name_whole"], [say("layers.recognise.by_name", name=fit.name)]
    if fit is not None and fit.changed:
        text = say("layers.recognise.changed_name", name=fit.name, rest=fit.rest)
        return w["name_other"], [text]
    if fit is not None and fit.head:
        text = say("layers.recognise.by_head_of_name", name=fit.name, rest=fit.rest)
        return w["name_head"], [text]
    if fit is not None:
        text = say("layers.recognise.by_part_of_name", name=fit.name, rest=fit.rest)
        return w["name_part"], [text]
    if others:
        titles = listed(layers()[o].title for o in others)
        return w["name_other"], [say("layers.recognise.called_another", titles=titles)]
    if key in above and above[key].whole:
        text = say("layers.recognise.by_folder", name=above[key].name)
        return w["name_part"], [text]
    return 0.0, []


# ---------------------------------------------------------------- tables


_NUMBERS = ("number", "integer")


def _texts(values: pd.Series[Any]) -> list[str]:
    return [str(v).strip() for v in values.dropna().unique() if str(v).strip()]


def _understood(spec: Layer, f: LayerField, column: pd.Series[Any]) -> float:
    """Share of rows of a column whose text says a value of the field beyond doubt."""
    texts = column.dropna().astype(str).str.strip()
    texts = texts[texts != ""]
    if not len(texts) or pd.api.types.is_numeric_dtype(column):
        return 0.0
    fit = value_fits(spec, f, texts.unique())
    if fit is None:
        return 0.0
    if f.type in _NUMBERS and not any(
        fit.said.get(t) and _says_more(t) for t in texts.unique()
    ):
        return 0.0  # plain numbers do not say what they measure
    strange = set(fit.strange)
    return float((~texts.isin(strange)).sum() / len(column))


def _says_more(text: str) -> bool:
    """Whether a text says more than a number, exact or about."""
    for word in read_toml("layers.recognise", "evidence.toml")["field"]["about"]:
        text = text.replace(word, "")
    return any(c.isalpha() for c in text)


def _told_elsewhere(
    spec: Layer, f: LayerField, sample: pd.DataFrame, taken: Iterable[str]
) -> str:
    """The column of other text that says a required value; empty where none does."""
    best, share = "", 0.0
    numbering = read_toml("layers.recognise", "evidence.toml")["field"]["numbering"]
    for column in sample.columns:
        if column in taken or str(column).lower() in numbering:
            continue
        found = _understood(spec, f, sample[column])
        if found > share:
            best, share = str(column), found
    return best if share >= _UNIT_LEAST else ""


def _constant(spec: Layer, f: LayerField, name: str) -> str | float | None:
    """A required value that the name of the table says for all its rows."""
    found = value_fits(spec, f, [name])
    said = found.said.get(name.strip(), "") if found else ""
    if not said:
        return None
    return float(said) if f.type in _NUMBERS else said


@dataclass
class _Filling:
    """What a plan has to say of a table's columns and values, while it is found out."""

    fit: FieldFit
    fields: dict[str, str]
    values: dict[str, ValueFit]
    constants: dict[str, str | float]
    missing: list[str]


def _filled(spec: Layer, look: TableLook, name: str) -> _Filling:
    fit = field_fit(spec, look.sample.columns)
    out = _Filling(fit, dict(fit.named), {}, {}, [])
    columns = dict(fit.columns)
    for f in spec.fields:
        own = columns.get(f.name)
        share = _understood(spec, f, look.sample[own]) if own and f.values else 1.0
        poor = f.required and (own is None or share < _weights()["values_least"])
        if not poor:
            continue
        # a number of one field is no number of another; a name may say a class as well
        taken = {
            c for k, c in columns.items() if k != f.name and (k == "dlbm" or f.type in _NUMBERS)
        }
        told = _told_elsewhere(spec, f, look.sample, taken)
        constant = None if told or own is not None else _constant(spec, f, name)
        if told:
            columns[f.name] = out.fields[f.name] = told
        elif constant is not None:
            out.constants[f.name] = constant
        elif own is None:
            out.missing.append(f.name)
    for f in spec.fields:
        if f.name in columns:
            column = columns[f.name]
            found = value_fits(spec, f, _texts(look.sample[column]), column)
            if found is not None:
                out.values[f.name] = found
    return out


def _by_values(spec: Layer, filling: _Filling) -> tuple[float, list[Sentence]]:
    """What the values of required and coded fields say."""
    w = _weights()
    telling = [
        filling.values[f.name]
        for f in spec.fields
        if f.name in filling.values and (f.required or f.name == spec.vocabulary)
    ]
    of = sum(v.of for v in telling)
    if not of:
        return 0.0, []
    share = sum(v.understood for v in telling) / of
    if share < w["values_least"]:
        strange = [s for v in telling for s in v.strange]
        text = say("layers.recognise.values_strange", values=listed(strange, _FEW))
        return w["values_strange"], [text]
    return w["values"] * share, [say("layers.recognise.by_values", share=100 * share)]


def _weight_of(column: str) -> float:
    """What a column says: more where one layer alone has it."""
    w = _weights()
    return w["field_one"] if layers_with(column) == 1 else w["field"]


def _geometry(spec: Layer, look: TableLook) -> tuple[float, Sentence | None]:
    """What the kind of geometry says, and whether it bars the layer."""
    if look.kind == spec.geometry:
        return _weights()["geometry"], None
    if spec.geometry == "point" and look.kind != "none":
        return 0.0, None
    got, want = (say(f"layers.recognise.kind_{k}") for k in (look.kind, spec.geometry))
    text = say("layers.recognise.other_geometry", got=got, expected=want)
    return 0.0, text


def guess_table(look: TableLook, folder: str, places: Iterable[str]) -> list[Guess]:
    """Layers a table may be, the likeliest first.

    Parameters
    ----------
    look : TableLook
    folder : str
        Name of the folder or geodatabase it lies in.
    places : iterable of str
        Names of the county and what it belongs to.
    """
    w, names = _weights(), list(places)
    own, above = name_fits(look.name, names), name_fits(folder, names)
    origin = _origin(look.sample.columns)
    out = []
    for key, spec in layers().items():
        if spec.kind != "features" or spec.geometry not in ("point", "line", "polygon"):
            continue
        fit = field_fit(spec, look.sample.columns)
        if key not in own and key not in above and not fit.telling:
            continue
        by_name, reasons = _by_name(key, own, above)
        score = by_name
        if fit.telling:
            score += min(w["field_most"], sum(map(_weight_of, fit.telling)))
            text = say(
                "layers.recognise.by_fields",
                n=len(fit.telling),
                columns=listed(fit.telling, _FEW),
            )
            reasons.append(text)
        more, barred = _geometry(spec, look)
        score += more
        filling = _filled(spec, look, look.name) if score > 0 else None
        if filling is None:
            continue
        by_values, told = _by_values(spec, filling)
        if by_values < 0 and by_name >= w["name_whole"] and not spec.vocabulary:
            # roads by their build are roads still: their class stays unknown, and is named
            by_values = 0.0
        score += by_values
        reasons += told
        if filling.missing and not barred:
            barred = say(
                "layers.recognise.required_missing",
                fields=listed(spec.field(m).title for m in filling.missing),
                columns=listed(list(map(str, look.sample.columns))[: 2 * _FEW]),
            )
        out.append(
            Guess(
                key,
                float(np.clip(score, 0.0, 1.0)),
                tuple(reasons),
                barred,
                filling.fields,
                {k: v.said for k, v in filling.values.items() if v.said},
                filling.constants,
                {k: v.strange for k, v in filling.values.items() if v.strange},
                named=by_name > 0,
                origin=origin,
            )
        )
    return sorted(out, key=lambda g: (-g.score, g.layer_id))


def read_as(look: TableLook, layer_id: str) -> Guess:
    """What a plan must say of a table that somebody says is a layer; no score is asked for.

    Parameters
    ----------
    look : TableLook
    layer_id : str
    """
    found = _filled(layers()[layer_id], look, look.name)
    return Guess(
        layer_id,
        1.0,
        (),
        None,
        found.fields,
        {k: v.said for k, v in found.values.items() if v.said},
        found.constants,
        {k: v.strange for k, v in found.values.items() if v.strange},
        named=True,
    )


# ---------------------------------------------------------------- rasters


def _codes_of(values: np.ndarray) -> set[str]:
    whole = np.unique(values[values == np.round(values)])
    return {str(int(v)) for v in whole[:300]}


def list_of_classes(look: RasterLook) -> str:
    """The vocabulary whose codes the cells are; empty where none holds them all."""
    from layers.vocabulary import vocabularies, vocabulary

    codes = _codes_of(look.values) - {"0"}
    if not codes or not np.array_equal(look.values, np.round(look.values)):
        return ""
    fits = {}
    for name in vocabularies():
        known = {str(c) for c in vocabulary(name).entries}
        if codes <= known and len(known) < 100:
            fits[name] = len(known) - len(codes)
    return min(fits, key=lambda n: fits[n]) if fits else ""


def guess_raster(
    look: RasterLook, name: str, folder: str, suffix: str, places: Iterable[str]
) -> list[Guess]:
    """Layers a raster may be, the likeliest first.

    Values alone name no layer: elevations, radiation and rainfall share a range.

    Parameters
    ----------
    name, folder, suffix : str
        Of the file; formats of elevation models say what they are.
    """
    w, words = _weights(), list(places)
    own, above = name_fits(f"{name} {look.description}", words), name_fits(folder, words)
    elevation = suffix in {".hgt", ".dem", ".dt0", ".dt1", ".dt2"}
    out = []
    for key, spec in layers().items():
        if spec.geometry != "raster":
            continue
        by_name, reasons = _by_name(key, own, above)
        if elevation and key == "dem":
            by_name = w["name_whole"]
            reasons = [say("layers.recognise.by_format", suffix=suffix)]
        if by_name <= 0:
            continue
        scale = _scale(spec, look)
        if scale is not None:
            look = replace(look, values=look.values * scale)
            reasons.append(say("layers.recognise.whole_numbers", scale=scale))
        score, barred = by_name, _of_values(spec, look)
        if not barred:
            score += w["range"]
            reasons.append(_range_said(spec, look))
        elif spec.kind != "classes":
            score += w["values_strange"]
        out.append(
            Guess(
                key,
                float(np.clip(score, 0, 1)),
                tuple(reasons),
                barred,
                named=True,
                scale=scale,
            )
        )
    return sorted(out, key=lambda g: (-g.score, g.layer_id))


def _scale(spec: Layer, look: RasterLook) -> float | None:
    """The usual scale of a layer that is held as whole numbers; None where it is not."""
    scales = read_toml("layers.recognise", "evidence.toml")["scales"]
    if spec.id not in scales or not look.dtype.startswith("int") or not look.values.size:
        return None
    most = float(np.abs(look.values).max())
    found = float(scales[spec.id])
    return found if spec.range is not None and most > max(spec.range) else None


def _of_values(spec: Layer, look: RasterLook) -> Sentence | None:
    """Why the cells cannot be the layer's; None where they can."""
    if not look.values.size:
        return say("layers.recognise.no_cell_known")
    if spec.kind == "classes":
        fits = list_of_classes(look)
        return None if fits else say("layers.recognise.no_list_of_classes")
    low, high = float(look.values.min()), float(look.values.max())
    if spec.range is not None and not (spec.range[0] <= low and high <= spec.range[1]):
        return say(
            "layers.recognise.out_of_range",
            low=low,
            high=high,
            least=spec.range[0],
            most=spec.range[1],
            unit=spec.unit,
        )
    return None


def _range_said(spec: Layer, look: RasterLook) -> Sentence:
    if spec.kind == "classes":
        return say("layers.recognise.by_classes", name=list_of_classes(look))
    return say(
        "layers.recognise.by_range",
        low=float(look.values.min()),
        high=float(look.values.max()),
        unit=spec.unit,
    )
