"""What a step leaves behind is found again, or said to be missing."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from pydantic import Field
from shapely.geometry import Point

from gis.errors import DataError
from gis.say import say
from layers.plain_json import digest, to_json
from layers.result import (
    StepResult,
    Warn,
    optional_layer,
    optional_table,
    read_layer,
    read_summary,
    read_table,
    save_step,
)
from layers.run_folder import open_run
from layers.spec import Frozen


class Part(Frozen):
    area_ha: float
    of: str = Field(alias="class")


@pytest.fixture
def run(tmp_path):
    found = open_run(tmp_path / "out", "key")
    result = StepResult(
        Part(area_ha=2.5, **{"class": "left"}),
        tables={"areas": pd.DataFrame({"a": [1, 2]})},
        layers={"spots": gpd.GeoDataFrame({"n": [7]}, geometry=[Point(3, 4)], crs="EPSG:4544")},
        warnings=(Warn("w", say("layers.words.state.left"), "here"),),
    )
    save_step(found, "screen", result)
    return found


def test_a_typed_summary_comes_back_as_its_model(run):
    assert read_summary(run.work, "screen", Part) == Part(area_ha=2.5, **{"class": "left"})
    record = read_summary(run.work, "screen")
    assert record["summary"] == {"area_ha": 2.5, "class": "left"}
    assert record["warnings"][0]["text"] == {"zh": "可用", "en": "Eligible"}


def test_a_summary_of_another_shape_is_refused(run):
    class Other(Frozen):
        area_ha: float

    with pytest.raises(DataError, match=r"summary of the step.*got class"):
        read_summary(run.work, "screen", Other)
    with pytest.raises(DataError, match="has not been run"):
        read_summary(run.work, "sites", Part)


def test_optional_results_are_none_where_required_ones_are_errors(run):
    assert optional_table(run.work, "areas")["a"].tolist() == [1, 2]
    assert optional_layer(run.work, "spots").geometry.iloc[0].coords[0] == (3, 4)
    assert optional_table(run.work, "spots") is None
    assert optional_layer(run.work, "areas") is None
    with pytest.raises(DataError, match="earlier step"):
        read_table(run.work, "none")
    with pytest.raises(DataError, match="earlier step"):
        read_layer(run.work, "none")


def test_a_folder_of_other_files_is_never_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match="not a geoplan run"):
        open_run(tmp_path / "out", "key")


def test_json_is_canonical():
    assert to_json({"a": float("inf"), "b": {3, 1}}) == {"a": None, "b": [1, 3]}
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})
