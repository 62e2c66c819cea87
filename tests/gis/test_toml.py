"""TOML: the product's own is frozen, a person's is told line and column in both languages."""

from __future__ import annotations

import copy
import pickle

import pytest

from gis.errors import ConfigError
from gis.toml import FrozenDict, frozen, parse_toml, read_toml


@pytest.mark.parametrize(
    ("raw", "line", "column", "zh", "en"),
    [
        (b"a = 1\n[plan", 2, None, "引号或括号没有闭合", "a quote or bracket is not closed"),
        (b"[a]\nb = 1\n[a]\n", 3, 3, "同一个键或表写了两次", "a key or table is given twice"),
        (b"\xef\xbb\xbfa = tru\n", 1, 5, "值的写法不符合 TOML", "a value is not written"),
        (b"a = 1 2\r\n", 1, 7, "该行不是", "the line is neither"),
        (b'a = "c:\\dir"\n', 1, None, "有不能这样写的字符", "a character that may not"),
        ("中文 = 1".encode(), 1, 1, "该行不是", "the line is neither"),
        (b"a = 1\nname = \xb5\xd8\n", 2, None, "文件不是 UTF-8 编码", "the file is not UTF-8"),
        (b"a = [1,\n2", 2, None, "引号或括号没有闭合", "a quote or bracket is not closed"),
    ],
)
def test_faults_name_line_and_column(raw, line, column, zh, en):
    with pytest.raises(ConfigError) as err:
        parse_toml(raw, "p.toml")
    (fault,) = err.value.faults
    assert fault.as_dict("zh")["what"].startswith(zh)
    assert fault.as_dict("en")["what"].startswith(en)
    assert f"第 {line} 行" in fault.as_dict("zh")["where"]
    assert f"line {line}" in fault.as_dict("en")["where"]
    if column is not None:
        assert f"第 {column} 列" in fault.as_dict("zh")["where"]
        assert f"column {column}" in fault.as_dict("en")["where"]


def test_what_tomllib_says_otherwise_is_still_said_in_both_languages(monkeypatch):
    import tomllib

    def fail(_text):
        raise tomllib.TOMLDecodeError("Something new (at line 7, column 1)")

    monkeypatch.setattr("gis.toml.tomllib.loads", fail)
    with pytest.raises(ConfigError, match="line 7, column 1: not written as TOML") as err:
        parse_toml(b"", "p.toml")
    assert err.value.text("zh").startswith("p.toml 第 7 行第 1 列：不符合 TOML 的写法")


def test_the_products_own_tables_cannot_change():
    table = read_toml("gis", "constants.toml")
    assert read_toml("gis", "constants.toml") is table
    for change in (
        lambda t: t.update(x=1),
        lambda t: t.pop("units"),
        lambda t: t.clear(),
        lambda t: t["units"].setdefault("x", 1),
        lambda t: t.__setitem__("x", 1),
        lambda t: t.__delitem__("units"),
        lambda t: t.popitem(),
        lambda t: t.__ior__({"x": 1}),
    ):
        with pytest.raises(TypeError, match="frozen"):
            change(table)
    assert pickle.loads(pickle.dumps(table)) == table  # noqa: S301
    assert copy.deepcopy(table) == table
    assert frozen([{"a": [1]}]) == (FrozenDict(a=(1,)),)
