"""The rule books: complete, true to their source, and read by question, day and scenario."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from datetime import date
from unicodedata import normalize

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from gis.errors import ConfigError, ModelError
from layers.catalogue import layer_ids
from siting.rules import (
    Checklist,
    Condition,
    Note,
    Override,
    Rule,
    Within,
    all_rules,
    half_widths,
    load_rules,
    matches,
    overrides_table,
    reach_m,
    read_book,
    relaxed,
    rule_book_versions,
    rule_books,
    rules_table,
    search_rules,
)
from tests.conftest import ROOT

# Counted in the files themselves, past the loader: a rule added is a rule expected.
WRITTEN = [
    row
    for path in sorted((ROOT / "siting" / "rules" / "books").glob("*.toml"))
    for row in tomllib.loads(path.read_text(encoding="utf-8")).get("rules", [])
]
ROWS = Counter(row["applies_to"][0] for row in WRITTEN)
BY_ID = {r.id: r for r in all_rules()}


def loaded(rule_id: str, **how: object) -> Rule | None:
    rules = load_rules(BY_ID[rule_id].applies_to, **how)  # type: ignore[arg-type]
    return next((r for r in rules if r.id == rule_id), None)


def test_every_rule_of_the_books_is_loaded_once():
    assert sorted(r["id"] for r in WRITTEN) == [r.id for r in all_rules()]
    assert {"pv", "wind", "afforest", "wetland", "grass"} <= set(ROWS)
    assert Counter(r.applies_to[0] for r in all_rules()) == ROWS


def test_what_no_correction_touches_is_as_the_source_table_has_it(shared):
    facts = shared / "facts"
    with (facts / "rules.csv").open(encoding="utf-8-sig") as f:
        rows = {r["id"]: r for r in csv.DictReader(f)}
    with (facts / "rules_corrections.csv").open(encoding="utf-8-sig") as f:
        touched = {r["rule_id"] for r in csv.DictReader(f) if r["field"] != "valid_from"}
    entries = {e.id: e for b in rule_books() for e in b.entries}
    # the final notice does not name state forest farms
    assert set(rows) - set(entries) == {"WD-011"}
    for rule_id, row in rows.items():
        if rule_id not in entries:
            continue
        entry = entries[rule_id]
        stated = entry.stated
        assert (stated.layer, stated.operator, stated.parameter, stated.unit) == (
            row["layer"],
            row["operator"],
            row["parameter"],
            row["unit"],
        )
        assert row["applies_to"] in entry.applies_to
        if rule_id not in touched:
            assert entry.kind == row["kind"], rule_id
            # the table writes half-width marks; in WD-004 a word stands twice, and the remark
            # of WD-006 is cut
            ours, theirs = (
                "".join(normalize("NFKC", title).split())
                for title in (entry.title.zh, row["title_zh"].replace("方案方案", "方案"))
            )
            assert ours == (theirs.partition("(")[0] if rule_id == "WD-006" else theirs)


@pytest.mark.parametrize(
    "entry", [e for b in rule_books() for e in b.entries], ids=lambda e: e.id
)
def test_what_a_reader_of_chinese_sees_has_full_width_marks(entry):
    """Titles, remarks and what stands in place of a law; quotes stay as they were printed."""
    said = [w for x in (entry, *entry.versions) for w in (x.title, x.review, x.approval)]
    for text in (*(w.zh for w in said if w is not None), *(v.citation for v in entry.versions)):
        assert not re.search(r"[一-鿿][,;:?!()]|[,;:?!()][一-鿿]", text), text
        # a bracket that is opened is closed: no title is cut
        assert text.count("（") == text.count("）"), text


def test_parameters_of_filters_are_those_stated():
    for rule in all_rules():
        test, stated = rule.test, rule.stated.parameter
        if isinstance(test, Within) and test.distance_m is not None:
            factor = 1000 if rule.stated.unit == "km" else 1
            assert test.distance_m == float(stated) * factor, rule.id
        elif rule.is_filter and rule.stated.operator in {"gt", "lt", "ge", "le"}:
            limits = [getattr(t, "limit", None) for t in test.nested()]
            bounds = [
                b
                for t in test.nested()
                for c in getattr(t, "where", {}).values()
                for b in (getattr(c, "min", None), getattr(c, "gt", None))
            ]
            # 5040 MJ/m2 is 5040 / 3.6 = 1400 kWh/m2, the unit of the layer
            wanted = 1400 if rule.id == "PV-086" else float(stated)
            assert wanted in limits + bounds, rule.id


def test_project_conditions_are_never_masks():
    for rule in all_rules():
        if rule.stated.operator.startswith("require") or rule.stated.operator == "info":
            assert isinstance(rule.test, Checklist | Note), rule.id
        if rule.stated.operator in {"intersects", "within", "not_in"}:
            assert rule.is_filter, rule.id


def test_every_rule_names_layers_of_the_catalogue_and_its_law():
    for rule in all_rules():
        assert set(rule.layer_ids) <= layer_ids()
        assert bool(rule.layer_ids) == rule.is_filter
        assert rule.citation
        assert bool(rule.quote) != bool(rule.no_quote)
        assert rule.title.en.isascii(), rule.id
        if rule.kind == "conditional" and rule.is_filter:
            assert rule.approval is not None, rule.id


def test_hard_rules_rest_on_texts_read_in_full_and_in_force():
    for rule in load_rules(list(ROWS)):
        if rule.kind == "hard":
            assert rule.engineering or (
                rule.source_step in ("primary", "mirror") and rule.validity == "confirmed"
            ), rule.id
    for scenario in ("base", "conservative"):
        for rule in load_rules(list(ROWS), scenario=scenario):
            seen = rule.source_step != "recalled" or rule.engineering
            assert seen or rule.kind != "hard", rule.id
    park = loaded("PV-017")
    assert (park.kind, park.stated_kind, park.needs_review) == ("conditional", "hard", True)


# ------------------------------------------------------------------ traps of the law


def test_shrub_has_no_cover_limit_where_rain_is_below_400_mm():
    test = BY_ID["PV-007"].test
    rain = test.when[0]
    assert (rain.type, rain.layer, rain.limit, rain.inclusive) == (
        "above",
        "annual_rainfall",
        400,
        True,
    )
    # 30 % is the older caliber: only in the conservative scenario, or before 2023-03-20
    assert loaded("PV-008") is None
    assert loaded("PV-008", scenario="conservative").kind == "hard"
    assert loaded("PV-008", as_of=date(2022, 1, 1)).kind == "conditional"
    assert loaded("PV-008", as_of=date(2015, 1, 1)).law_known is False


def test_validity_of_documents():
    # 林资发〔2019〕17号 ran five years from about 2019-03-27 and has expired
    assert loaded("WD-020") is None
    assert loaded("WD-020", as_of=date(2020, 6, 1)).kind == "hard"
    assert loaded("WD-020", as_of=date(2018, 6, 1)).law_known is False
    # forest and grass notice: issued 2026-01-22, in force until 2030-12-31; what follows
    # nobody knows
    for day, known in [
        (date(2026, 1, 21), False),
        (date(2026, 1, 22), True),
        (date(2030, 12, 31), True),
        (date(2031, 1, 1), False),
    ]:
        assert loaded("WD-013", as_of=day).law_known is known
    # reserve regulation revised with effect from 2026-03-15
    assert "二十六" in loaded("PV-015").citation
    assert "三区" in loaded("PV-015", as_of=date(2026, 3, 14)).title.zh


def test_power_line_voltages_are_those_of_article_10():
    line = gpd.GeoDataFrame(
        {
            "voltage_kv": [10, 66, 110, 220, 330, 500, 750, 800, 800],
            "current": [None] * 7 + ["dc", "ac"],
        },
        geometry=[LineString([(0, 0), (1, 0)])] * 9,
    )
    hit = {
        i: matches(BY_ID[i].test.where, line).hit.tolist()
        for i in ("PV-044", "PV-045", "PV-046", "PV-047", "PV-048", "PV-049")
    }
    yes = {k: [j for j, h in enumerate(v) if h] for k, v in hit.items()}
    assert yes == {
        "PV-044": [0],
        "PV-045": [1, 2],
        "PV-046": [3, 4],
        "PV-047": [5],
        "PV-048": [6, 8],
        "PV-049": [7],
    }
    for rule_id in ("PV-048", "PV-049"):
        assert BY_ID[rule_id].source_step == "recalled"


def test_railways_are_conditional_and_need_an_agreement():
    for rule_id in ("PV-040", "PV-041", "PV-042", "PV-043", "WD-045", "WD-046"):
        rule = BY_ID[rule_id]
        assert rule.kind == "conditional"
        assert "协议" in rule.approval.zh
    rails = pd.DataFrame(
        {"rail_class": ["high_speed"] * 3, "setting": ["village", "other", None]}
    )
    assert matches(BY_ID["PV-042"].test.where, rails).hit.tolist() == [True, False, False]
    # an unstated setting gets the wider zone
    assert matches(BY_ID["PV-040"].test.where, rails).hit.tolist() == [False, True, True]
    towns = pd.DataFrame({"rail_class": ["high_speed"] * 2, "setting": ["urban", "suburb"]})
    assert not matches(BY_ID["PV-040"].test.where, towns).hit.any()
    # article 27: towns 10 m and 8 m, suburbs 12 m and 10 m, villages 15 m and 12 m
    assert [BY_ID[f"PV-{i}"].test.distance_m for i in (100, 101, 102, 103)] == [10, 8, 12, 10]
    assert [BY_ID[f"WD-0{i}"].test.distance_m for i in range(88, 94)] == [15, 12, 10, 8, 12, 10]


def test_paddy_and_aquaculture_are_not_wetland():
    table = pd.DataFrame(
        {"level": ["general"] * 4, "wetland_type": ["paddy", "aquaculture", "lake", None]}
    )
    for rule_id in ("PV-019", "WD-026"):
        assert matches(BY_ID[rule_id].test.where, table).hit.tolist() == [
            False,
            False,
            True,
            True,
        ]


def test_ningxia_2015_document_in_the_conservative_scenario():
    assert loaded("PV-068").kind == "conditional"
    assert loaded("PV-068", scenario="conservative").kind == "hard"
    assert loaded("WD-070", scenario="conservative").kind == "hard"
    assert all(BY_ID[i].needs_review for i in ("PV-066", "PV-067", "PV-068", "WD-070"))


def test_desert_margin_speaks_for_planting():
    rule = loaded("AF-021")
    assert (rule.kind, rule.stated_kind) == ("preference", "hard")


def test_hard_scenario_has_hard_rules_only():
    for question in ROWS:
        assert {r.kind for r in load_rules(question, scenario="hard")} == {"hard"}


# ------------------------------------------------------------------ distances


@pytest.mark.parametrize(
    ("layer", "row", "metres"),
    [
        # shared facts section 5: expressway 20, national 12, provincial 10, county 6,
        # township 4, 750 kV 25, 330 kV 12, 220 kV 10, 110 kV 6, railway 10
        ("road", {"road_class": "expressway"}, 20),
        ("road", {"road_class": "national"}, 12),
        ("road", {"road_class": "provincial"}, 10),
        ("road", {"road_class": "county"}, 6),
        ("road", {"road_class": "township"}, 4),
        ("road", {"road_class": "county", "half_width_m": 9.0}, 9),
        ("road", {"road_class": "county", "width_m": 24.0}, 12),
        ("power_line", {"voltage_kv": 750}, 25),
        ("power_line", {"voltage_kv": 330}, 12),
        ("power_line", {"voltage_kv": 220}, 10),
        ("power_line", {"voltage_kv": 110}, 6),
        ("power_line", {"voltage_kv": 110, "placement": "underground"}, 0),
        ("railway", {"rail_class": "conventional"}, 10),
        ("pipeline", {}, 0),
    ],
)
def test_half_width_of_a_centre_line(layer, row, metres):
    table = gpd.GeoDataFrame([row], geometry=[LineString([(0, 0), (10, 0)])])
    assert half_widths(layer, table).tolist() == [metres]


def test_polygons_and_points_have_no_half_width():
    table = gpd.GeoDataFrame(
        {"road_class": ["national", "national"]}, geometry=[box(0, 0, 1, 1), Point(0, 0)]
    )
    assert half_widths("road", table).tolist() == [0, 0]


def test_reach_is_half_width_plus_distance():
    table = gpd.GeoDataFrame(
        {"road_class": ["expressway"]}, geometry=[LineString([(0, 0), (10, 0)])]
    )
    # 20 m to the land edge and 30 m from there
    assert reach_m(BY_ID["PV-035"].test, "road", table).tolist() == [50]


def test_fall_distance_needs_a_turbine():
    tests = loaded("WD-044").test.tests
    assert all(t.distance_m is None for t in tests)
    table = gpd.GeoDataFrame({"rail_class": ["high_speed"]}, geometry=[Point(0, 0)])
    with pytest.raises(ModelError, match="turbine"):
        reach_m(tests[1], "railway", table)
    known = loaded("WD-044", hub_height_m=110.0, rotor_radius_m=90.0)
    # 1.5 x (110 + 90)
    assert [t.distance_m for t in known.test.tests] == [300.0] * 3


def test_weather_station_distance_never_exceeds_its_circle():
    # article 13: height <= distance / 10, inside 2000 m; a tip of 150 m needs 1500 m
    low = loaded("WD-036", hub_height_m=100.0, rotor_radius_m=50.0)
    assert low.test.distance_m == 1500
    high = loaded("WD-036", hub_height_m=160.0, rotor_radius_m=100.0)
    assert high.test.distance_m == 2000
    assert loaded("WD-036").test.distance_m == 2000


# ------------------------------------------------------------------ three-valued matching


def test_missing_values_are_unknown_unless_said():
    table = pd.DataFrame({"voltage_kv": [None, 110.0, 750.0]})
    got = matches(BY_ID["PV-045"].test.where, table)
    assert got.hit.tolist() == [False, True, False]
    assert got.unknown.tolist() == [True, False, False]


def test_absent_column_is_missing_everywhere():
    got = matches({"road_class": "national"}, pd.DataFrame(index=[4, 7]))
    assert got.hit.tolist() == [False, False]
    assert got.unknown.tolist() == [True, True]


@given(
    st.lists(
        st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1.0, 5.0, 9.0])),
        min_size=1,
    )
)
def test_hit_unknown_and_miss_exclude_one_another(rows):
    table = pd.DataFrame(rows, columns=["name", "value"]).astype({"value": float})
    got = matches({"name": "a", "value": Condition(min=2, max=6)}, table)
    for (name, value), hit, unknown in zip(rows, got.hit, got.unknown, strict=True):
        parts = [
            None if name is None else name == "a",
            None if value is None else 2 <= value <= 6,
        ]
        assert hit == all(p is True for p in parts)
        assert unknown == (False not in parts and None in parts)


# ------------------------------------------------------------------ overrides and own books


def test_override_inside_bounds_carries_its_reason():
    change = Override(id="PV-035", distance_m=60, reason="本县要求")
    rule = loaded("PV-035", overrides=[change])
    assert rule.test.distance_m == 60
    assert rule.overridden == "本县要求"
    assert "本县要求" in overrides_table([change]).to_string()


def test_override_below_the_law_is_refused_with_the_article():
    with pytest.raises(ConfigError, match="不少于30米"):
        loaded("PV-035", overrides=[Override(id="PV-035", distance_m=29.9, reason="x")])


def test_override_faults_come_together():
    changes = [
        Override(id="PV-035", distance_m=1, reason="x"),
        Override(id="PV-999", off=True, reason="x"),
        Override(id="PV-001", distance_m=5, reason="x"),
    ]
    with pytest.raises(ConfigError) as err:
        load_rules("pv", overrides=changes)
    assert len(err.value.faults) == 3


def test_override_off_and_kind():
    assert loaded("PV-001", overrides=[Override(id="PV-001", off=True, reason="x")]) is None
    wall = loaded("PV-095", overrides=[Override(id="PV-095", kind="hard", reason="已公布")])
    assert wall.kind == "hard"
    assert wall.needs_review


@pytest.mark.parametrize(
    "bad",
    [
        {"off": True},
        {"reason": ""},
        {"reason": "x"},
        {"reason": "x", "off": True, "kind": "hard"},
    ],
)
def test_override_needs_a_reason_and_one_change(bad):
    with pytest.raises(ConfigError):
        Override(id="PV-001", **bad)


def test_relaxed_is_free_of_bounds_and_refuses_other_rules():
    assert relaxed(BY_ID["PV-035"], distance_m=0).test.distance_m == 0
    with pytest.raises(ConfigError, match="no such parameter"):
        relaxed(BY_ID["PV-001"], distance_m=1)


OWN = """
[book]
id = "own"
title = { zh = "自有", en = "own" }
as_of = 2026-01-01

[[rules]]
id = "XX-001"
applies_to = ["pv"]
holds_in = { country = "CN" }
kind = "hard"
source_step = "primary"
title = { zh = "一", en = "one" }
citation = "自定"
quote = "不得"
stated = { layer = "x", operator = "within" }
[rules.test]
"""


def test_own_book_extends_the_bundled_ones(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        OWN + 'type = "within"\nlayer = "dyke"\ndistance_m = 40\nbounds_m = [0, 100]\n',
        encoding="utf-8",
    )
    assert [r.id for r in read_book(path).rules] == ["XX-001"]
    assert len(all_rules(["bundled", path])) == len(WRITTEN) + 1
    assert set(rule_book_versions([path])) == {"own"}


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (
            'type = "within"\nlayer = "dike"\ndistance_m = 4\nbounds_m = [0, 9]',
            "did you mean dyke",
        ),
        (
            'type = "intersects"\nlayer = "road"\nwhere = { road_class = "lane" }',
            "no such value",
        ),
        ('type = "intersects"\nlayer = "road"\nwhere = { lane = 1 }', "no such field"),
        ('type = "intersects"\nlayer = "dem"', "feature layer"),
        ('type = "above"\nlayer = "slope"\nlimit = 3\nunit = "%"', "unit differs"),
        ('type = "above"\nlayer = "road"\nlimit = 3\nunit = "m"', "layer of numbers"),
        ('type = "in_classes"\nlayer = "land_parcels"\nclasses = ["0199"]', "no such class"),
        (
            'type = "within"\nlayer = "dyke"\ndistance_m = 40\nbounds_m = [0, 9]',
            "outside bounds",
        ),
        ('type = "within"\nlayer = "dyke"\nbounds_m = [0, 9]', "distance_m or distance_of"),
        ('type = "near"\nlayer = "dyke"', "no kind of test near"),
        ('type = "intersects"\nlayer = "dyke"\nbuffer = 5', "unknown key"),
    ],
)
def test_faults_of_a_book_are_named(tmp_path, test, message):
    path = tmp_path / "own.toml"
    path.write_text(OWN + test, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_book(path)


def test_a_rule_id_may_not_come_twice(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        OWN.replace("XX-001", "PV-001") + 'type = "intersects"\nlayer = "dyke"',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="used twice"):
        rule_books(["bundled", path])


# ------------------------------------------------------------------ lists


def test_search_and_table():
    found = search_rules("长城", applies_to="pv")
    assert [r.id for r in found] == ["PV-029", "PV-030", "PV-031", "PV-095"]
    assert search_rules("great wall", applies_to="pv") == found
    for lang in ("zh", "en"):
        table = rules_table(lang=lang)
        assert len(table) == len(WRITTEN)
        assert not table.isna().to_numpy().any()
    review = rules_table(found, "en")["review"].tolist()
    # the wall itself is the statute's; widths that nobody published need a lawyer
    assert review[1] == ""
    assert review[3].startswith("needs legal review")
    # what the source states, and what a hard rule known from reports is worth
    assert rules_table(found, "en")[["kind", "in force as"]].to_numpy().tolist()[0] == [
        "Forbidden",
        "Conditional",
    ]


def test_versions_change_with_the_text(tmp_path):
    path = tmp_path / "own.toml"
    body = OWN + 'type = "intersects"\nlayer = "dyke"'
    path.write_text(body, encoding="utf-8")
    before = rule_book_versions([path])
    path.write_text(body.replace("不得", "不应"), encoding="utf-8")
    assert rule_book_versions([path]) != before


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"applies_to": "foo"}, "applies_to"),
        ({"applies_to": "pv", "scenario": "z"}, "scenario"),
        ({"applies_to": "wind", "hub_height_m": -3.0, "rotor_radius_m": 80.0}, "hub_height_m"),
        (
            {"applies_to": "wind", "rotor_radius_m": 8500.0, "hub_height_m": 90.0},
            "rotor_radius_m",
        ),
        (
            {"applies_to": "wind", "hub_height_m": float("nan"), "rotor_radius_m": 80.0},
            "hub_height_m",
        ),
    ],
)
def test_a_question_nobody_knows_is_refused(asked, where):
    """No rule at all would look like land that nothing forbids."""
    with pytest.raises(ConfigError) as err:
        load_rules(**asked)
    assert [f.where for f in err.value.faults] == [where]
    assert "：" in err.value.text("zh")
