"""What stands in a grey box of a page works: plans load, Python runs, commands are accepted."""

from __future__ import annotations

import datetime
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import box

from geoplan.cli import command as command_line
from geoplan.cli import main
from geoplan.counties.many import read_counties
from geoplan.demo import sample_plan
from geoplan.plan_file import load_plan
from siting.rules import edition, read_book
from siting.rules.audit.statute import stored_statutes
from siting.screen.section import ScreeningSection
from tests.conftest import ROOT
from tests.develop.pages import Block, blocks
from tests.layers.recognise.bureau import survey

PAGES = [
    *sorted(ROOT.glob("README*.md")),
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LEAVE = {"docs/develop/recipes.md"}  # followed by tests/develop/test_recipes.py
BLOCKS = [
    b
    for page in PAGES
    if "_build" not in page.parts and "generated" not in page.parts
    for b in blocks(page, ROOT)
    if b.page not in LEAVE and not b.lang.startswith("{")
]
PYTHON = [b for b in BLOCKS if b.lang in {"python", "py", "pycon"}]
TOML = [b for b in BLOCKS if b.lang == "toml"]


def test_every_box_says_what_it_is():
    known = {"python", "pycon", "toml", "bash", "text", ""}
    assert sorted({b.id for b in BLOCKS if b.lang not in known}) == []
    # a box without a language holds commands, or what a command prints, nothing else
    odd = [b.id for b in BLOCKS if not b.lang and re.search(r"^(from|import|\[)", b.text, re.M)]
    assert odd == []


# ------------------------------------------------------------------ TOML


def written(value: Any) -> str:
    """A value as inline TOML."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(k)} = {written(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(written(v) for v in value) + "]"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def merged(base: Any, more: Any) -> Any:
    if isinstance(base, dict) and isinstance(more, dict):
        return {k: merged(base.get(k), more.get(k, base.get(k))) for k in [*base, *more]}
    return more


BASE = {
    "plan": {
        "id": "page",
        "title": {"zh": "页", "en": "page"},
        "as_of": datetime.date(2026, 6, 1),
    },
    "area": {"boundary": {"adcode": "640221"}, "crs": "EPSG:4544", "cell_m": 100.0},
    # what pages call their zone
    "zones": [
        {
            "id": "gaoren",
            "title": {"zh": "高仁", "en": "Gaoren"},
            "bounds_ll": [106.60, 38.66, 106.72, 38.78],
            "purpose": "pv",
        }
    ],
}


@pytest.mark.parametrize("block", TOML, ids=lambda b: b.id)
def test_plans_and_parts_of_plans_load(block: Block, tmp_path: Path) -> None:
    part = tomllib.loads(block.text)
    if "book" in part:
        path = tmp_path / f"{part['book']['id']}.toml"
        path.write_text(block.text, encoding="utf-8")
        assert read_book(path).rules
        return
    for name in part.get("screening", {}).get("books", []):
        if name != "bundled":  # the page's own book, by whatever name
            (own,) = [b for b in TOML if b.page == "docs/guide/rules.md" and "[book]" in b.text]
            (tmp_path / name).write_text(own.text, encoding="utf-8")
    whole = part if "plan" in part else merged(BASE, part)
    path = tmp_path / "plan.toml"
    text = "\n".join(f"{k} = {written(v)}" for k, v in whole.items())
    path.write_text(text, encoding="utf-8")
    if "counties" in part:  # the page's county with a plan of its own has one here
        own = "\n".join(f"{k} = {written(v)}" for k, v in BASE.items())
        (tmp_path / "pingluo.toml").write_text(own, encoding="utf-8")
        # Ningxia has 22 counties (GB/T 2260), the page leaves one out
        assert len(read_counties(path, tmp_path / "plans").counties) == 21
        return
    plan = load_plan(path)
    if "screening" in part:
        from siting.screen.screening import rules_of

        for tech in plan.section(ScreeningSection).techs:
            assert rules_of(plan, tech)[0]


@pytest.mark.parametrize("path", sorted((ROOT / "plans").glob("*.toml")), ids=lambda p: p.stem)
def test_plans_of_the_repository_load(path: Path) -> None:
    assert load_plan(path).plan.id


# ------------------------------------------------------------------ commands


def command_lines() -> list[tuple[str, list[str]]]:
    out = []
    for b in BLOCKS:
        if b.lang not in {"bash", ""}:
            continue
        for line in b.text.splitlines():
            words = shlex.split(line.replace("\\", "/"), comments=True)
            while words and words[0].removeprefix(".venv/Scripts/") in {"$", ">"}:
                words = words[1:]
            if words[:3] in (["python", "-m", "geoplan"], ["py", "-m", "geoplan"]):
                words = ["geoplan", *words[3:]]
            if words and words[0].removeprefix(".venv/Scripts/") == "geoplan":
                out.append((b.id, words[1:]))
    return out


LINES = command_lines()


@pytest.mark.parametrize(
    ("where", "words"), LINES, ids=[f"{w} {' '.join(a)}" for w, a in LINES]
)
def test_commands_are_accepted(where: str, words: list[str]) -> None:
    group = command_line("en")
    if words and words[0].startswith("-"):
        assert main(words) == 0
        return
    for verb in words[0].split("|"):
        command = group.get_command(None, verb)
        assert command is not None, f"{where}: no command {verb}"
        with command.make_context(verb, list(words[1:])) as context:
            assert context.params


CHEAP = {"rules", "layers", "turbines", "doctor", "explain", "check", "new"}


def told_once() -> list[tuple[str, ...]]:
    """Of commands that differ in names or numbers alone one, and one whose names are Chinese.

    What prepares a machine is a whole run of the smallest sample: it is made by `tiny_run`.
    """
    out: dict[Any, tuple[str, ...]] = {}
    for words in sorted({tuple(words) for _, words in LINES if words[0] in CHEAP}):
        verbs = tuple(w for w in words[:2] if w.isalpha() and w.isascii() and w != "PLAN")
        flags = frozenset(w for w in words if w.startswith("--")) - {"--lang", "--out"}
        # what a short command names has to be there
        alone = words if words[0] in {"rules", "layers", "turbines"} else ()
        if "--prepare" not in flags:
            out.setdefault((verbs, flags, "".join(words).isascii(), alone), words)
    return list(out.values())


@pytest.fixture
def here(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the tiny sample under every name the command gives a plan or a boundary."""
    text = (ROOT / "plans" / "sample.toml").read_text(encoding="utf-8")
    tiny = re.sub(r'^sample = "demo"', 'sample = "tiny"', text, flags=re.M)
    assert tiny != text
    for word in words:
        if word.endswith(".toml") or word == "PLAN":
            path = tmp_path / ("plan.toml" if word == "PLAN" else word)
            path.parent.mkdir(exist_ok=True)
            path.write_text(tiny, encoding="utf-8")
        elif word.endswith((".shp", ".geojson")):
            shape = [box(106.66, 38.72, 106.68, 38.73)]
            whole = gpd.GeoDataFrame({"name": ["a"]}, geometry=shape, crs=4490)
            whole.to_file(tmp_path / word)
    if "--sheet" in words and words[0] in {"new", "doctor"}:  # as it is handed out
        from geoplan.datasheet.write import write_sheet
        from layers.plan.locality import Locality

        name = words[words.index("--sheet") + 1]
        write_sheet(tmp_path / name, "", Locality(adcode="640221"), "zh")
    if "--from" in words:
        folder = tmp_path / words[words.index("--from") + 1]
        folder.mkdir()
        survey("640221", n=3).to_file(folder / "DLTB.gpkg")
    # a folder of statutes: one article, whole, of a law the books cite
    statute = stored_statutes()["ancient_trees_2025"].articles
    (tmp_path / "laws").mkdir()
    text = "\n\n".join(f"{number}　{words}" for number, words in statute.items())
    name = edition("ancient_trees_2025").file
    (tmp_path / "laws" / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("words", told_once(), ids=" ".join)
def test_cheap_commands_run(words: tuple[str, ...], here: Path) -> None:
    if words[0] == "new":
        out = words[words.index("--out") + 1] if "--out" in words else "plan.toml"
        (here / out).unlink(missing_ok=True)
    assert main(["plan.toml" if w == "PLAN" else w for w in words]) == 0


# ------------------------------------------------------------------ Python


@pytest.fixture(scope="module")
def world(tiny_run: Path) -> dict[str, Any]:
    """What the pages take for granted: a plan, and the sites of its run."""
    plan = sample_plan("tiny")
    sites = gpd.read_file(tiny_run / "results.gpkg", layer="sites")
    sites = sites[sites["tech"] == "pv"].to_crs(plan.area.crs)
    return {"plan": plan, "sites": sites.reset_index(drop=True)}


@pytest.fixture
def in_folder(tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where ``out/sample`` is a finished run and ``plans`` the repository's."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sample").symlink_to(tiny_run)
    (tmp_path / "plans").symlink_to(ROOT / "plans")
    monkeypatch.chdir(tmp_path)
    return tmp_path


SLOW = {
    "docs/guide/maps.md",
    "docs/en/maps.md",
    "docs/guide/check.md",
}  # sheets of A0, Word files


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(p, marks=pytest.mark.slow) if p in SLOW else p
        for p in sorted({b.page for b in PYTHON})
    ],
)
def test_python_runs(page: str, world: dict[str, Any], in_folder: Path) -> None:
    names = dict(world)  # the blocks of a page follow one another
    for b in PYTHON:
        if b.page == page:
            if ">>>" in b.text:
                import doctest

                test = doctest.DocTestParser().get_doctest(b.text, names, b.id, page, b.line)
                flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
                assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0
                names |= test.globs
            else:
                exec(compile(b.text, b.id, "exec"), names)
