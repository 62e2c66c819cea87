"""The plan file: all faults at once, the sample on demand."""

from __future__ import annotations

import pytest

from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from layers.plan.model import LayerSource, with_sample

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
    with pytest.raises(ConfigError, match="not a TOML file"):
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


def test_sample_data_root_is_made_only_when_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "cache"))
    plan = load_plan(write(tmp_path, HEAD + '[data]\nsample = "tiny"\n'))
    assert not (tmp_path / "cache").exists()
    other = with_sample(plan, "demo")
    assert (other.data.sample, other.area.cell_m) == ("demo", 40.0)
    with pytest.raises(ConfigError, match="not on the synthetic county"):
        with_sample(load_plan(write(tmp_path, HEAD)), "tiny")
