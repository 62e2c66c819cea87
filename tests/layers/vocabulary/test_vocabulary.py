"""Code lists: complete, mapped to ecosystem classes, and suspicious of look-alikes."""

from __future__ import annotations

import csv

import pytest

from gis.errors import ConfigError, DataError
from layers.vocabulary import (
    check_codes,
    dlbm_group,
    dlbm_groups,
    ecosystems,
    groups,
    vocabularies,
    vocabulary,
)

# ESA WorldCover 2021 v200 user manual table 1: 11 classes; CLCD 9; IGBP 17 and the second
# code of water; CORINE 44; TD/T 1055-2019 working classes as listed in the shared facts: 77.
SIZES = {"dlbm": 77, "worldcover2021": 11, "clcd": 9, "mcd12_igbp": 18, "corine": 44}


@pytest.mark.parametrize("name", vocabularies())
def test_every_code_maps_into_known_classes(name):
    found = vocabulary(name)
    assert len(found.entries) == SIZES[name]
    for entry in found.entries.values():
        assert entry.ecosystem <= set(ecosystems())
        assert entry.group
        assert entry.group <= set(groups())
        # a group that no possible ecosystem class belongs to would lose area
        if entry.ecosystem and name != "dlbm":
            assert {ecosystems()[e].group for e in entry.ecosystem} <= entry.group


def test_dlbm_equals_the_shared_table(shared):
    dlbm = vocabulary("dlbm")
    with (shared / "facts" / "dlbm_codes.csv").open(encoding="utf-8-sig") as f:
        rows = list(csv.DictReader(f))
    assert [r["DLBM"] for r in rows] == list(dlbm.entries)
    for row in rows:
        entry = dlbm[row["DLBM"]]
        assert entry.title.zh == row["DLMC"]
        assert entry.group == {row["group"]}
        assert entry.ecosystem == ({row["carbon_class"]} - {"n/a"})
        assert entry.wetland_sandiao == (row["is_wetland_sandiao"] == "1")
        broad = next(v for k, v in row.items() if k.startswith("is_wetland_broad"))
        assert entry.wetland_broad == (broad == "1")


def test_three_wetland_calibers():
    dlbm = vocabulary("dlbm").entries
    narrow = {c for c, e in dlbm.items() if e.wetland_sandiao}
    broad = {c for c, e in dlbm.items() if e.wetland_broad}
    law = {c for c, e in dlbm.items() if e.wetland_law}
    # class 00 of the working classification
    assert narrow == {"0303", "0304", "0306", "0402", "0603", "1105", "1106", "1108"}
    # article 2 of the Wetland Protection Law leaves out paddy and aquaculture
    assert broad - law == {"0101"}
    assert "1104A" not in law
    assert narrow < law < broad


def test_collisions_are_nineteen_and_refused_by_name():
    dlbm = vocabulary("dlbm")
    assert len(dlbm.collisions) == 19
    codes = list(dlbm.collisions)
    with pytest.raises(DataError) as err:
        check_codes(codes, list(dlbm.collisions.values()), dlbm, where="parcels.dlbm")
    assert len(err.value.faults) == 19
    assert all("用地用海" in f.what and "recode" in f.todo for f in err.value.faults)
    # the same codes with their own names pass
    check_codes(codes, [dlbm[c].title.zh for c in codes], dlbm)


@pytest.mark.shared
def test_collisions_are_those_of_the_two_lists(shared):
    with (shared / "facts" / "dlbm_collisions.csv").open(encoding="utf-8-sig") as f:
        rows = [tuple(r) for r in csv.reader(f)][1:]
    dlbm = vocabulary("dlbm")
    assert [(c, dlbm[c].title.zh, other) for c, other in dlbm.collisions.items()] == rows


def test_name_that_fits_neither_list_is_refused_too():
    with pytest.raises(DataError, match="0102 is 水浇地 here, but the data call it 旱地"):
        check_codes(["0102"], ["旱地"], vocabulary("dlbm"))


def test_unknown_blank_and_shortened_codes():
    dlbm = vocabulary("dlbm")
    with pytest.raises(DataError, match="9999 x 2"):
        check_codes(["9999", "0101", "9999"], None, dlbm)
    with pytest.raises(DataError, match=r"\(blank\) x 2"):
        check_codes([None, float("nan")], None, dlbm)
    with pytest.raises(DataError, match="leading zero"):
        check_codes(["101"], None, dlbm)


def test_numbers_of_rasters_are_read():
    check_codes([10, 40, 60], None, vocabulary("worldcover2021"))
    corine = vocabulary("corine")
    # raster values run in the order of the codes: 1 = 111, 12 = 211, 44 = 523
    assert [corine[v].code for v in (1, 12, 44)] == ["111", "211", "523"]
    assert corine.raster_values(["111", "211", "523"]) == (1, 12, 44)


def test_a_coarse_class_is_several():
    tree = vocabulary("worldcover2021")["10"]
    assert {"forest_arbor", "orchard"} <= tree.ecosystem


def test_no_such_list():
    with pytest.raises(ConfigError, match="no such vocabulary"):
        vocabulary("gb21010")


def test_groups_name_codes_of_the_list():
    words = vocabulary("dlbm")
    for name, codes in dlbm_groups().items():
        assert set(codes) <= set(words.entries), name
    # GB/T 21010-2017: cropland is the whole first-level class 01
    level1 = {c for c, e in words.entries.items() if e.facts.get("level1") == "01 耕地"}
    assert set(dlbm_group("cropland")) == level1 - set(dlbm_group("ridge"))
    assert words[dlbm_group("ridge")[0]].title.zh == "田坎"
    assert {words[c].title.zh for c in dlbm_group("shrub")} == {"灌木林地"}
    # arbor and bamboo, adjustable ones among them: the group the land is summed by
    assert dlbm_group("forest") == words.codes(group="forest")
    assert dlbm_group("arbor") == words.codes(group="forest")


def test_no_such_group():
    with pytest.raises(ConfigError, match="no such group"):
        dlbm_group("woods")


def test_codes_of_the_second_survey_are_named_and_no_zero_is_advised():
    """GB/T 21010-2007: 011 paddy, 021 orchard, 101 railway, which 0101 (paddy) is not."""
    with pytest.raises(DataError) as err:
        check_codes(["011", "021", "101", "203"], None, vocabulary("dlbm"), where="DLTB dlbm")
    for lang, words in (("zh", "第二次土地调查"), ("en", "second land survey")):
        told = err.value.text(lang)
        assert words in told
        assert "011" in told
        assert "0101" not in told
    with pytest.raises(DataError, match="leading zero"):
        check_codes(["101", "1204"], None, vocabulary("dlbm"))
