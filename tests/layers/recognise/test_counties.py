"""A county by whatever people call it; never a guess between two."""

from __future__ import annotations

import pytest

from gis.errors import ConfigError
from layers.bundled_county import bundled_divisions
from layers.recognise.counties import county_title, find_county


@pytest.mark.parametrize(
    "asked",
    [
        *("640221", "平罗县", "平罗", "宁夏平罗县", "石嘴山市平罗县", "石嘴山平罗", "平罗 县"),
        *("宁夏回族自治区石嘴山市平罗县", "pingluo", "pingluoxian", "PingLuo Xian", "píng luó"),
        *(
            "Pingluo County",
            "Pingluo County, Shizuishan, Ningxia",
            "ningxia pingluo",
            "６４０２２１",
        ),
    ],
)
def test_one_county_in_many_forms(asked):
    assert find_county(asked).adcode == "640221"


@pytest.mark.parametrize(
    ("asked", "adcode"),
    [
        *(("南京鼓楼区", "320106"), ("gulou nanjing", "320106"), ("朝阳县", "211321")),
        *(("lüchun", "532531"), ("luchun", "532531"), ("lvchunxian", "532531")),
        # polyphones, in the reading of the place and in that of the words
        *(("单县", "371722"), ("shanxian", "371722"), ("danxian", "371722")),
        *(("chaoyang beijing", "110105"), ("daicheng", "131025")),
        *(("东莞", "441900"), ("三江", "450226"), ("sanjiang dong", "450226")),
        ("东乡族自治县", "622926"),
    ],
)
def test_other_counties(asked, adcode):
    assert find_county(asked).adcode == adcode


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ("鼓楼区", ("320106", "320302", "350102", "410204")),
        ("Gulou District", ("320106", "320302", "350102", "410204")),
        ("朝阳", ("110105", "211321", "220104")),
    ],
)
def test_several_of_one_name_are_refused_with_code_city_and_province(asked, codes):
    with pytest.raises(ConfigError, match="counties are called so") as err:
        find_county(asked)
    assert all(code in str(err.value) for code in codes)
    assert "江苏省南京市鼓楼区" in str(err.value) or "朝阳" in asked


@pytest.mark.parametrize("asked", ["640200", "石嘴山", "石嘴山市", "shizuishan", "6402"])
def test_a_city_says_which_counties_it_has(asked):
    with pytest.raises(ConfigError, match="not a county") as err:
        find_county(asked)
    assert all(code in str(err.value) for code in ("640202", "640205", "640221"))


def test_a_province_by_its_english_name_is_no_county():
    with pytest.raises(ConfigError, match="it has 103 counties"):
        find_county("Inner Mongolia")


@pytest.mark.parametrize("asked", ["平落县", "平洛", "pinglou", "640229"])
def test_unknown_ones_come_with_near_ones(asked):
    with pytest.raises(ConfigError, match="no county has this") as err:
        find_county(asked)
    assert "640221" in str(err.value)


def test_a_name_that_sounds_the_same_comes_first():
    with pytest.raises(ConfigError, match="expected 640221"):
        find_county("平落县")


@pytest.mark.parametrize("asked", ["", "   ", "999999", "🙂", "\x00", "县", "x" * 5000])
def test_what_is_no_name_at_all_is_refused(asked):
    with pytest.raises(ConfigError):
        find_county(asked)


@pytest.mark.parametrize(
    ("name", "english"),
    [
        *(
            ("平罗县", "Pingluo County"),
            ("单县", "Shanxian County"),
            ("利辛县", "Lixin County"),
        ),
        *(
            ("西安区", "Xi'an District"),
            ("灵武市", "Lingwu City"),
            ("神农架林区", "Shennongjia Forestry District"),
        ),
        ("三江侗族自治县", "Sanjiang Dong Autonomous County"),
        ("东乡族自治县", "Dongxiang Autonomous County"),
        ("焉耆回族自治县", "Yanqi Hui Autonomous County"),
    ],
)
def test_titles(name, english):
    assert county_title(name).en == english
    assert county_title(name).zh == name


def test_every_county_has_an_english_title_without_code_or_chinese():
    for row in bundled_divisions():
        title = county_title(row["district_name"]).en
        assert title[:1].isalpha()
        assert not any(c.isdigit() or "\u3400" <= c <= "\u9fff" for c in title), title
