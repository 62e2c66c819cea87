"""The plan file: all faults at once, the sample on demand."""

from __future__ import annotations

import re

import pytest

from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from gis.say import say
from layers.open.plan_file import plan_file
from layers.plan.model import LayerSource
from layers.sample import with_sample

HEAD = """
[plan]
id = "t"
title = { zh = "测", en = "test" }
as_of = 2026-01-01
[area]
boundary = { adcode = "640221" }
"""


def write(tmp_path, text):
    path = tmp_path / "p.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_five_faults_come_in_one_message(tmp_path):
    text = HEAD.replace('"t"', '"T!"') + (
        '[[zones]]\nid = "z"\ntitle = { zh = "z", en = "z" }\nbounds_ll = [1, 2, 3]\n'
        '[layers.roadd]\npath = "x"\n'
        '[layers.road]\npath = "x"\nassumed_absent = "y"\n'
        "[sites]\nmin_area_ha = -1\n"
    )
    with pytest.raises(ConfigError) as err:
        load_plan(write(tmp_path, text))
    assert err.value.exit_code == 2
    message = str(err.value)
    # plan id, zone box, unknown layer, layer given twice, negative area: one each
    for part in ("plan.id", "zones.0.bounds_ll", "layers.roadd", "layers.road]", "min_area_ha"):
        assert part in message, part
    assert len(err.value.faults) >= 5
    assert message.startswith(f"{len(err.value.faults)} faults")


def test_unknown_section_and_key_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"\[sitess\]: unknown section") as err:
        load_plan(write(tmp_path, HEAD + "[sitess]\nx = 1\n[sites]\nmin_aria_ha = 1\n"))
    assert "sites.min_aria_ha]: unknown key" in str(err.value)


def test_not_toml_and_not_there(tmp_path):
    with pytest.raises(ConfigError, match="line 1, column 6: a quote or bracket"):
        load_plan(write(tmp_path, "[plan\n"))
    with pytest.raises(ConfigError, match="cannot be read"):
        load_plan(tmp_path / "none.toml")


def test_zone_ids_are_unique(tmp_path):
    zone = (
        '[[zones]]\nid = "z"\ntitle = { zh = "z", en = "z" }\nbounds_ll = [106, 38, 107, 39]\n'
    )
    with pytest.raises(ConfigError, match="id used twice"):
        load_plan(write(tmp_path, HEAD + zone + zone))


def test_a_layer_is_answered_for_in_one_way():
    with pytest.raises(ValueError, match="exactly one"):
        LayerSource()
    assert not LayerSource(assumed_absent="none here").available


def test_reading_a_sample_plan_makes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "cache"))
    plan = load_plan(write(tmp_path, HEAD + '[data]\nsample = "tiny"\n'))
    other = with_sample(plan, "demo")
    assert (other.data.sample, other.area.cell_m) == ("demo", 40.0)
    for read in (plan, other):
        assert read.data_root.parent == tmp_path / "cache" / "sample"
        assert read.data_root.name.startswith(read.data.sample + "-")
    assert not (tmp_path / "cache").exists()
    with pytest.raises(ConfigError, match="not on the synthetic county"):
        with_sample(load_plan(write(tmp_path, HEAD)), "tiny")


def test_opening_a_file_of_a_sample_plan_makes_the_county_first(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "cache"))
    made = []

    def build(folder, size):
        made.append(size)
        (folder / "weather.csv").write_text("x", encoding="utf-8")

    monkeypatch.setattr("layers.sample.build.build_sample", build)
    plan = load_plan(write(tmp_path, HEAD + '[data]\nsample = "tiny"\n'))
    assert plan_file(plan, "weather.csv").read_text(encoding="utf-8") == "x"
    assert plan_file(plan, "other.csv").parent == plan.data_root
    assert len(made) == 1  # once


# One wrong value a kind of fault: what is said and what is expected, in both languages.
WRONG = {
    '[sites]\nmin_area_ha = "ten"': ("float_type", "数字", "a number"),
    "[sites]\nmin_area_ha = -1": ("greater_than", "大于 0", "more than 0"),
    "[sites]\nmin_aria_ha = 1": ("extra_forbidden", "techs、", "techs, "),
    "[area]\ncell_m = 20000": ("less_than_equal", "不大于 10000", "at most 10000"),
    '[plan]\nlang = "fr"': ("literal_error", '"zh"、"en"', '"zh", "en"'),
    '[plan]\nas_of = "soon"': ("date_type", "日期，如 2026-01-31", "a date such as 2026-01-31"),
    '[plan]\nid = "T!"': ("string_pattern_mismatch", "符合 ", "text that matches "),
    '[plan]\ntitle = { zh = "", en = "x" }': (
        "string_too_short",
        "不少于 1 个",
        "1 character or",
    ),
    "[plan]\nsynthetic = 3": ("bool_type", "true 或 false", "true or false"),
    "[layers]\nroad = 1": ("table_type", "由“键 = 值”", "a table of keys"),
    "[layers.road]\npath = 3": ("string_type", "文字", "text in quotes"),
    "[area]\nboundary = {}": ("value_error", "", ""),
}


def _with(text: str, change: str) -> str:
    """`text` with the keys of `change` put into their table, replacing what is there."""
    head, _, rest = change.partition("\n")
    key = rest.split(" = ")[0]
    if head not in text:
        return text + change + "\n"
    lines = [s for s in text.splitlines() if not s.startswith(f"{key} =")]
    lines.insert(lines.index(head) + 1, rest)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("change", WRONG)
def test_every_kind_of_fault_is_said_in_both_languages(tmp_path, change):
    kind, zh, en = WRONG[change]
    with pytest.raises(ConfigError) as err:
        load_plan(write(tmp_path, _with(HEAD, change)))
    (fault,) = err.value.faults
    for lang, expected in (("zh", zh), ("en", en)):
        told = fault.as_dict(lang)
        if kind == "value_error":
            assert told["what"] == say("layers.plan.give_either_path_adcode")(lang)
        else:
            assert told["what"] == say(f"layers.model.{kind}")(lang)
        assert told["expected"].startswith(expected), told
        assert bool(told["expected"]) == bool(expected)
    chinese = fault.text("zh").replace(fault.where, "").replace(fault.got, "")
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]", chinese), chinese


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"\[plan\.as_of\]: a key is missing") as err:
        load_plan(write(tmp_path, HEAD.replace("as_of = 2026-01-01\n", "")))
    assert err.value.text("zh").endswith("缺少必填的键；应为 写上该键及其值")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -5.0])
def test_a_target_is_a_number_that_can_be(value):

    from layers.plan.target import Target

    said = {"id": "a", "title": {"zh": "甲", "en": "a"}, "indicator": "x", "year": 2030}
    with pytest.raises(ConfigError, match="value"):
        Target(**said, value=value, unit="ha", section="1", quote="q")


@pytest.mark.parametrize("key", ["section", "quote"])
@pytest.mark.parametrize("words", ["", " ", "\t"])
def test_a_target_has_its_words_of_the_plan(key, words):
    from layers.plan.target import Target

    said = {"id": "a", "title": {"zh": "甲", "en": "a"}, "indicator": "x", "year": 2030}
    with pytest.raises(ConfigError, match=key):
        Target(**{**said, "value": 5, "unit": "ha", "section": "1", "quote": "q", key: words})


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.15, "%", True),
        (1.0, "%", True),
        (0.0, "%", False),
        (15, "%", False),
        (0.5, "ha", False),
    ],
)
def test_a_share_that_may_be_a_fraction_is_asked_about(value, unit, told):
    from layers.plan.target import Target, small_share_warnings

    own = Target(
        id="a",
        title="甲",
        indicator="x",
        year=2030,
        value=value,
        unit=unit,
        section="1",
        quote="q",
    )
    found = small_share_warnings([own], "p.toml")
    assert [(w.code, w.where) for w in found] == [
        ("target_small_share", "p.toml [targets] a")
    ] * told


def test_a_target_that_counts_pieces_is_whole():
    from geoplan.plan_file import target_kinds
    from layers.plan.target import Target, target_faults

    said = {"id": "a", "title": "甲", "indicator": "public_chargers", "year": 2030}
    words = {"unit": "台", "section": "1", "quote": "q"}
    (fault,) = target_faults([Target(**said, **words, value=150.5)], target_kinds(), "p.toml")
    assert "whole number" in fault.text("en")
    assert target_faults([Target(**said, **words, value=150)], target_kinds(), "p.toml") == []
