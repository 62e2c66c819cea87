"""Every verb, on good and on bad input, in Chinese and in English: no sentence of the other.

What may stand in either: names of the data, ids of rules and layers, units, paths, options,
formats; the law's own Chinese in an English list of rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from geoplan import documents
from geoplan.cli import main
from geoplan.demo import plans_folder, sample_plan

HAN = re.compile("[一-鿿]")
# two English words of letters alone, in lower case, side by side: a sentence, not a code
ENGLISH = re.compile(r"(?<![\w/.\-`'=])[a-z]{2,} (?:[a-z]{2,} ?)+(?![\w/.\-`'=])")

Say = Callable[..., str]


def english_in(text: str) -> list[str]:
    """English sentences of a Chinese text, without commands, paths and options."""
    bare = re.sub(
        r"`[^`]*`|'[^']*'|\"[^\"]*\"|/\S+|--[\w-]+|geoplan [a-z]+|https?://\S+", " ~ ", text
    )
    return [m[0] for m in ENGLISH.finditer(bare)]


@pytest.fixture
def say_(capsys: pytest.CaptureFixture[str]) -> Say:
    def said(*args: str, code: int) -> str:
        assert main(list(args)) == code, capsys.readouterr()
        out = capsys.readouterr()
        return out.out + out.err

    return said


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample plan as a file that finds the tiny data."""
    tiny = sample_plan("tiny")
    folder = tmp_path_factory.mktemp("plan")
    text = (plans_folder() / "sample.toml").read_text(encoding="utf-8")
    path = folder / "sample.toml"
    root = str(tiny.data_root).replace("\\", "/")
    path.write_text(re.sub(r"(?m)^root = .*$", f'root = "{root}"', text), encoding="utf-8")
    return path


GOOD: dict[str, tuple[str, ...]] = {
    "doctor": ("doctor", "PLAN"),
    "explain": ("explain", "106.54", "38.85", "PLAN"),
    "layers": ("layers",),
    "rules": ("rules", "--applies-to", "wind"),
}
BAD: dict[str, tuple[int, tuple[str, ...]]] = {
    "no plan": (2, ("doctor", "nofile.toml")),
    "plan is a folder": (2, ("run", ".")),
    "no layer": (2, ("run", "LAYER")),
    "five faults": (2, ("run", "FIVE")),
    "not TOML": (2, ("run", "TOML")),
    "no use": (2, ("rules", "--applies-to", "solar")),
    "kind of file": (2, ("rules", "--export", "rules.doc")),
    "county": (2, ("new", "999999", "--out", "OUT")),
    "no run": (2, ("map", "PLAN", "--out", "OUT")),
    "report without run": (2, ("report", "PLAN", "--out", "OUT")),
    "racks": (2, ("pv", "PLAN", "--mounting", "fixed")),
    "scheduler": (2, ("screen", "PLAN", "--scheduler", "moon", "--out", "OUT")),
    "no boundary": (3, ("check", "nofile.shp", "PLAN")),
    "both": (2, ("repower", "PLAN", "--max", "--keep-capacity")),
    "size": (2, ("demo", "--size", "huge", "--out", "OUT")),
}
TEXTS = {
    "LAYER": '[plan]\nid = "x"\ntitle = {zh = "县", en = "x"}\nas_of = 2026-01-01\n'
    '[area.boundary]\nadcode = "640221"\n[layers.roadd]\npath = "x.shp"\n',
    "FIVE": '[plan]\nid = "Bad Id"\ntitle = {zh = "坏", en = "bad"}\nas_of = 2026-01-01\n'
    'colour = "red"\n[area]\ncell_m = -5\n[area.boundary]\nadcode = "640221"\n'
    'path = "also.shp"\n[layers.no_such_layer]\npath = "x.shp"\n',
    "TOML": "[plan\n",
}


def filled(args: tuple[str, ...], plan: Path, tmp: Path) -> list[str]:
    for name, text in TEXTS.items():
        (tmp / f"{name.lower()}.toml").write_text(text, encoding="utf-8")
    places = {"PLAN": str(plan), "OUT": str(tmp / "out")}
    places |= {name: str(tmp / f"{name.lower()}.toml") for name in TEXTS}
    return [places.get(a, a) for a in args]


@pytest.mark.parametrize("case", BAD)
def test_faults(case, plan, tmp_path, say_, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, args = BAD[case]
    given = filled(args, plan, tmp_path)
    zh = say_(*given, "--lang", "zh", code=code)
    assert zh.startswith("错误（")
    assert english_in(zh) == [], zh
    en = say_(*given, "--lang", "en", code=code)
    assert en.startswith("Error (")
    assert [line for line in en.splitlines() if HAN.search(line)] == []


@pytest.mark.parametrize("case", BAD)
def test_faults_for_machines(case, plan, tmp_path, say_, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, args = BAD[case]
    if args[0] in {"new", "map", "report"}:
        pytest.skip("has no --json")
    for lang in ("zh", "en"):
        text = say_(*filled(args, plan, tmp_path), "--json", "--lang", lang, code=code)
        error = json.loads(text)["error"]
        assert (error["exit_code"], error["lang"]) == (code, lang)
        for fault in error["faults"]:
            words = f"{fault['what']} {fault['todo']}"
            assert bool(HAN.search(words)) is (lang == "zh"), fault
            if lang == "zh":
                assert english_in(words) == []


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, marks=pytest.mark.slow) if c in ("doctor", "explain") else c
        for c in GOOD
    ],
)
def test_answers(case, plan, tmp_path, say_):
    given = filled(GOOD[case], plan, tmp_path)
    zh = say_(*given, "--lang", "zh", code=0)
    en = say_(*given, "--lang", "en", code=0)
    assert HAN.search(zh)
    if case == "doctor":  # versions of the machine are nobody's language
        zh = zh.partition("==")[2].partition("==")[2].partition("==")[2]
    assert english_in(zh) == [], case
    if case == "rules":  # the line below a rule names the law as it stands
        en = "\n".join(x for x in en.splitlines() if not x.startswith(" " * 8))
    if case == "explain":  # and so do its lines here; features have the names of the data
        en = "\n".join(x for x in en.splitlines() if x.startswith("["))
    assert [line for line in en.splitlines() if HAN.search(line)] == [], case


@pytest.mark.slow
def test_a_step_says_what_it_does_in_one_language(plan, tmp_path, say_, monkeypatch):
    """What is written is read in ``test_two_languages_products``."""
    monkeypatch.setattr(documents, "write_documents", lambda *_, **__: None)
    coarse = plan.read_text(encoding="utf-8").replace("cell_m = 40.0", "cell_m = 200.0")
    plan = tmp_path / "coarse.toml"
    plan.write_text(coarse, encoding="utf-8")
    for lang in ("zh", "en"):
        out = str(tmp_path / "out")
        said = say_("screen", str(plan), "--out", out, "--lang", lang, "--afresh", code=0)
        bare = said.replace(str(tmp_path), "")
        assert bare
        assert (english_in(bare) if lang == "zh" else HAN.findall(bare)) == []
