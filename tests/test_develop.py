"""What the pages for developers say about the house is so."""

from __future__ import annotations

import re
import tomllib

import pytest

import geoplan
from tests.conftest import ROOT

PAGES = sorted((ROOT / "docs" / "develop").rglob("*.md"))
HEADINGS = (
    "Added",
    "Changed",
    "Results that change",
    "Fixed",
    "Removed",
    "For developers",
)


def test_version_stands_once_in_meaning():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert geoplan.__version__ == project["version"]


def test_changelog_has_the_fixed_headings_only():
    text = (ROOT / "CHANGES.md").read_text(encoding="utf-8")
    assert re.search(r"^## (Unreleased|\d+\.\d+\.\d+)", text, re.M)
    found = re.findall(r"^### (.+)$", text, re.M)
    assert set(found) <= set(HEADINGS)
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        order = [HEADINGS.index(h) for h in re.findall(r"^### (.+)$", part, re.M)]
        assert order == sorted(set(order))


def named_paths() -> list[tuple[str, str]]:
    """Files and folders of ours that a page names in backticks or links."""
    heads = "gis|layers|siting|carbon_sink|geoplan|tests|benchmarks|docs|plans|notebooks"
    path = re.compile(rf"[`(]((?:{heads}|\.ci|constraints)/[\w./*-]+)[`)]")
    out: set[tuple[str, str]] = set()
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "README.md", ROOT / "README.zh.md"]:
        text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        name = page.relative_to(ROOT).as_posix()
        out |= {(name, found) for found in path.findall(text)}
    return sorted(out)


@pytest.mark.parametrize(("page", "name"), named_paths())
def test_named_files_exist(page: str, name: str) -> None:
    clean = name.rstrip("/").removesuffix(".")
    if clean.startswith(("docs/_build", "docs/reference")):
        return
    assert list(ROOT.glob(clean)), f"{page} names {name}"


def test_make_targets_of_the_pages_exist():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "README.md", ROOT / "README.zh.md"]:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"^make ([a-z][\w -]*)", text, re.M) + re.findall(
            r"`make ([\w-]+)", text
        )
        for words in named:
            assert set(re.findall(r"[a-z][\w-]*", words)) <= targets, f"{page.name}: {words}"


def test_functions_named_in_the_decisions_exist():
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("test_*.py"))
    for page in PAGES:
        for name in re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")):
            assert f"def {name}(" in code, f"{page.name} names {name}"


def test_six_decisions_and_each_says_what_it_costs():
    records = [p for p in PAGES if re.match(r"\d+-", p.name)]
    assert len(records) >= 6
    for page in records:
        text = page.read_text(encoding="utf-8")
        for part in (
            "**State**",
            "**Question.**",
            "**Decided.**",
            "**Rejected.**",
            "**Costs.**",
        ):
            assert part in text, f"{page.name}: {part}"
        assert "**We would notice**" in text
        assert page.stem in (page.parent / "index.md").read_text(encoding="utf-8")


def test_hooks_run_only_what_the_development_environment_has():
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"repo: (\S+)", text) == ["local"]
    assert set(re.findall(r"language: (\S+)", text)) == {"system"}
