"""Why a library refused, in our words: the one place where its errors become sentences.

Libraries speak English. A fault says the reason in the language of its reader; the library's
own words go to the log of this module (level DEBUG) and stay in the chain of the exception,
both shown by ``geoplan --debug``.
"""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Iterator
from functools import cache

from gis.say import Sentence, os_reason, say, sentences
from gis.toml import read_toml

__all__ = ["foreign_reason"]

_LOG = logging.getLogger(__name__)
_LONGEST = 60
_NO_LIBRARY = frozenset(
    {"builtins", "__main__", "", "gis", "layers", "siting", "carbon_sink", "geoplan", "tests"}
)


@cache
def _table() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = read_toml("gis", "foreign.toml")["reason"]
    return tuple((re.compile(row["pattern"]), row["key"]) for row in rows)


def foreign_reason(err: BaseException) -> str:
    """Why a library or the system refused, as a sentence in both languages.

    Parameters
    ----------
    err : BaseException
        What the library raised. A sentence of ours inside it is given back as it is.

    Examples
    --------
    >>> reason = foreign_reason(ValueError("could not convert string to float: 'north'"))
    >>> reason, reason("zh")
    ("'north' is no number", '“north”不是数字')
    >>> foreign_reason(RuntimeError("Klingon grammar"))("zh")
    '未给出可识别的原因（RuntimeError）'
    """
    _LOG.debug("%s: %s", type(err).__name__, err)
    for one in _chain(err):
        if one.args and isinstance(one.args[0], Sentence):
            return one.args[0]
        # GDAL's errors carry a number of that name too, which is another thing
        if isinstance(one, OSError) and errno.errorcode.get(one.errno or 0) in _known_numbers():
            return os_reason(one)
    for one in _chain(err):
        found = _matched(f"{type(one).__name__}: {one}")
        if found is not None:
            return found
    if isinstance(err, KeyError) and err.args:
        return say("gis.foreign.missing_name", name=str(err.args[0])[:_LONGEST])
    library, kind = _library(err), type(err).__name__
    if not library:
        return say("gis.foreign.unknown", kind=kind)
    return say("gis.foreign.other", library=library, kind=kind)


def _library(err: BaseException) -> str:
    """The package that raised `err`: of its class, else of the deepest frame."""
    names = [type(err).__module__]
    trace = err.__traceback__
    while trace is not None:
        names.insert(1, str(trace.tb_frame.f_globals.get("__name__", "")))
        trace = trace.tb_next
    tops = (name.partition(".")[0] for name in names)
    return next((t for t in tops if t not in _NO_LIBRARY), "")


@cache
def _known_numbers() -> frozenset[str]:
    return frozenset(k.removeprefix("gis.system.") for k in sentences("gis"))


def _chain(err: BaseException) -> Iterator[BaseException]:
    """The error and those it came from: the reason is often told by the first of them."""
    one: BaseException | None = err
    for _ in range(5):
        if one is None:
            return
        yield one
        inner = getattr(one, "reason", None)
        one = inner if isinstance(inner, BaseException) else one.__cause__


def _matched(message: str) -> Sentence | None:
    for pattern, key in _table():
        found = pattern.search(message)
        if found is None:
            continue
        if key.startswith("system."):
            return say(f"gis.{key}")
        # alternatives of a pattern name their group differently; the sentence has one place
        groups = found.groupdict()
        names = _places(key)
        values = {n: groups[n] for n in names if groups.get(n)}
        if len(names) == 1 and not values:
            text = next((v for v in groups.values() if v), "")
            values = {names[0]: text.strip()[:_LONGEST]}
        return say(f"gis.foreign.{key}", **values)
    return None


def _places(key: str) -> tuple[str, ...]:
    text = sentences("gis")[f"gis.foreign.{key}"]["en"]
    return tuple(re.findall(r"\{(\w+)\}", text))
