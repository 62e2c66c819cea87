"""Figures of one province come from its file and from nowhere else."""

from __future__ import annotations

import pytest

from gis.errors import ConfigError
from layers.provinces import Province, province, provinces, read_province


def test_a_county_finds_its_province_by_the_first_two_digits():
    found = province("640221")
    assert found is not None
    assert found is province("640000")
    # 《宁夏“十四五”新型储能发展实施方案》: at least 10 % of the capacity for 2 h
    assert found.storage is not None
    assert (found.storage.power_frac, found.storage.duration_h) == (0.10, 2.0)
    assert "136" in found.notes["storage"]("zh")
    assert "136" in found.notes["storage"]("en")


@pytest.mark.parametrize("adcode", ["", "310115", "6"])
def test_where_nothing_is_known_nothing_is_assumed(adcode):
    assert province(adcode) is None


def test_every_file_is_a_province_of_its_own_code():
    for code, one in provinces().items():
        assert isinstance(one, Province)
        assert one.adcode == code


def test_all_faults_of_a_file_at_once(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text('adcode = "640221"\nstrange = 1\n[title]\nzh = "甲"\nen = "A"\n', "utf-8")
    with pytest.raises(ConfigError) as err:
        read_province(path)
    where = [f.where for f in err.value.faults]
    assert where == ["x.toml [adcode]", "x.toml [strange]"]


def test_a_file_that_is_no_toml_is_named(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("= 3", "utf-8")
    with pytest.raises(ConfigError, match=r"x\.toml"):
        read_province(path)
