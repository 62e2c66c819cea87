"""Which language a person is spoken to in: asked for, the plan's, or the machine's."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from gis.errors import ConfigError, GeoplanError
from gis.files.given import given_bytes
from gis.say import LANGS, say

__all__ = ["VARIABLE", "asked_lang", "checked_lang", "lang_in_file", "machine_lang"]

VARIABLE = "GEOPLAN_LANG"


def checked_lang(lang: str, where: str = "--lang") -> str:
    """`lang` when it is one that is spoken.

    Raises
    ------
    ConfigError
        For any other.
    """
    if lang not in LANGS:
        raise ConfigError(
            say("geoplan.faults.no_such_language"),
            where=where,
            got=lang,
            expected=say("geoplan.faults.zh_or_en"),
        )
    return lang


def asked_lang(args: Sequence[str]) -> str:
    """What ``--lang`` says among the arguments, unchecked; empty when nothing.

    Examples
    --------
    >>> asked_lang(["doctor", "plan.toml", "--lang", "en"]), asked_lang(["--lang=zh", "rules"])
    ('en', 'zh')
    >>> asked_lang(["run", "plan.toml"])
    ''
    """
    for i, arg in enumerate(args):
        if arg == "--":
            break
        if arg.startswith("--lang="):
            return arg.partition("=")[2]
        if arg == "--lang" and i + 1 < len(args):
            return args[i + 1]
    return ""


def machine_lang(environ: Mapping[str, str] | None = None) -> str:
    """The language of this machine, for what is said before a plan is read.

    ``GEOPLAN_LANG`` first, then the locale: Chinese for a Chinese one or none (``C``,
    ``POSIX``), English for any other.

    Raises
    ------
    ConfigError
        When ``GEOPLAN_LANG`` names a language that is not spoken.

    Examples
    --------
    >>> machine_lang({"LANG": "zh_CN.UTF-8"}), machine_lang({"LANG": "de_DE.UTF-8"})
    ('zh', 'en')
    >>> machine_lang({"LANG": "C.UTF-8"}), machine_lang({"GEOPLAN_LANG": "en"})
    ('zh', 'en')
    """
    given = os.environ if environ is None else environ
    if given.get(VARIABLE):
        return checked_lang(given[VARIABLE].strip().lower(), VARIABLE)
    return _of_locale(given)


def _of_locale(given: Mapping[str, str]) -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if given.get(name):
            found = given[name]
            break
    else:
        if os.name != "nt":
            return "zh"
        import locale

        found = locale.getlocale()[0] or ""
    found = found.partition(".")[0]
    if found in {"", "C", "POSIX"} or found.lower().startswith(("zh", "chinese")):
        return "zh"
    return "en"


def lang_in_file(path: Path) -> str:
    """The language a plan file asks for, also when the rest of it is wrong; else empty."""
    try:
        plan = tomllib.loads(given_bytes(path).decode("utf-8-sig")).get("plan")
    except (OSError, ValueError, RecursionError, GeoplanError):
        return ""
    lang = plan.get("lang") if isinstance(plan, Mapping) else None
    return lang if isinstance(lang, str) and lang in LANGS else ""
