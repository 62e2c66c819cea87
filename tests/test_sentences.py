"""Every sentence of every room is there in both languages, and every call fills it whole."""

from __future__ import annotations

import ast
import re
import string

import pytest

from gis.errors import DataError, Fault
from gis.say import Sentence, read_entries, say, sentences, texts_of
from tests.conftest import ROOT, plan_keys

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
ALL = {key: value for room in ROOMS for key, value in sentences(room).items()}
KEYS = {key: value for room in ROOMS for key, value in plan_keys(room).items()}
# Words that are the same in both languages: codes, names of formats, formulas.
SAME = re.compile(r"[\W\d_]*|[^一-鿿]*\{[^}]*\}[^一-鿿]*|[A-Za-z0-9.,/ =<>()'-]{1,40}")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def calls() -> list[tuple[str, int, str, set[str] | None]]:
    """Every ``say("literal", ...)`` of the product: file, line, key, names of its values."""
    out = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if not re.search(r"^from gis.say import .*\bsay\b", text, re.M):
                continue
            for node in ast.walk(ast.parse(text)):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == "say"
                    and isinstance(node.args[0], ast.Constant)
                ):
                    names = {k.arg for k in node.keywords}
                    given = None if None in names else names
                    where = str(path.relative_to(ROOT))
                    out.append((where, node.lineno, node.args[0].value, given))
    return out


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_ask_for_the_same_values(room):
    wrong = [k for k, v in sentences(room).items() if places(v["zh"]) != places(v["en"])]
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_chinese_is_chinese_and_english_is_english(room):
    own = sentences(room)
    assert [
        k
        for k, v in own.items()
        if v["zh"] == v["en"] and not SAME.fullmatch(v["en"])
    ] == []  # fmt: skip
    assert [k for k, v in own.items() if re.search(r"[一-鿿]", v["en"])
            and not k.startswith("geoplan.map.lang_")] == []  # fmt: skip


def test_every_call_names_a_sentence_and_fills_it():
    wrong = [
        f"{where}:{line} {key}"
        for where, line, key, given in calls()
        if key not in ALL
        or (given is not None and given != places(ALL[key]["en"] + KEYS.get(key, "")))
    ]
    assert wrong == []


@pytest.mark.slow
def test_no_sentence_is_left_over():
    used = {key for *_, key, _ in calls()} | {"gis.system"}
    code = "\n".join(
        p.read_text(encoding="utf-8") for room in ROOMS for p in (ROOT / room).rglob("*.py")
    )
    tables = {k.rsplit(".", 1)[0] + "." for k in ALL}
    begun = {t for t in tables if t in code}  # keys put together of a table and a name
    left = [
        k
        for k in ALL
        if not k.startswith(("gis.system.", "layers.words."))
        and k not in used
        and k.rsplit(".", 1)[0] + "." not in begun
        and k not in code
    ]
    assert left == []


def test_a_missing_language_is_told_for_every_string_at_once(tmp_path):
    (tmp_path / "a.toml").write_text('x = {zh = "甲"}\n[b]\ny = {en = "b"}\nz = "c"\n', "utf-8")
    with pytest.raises(ValueError, match=r"\[x\].*\[b\.y\].*\[b\.z\]"):
        read_entries(tmp_path / "a.toml")


def test_a_sentence_is_english_as_a_string_and_bilingual_when_asked():
    import pickle

    one = say("gis.say.at", where="a.tif", what=say("gis.system.ENOSPC"))
    assert one == "a.tif: the disk is full"
    assert one("zh") == "a.tif：磁盘已满"
    again = pickle.loads(pickle.dumps(one))  # noqa: S301
    assert isinstance(again, Sentence)
    assert again("zh") == one("zh")


def test_errors_speak_both_languages():
    fault = Fault(say("gis.system.EISDIR"), where="x", got="3", expected="4")
    assert DataError([fault, fault]).text("zh").startswith("共 2 处错误\n  1. x：这是文件夹")
    assert str(DataError([fault])) == "x: it is a folder, not a file; got 3; expected 4"


def test_an_unknown_sentence_or_language_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        say("geoplan.map.nothing")
    with pytest.raises(KeyError, match="fr"):
        say("geoplan.map.title", place="x")("fr")
    assert texts_of("geoplan.common")["unit.mu"]["zh"] == "亩"


def test_no_list_in_a_message_is_joined_as_one_language_does():
    """A row of names is `listed`; numbers of a place or a box are no row of names."""
    said = {"got", "expected", "todo", "names", "known"}
    wrong = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.keyword) and node.arg in said:
                    text = ast.unparse(node.value)
                    if text.startswith("', '.join(") and not re.search(
                        r":[,.\d]*[dfg]\}|isnan", text
                    ):
                        wrong.append(f"{path.relative_to(ROOT)}:{node.value.lineno}: {text}")
    assert wrong == []
