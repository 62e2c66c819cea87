"""The errors raised on purpose, and how their messages are built."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gis.say import Lang, in_lang, say

__all__ = ["ConfigError", "DataError", "Fault", "GeoplanError", "ModelError", "raise_faults"]

_MOST = 50  # faults in a message; who asks for JSON has all of them

# what may follow user names and keys of connection texts; also of a path made of one
_SECRETS = (
    # but for the pattern of such a text that our own sentences show
    (re.compile(r"(:/{1,2})(?!user:password@host/)[^/\s:@]*:\S*@"), r"\1***@"),
    (re.compile(r"(?i)\b(password|passwd|pwd)\s*=\s*('[^']*'|\"[^\"]*\"|\S+)"), r"\1=***"),
)


def without_secrets(text: str) -> str:
    """A text that people read, without the password of a connection text in it.

    Examples
    --------
    >>> without_secrets("postgresql://anna:p@ss@host/db")
    'postgresql://***@host/db'
    >>> without_secrets("postgresql://user:password@host/database")
    'postgresql://user:password@host/database'
    >>> without_secrets("PG:host=x password=p@ss")
    'PG:host=x password=***'
    """
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


class Fault:
    """One thing that is wrong: where, what, what was got and expected, what to do.

    Parameters
    ----------
    what : str
        The fault in one sentence; a `gis.say.Sentence` wherever a person may meet it.
    where : str, optional
        File and key, layer id, feature number.
    got, expected, todo : str, optional
        What was found, what is accepted, and the way out.

    Examples
    --------
    >>> print(Fault("no such layer", where="plan.toml [layers.roadd]", expected="road"))
    plan.toml [layers.roadd]: no such layer; expected road
    """

    __slots__ = ("expected", "got", "todo", "what", "where")

    def __init__(
        self, what: str, *, where: str = "", got: str = "", expected: str = "", todo: str = ""
    ) -> None:
        self.what = what
        self.where = where
        self.got = got
        self.expected = expected
        self.todo = todo

    def text(self, lang: Lang) -> str:
        """The whole message in `lang`."""
        where, reason = str(in_lang(self.where, lang)), self.reason(lang)
        told = say("gis.say.at", where=where, what=reason)(lang) if where else reason
        return without_secrets(told)

    def reason(self, lang: Lang) -> str:
        """The message without its place, for a sentence that calls the place by its name.

        Examples
        --------
        >>> Fault("nothing there", where="ndvi", got="0").reason("en")
        'nothing there; got 0'
        """
        parts = [str(in_lang(self.what, lang))]
        if self.got:
            parts.append(say("gis.say.got", value=self.got)(lang))
        if self.expected:
            parts.append(say("gis.say.expected", value=self.expected)(lang))
        if self.todo:
            parts.append(str(in_lang(self.todo, lang)))
        return without_secrets(say("gis.say.join")(lang).join(parts))

    def __str__(self) -> str:
        return self.text("en")

    def as_dict(self, lang: Lang = "en") -> dict[str, str]:
        """The five parts as a mapping, for ``--json``."""
        parts = ("where", "what", "got", "expected", "todo")
        return {k: without_secrets(str(in_lang(getattr(self, k), lang))) for k in parts}


class GeoplanError(Exception):
    """Root of every error geoplan raises on purpose.

    Parameters
    ----------
    what : str or sequence of Fault
        One sentence, or several faults that are reported together.
    where, got, expected, todo : str, optional
        See `Fault`; used only when `what` is a sentence.

    Examples
    --------
    >>> str(DataError("raster is empty", where="dem.tif", todo="check the file"))
    'dem.tif: raster is empty; check the file'
    >>> DataError("x").exit_code
    3
    """

    exit_code = 1

    def __init__(
        self,
        what: str | Sequence[Fault],
        *,
        where: str = "",
        got: str = "",
        expected: str = "",
        todo: str = "",
    ) -> None:
        if isinstance(what, str):
            what = [Fault(what, where=where, got=got, expected=expected, todo=todo)]
        self.faults: tuple[Fault, ...] = tuple(what)
        super().__init__(self.text("en"))

    def __reduce__(self) -> tuple[type[GeoplanError], tuple[tuple[Fault, ...]]]:
        """For other processes: the faults, with both languages."""
        return type(self), (self.faults,)

    def reason(self, lang: Lang) -> str:
        """The first fault in `lang` without its place; see `Fault.reason`."""
        return self.faults[0].reason(lang)

    def text(self, lang: Lang) -> str:
        """The message in `lang`: the fault, or a numbered list of the first 50 of them.

        Examples
        --------
        >>> DataError("x", where="dem.tif", got="3").text("zh")
        'dem.tif：x；实际为 3'
        """
        if len(self.faults) == 1:
            return self.faults[0].text(lang)
        lines = [f"  {i}. {f.text(lang)}" for i, f in enumerate(self.faults[:_MOST], 1)]
        if (more := len(self.faults) - _MOST) > 0:
            lines.append("  " + say("gis.say.more_faults", n=more)(lang))
        return say("gis.say.faults", n=len(self.faults))(lang) + "\n" + "\n".join(lines)


class ConfigError(GeoplanError):
    """A plan, catalogue, rule book or command line is wrong (exit code 2)."""

    exit_code = 2


class DataError(GeoplanError):
    """Data contradict what they are declared to be (exit code 3)."""

    exit_code = 3


class ModelError(GeoplanError):
    """A model was asked for something outside its validity (exit code 4)."""

    exit_code = 4


def raise_faults(error: type[GeoplanError], faults: Sequence[Fault]) -> None:
    """Raise `error` with all `faults`; do nothing when there are none.

    Raises
    ------
    GeoplanError
        Of the class given, when `faults` is not empty.

    Examples
    --------
    >>> raise_faults(DataError, [])
    """
    if faults:
        raise error(faults)
