"""A repaired copy: each mend is listed, a second look finds it gone, nothing is overwritten."""

from __future__ import annotations

import csv
import hashlib
import sqlite3
import struct

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from geoplan.checkup.repair import repair_lines, repaired_copy
from geoplan.doctor import diagnose
from gis.cells.area import polygon_area_m2
from gis.crs.gcj02 import wgs84_to_gcj02
from gis.errors import ConfigError
from layers.doctor.mend import AREA_FIELD
from tests.layers.doctor.test_findings import lattice
from tests.layers.open.test_open import X, Y, plan_of  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow  # each looks twice


@pytest.fixture
def repaired(plan_of, tmp_path):  # noqa: F811
    """Repairs parcels; gives changes by feature, findings before and after, the new table."""

    def done(table, more="", name="d.gpkg", **how):
        table.to_file(tmp_path / name, **how)
        plan = plan_of(f'[layers.land_parcels]\npath = "{name}"\ndate = "2025"\n{more}')
        before = {f.code: f for f in diagnose(plan).findings}
        found = repaired_copy(plan, tmp_path / "fixed", "en")
        after = {f.code: f for f in found.again.findings}
        path = tmp_path / "fixed" / "land_parcels.gpkg"
        return found, before, after, gpd.read_file(path) if path.exists() else None

    return done


def test_sound_parcels_are_not_copied(repaired, tmp_path):
    found, _, _, table = repaired(lattice())
    assert found.copy.changes == ()
    assert table is None
    assert sorted(p.name for p in (tmp_path / "fixed").iterdir()) == [
        "changes.csv",
        "changes.xlsx",
        "p.toml",
    ]


def test_doubles_and_areas(repaired):
    """5 rows twice; TBMJ doubled on 10 and negative on 10: listed, and gone afterwards."""
    table = lattice()
    table.loc[210:219, "TBMJ"] *= 2
    table.loc[230:239, "TBMJ"] *= -1
    table.loc[250:252, "KCXS"] = 3.0
    given = table["TBMJ"].to_numpy()
    true = lattice()["TBMJ"].to_numpy()
    table = pd.concat([table, table.iloc[:5]], ignore_index=True)
    found, before, after, new = repaired(table)
    gone = {"parcels_doubled", "parcels_area_differs", "parcels_negative"}
    assert gone <= set(before)
    assert gone.isdisjoint(after)
    assert len(new) == 400
    # the field of the survey stays as it is; the new one is right to 0.01 m2
    assert new["TBMJ"].to_numpy() == pytest.approx(given)
    assert new[AREA_FIELD].to_numpy() == pytest.approx(true, abs=0.011)
    by = [(c.field, c.feature) for c in found.copy.changes]
    assert sorted(f for k, f in by if k == "row") == [f"b{i:03d}" for i in range(5)]
    assert len([1 for k, _ in by if k == AREA_FIELD]) == 20
    (areas,) = found.copy.areas
    assert (areas.rows_before, areas.rows_after) == (405, 400)
    assert areas.area_before_m2 - areas.area_after_m2 == pytest.approx(true[:5].sum(), abs=0.1)
    # KCXS is no mechanical mend: it is listed with its reason
    assert [f.code for f in found.left if f.code == "parcels_kcxs"] == ["parcels_kcxs"]
    book = openpyxl.load_workbook(found.copy.plan.parent / "changes.xlsx")
    left = {row[2]: row[5] for row in book["not repaired"].iter_rows(values_only=True)}
    assert "slope map" in left["parcels_kcxs"]


def test_a_row_of_one_outline_and_other_attributes_stays(repaired):
    table = lattice()
    other = table.iloc[[7]].assign(BSM="other")
    found, _, after, new = repaired(pd.concat([table, other], ignore_index=True))
    assert found.copy.changes == ()
    assert new is None
    assert "parcels_doubled" in after


def test_rings_that_cross_and_rows_without_shape(repaired):
    table = lattice()
    a = X + 500 * 20
    tie = shapely.Polygon([(a, Y), (a + 200, Y + 200), (a + 200, Y), (a, Y + 200)])
    table.loc[len(table)] = ["tie", "0102", "水浇地", 20_000.0, 0.1, tie]
    table.loc[len(table)] = ["none", "0102", "水浇地", 1.0, 0.1, None]
    found, before, after, new = repaired(table)
    assert {"repaired", "no_geometry"} <= set(before)
    assert {"repaired", "no_geometry"}.isdisjoint(after)
    assert shapely.is_valid(new.geometry.to_numpy()).all()
    by = {c.feature: c for c in found.copy.changes if c.field in ("geometry", "row")}
    assert set(by) == {"tie", "none"}
    # two triangles of 200 m x 100 m / 2, which the signed area of the bow tie hides
    assert by["tie"].area_after_m2 == pytest.approx(2 * 200 * 100 / 2)


def test_a_ring_that_is_not_closed(plan_of, tmp_path):  # noqa: F811
    """GEOS reads no such file; in the copy the ring is closed and the parcel is there."""
    path = tmp_path / "d.gpkg"
    lattice().to_file(path, engine="pyogrio", layer="d")
    ring = shapely.get_coordinates(lattice().geometry[5])[:-1]
    wkb = struct.pack("<BIII", 1, 3, 1, len(ring)) + ring.astype("<f8").tobytes()
    with sqlite3.connect(path) as base:
        for (name,) in base.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            base.execute(f'drop trigger "{name}"')
        (blob,) = base.execute("select geom from d where fid = 6").fetchone()
        base.execute("update d set geom = ? where fid = 6", (blob[:40] + wkb,))
    plan = plan_of('[layers.land_parcels]\npath = "d.gpkg"\ndate = "2025"\n')
    before = diagnose(plan)
    assert before.faults
    (spot,) = next(f for f in before.findings if f.severity == "error").spots
    assert spot.feature == "b005"
    found = repaired_copy(plan, tmp_path / "fixed", "zh")
    assert found.again.faults == ()
    (change,) = found.copy.changes
    assert (change.feature, change.before, change.after) == ("b005", "4", "5")
    new = gpd.read_file(tmp_path / "fixed" / "land_parcels.gpkg")
    assert new.geometry[5].equals(lattice().geometry[5])


@pytest.mark.parametrize("declared", ["EPSG:4545", "EPSG:4524"])
def test_the_one_system_that_fits_is_declared(repaired, declared):
    """Numbers of EPSG:4544 or, with the prefix 35, of EPSG:4523, declared to be others."""
    prefixed = declared != "EPSG:4545"
    own = "EPSG:4523" if prefixed else "EPSG:4544"
    table = lattice().to_crs(own).set_crs(declared, allow_override=True)
    found, before, _, new = repaired(table)
    assert any(f.severity == "error" for f in before.values())
    assert found.again.faults == ()
    assert new.crs.to_epsg() == int(own[5:])
    (change,) = [c for c in found.copy.changes if c.field == "crs"]
    assert own in change.after


def test_gcj02_is_undone_where_it_is_certain(repaired):
    table = lattice().to_crs(4490)
    table["geometry"] = shapely.transform(
        table.geometry.to_numpy(),
        lambda p: np.column_stack(wgs84_to_gcj02(p[:, 0], p[:, 1])),
    )
    found, before, after, new = repaired(table)
    assert {"layer_gcj02", "layer_shifted"} & set(before)
    assert {"layer_gcj02", "layer_shifted"}.isdisjoint(after)
    moved = shapely.get_coordinates(new.to_crs("EPSG:4544").geometry.to_numpy())
    true = shapely.get_coordinates(lattice().geometry.to_numpy())
    assert np.abs(moved - true).max() < 0.01
    assert [c.before for c in found.copy.changes if c.field == "geometry"] == ["GCJ-02"]


def test_codes_in_full_width_signs_and_gbk(repaired, tmp_path):
    table = lattice()
    table.loc[4, "DLBM"] = "０１０２"
    found, before, after, new = repaired(table, name="d.shp", encoding="GBK")
    assert "values_not_understood" in before
    assert "values_not_understood" not in after
    assert found.again.faults == ()
    assert set(new["DLBM"]) == {"0102"}
    assert set(new["DLMC"]) == {"水浇地"}
    by = {(c.field, c.feature): (c.before, c.after) for c in found.copy.changes}
    assert by["DLBM", "b004"] == ("'０１０２'", "0102")
    assert by["encoding", ""][1] == "UTF-8"


def test_blanks_around_a_code(repaired):
    table = lattice()
    table.loc[6, "DLBM"] = " 0102\t"
    table["QSXZ"] = [None, "30"] * 200  # what is missing is no spelling
    found, _, _, new = repaired(table)
    assert set(new["DLBM"]) == {"0102"}
    assert [(c.feature, c.after) for c in found.copy.changes] == [("b006", "0102")]


def test_every_change_is_in_the_lists(repaired, tmp_path):
    table = pd.concat([lattice(), lattice().iloc[:3]], ignore_index=True)
    table.loc[[0, 400], "BSM"] = '=HYPERLINK("x")'
    found, _, _, _ = repaired(table)
    with (tmp_path / "fixed" / "changes.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(found.copy.changes) == 3
    assert rows[0]["feature"] == '\'=HYPERLINK("x")'  # text, whatever it looks like
    assert [r["feature"] for r in rows[1:]] == ["b001", "b002"]


def test_the_data_are_not_touched_and_the_folder_must_be_empty(plan_of, tmp_path):  # noqa: F811
    table = pd.concat([lattice(), lattice().iloc[:1]], ignore_index=True)
    table.to_file(tmp_path / "d.gpkg")
    plan = plan_of('[layers.land_parcels]\npath = "d.gpkg"\n')
    diagnose(plan)

    def digests():
        files = [p for p in sorted(tmp_path.glob("*")) if p.is_file()]
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    before = digests()
    for folder in (tmp_path, tmp_path / "d.gpkg"):
        with pytest.raises(ConfigError):
            repaired_copy(plan, folder, "zh")
    inside = tmp_path / "x.gdb" / "fixed"
    with pytest.raises(ConfigError, match="geodatabase"):
        repaired_copy(plan, inside, "zh")
    repaired_copy(plan, tmp_path / "inside" / "the data", "zh")
    assert digests() == before
    (tmp_path / "empty").mkdir()
    repaired_copy(plan, tmp_path / "empty", "zh")
    with pytest.raises(ConfigError, match="not empty"):
        repaired_copy(plan, tmp_path / "empty", "zh")


def test_parts_of_a_layer_are_one_copy(plan_of, tmp_path):  # noqa: F811
    """Two files, one row of each wrong: the copy holds the rows of both."""
    table = lattice()
    table.loc[[5, 300], "TBMJ"] *= 2
    table.iloc[:200].to_file(tmp_path / "n.gpkg")
    table.iloc[200:].to_file(tmp_path / "s.gpkg")
    for path in ('["n.gpkg", "s.gpkg"]', '"?.gpkg"'):
        plan = plan_of(f'[layers.land_parcels]\npath = {path}\ndate = "2025"\n')
        folder = tmp_path / f"fixed{len(path)}"
        found = repaired_copy(plan, folder, "en")
        assert len(gpd.read_file(folder / "land_parcels.gpkg")) == 400
        assert [c.feature for c in found.copy.changes] == ["b005", "b300"]
        assert found.again.faults == ()


def test_a_system_the_plan_states_is_a_listed_change(repaired):
    table = lattice().set_crs("EPSG:4545", allow_override=True)
    found, _, _, new = repaired(table, 'crs = "EPSG:4544"\n', "d.shp", encoding="GBK")
    changes = {c.field: c for c in found.copy.changes}
    assert new.crs.to_epsg() == 4544
    assert "CM 108E" in changes["crs"].before
    assert "CM 105E" in changes["crs"].after


def test_areas_in_mu_are_named_and_written_in_square_metres(repaired):
    table = lattice()
    true = table["TBMJ"]
    # 15 mu are a hectare
    table["TBMJ"], table["TBDLMJ"] = true * 15 / 1e4, (true * 0.9) * 15 / 1e4
    found, before, after, new = repaired(table)
    assert "looks to be in mu" in before["parcels_area_differs"].text("en")
    assert "parcels_area_differs" not in after
    assert new["TBDLMJ_M2"].to_numpy() == pytest.approx(true * 0.9, abs=0.01)
    assert new["TBDLMJ"].to_numpy() == pytest.approx(table["TBDLMJ"])
    (change,) = [c for c in found.copy.changes if c.field == "TBDLMJ_M2"]
    assert (change.before, change.after) == ("TBDLMJ", "TBDLMJ x 666.667")


def test_a_mended_shape_stands_before_all_computed_areas(repaired):
    """20 areas are one line of the list, with their sums; each of them stands in its own."""
    table = lattice()
    table.loc[210:229, "TBMJ"] *= 2
    a = X + 500 * 20
    tie = shapely.Polygon([(a, Y), (a + 200, Y + 200), (a + 200, Y), (a, Y + 200)])
    area = polygon_area_m2(np.array([shapely.make_valid(tie)]), "EPSG:4544")[0]
    table.loc[len(table)] = ["tie", "0102", "水浇地", round(float(area), 2), 0.1, tie]
    found, _, _, _ = repaired(table)
    folder = found.copy.plan.parent
    rows = list(csv.DictReader((folder / "changes.csv").open(encoding="utf-8-sig")))
    assert [(r["feature"], r["field"]) for r in rows] == [
        ("tie", "geometry"),
        ("20 features", AREA_FIELD),
    ]
    true = lattice()["TBMJ"].to_numpy()[210:230].sum()
    assert float(rows[1]["area before (m²)"]) == pytest.approx(2 * true, rel=1e-6)
    assert float(rows[1]["area after (m²)"]) == pytest.approx(true, rel=1e-6)
    each = list(csv.DictReader((folder / "changes_computed.csv").open(encoding="utf-8-sig")))
    assert [r["feature"] for r in each] == [f"b{i:03d}" for i in range(210, 230)]
    assert repair_lines(found, "en")[1:] == []


def test_errors_that_are_still_in_the_copy_are_told(repaired):
    table = lattice()
    table.loc[5, "DLBM"] = "9999"
    found, _, _, _ = repaired(table)
    _, second, third = repair_lines(found, "en")
    assert second.startswith("1 error is still in the copy")
    assert "“9999”: 1" in third
