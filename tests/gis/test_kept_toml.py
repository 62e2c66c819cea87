"""Tables of the product's own files are kept by content, and what is damaged is read anew."""

from __future__ import annotations

import datetime
import tomllib

import pytest

from gis import kept_toml
from gis.kept_toml import own_toml

TEXT = """
big = 9223372036854775807
half = 0.1
none = nan
"a.b" = "长\\u0000 \\"x\\""
day = 2024-02-29
[[rows]]
days = [2020-01-01, 2021-12-31]
name = "一"
[[rows]]
empty = []
nested = {z = {a = true}, b = -0.0}
"""


@pytest.fixture
def reads(tmp_path, monkeypatch):
    """Cache of its own; how often a text was read as TOML."""
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path))
    found = []

    class Counted:
        @staticmethod
        def loads(text):
            found.append(text)
            return tomllib.loads(text)

    monkeypatch.setattr(kept_toml, "tomllib", Counted)
    return found


def test_a_text_read_before_gives_the_same_tables_in_the_same_order(reads):
    want = tomllib.loads(TEXT)
    first, second = own_toml(TEXT), own_toml(TEXT)
    assert len(reads) == 1
    assert repr(first) == repr(second) == repr(want)  # nan is not equal to itself
    assert second["rows"][0]["days"] == [datetime.date(2020, 1, 1), datetime.date(2021, 12, 31)]
    assert first is not second


def test_another_text_is_another_file_and_a_damaged_one_is_read_anew(reads, tmp_path):
    own_toml("a = 1")
    assert own_toml("a = 2") == {"a": 2}
    (first, *_) = sorted((tmp_path / "toml").iterdir(), key=lambda p: p.stat().st_mtime_ns)
    raw = first.read_bytes()
    for damaged in (raw.replace(b"1}", b"3}"), raw[:70], b""):
        assert damaged != raw
        first.write_bytes(damaged)
        assert own_toml("a = 1") == {"a": 1}
        assert first.read_bytes() == raw
    assert len(list((tmp_path / "toml").iterdir())) == 2  # nothing is left aside


def test_times_of_day_and_a_cache_that_is_not_there_are_not_kept(reads, tmp_path, monkeypatch):
    for text in ("a = 2024-01-01T10:00:00", "a = 10:00:00"):
        assert own_toml(text) == own_toml(text) == tomllib.loads(text)
    assert len(reads) == 4
    assert not (tmp_path / "toml").exists()
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "none"))
    assert own_toml("a = 1") == {"a": 1}
    assert not (tmp_path / "none").exists()
    (tmp_path / "toml").write_text("a file where the folder would be")
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path))
    assert own_toml("a = 1") == own_toml("a = 1") == {"a": 1}
