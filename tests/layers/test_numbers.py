"""Numbers of files are finite and bounded, wherever a model reads them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from gis.errors import ConfigError
from layers.model_faults import model_faults
from layers.plan.model import LayerSource
from layers.plan.read import read_plan
from layers.spec import Frozen, Outcome

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
NAN, INF = float("nan"), float("inf")


def _models(root: Path) -> set[type[BaseModel]]:
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            if "Frozen" in text or "BaseModel" in text:
                name = ".".join(file.relative_to(root).with_suffix("").parts)
                importlib.import_module(name.removesuffix(".__init__"))

    def below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return {k for k in below(BaseModel) if k.__module__.split(".")[0] in ROOMS}


def _numbers(schema: Any) -> Iterator[dict[str, Any]]:
    """Every number of a core schema, models inside left out: they come on their own."""
    if isinstance(schema, dict):
        if schema.get("type") == "model":
            return
        if schema.get("type") in ("float", "int"):
            yield schema
        for value in schema.values():
            yield from _numbers(value)
    elif isinstance(schema, list | tuple):
        for value in schema:
            yield from _numbers(value)


def _fields(kind: type[BaseModel]) -> dict[str, Any]:
    schema: Any = kind.__pydantic_core_schema__
    while "fields" not in schema:
        schema = schema["schema"]
    return dict(schema["fields"])


def test_no_number_of_a_file_is_without_bounds(root):
    models = {k for k in _models(root) if not issubclass(k, Outcome)}
    assert {LayerSource, Frozen} <= models | {Frozen}
    assert len(models) > 80
    bare = []
    for kind in sorted(models, key=str):
        config = kind.model_config
        for name, field in _fields(kind).items():
            for number in _numbers(field):
                low = number.get("ge", number.get("gt"))
                high = number.get("le", number.get("lt"))
                finite = number["type"] == "int" or not config.get("allow_inf_nan", True)
                finite |= number.get("allow_inf_nan") is False
                if low is None or high is None or not finite:
                    bare.append(f"{kind.__module__}.{kind.__name__}.{name}")
    assert not bare


PLAN = """
[plan]
id = "a"
title = { zh = "甲", en = "a" }
as_of = 2026-03-31
[area.boundary]
path = "county.gpkg"
"""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[layers.dem]\npath = "a.tif"\nscale = nan', "layers.dem.scale"),
        ('[layers.dem]\npath = "a.tif"\nscale = 0', "layers.dem.scale"),
        ('[layers.dem]\npath = "a.tif"\noffset = -inf', "layers.dem.offset"),
        ('[layers.dem]\npath = "a.tif"\nnodata = nan', "layers.dem.nodata"),
        ('[layers.dem]\npath = "a.tif"\nband = 0', "layers.dem.band"),
        ('[layers.road]\npath = "a.shp"\nhalf_width_m = -50', "layers.road.half_width_m"),
        ('[layers.road]\npath = "a.shp"\nhalf_width_m = 1e9', "layers.road.half_width_m"),
        ('[layers.road]\npath = "a.shp"\nconstants = { a = inf }', "layers.road.constants.a"),
        ('[[zones]]\nid = "z"\ntitle = { zh = "z", en = "z" }\n'
         'bounds_ll = [106.0, nan, 107.0, 39.0]', "zones.0.bounds_ll]: item 2:"),
        ('[[zones]]\nid = "z"\ntitle = { zh = "z", en = "z" }\n'
         'bounds_ll = [107.0, 38.0, 106.0, 39.0]', "zones.0.bounds_ll"),
        ('[[plants]]\nname = { zh = "p", en = "p" }\ntechnology = "pv"\nsource = "s"\n'
         'capacity_mw = inf', "plants.0.capacity_mw"),
        ('[[plants]]\nname = { zh = "p", en = "p" }\ntechnology = "pv"\nsource = "s"\n'
         'capacity_mw = 5\nlon = 999', "plants.0.lon"),
        ('[[targets]]\nid = "t"\ntitle = { zh = "t", en = "t" }\nindicator = "x"\n'
         'year = 2030\nunit = "MW"\nsection = "1"\nquote = "q"\nvalue = nan',
         "targets.0.value"),
    ],
)  # fmt: skip
def test_numbers_no_quantity_can_have_are_refused_with_file_and_key(tmp_path, text, key):
    (tmp_path / "p.toml").write_text(PLAN + text, encoding="utf-8")
    with pytest.raises(ConfigError) as err:
        read_plan(tmp_path / "p.toml", {}, frozenset({"dem", "road"}))
    said = [f.text("en") for f in err.value.faults]
    assert any(f"p.toml [{key}" in s for s in said), said


def test_a_number_that_is_not_finite_says_so_in_both_languages():
    with pytest.raises(ValidationError) as err:
        LayerSource.model_validate({"path": "a", "scale": NAN})
    (fault,) = model_faults(err.value, "p.toml")
    assert "not finite" in fault.text("en")
    assert "不是有限数" in fault.text("zh")


def test_results_may_be_unknown_or_far():
    class Found(Outcome):
        distance_m: float

    assert Found(distance_m=INF).distance_m == INF
