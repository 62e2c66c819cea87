"""Products of a run in Chinese and in English: no sentence of the other language.

Report, workbook, Word, map, approval pack, boundary check, app and the answers of every verb
are read word by word. What may stand in either is listed in ``two_languages.toml``.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan import documents
from geoplan.answers.answer_sheet import fill_answer_sheet
from geoplan.answers.facility_sheet import fill_facility_sheets
from geoplan.cli import main
from geoplan.demo import plans_folder, sample_plan
from geoplan.report.exports import write_exports
from layers.result import read_layer
from layers.sample import with_sample
from tests.geoplan.test_sheet_cells import code_cells, same_headers

HAN = re.compile("[一-鿿]")
# three English words in a row: a sentence, not a code or a name
ENGLISH = re.compile(r"(?<![\w/.\-`'=])[A-Za-z][a-z]+,? (?:[a-z]+,? ){1,}[a-z]+(?![\w/.\-`'=])")
CODE = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\[[\w.]+\]|/\S+|--[\w-]+|https?://\S+|\{[^}]*\}")
PRODUCTS = pytest.mark.slow


@cache
def allowed(lang: str) -> re.Pattern[str]:
    text = Path(__file__).with_name("two_languages.toml").read_text("utf-8")
    rows = tomllib.loads(text)["in_english" if lang == "en" else "in_chinese"]
    assert all(r["reason"] for r in rows)
    return re.compile("|".join(f"(?:{r['pattern']})" for r in rows))


@cache
def longest_first(names: frozenset[str]) -> list[str]:
    """A name that is a part of another one must not break it."""
    return sorted(names, key=lambda n: (-len(n), n))


def foreign(texts: Iterator[str] | list[str], lang: str, data: frozenset[str]) -> list[str]:
    """Texts that hold a sentence of the other language."""
    out = []
    for text in dict.fromkeys(texts):
        bare = CODE.sub(" ~ ", text)
        for name in longest_first(data):
            bare = bare.replace(name, " ~ ")
        found = HAN.search(bare) if lang == "en" else ENGLISH.search(bare)
        if found and not allowed(lang).search(text):
            out.append(text[:300])
    return out


def of_one_language(texts: Iterator[str] | list[str], lang: str, data: frozenset[str]) -> None:
    found = foreign(texts, lang, data)
    assert not found, "\n".join([f"{len(found)} texts of another language than {lang}", *found])


def test_the_sweep_finds_what_it_looks_for():
    none = frozenset[str]()
    assert foreign(["面积 the area of the county"], "zh", none) != []
    assert foreign(["area of 草地"], "en", none) != []
    assert foreign(["area of 高仁乡"], "en", frozenset({"高仁乡"})) == []
    for names in ({"黄河", "黄河行洪河道"}, {"黄河行洪河道", "黄河"}):
        assert foreign(["黄河行洪河道 edge"], "en", frozenset(names)) == []
    assert foreign(["Xu Wenqiang et al. 2016, a study of forest soils"], "zh", none) == []


@pytest.fixture(scope="module")
def names(tiny_run: Path) -> frozenset[str]:
    """Chinese names that are data: townships, features, farms, documents of the plan."""
    plan = sample_plan("tiny")
    found: set[str] = {plan.plan.title("zh")}
    for path in sorted(p for s in ("gpkg", "fgb") for p in plan.data_root.rglob(f"*.{s}")):
        for layer in gpd.list_layers(path)["name"]:
            frame = gpd.read_file(path, layer=layer, ignore_geometry=True)
            for column in frame.columns:
                values = {str(v) for v in frame[column].dropna().unique()}
                found |= {v for v in values if HAN.search(v)}
    for table in sorted((tiny_run / "steps").glob("*/*.parquet")):
        frame = pd.read_parquet(table)
        for column in {"township", "zone", "name", "farm", "park", "model"} & set(frame):
            found |= {str(v) for v in frame[column].dropna().unique() if HAN.search(str(v))}
    for target in plan.targets:
        found |= {target.quote, target.section}
    return frozenset(found - {""})


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample plan as a file that finds the tiny data."""
    root = str(sample_plan("tiny").data_root).replace("\\", "/")
    text = (plans_folder() / "sample.toml").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("plan") / "sample.toml"
    path.write_text(re.sub(r"(?m)^root = .*$", f'root = "{root}"', text), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["zh", "en"])
def made(
    request: pytest.FixtureRequest, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A copy of the run with its exports in one language; its own is Chinese."""
    lang = str(request.param)
    run = tmp_path_factory.mktemp(lang) / "run"
    shutil.copytree(tiny_run, run)
    if lang != "zh":
        write_exports(
            sample_plan("tiny"),
            run,
            lang=lang,
            answer=fill_answer_sheet,
            cases=fill_facility_sheets,
        )
    return lang, run


def test_no_cell_of_the_workbook_is_a_code_word(made: tuple[str, Path]) -> None:
    _, run = made
    assert code_cells(run / "tables.xlsx") == []
    assert same_headers(run / "tables.xlsx") == []


@pytest.fixture(scope="module")
def reported(
    made: tuple[str, Path], plan_file: Path, names: frozenset[str]
) -> tuple[str, Path]:
    """The copy with the report and the Word file written again by the verb."""
    lang, run = made
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        assert main(["report", str(plan_file), "--out", str(run), "--lang", lang]) == 0
    told = said.getvalue().replace(str(run.parent), "").splitlines()
    assert told
    of_one_language(told, lang, names)
    return lang, run


Tell = Callable[..., list[str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Tell:
    def run(*args: str) -> list[str]:
        assert main(list(args)) == 0, capsys.readouterr()
        out = capsys.readouterr()
        return (out.out + out.err).splitlines()

    return run


def html_texts(page: str) -> list[str]:
    page = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page)
    page = re.sub(r"data:[^\"']*", "", page)
    texts = [t.strip() for t in re.split(r"(?s)<[^>]+>", page)]
    texts += re.findall(r'(?:alt|title|aria-label|placeholder)="([^"]+)"', page)
    return [html.unescape(t) for t in texts if t]


def workbook_texts(path: Path) -> Iterator[str]:
    """``sheet|column=cell`` for cells under a header, which is the first row."""
    from openpyxl import load_workbook

    for sheet in load_workbook(path):
        yield sheet.title
        head: list[object] = []
        for row in sheet.iter_rows(values_only=True):
            if not head:
                head = list(row)
            for name, value in zip(head, row, strict=False):
                if isinstance(value, str) and not value.startswith("="):
                    yield f"{sheet.title}|{name}={value}"


@PRODUCTS
def test_report(reported, names):
    lang, run = reported
    page = (run / "report.html").read_text(encoding="utf-8")
    of_one_language(html_texts(page), lang, names)


@PRODUCTS
def test_word(reported, names):
    from docx import Document

    lang, run = reported
    document = Document(str(run / "report.docx"))
    texts = [p.text for p in document.paragraphs]
    texts += [c.text for t in document.tables for row in t.rows for c in row.cells]
    of_one_language(texts, lang, names)


@PRODUCTS
def test_workbook(made, names):
    lang, run = made
    texts = list(workbook_texts(run / "tables.xlsx"))
    if lang == "en":  # the law's own words and names, by column
        texts = [t for t in texts if not re.match(r"[^|]*\|(citation|quote|legal basis)", t)]
    of_one_language(texts, lang, names)


@PRODUCTS
def test_headers_of_csv_are_codes(made):
    _, run = made
    for path in sorted((run / "tables").glob("*.csv")):
        head = path.read_text("utf-8-sig").partition("\n")[0]
        assert re.fullmatch(r"[\w,:.\-]+", head), (path.name, head)
        assert path.name == "fields.csv" or not HAN.search(head)


@PRODUCTS
def test_map(made, names, plan_file, told):
    """Labels of the map are kept in both languages; each is of its own."""
    lang, run = made
    assert told("map", str(plan_file), "--out", str(run), "--lang", lang)
    page = (run / "map.html").read_text(encoding="utf-8")
    for one in ("zh", "en"):
        found = re.findall(rf'"{one}": ?"((?:[^"\\]|\\.)*)"', page)
        texts = [json.loads(f'"{t}"') for t in found]
        assert texts
        of_one_language(texts, one, names)


@PRODUCTS
def test_pack_and_boundary(made, names, plan_file, told, tmp_path):
    lang, run = made
    site = str(read_layer(run, "sites")["site_id"].iloc[0])
    told("export", str(plan_file), "--site", site, "--out", str(run), "--pack",
         str(tmp_path / "pack"), "--lang", lang)  # fmt: skip
    boundary = tmp_path / "b.geojson"
    square = shapely.box(106.52, 38.83, 106.56, 38.87)
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[square], crs=4490).to_file(boundary)
    said = told("check", str(boundary), str(plan_file), "--out", str(tmp_path / "check"),
                "--lang", lang)  # fmt: skip
    texts = [line.replace(str(tmp_path), "") for line in said]
    for path in [*tmp_path.glob("pack/**/*.xlsx"), *tmp_path.glob("check/**/*.xlsx")]:
        texts += list(workbook_texts(path))
    of_one_language(texts, lang, names)


ANSWERS = {
    "doctor": ("doctor", "PLAN"),
    "explain": ("explain", "106.54", "38.85", "PLAN"),
    "explain outside": ("explain", "107.9", "38.85", "PLAN"),
    "layers": ("layers",),
    "rules": ("rules", "--plan", "PLAN"),
    "search": ("rules", "--applies-to", "wind", "--search", "草"),
    "fetch": ("fetch", "PLAN"),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", ANSWERS)
@PRODUCTS
def test_answers(case, lang, names, plan_file, told):
    given = [str(plan_file) if a == "PLAN" else a for a in ANSWERS[case]]
    said = told(*given, "--lang", lang)
    of_one_language([line.replace(str(plan_file), "") for line in said], lang, names)


@pytest.mark.parametrize("lang", ["zh", "en"])
@PRODUCTS
def test_verbs_of_one_step(lang, names, tiny_run, told, tmp_path, monkeypatch):
    """Every verb that runs steps says all it has to say; what it writes is read above.

    The steps are there and are only taken over: what a verb says comes from what they left.
    """
    monkeypatch.setattr(documents, "write_documents", lambda *_, **__: None)
    # the plan file as it stands, on the county of the run
    monkeypatch.setattr("geoplan.plan_file.on_sample", lambda plan: with_sample(plan, "tiny"))
    plan_file = plans_folder() / "sample.toml"
    out = shutil.copytree(tiny_run, tmp_path / "out")
    for verb in (
        "screen",
        "pv",
        "wind",
        "repower",
        "rooftop",
        "money",
        "carbon",
        "survey",
        "connect",
        "targets",
        "potential",
    ):
        said = told(verb, str(plan_file), "--out", str(out), "--lang", lang)
        assert said
        of_one_language([x.replace(str(tmp_path), "") for x in said], lang, names)


@pytest.mark.parametrize("lang", ["zh", "en"])
@PRODUCTS
def test_app(lang, names):
    """Words of the app's page and of what it answers stand in one file, whole in each."""
    from gis.say import texts_of

    texts = [t[lang] for t in texts_of("geoplan.serve").values()]
    texts += [t[lang] for k, t in texts_of("geoplan.map").items()
              if not k.startswith("lang_")]  # the switch says the other's name  # fmt: skip
    of_one_language(texts, lang, names)
