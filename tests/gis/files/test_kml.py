"""KML whose coordinates cannot be read: a shape left out is told, a shape bent is refused."""

from __future__ import annotations

import zipfile

import pytest

from gis.errors import DataError
from gis.files.notes import notes_of
from gis.files.read import read_features
from tests.geoplan.test_every_door_tells import KML, PLACEMARK, RING

OTHER = "106.63,38.71,0 106.64,38.71,0 106.64,38.72,0 106.63,38.71,0"


def kml(path, *coordinates):
    marks = [PLACEMARK.format(f"p{k}", c) for k, c in enumerate(coordinates, 1)]
    path.write_text(KML.format("".join(marks)), encoding="utf-8")
    return path


@pytest.mark.parametrize("text", ["abc def", "", "  ", "106.63，38.71 106.64，38.71", "1 2"])
def test_a_shape_without_a_readable_point_is_left_out_and_told(tmp_path, text):
    got = read_features(kml(tmp_path / "a.kml", RING, text), kind="polygon")
    assert len(got) == 1
    notes = {n.code: n for n in notes_of(got)}
    assert notes["kml_unreadable"].figures == {"n": 1.0}
    assert notes["kml_unreadable"].text("en").endswith("left out: p2")


@pytest.mark.parametrize("bad", ["xx,38.71,0", "106.64;38.71", "nan,38.71", "106.64", "1x,38"])
def test_a_shape_with_one_point_that_cannot_be_read_is_refused(tmp_path, bad):
    """The driver reads such a point as longitude 0 and bends the ring to Africa."""
    ring = OTHER.replace("106.64,38.71,0", bad)
    with pytest.raises(DataError, match="cannot be read") as err:
        read_features(kml(tmp_path / "a.kml", RING, ring), kind="polygon")
    assert "p2" in str(err.value)
    assert bad in str(err.value)


def test_blanks_after_commas_exponents_and_heights_are_read(tmp_path):
    ring = OTHER.replace(",", " , ").replace("106.64", "1.0664e2").replace("38.71", "+38.71")
    got = read_features(kml(tmp_path / "a.kml", RING, ring), kind="polygon")
    assert len(got) == 2
    assert notes_of(got) == ()
    assert got.total_bounds == pytest.approx([106.54, 38.71, 106.64, 38.909])


def test_a_kmz_is_looked_at_too(tmp_path):
    kml(tmp_path / "doc.kml", RING, "abc")
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as box:
        box.write(tmp_path / "doc.kml", "doc.kml")
    got = read_features(tmp_path / "a.kmz", kind="polygon")
    assert "kml_unreadable" in {n.code for n in notes_of(got)}
