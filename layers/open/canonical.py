"""A file's columns as the catalogue's fields: names, types, spellings, all faults at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import listed, say
from layers.plan.model import LayerSource
from layers.result import Warn
from layers.spec import Layer, LayerField

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["canonical", "filtered", "no_number", "picked_column", "rivals"]


def picked_column(columns: list[str], field: LayerField, chosen: str) -> str | None:
    """The column that holds `field`: the plan's word, the canonical name, an alias.

    A header may state the unit after the name, ``容重（g/cm3）``, where it is the field's own.
    """
    if chosen:
        return chosen if chosen in columns else None
    exact = [n for n in (field.name, *field.aliases) if n in columns]
    if exact:
        return exact[0]
    lower = {c.lower(): c for c in reversed(columns)}
    with_unit = {n.lower(): c for c in reversed(columns) if (n := _of_unit(c, field))}
    for held in (lower, with_unit):
        for name in (field.name, *field.aliases):
            if name.lower() in held:
                return held[name.lower()]
    return None


_UNIT_IN_HEADER = re.compile(r"^(.+?)\s*[(\uff08]\s*([^()\uff08\uff09]+)[)\uff09]$")
_PLAIN = str.maketrans({"\u00b2": "2", "\u00b3": "3", "\uff05": "%", "\u00b7": "", " ": ""})
_LONGEST_HEADER = 60
_LOOKED_UP = ("stand_id", "plot_id", "profile_id", "tbbh", "bsm", "number", "name", "ref")
_ROWS = 3  # features that are named of all with one fault
_MANY = 100_000  # rows of a table whose texts weigh more than its numbers


def _of_unit(column: str, field: LayerField) -> str:
    """The name in a header that states the unit of the field beside it; else empty.

    A header that states another unit is not the field's: its numbers are of another size.
    """
    if not field.unit or len(column) > _LONGEST_HEADER:
        return ""
    found = _UNIT_IN_HEADER.match(column.strip())
    if found is None:
        return ""
    stated, own = (u.translate(_PLAIN).lower() for u in (found[2], field.unit))
    return found[1] if stated == own else ""


def _range(field: LayerField) -> str:
    """Numbers a field can have, and their unit."""
    ends = ((">=", field.low), ("<=", field.high))
    told = ", ".join(f"{sign} {end:g} {field.unit}" for sign, end in ends if end is not None)
    return told.strip()


def _rows(wrong: npt.ArrayLike, names: Sequence[str]) -> str:
    """The first rows that are wrong, by the name of the feature or else by number."""
    at = np.flatnonzero(wrong)
    told = [(names[i] if len(names) else "") or f"#{i + 1}" for i in at[:_ROWS]]
    return ", ".join([*told, *(["…"] if len(at) > _ROWS else [])])


def no_number(values: pd.Series[Any], field: LayerField) -> npt.NDArray[np.bool_]:
    """Where the values of a field of numbers are none it can have; nowhere for other fields."""
    if field.type not in ("number", "integer"):
        return np.zeros(len(values), dtype=bool)
    plain = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    given = values.notna() & (values.astype(str).str.strip() != "")
    text = np.isnan(plain) & given.to_numpy()
    return np.asarray(text | _beyond(plain, field) | _broken(plain, field))


def _beyond(plain: npt.NDArray[np.float64], field: LayerField) -> npt.NDArray[np.bool_]:
    """Numbers that are infinite or beyond the limits of a field."""
    wrong = np.isinf(plain)
    if field.low is not None:
        wrong |= plain < field.low
    if field.high is not None:
        wrong |= plain > field.high
    return wrong


def _broken(plain: npt.NDArray[np.float64], field: LayerField) -> npt.NDArray[np.bool_]:
    """Numbers that are not whole where a field asks for whole ones."""
    apart = np.isfinite(plain) & (plain != np.round(plain))
    return np.asarray((field.type == "integer") & apart)


def _typed(
    values: pd.Series[Any],
    field: LayerField,
    where: str,
    names: Callable[[], Sequence[str]] = tuple,
) -> tuple[pd.Series[Any], Fault | None]:
    if field.type in ("number", "integer"):
        numbers = pd.to_numeric(values, errors="coerce")
        bad = numbers.isna() & values.notna() & (values.astype(str).str.strip() != "")
        if bad.any():
            return values, Fault(
                say("layers.open.field_holds_text_where_number"),
                where=where,
                got=say(
                    "layers.open.value_and_rows",
                    value=repr(values[bad].iloc[0]),
                    n=int(bad.sum()),
                    rows=_rows(bad, names()),
                ),
            )
        plain = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
        wrong = _beyond(plain, field)
        broken = _broken(plain, field) & ~wrong
        if broken.any():
            return values, Fault(
                say("layers.open.number_not_whole"),
                where=where,
                got=say(
                    "layers.open.value_and_rows",
                    value=values[broken].iloc[0],
                    n=int(broken.sum()),
                    rows=_rows(broken, names()),
                ),
                expected=say("layers.open.whole_number"),
                todo=say("layers.open.leave_unknown_empty"),
            )
        if wrong.any():
            return values, Fault(
                say("layers.open.number_cannot_be"),
                where=where,
                got=say(
                    "layers.open.value_and_rows",
                    value=values[wrong].iloc[0],
                    n=int(wrong.sum()),
                    rows=_rows(wrong, names()),
                ),
                expected=_range(field),
                todo=say("layers.open.leave_unknown_empty"),
            )
        return numbers, None
    if field.type == "date":
        return _dates(values, where, names)
    missing = values.isna()
    if isinstance(values.dtype, pd.StringDtype):
        words: pd.Series[Any] = values.str.strip()
        if len(words) > _MANY and words.nunique() * 2 > len(words):
            return words, None  # numbers of their own: 20 bytes each, as objects 75
        return _shared(words.astype("object").where(~missing, None)), None
    if pd.api.types.is_float_dtype(values):
        whole = values[~missing]
        if len(whole) and (whole == whole.round()).all():
            values = values.astype("Int64")  # 101.0 read from a DBF is the code 101
    text = values.astype("object").where(~missing, None)
    return _shared(text.map(lambda v: v if v is None else str(v).strip())), None


def _shared(text: pd.Series[Any]) -> pd.Series[Any]:
    """Equal texts as one object: half a million parcels have some fifty names of classes."""
    codes, distinct = pd.factorize(text)
    if len(distinct) * 2 > len(text):
        return text
    # -1, a row without text, points to the last
    values = np.array([*distinct, None], dtype=object)[codes]
    return pd.Series(values, index=text.index, name=text.name, dtype=object)


# 2011年6月30日, 2011.06.30, without the day or the month as well
_YEAR_MONTH_DAY = r"^(\d{4})[\u5e74.](?:(\d{1,2})(?:[\u6708.](?:(\d{1,2})\u65e5?)?)?)?$"


def _dates(
    values: pd.Series[Any], where: str, names: Callable[[], Sequence[str]] = tuple
) -> tuple[pd.Series[Any], Fault | None]:
    """Days; 2011, 201106 and 20110630 as well, which are no nanoseconds since 1970."""
    text = values.astype("object").where(values.notna(), None)
    text = text.map(lambda v: str(v).strip() if v is not None else "")
    text = text.str.replace(_YEAR_MONTH_DAY, r"\1-\2-\3", regex=True).str.strip("-")
    whole = text.str.fullmatch(r"\d{4}(\d{2}){0,2}(\.0)?")
    digits = text.str.removesuffix(".0").where(whole, "")
    short = digits.map(lambda d: "-".join(x for x in (d[:4], d[4:6], d[6:8]) if x))
    # what is a date already stays one
    given = (
        values if pd.api.types.is_datetime64_any_dtype(values) else text.where(~whole, short)
    )
    days = pd.to_datetime(given.where(given != "", None), errors="coerce", format="mixed")
    bad = days.isna() & (text != "") & (text != "NaT")
    if not bad.any():
        return days, None
    return values, Fault(
        say("layers.open.no_date"),
        where=where,
        got=say(
            "layers.open.value_and_rows",
            value=str(values[bad].iloc[0]),
            n=int(bad.sum()),
            rows=_rows(bad, names()),
        ),
        expected="2011-06-30",
        todo=say("layers.open.leave_unknown_empty"),
    )


def _closed(
    values: pd.Series[Any], field: LayerField, own: Mapping[str, str], where: str
) -> tuple[pd.Series[Any], Fault | None]:
    """Map the spellings of a closed list to its canonical values."""
    known = {v.lower(): k for k, spellings in field.values.items() for v in (k, *spellings)}
    known |= {k.lower(): v for k, v in own.items()}
    strange: list[str] = []
    table: dict[Any, str | None] = {}
    for value in values.dropna().unique():
        text = str(value).strip()
        if text.lower() in known:
            table[value] = known[text.lower()] or None
        elif not text:
            table[value] = None
        else:
            strange.append(text)
    if strange:
        shown = ", ".join(sorted(strange)[:12])
        return values, Fault(
            say("layers.open.field_holds_values_not_its"),
            where=where,
            got=shown + (" ..." if len(strange) > 12 else ""),
            expected=listed(field.values),
            todo=say(
                "layers.open.say_what_they_mean_values",
                name=field.name,
                strange=sorted(strange)[0],
            ),
        )
    found = values.map(table)
    return (found.where(values.notna(), known[""]) if known.get("") else found), None


def _as_said(values: pd.Series[Any], said: Mapping[str, str]) -> pd.Series[Any]:
    """Values with the spellings a plan explains in its own words; the rest as they are."""
    if not said:
        return values
    known = {k.strip().lower(): v or None for k, v in said.items()}
    text = values.astype("object").where(values.notna(), None)
    return text.map(lambda v: known.get("" if v is None else str(v).strip().lower(), v))


def _implied(
    table: gpd.GeoDataFrame, spec: Layer, source: LayerSource, field: LayerField
) -> pd.Series[Any] | None:
    """Values of a field without a column, by the spellings of another; None without."""
    if not field.implied_by:
        return None
    columns = [str(c) for c in table.columns if c != table.geometry.name]
    other = next(f for f in spec.fields if f.name == field.implied_by)
    column = picked_column(columns, other, source.fields.get(other.name, ""))
    if column is None:
        return None
    known = {s: k for k, spellings in field.implied.items() for s in spellings}
    text, _ = _typed(table[column], other, "")
    found = text.map(lambda v: known.get(str(v).strip()) if v is not None else None)
    return found if found.notna().any() else None


def _names(table: gpd.GeoDataFrame, spec: Layer, source: LayerSource) -> Sequence[str]:
    """What a reader looks a feature up by; empty where the layer has no such field."""
    columns = [str(c) for c in table.columns if c != table.geometry.name]
    for name in _LOOKED_UP:
        field = next((f for f in spec.fields if f.name == name), None)
        if field is None:
            continue
        column = picked_column(columns, field, source.fields.get(name, ""))
        if column is not None:
            own = table[column]
            return list(own.astype("object").where(own.notna(), "").astype(str))
    return ()


def canonical(
    table: gpd.GeoDataFrame, spec: Layer, source: LayerSource, where: str
) -> gpd.GeoDataFrame:
    """The table with the catalogue's field names, types and values.

    Parameters
    ----------
    table : GeoDataFrame
        As read from the file.
    spec, source
        What the layer is, and what the plan says of the file.
    where : str
        Plan file and layer, for messages.

    Returns
    -------
    GeoDataFrame
        Canonical fields first; other columns of the file stay.

    Raises
    ------
    DataError
        With every field that is missing, is no number, or holds unknown values.
    """
    columns = [str(c) for c in table.columns if c != table.geometry.name]
    names = {f.name for f in spec.fields}
    faults = [
        Fault(
            say("layers.open.layer_has_no_such_field"),
            where=f"{where} {kind}.{key}",
            expected=listed(names),
        )
        for kind, keys in (("fields", source.fields), ("values", source.values))
        for key in keys
        if key not in names
    ]
    out: dict[str, Any] = {}
    picked: set[str] = set()
    names_of = partial(_names, table, spec, source)
    for field in spec.fields:
        if field.name in source.constants:
            out[field.name] = pd.Series(source.constants[field.name], index=table.index)
            continue
        chosen = source.fields.get(field.name, "")
        column = picked_column(columns, field, chosen)
        if column is None:
            if (found := _implied(table, spec, source, field)) is not None and not chosen:
                out[field.name] = found
            elif chosen or field.required:
                faults.append(
                    Fault(
                        say("layers.open.field_missing"),
                        where=where,
                        got=listed(columns) or say("layers.open.no_fields"),
                        expected=chosen or " / ".join((field.name, *field.aliases)),
                        todo=say("layers.open.name_fields", name=field.name),
                    )
                )
            continue
        picked.add(column)
        said = {} if field.values else source.values.get(field.name, {})
        # the user's own word for the field first, then the one the plan would take it by
        own = column if column == field.name else f"{column} ({field.name})"
        at = f"{where} {own}"
        values, fault = _typed(_as_said(table[column], said), field, at, names_of)
        if fault is None and field.values:
            values, fault = _closed(values, field, source.values.get(field.name, {}), at)
        if fault is not None:
            faults.append(fault)
        out[field.name] = values
    raise_faults(DataError, faults)
    for key, value in source.constants.items():
        out.setdefault(key, pd.Series(value, index=table.index))
    if source.half_width_m is not None and spec.half_width_field:
        out[spec.half_width_field] = pd.Series(source.half_width_m, index=table.index)
    # other columns of the file stay: rules and maps may name them; one that became a field
    # does not, or whoever knows its old name would find it twice
    taken = {*out, *(source.fields.values()), *picked}
    rest = {c: table[c] for c in columns if c not in taken and c.lower() not in out}
    import geopandas as gpd  # heavy

    return gpd.GeoDataFrame(
        {**out, **rest}, geometry=np.asarray(table.geometry.array), crs=table.crs
    )


def rivals(table: gpd.GeoDataFrame, spec: Layer, source: LayerSource, where: str) -> list[Warn]:
    """Fields that stand in two columns which differ: the one that is read is named.

    Names may stand in several languages; they judge nothing and are not looked at.
    """
    columns = [str(c) for c in table.columns if c != table.geometry.name]
    given = {*source.fields, *source.constants}
    picked = {
        f.name: picked_column(columns, f, source.fields.get(f.name, "")) for f in spec.fields
    }
    out = []
    for field in spec.fields:
        taken = picked[field.name]
        if taken is None or field.name in given or field.name.endswith("name"):
            continue
        spellings = {n.lower() for n in (field.name, *field.aliases)}
        others = [c for c in columns if c not in picked.values() and c.lower() in spellings]
        if not others:
            continue
        text = _as_text(table[taken])
        for other in others:
            n = int((text != _as_text(table[other])).sum())
            if n:
                said = say(
                    "layers.open.field_twice", taken=taken, other=other, n=n, name=field.name
                )
                out.append(Warn("field_twice", said, where))
    return out


def _as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values to compare: blanks are alike, 101 and 101.0 too."""
    text = values.astype("object").where(values.notna(), "")
    return text.map(lambda v: str(v).strip().removesuffix(".0"))


def filtered(table: gpd.GeoDataFrame, where: Mapping[str, Any], label: str) -> gpd.GeoDataFrame:
    """Rows whose columns equal the value, or one of the values, of `where`.

    Raises
    ------
    ConfigError
        When the table has no such column.
    """
    for key, wanted in where.items():
        if key not in table.columns:
            raise ConfigError(
                say("layers.open.filter_names_field_layer_does"),
                where=f"{label} where",
                got=key,
                expected=listed(str(c) for c in table.columns if c != "geometry"),
            )
        options = wanted if isinstance(wanted, list) else [wanted]
        column = table[key]
        if pd.api.types.is_numeric_dtype(column) and all(
            isinstance(o, int | float) for o in options
        ):
            table = table[column.isin(options)]
        else:
            table = table[column.astype(str).str.strip().isin([str(o) for o in options])]
    return table
