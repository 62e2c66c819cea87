"""What a caller may hand to an offered function, checked in one place before it runs.

A package offers its functions through `gated` (see `gis.lazy`). The kinds of the arguments
are those of the signature; ranges and units of numbers stand in ``arguments.toml`` of the
function's room. Functions call each other without passing here.
"""

from __future__ import annotations

import functools
import inspect
import math
import numbers
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gis.errors import ConfigError, DataError, Fault, GeoplanError, raise_faults
from gis.foreign import foreign_reason
from gis.kinds import Kind, is_number, kinds_of
from gis.say import Sentence, listed, say
from gis.toml import read_toml

__all__ = ["Range", "check_fields", "faults_of", "gated", "range_of"]

_LONGEST = 60
_SHOWN = (str, bytes, numbers.Number, type(None))
# what an argument can cause; an AssertionError or a lack of memory is not its fault
_CAUSED = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, OSError)
_LIBRARIES = frozenset({"shapely", "pyproj", "pandas", "numpy", "pyogrio", "rasterio", "scipy"})

Range = Mapping[str, Any]


def range_of(function: Callable[..., Any], name: str) -> Range | None:
    """The row of ``arguments.toml`` for an argument: of this function, else of every one.

    Examples
    --------
    >>> from gis.cells.distance import distance_m
    >>> range_of(distance_m, "cell_m")["above"]
    0.0
    """
    room = function.__module__.partition(".")[0]
    rows = read_toml(room, "arguments.toml")
    row: Range | None = rows.get(f"{function.__name__}.{name}", rows.get(name))
    return row


def _shown(value: object) -> str | Sentence:
    if isinstance(value, _SHOWN):
        text = repr(value)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    kind = type(value).__name__
    try:
        n = len(value)  # type: ignore[arg-type]
    except TypeError:
        return kind
    return say("gis.gate.many", kind=kind, n=n)


def _bounds(row: Range) -> Sentence:
    """The words for a range."""
    unit = f" {row['unit']}" if row.get("unit") else ""
    low, high = row.get("low"), row.get("high")
    above, below = row.get("above"), row.get("below")
    parts = [
        say(f"gis.gate.{word}", limit=f"{limit:g}{unit}")
        for word, limit in (("at_least", low), ("above", above), ("below", below))
        if limit is not None
    ]
    if high is not None:
        parts.append(say("gis.gate.at_most", limit=f"{high:g}{unit}"))
    return say("gis.gate.number_that_is", bounds=listed(parts))


def _outside(value: float, row: Range) -> bool:
    return (
        not value >= row.get("low", -math.inf)
        or not value <= row.get("high", math.inf)
        or ("above" in row and value <= row["above"])
        or ("below" in row and value >= row["below"])
    )


def _range_fault(name: str, value: Any, kind: Kind, row: Range) -> Fault | None:  # noqa: ANN401
    """The fault of a value that is of the right kind."""
    if kind.id in {"number", "whole"}:
        if math.isfinite(value) and not _outside(float(value), row):
            return None
        what, got = say("gis.gate.out_of_range"), f"{float(value):g}"
        expected = _bounds(row) if row.keys() & _LIMITS else say("gis.gate.finite")
        return Fault(
            what, where=name, got=got, expected=expected, todo=say("gis.gate.check_unit")
        )
    if kind.id == "times" and row.get("zone") and getattr(value, "tz", None) is None:
        return Fault(
            say("gis.gate.no_zone"),
            where=name,
            expected=say("gis.gate.kind_times"),
            todo=say("gis.gate.localize"),
        )
    if kind.id == "array":
        return _array_fault(name, value, row)
    if kind.id == "text" and "pattern" in row and not re.fullmatch(row["pattern"], value):
        return Fault(
            say("gis.gate.out_of_range"),
            where=name,
            got=_shown(value),
            expected=say(row["words"]),
            todo=say("gis.gate.see_help"),
        )
    if kind.id == "rows" and isinstance(value, list | tuple) and all(map(is_number, value)):
        return _array_fault(name, value, row)
    least = row.get("least", 0)
    if least and hasattr(value, "__len__") and len(value) < least:
        return _too_few(name, len(value), least)
    return None


_LIMITS = frozenset({"low", "high", "above", "below"})


def _too_few(name: str, n: int, least: int) -> Fault:
    return Fault(
        say("gis.gate.too_few"),
        where=name,
        got=str(n),
        expected=say("gis.gate.at_least", limit=str(least)),
        todo=say("gis.gate.give_values"),
    )


def _array_fault(name: str, value: Any, row: Range) -> Fault | None:  # noqa: ANN401
    import numpy as np  # heavy

    array = np.asarray(value)
    if array.dtype.kind == "O":
        array = array.astype(np.float64)
    missing = int(np.isnan(array).sum()) if array.dtype.kind == "f" else 0
    if array.size - missing < row.get("least", 0):
        return _too_few(name, array.size - missing, row["least"])
    if missing and row.get("every"):
        return Fault(
            say("gis.gate.value_missing"),
            where=name,
            got=say("gis.gate.n_missing", n=missing),
            expected=say("gis.gate.finite"),
            todo=say("gis.gate.give_every"),
        )
    if array.dtype.kind not in "iuf" or not array.size:
        return None
    if array.dtype.kind == "f" and np.isinf(array).any() and not row.get("endless"):
        return Fault(
            say("gis.gate.out_of_range"),
            where=name,
            got="inf",
            expected=say("gis.gate.finite_or_nan"),
            todo=say("gis.gate.mark_missing"),
        )
    if not row.keys() & _LIMITS or (array.dtype.kind == "f" and np.isnan(array).all()):
        return None
    worst = [v for v in (float(np.nanmin(array)), float(np.nanmax(array))) if _outside(v, row)]
    if not worst:
        return None
    return Fault(
        say("gis.gate.out_of_range"),
        where=name,
        got=f"{worst[0]:g}",
        expected=_bounds(row),
        todo=say("gis.gate.check_unit"),
    )


def _fault(name: str, value: Any, kinds: tuple[Kind, ...], row: Range) -> Fault | None:  # noqa: ANN401
    for kind in kinds:
        if kind.holds(value):
            return _range_fault(name, value, kind, row)
    return Fault(
        say("gis.gate.other_kind"),
        where=name,
        got=_shown(value),
        expected=listed(dict.fromkeys(k.said for k in kinds if k.id != "none")),
        todo=say("gis.gate.see_help"),
    )


def faults_of(function: Callable[..., Any], given: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with arguments, each by itself.

    Parameters
    ----------
    function : callable
        An offered function.
    given : mapping
        Argument -> value.

    Examples
    --------
    >>> from gis.cells.distance import distance_m
    >>> print(faults_of(distance_m, {"cell_m": -1.0})[0])
    cell_m: the value is out of range; got -1; expected a number above 0 m; check value and unit
    """
    return [f for f, _ in _found(function, given)]


def check_fields(value: Any, *, ranges: bool = True) -> None:  # noqa: ANN401 - any dataclass
    """Refuse a dataclass whose fields are of another kind or out of range.

    Parameters
    ----------
    value : dataclass
    ranges : bool
        False where the class judges its ranges itself.

    Raises
    ------
    ConfigError
        With every field that cannot be.
    """
    made: Callable[..., Any] = type(value)
    kinds = kinds_of(made)
    given = {
        name: one
        for name, one in vars(value).items()
        if ranges or not any(k.holds(one) for k in kinds.get(name, ()))
    }
    raise_faults(ConfigError, faults_of(made, given))


def _found(
    function: Callable[..., Any], given: Mapping[str, Any]
) -> list[tuple[Fault, tuple[Kind, ...]]]:
    kinds = kinds_of(function)
    out = []
    for name, value in given.items():
        if not kinds.get(name):
            continue
        fault = _fault(name, value, kinds[name], range_of(function, name) or {})
        if fault is not None:
            out.append((fault, kinds[name]))
    return out + _of_other_length(function, given, {str(f.where) for f, _ in out})


def _of_other_length(
    function: Callable[..., Any], given: Mapping[str, Any], named: set[str]
) -> list[tuple[Fault, tuple[Kind, ...]]]:
    """Arrays that do not have as many values as the one they go with."""
    import numpy as np  # heavy

    out = []
    for name, value in given.items():
        other = (range_of(function, name) or {}).get("as_many_as")
        if other is None or value is None or {name, other} & named or given.get(other) is None:
            continue
        if np.size(value) != np.size(given[other]):
            fault = Fault(
                say("gis.gate.other_length"),
                where=name,
                got=str(np.size(value)),
                expected=say("gis.gate.as_many_as", n=np.size(given[other]), name=other),
                todo=say("gis.gate.give_values"),
            )
            out.append((fault, kinds_of(function)[name]))
    return out


def _passed(value: Any, kinds: tuple[Kind, ...]) -> Any:  # noqa: ANN401
    """A value as the function writes it in its signature: a path, an array, a number."""
    ids = {k.id for k in kinds}
    if "path" in ids and "text" not in ids and isinstance(value, str | os.PathLike):
        return Path(value)
    if "number" in ids and getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return value.item()
    if any(k.id == "array" and k.strict for k in kinds) and isinstance(value, list | tuple):
        import numpy as np  # heavy

        return np.asarray(value)
    return value


def gated(function: Any, package: str, name: str) -> Any:  # noqa: ANN401 - any offered thing
    """`function` with its arguments checked; what is no function is given back as it is.

    Parameters
    ----------
    function : any
        What stands in its home module.
    package, name : str
        Where it is offered: other processes find it there.

    Examples
    --------
    >>> import gis
    >>> gis.to_mu("a field")
    Traceback (most recent call last):
    gis.errors.DataError: area_m2: the value is of another kind; ...
    """
    if not inspect.isfunction(function):
        return function
    signature = inspect.signature(function)

    @functools.wraps(function)
    def through(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the function has them
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as err:  # a wrong call, in Python's own words
            raise TypeError(f"{name}() {err}") from None
        kinds = kinds_of(function)
        found = _found(function, bound.arguments)
        if found:
            data = all({"array", "times"} & {k.id for k in ks} for _, ks in found)
            raise (DataError if data else ConfigError)([f for f, _ in found])
        for key, value in bound.arguments.items():
            bound.arguments[key] = _passed(value, kinds.get(key, ()))
        try:
            return function(*bound.args, **bound.kwargs)
        except GeoplanError:
            raise
        except Exception as err:
            if not _caused_by_arguments(err):
                raise
            raise _together(function, bound.arguments, err) from err

    through.__module__, through.__qualname__ = package, name
    through.__name__ = name
    return through


def _caused_by_arguments(err: Exception) -> bool:
    return isinstance(err, _CAUSED) or type(err).__module__.partition(".")[0] in _LIBRARIES


def _together(function: Any, given: Mapping[str, Any], err: Exception) -> DataError:  # noqa: ANN401
    """Each argument may be what it is, and yet the function failed on them."""
    items = [say("gis.gate.pair", name=k, value=_shown(v)) for k, v in given.items()]
    return DataError(
        say("gis.gate.failed_on_these", name=function.__name__, reason=foreign_reason(err)),
        where=listed(given),
        got=listed(items),
        expected=say("gis.gate.arguments_that_fit"),
        todo=say("gis.gate.see_cause"),
    )
