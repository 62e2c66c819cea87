"""``summary.json`` as models: read back, written alike, its schema and page up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geoplan.summary import SCHEMA, RunSummary, json_schema, read_run_summary
from gis.errors import DataError
from layers.plain_json import to_json

HEAD = {
    "schema": SCHEMA,
    "plan": {"id": "a", "title": {"zh": "甲", "en": "A"}},
    "run": {"id": "0123"},
    "provenance": {"run_id": "0123"},
}


def written(folder: Path, body: object) -> Path:
    text = body if isinstance(body, str) else json.dumps(body)
    (folder / "summary.json").write_text(text, encoding="utf-8")
    return folder


def test_the_summary_of_a_run_is_read_back_and_written_alike(tiny_run):
    found = read_run_summary(tiny_run)
    plain = json.loads((tiny_run / "summary.json").read_text(encoding="utf-8"))
    assert to_json(found) == plain
    assert set(found.run.steps) >= {"screen", "sites", "pv", "wind", "carbon", "targets"}
    assert found.county is not None
    assert found.screening is not None
    for part in found.screening.values():  # the four states add up to the county
        assert sum(part.area_ha.values()) == pytest.approx(found.county.area_ha, rel=1e-9)


def test_a_part_that_was_not_run_is_left_out(tmp_path):
    found = read_run_summary(written(tmp_path, HEAD))
    assert found.screening is None
    assert found.sites is None
    assert not {"screening", "sites", "pv", "carbon"} & set(to_json(found))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{", "damaged"),
        ("[]", "not as this version"),
        (HEAD | {"schema": SCHEMA + 1}, "another version"),
        ({k: v for k, v in HEAD.items() if k != "schema"}, "another version"),
        (HEAD | {"yield": 3}, "yield"),
        (HEAD | {"county": {"area_km2": "large"}}, "county"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, body, words):
    with pytest.raises(DataError, match=words):
        read_run_summary(written(tmp_path, body))
    with pytest.raises(DataError, match="finished run"):
        read_run_summary(tmp_path / "nowhere")


def test_the_published_schema_is_this_one(root):
    here = json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"
    for path in ("docs/reference/summary.schema.json", "geoplan/summary.schema.json"):
        assert (root / path).read_text(encoding="utf-8") == here, (
            f"run docs/_generate.py: {path}"
        )


def test_every_key_of_the_head_is_in_the_schema():
    keys = set(json_schema()["properties"])
    assert keys == {f.alias or n for n, f in RunSummary.model_fields.items()}
    assert json_schema()["$id"] == f"urn:geoplan:summary:{SCHEMA}"
