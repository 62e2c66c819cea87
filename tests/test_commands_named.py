"""A sentence that sends the reader to a command names one that exists, with options it has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from geoplan.cli import VERBS, command
from tests.conftest import ROOT

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
NAMED = re.compile(r"(?<!\ba )\bgeoplan ([a-z][a-z-]*)")
QUOTED = re.compile(r"`geoplan ([a-z][a-z-]*)")
WITH_OPTIONS = re.compile(r"\bgeoplan ([a-z][a-z-]*)([^`（）()，。；;\[\]]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def pairs(node: Any, at: str) -> Iterator[tuple[str, str, str]]:
    """Every text of two languages: where it stands, Chinese, English."""
    if isinstance(node, list):
        for i, item in enumerate(node):
            yield from pairs(item, f"{at}.{i}")
    if isinstance(node, dict):
        if isinstance(node.get("zh"), str) and isinstance(node.get("en"), str):
            yield at, node["zh"], node["en"]
        for key, item in node.items():
            yield from pairs(item, f"{at}.{key}")


def texts() -> list[tuple[str, str, str]]:
    out = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.toml")):
            text = path.read_text(encoding="utf-8")
            if NAMED.search(text):
                out += list(pairs(tomllib.loads(text), str(path.relative_to(ROOT))))
    return [row for row in out if NAMED.search(row[1]) or NAMED.search(row[2])]


def faults_of(zh: str, en: str) -> list[str]:
    """What is wrong with the commands of a text.

    Chinese has no English prose: whatever follows ``geoplan`` there is a command. English
    has ("geoplan writes it"): in backquotes it is one, and the verbs are those of the Chinese.
    """
    said = set(NAMED.findall(zh))
    wrong = [f"geoplan {v}" for v in sorted((said | set(QUOTED.findall(en))) - set(VERBS))]
    if said & set(VERBS) != set(NAMED.findall(en)) & set(VERBS):
        wrong.append("the languages name different commands")
    for verb, rest in [*WITH_OPTIONS.findall(zh), *WITH_OPTIONS.findall(en)]:
        if verb in VERBS:
            wrong += [f"geoplan {verb} {o}" for o in OPTION.findall(rest) if o not in has(verb)]
    return wrong


def has(verb: str, found: dict[str, set[str]] = {}) -> set[str]:  # noqa: B006 - asked once
    """Options of a verb and of those under it."""
    if not found:
        for name, one in command("en").commands.items():
            all_ = [one, *getattr(one, "commands", {}).values()]
            found[name] = {o for c in all_ for p in c.params for o in p.opts}
    return found[verb]


def test_every_text_sends_to_a_command_that_exists():
    found = {at: wrong for at, zh, en in texts() if (wrong := faults_of(zh, en))}
    assert found == {}


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("请运行 geoplan turbines", "run `geoplan turbines`"),
        ("请运行 geoplan run", "run `geoplan turbines`"),
        ("请先运行", "run geoplan run first"),
        ("请运行 geoplan run --zonne", "run `geoplan run`"),
    ],
)
def test_a_text_that_sends_nowhere_is_found(zh, en):
    assert faults_of(zh, en) != []
    assert faults_of("geoplan run PLAN --out DIR", "geoplan writes; geoplan run PLAN") == []
