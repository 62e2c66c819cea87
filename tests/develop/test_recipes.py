"""Each recipe of ``docs/develop/recipes.md`` is followed to the letter in a copy, and works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.develop.pages import Block, blocks

PAGE = ROOT / "docs" / "develop" / "recipes.md"
ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan", "plans")
RECIPES: dict[str, list[Block]] = {}
for one in blocks(PAGE, ROOT):
    RECIPES.setdefault(one.section, []).append(one)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's files, without what Python and numba keep beside them."""
    to = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        leave = shutil.ignore_patterns("__pycache__", "*.pyc", "vendor")
        shutil.copytree(ROOT / room, to / room, ignore=leave)
    return to


def follow(recipe: list[Block], tree: Path) -> list[Block]:
    """Write what the recipe says into `tree`; its checks."""
    checks = []
    for block in recipe:
        if block.caption in {"check", "check in the shell"}:
            checks.append(block)
            continue
        if inside := re.fullmatch(r"in (\S+) after (.+)", block.caption):
            path = tree / inside[1]
            lines = path.read_text(encoding="utf-8").split("\n")
            (at,) = [i for i, x in enumerate(lines) if x.strip().startswith(inside[2])]
            lines.insert(at + 1, block.text.rstrip("\n"))
            path.write_text("\n".join(lines), encoding="utf-8")
            continue
        do, name = re.fullmatch(r"(new file|append to) (\S+)", block.caption).groups()
        path = tree / name
        assert path.resolve().is_relative_to(tree.resolve())
        assert path.exists() == (do == "append to"), f"{block.id}: {do} {name}"
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(old.rstrip("\n") + "\n" * bool(old) + block.text, encoding="utf-8")
    return checks


def run(check: Block, tree: Path) -> subprocess.CompletedProcess[str]:
    """Run a check: Python as it stands, or each line of a shell block as the command."""
    if check.lang == "bash":
        lines = [line.split()[1:] for line in check.text.splitlines() if line.strip()]
        code = "from geoplan.cli import main\n"
        code += f"assert [main(a) for a in {lines!r}] == {[0] * len(lines)}"
    else:
        code = check.text
    env = os.environ | {"PYTHONPATH": str(tree), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=tree, env=env, capture_output=True, encoding="utf-8", check=False
    )


def test_the_page_tells_how_to_add_all_of_these():
    asked = {"Rule", "Layer", "Vocabulary", "Turbine", "PV module"}
    asked |= {"Map theme", "Sentence", "Command", "Species", "Indicator", "Test of a rule"}
    assert asked <= set(RECIPES)


@pytest.mark.slow  # a copy of the project and a process for each
@pytest.mark.parametrize("name", RECIPES)
def test_recipe_works(name: str, whole: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(whole, tree)
    checks = follow(RECIPES[name], tree)
    assert checks, "a recipe without a check proves nothing"
    for check in checks:
        found = run(check, tree)
        assert found.returncode == 0, found.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_check_fails_without_the_recipe(name: str, whole: Path) -> None:
    checks = [b for b in RECIPES[name] if b.caption.startswith("check")]
    assert any(run(check, whole).returncode != 0 for check in checks)
