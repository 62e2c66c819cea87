"""A scenario as a plan file: the plan's own text with the overrides added."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from geoplan.plan_file import load_plan
from geoplan.serve.scenario import Change, merged_changes
from gis.errors import ConfigError, GeoplanError
from gis.say import Lang, listed, say
from layers.plan.model import Plan
from layers.plan.write import edited_plan

__all__ = ["SavedOf", "save_plan", "saved_answer"]

_NAME = re.compile(r"[^\W_](?:[\w ·（）-]{0,38}[\w）-])?")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]*")
_ID = re.compile(
    r"""(?<![\w-])(?:id|"id"|'id')\s*=\s*(?P<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
)


def _with_id(text: str, own: str) -> str:
    """The text of a plan with another id and nothing else changed.

    A plan may be written in many ways (a table, dotted keys, an inline table): every value
    of a key ``id`` is tried, and the one that changes the id of the plan alone is taken.

    Raises
    ------
    ConfigError
        When the id cannot be told apart from the rest.
    """
    wanted = tomllib.loads(text)
    wanted["plan"]["id"] = own
    for found in _ID.finditer(text):
        tried = text[: found.start("value")] + f'"{own}"' + text[found.end("value") :]
        try:
            same = tomllib.loads(tried) == wanted
        except tomllib.TOMLDecodeError:
            continue
        if same:
            return tried
    raise ConfigError(
        say("geoplan.faults.plan_id_not_found"),
        got=str(own),
        todo=say("geoplan.faults.write_plan_id_plainly"),
    )


def _own_id(plan_id: str, name: str) -> str:
    """Id of a scenario: ids are plain letters, names may be in any script.

    Examples
    --------
    >>> _own_id("c640221", "wide"), _own_id("c640221", "方案一")
    ('c640221-wide', 'c640221-sf38c7f42')
    """
    if _PLAIN.fullmatch(name):
        return f"{plan_id}-{name}"
    return f"{plan_id}-s{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _override(change: Change, reason: str) -> str:
    """One rule of the scenario, as a plan says it."""
    lines = [
        "[[screening.overrides]]",
        f'id = "{change.rule_id}"',
        f"reason = {json.dumps(reason, ensure_ascii=False)}",
    ]
    if change.kind == "off":
        lines.append("off = true")
    elif change.kind is not None:
        lines.append(f'kind = "{change.kind}"')
    if change.kind != "off" and change.distance_m is not None:
        lines.append(f"distance_m = {change.distance_m!r}")
    if change.kind != "off" and change.limit is not None:
        lines.append(f"limit = {change.limit!r}")
    return "\n".join(lines)


class SavedOf(NamedTuple):
    """What plans are saved from: the plan of the run that is shown, and that of the project.

    Attributes
    ----------
    beside
        Plan file as it is now; that of `plan` when not given.
    run
        Name of the run.
    """

    plan: Plan
    beside: Path | None = None
    run: str = ""


def saved_answer(path: Path, of: SavedOf, lang: Lang) -> dict[str, str]:
    """What the page is told of a saved plan; also that it rests on a plan of a former day."""
    now = of.beside or of.plan.path
    former = now.is_file() and now.read_bytes() != of.plan.path.read_bytes()
    note = say("geoplan.serve.saved_of_run", run=of.run)(lang) if former else ""
    return {"path": str(path), "file": path.name, "note": note}


def save_plan(
    plan: Plan,
    changes: Sequence[Change],
    name: str,
    reason: str,
    *,
    beside: Path | None = None,
    settings: Mapping[str, object] | None = None,
) -> Path:
    """Write ``<plan>-<name>.toml`` beside the plan file.

    The file stands beside the plan, so that its relative paths keep their meaning, and it is
    read back before it counts. It is a plan of its own, with an id of its own: its runs go
    into a folder of their own.

    Parameters
    ----------
    plan : Plan
    changes : sequence of Change
        The last change of a rule holds.
    name : str
        Letters of any script, digits, hyphens, and blanks within.
    reason : str
        Said in the report beside each changed rule.
    beside : Path, optional
        Plan file whose name and folder the new one gets; that of `plan` when not given.
    settings : mapping, optional
        Place (``"screening.scenario"``) -> value that differs from the plan's, too.

    Returns
    -------
    Path

    Raises
    ------
    ConfigError
        When the name is not one, the file is there already, or the plan would not be valid.
    """
    name = unicodedata.normalize("NFC", name)
    if not _NAME.fullmatch(name):
        raise ConfigError(
            say("geoplan.faults.not_a_plan_name"),
            got=name[:60],
            expected=say("geoplan.faults.plan_name_letters"),
        )
    model = beside or plan.path
    target = model.with_name(f"{model.stem}-{name}.toml")
    if target.exists():
        raise ConfigError(say("geoplan.faults.plan_name_taken"), got=target.name)
    merged = {c.rule_id: c for c in merged_changes(changes)}
    text = plan.path.read_text(encoding="utf-8-sig")
    given = tomllib.loads(text).get("screening", {}).get("overrides", [])
    clash = {o.get("id") for o in given} & set(merged)
    if clash:
        raise ConfigError(
            say("geoplan.faults.rule_overridden_already"),
            where=plan.path.name,
            got=listed(sorted(str(c) for c in clash)),
            todo=say("geoplan.faults.change_it_there"),
        )
    tmp = target.with_name(f".{target.name}.tmp.toml")
    text = _with_id(text, _own_id(plan.plan.id, name))
    if settings:
        text = edited_plan(text, settings)
    blocks = [_override(c, reason) for c in merged.values()]
    tmp.write_text(text.rstrip() + "\n\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")
    try:
        load_plan(tmp)
    except GeoplanError:
        tmp.unlink(missing_ok=True)
        raise
    tmp.replace(target)
    return target
