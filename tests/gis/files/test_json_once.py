"""A key that stands twice in GeoJSON is refused by name, whatever the file is called."""

import json

import pytest

from gis.errors import DataError
from gis.files.read import read_features

POINT = {"type": "Point", "coordinates": [106.6, 38.7]}


def document(properties):
    geometry = json.dumps(POINT)
    feature = f'{{"type": "Feature", "geometry": {geometry}, "properties": {properties}}}'
    return f'{{"type": "FeatureCollection", "features": [{feature}]}}'


@pytest.mark.parametrize("ending", ["json", "geojson"])
def test_a_key_twice_is_refused_by_name(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_text(document('{"name": "甲", "area": 1, "area": 2}'), encoding="utf-8")
    with pytest.raises(DataError, match="key area twice") as err:
        read_features(path)
    (fault,) = err.value.faults
    assert fault.got == '"area"'
    assert fault.expected
    assert fault.todo
    # the same key in two objects is no fault
    path.write_text(document('{"name": "甲", "of": {"name": "乙"}}'), encoding="utf-8")
    assert read_features(path)["name"].tolist() == ["甲"]
