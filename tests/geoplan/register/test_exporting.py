"""A register that is written as a file comes back from it as it was."""

from __future__ import annotations

import pytest
from shapely.geometry import Point

from geoplan.register.adding import add_projects, epsg_of, stamp_of
from geoplan.register.exporting import export_register, left_out
from geoplan.register.reading import Brought, read_brought
from geoplan.register.store import Place, opened
from tests.geoplan.register.test_register import (
    FAR,
    NEAR,
    check,
    folder,  # noqa: F401
    place,  # noqa: F401
    plan_of,
)
from tests.siting.check.test_law_of_the_day import X, Y

EVERYTHING = {
    "id": "甲-1",
    "name": "=1+1 一期",  # a workbook shows it with an apostrophe
    "kind": "光伏",
    "unit": "@发改局",
    "stage": "投产",
    "section": "三（一）",
    "year": 2026,
    "capacity_mw": 12.5,
    "energy_mwh": 4.0,
    "area_ha": 3.25,
    "commissioned": "2025-06",
}
ROWS = [
    Brought("t", EVERYTHING, NEAR),
    Brought("t", {"id": "B", "name": "-乙", "kind": "wind"}, Point(X + 1300, Y + 1010.5)),
    Brought("t", {"id": "C", "name": "无地", "kind": "交通", "area_ha": 2}),
    Brought("t", {"id": "D", "name": "丁", "kind": "储能", "energy_mwh": 8}, FAR),
]


def kept(place, plan):  # noqa: F811
    with opened(place, epsg_of(plan)) as ledger:
        return ledger.current(), ledger.history(), ledger.last_check(), ledger.epsg


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["xlsx", "csv", "gpkg"])
def test_what_is_written_out_is_read_back_as_it_was(folder, place, kind, lang):  # noqa: F811
    plan = plan_of(folder)
    add_projects(place, plan, ROWS, stamp_of(plan, "甲", ""))
    check(place, plan)
    given = kept(place, plan)
    file = export_register(folder / f"out.{kind}", *given, lang)
    # into the same register: nothing is another
    done = add_projects(place, plan, read_brought(file, plan), stamp_of(plan, "", ""))
    assert sorted(done.same) == ["B", "C", "D", "甲-1"]
    assert done.unread == ()  # what a check and a history wrote beside the fields
    other = Place(folder / "other.gpkg")
    add_projects(other, plan, read_brought(file, plan), stamp_of(plan, "", ""))
    before, after = given[0], kept(other, plan)[0]
    assert {i: e.project for i, e in after.items()} == {i: e.project for i, e in before.items()}
    for i, entry in before.items():
        was, now = entry.geometry, after[i].geometry
        # a table has a place for points alone, and says so
        if was is None or (kind != "gpkg" and was.geom_type != "Point"):
            assert now is None
        else:
            assert now.equals_exact(was, 1e-6)
    told = left_out(file, before.values())
    if kind == "gpkg":
        assert told is None
    else:
        assert "2" in told(lang)  # 甲-1 and D
        assert ".gpkg" in told(lang)


def test_a_register_of_no_land_at_all_comes_back(folder, place):  # noqa: F811
    plan = plan_of(folder)
    add_projects(place, plan, [ROWS[2]], stamp_of(plan, "", ""))
    file = export_register(folder / "out.gpkg", *kept(place, plan), "zh")
    (one,) = read_brought(file, plan)
    assert (one.values["id"], one.values["area_ha"], one.geometry) == ("C", 2.0, None)
