"""Documents that a person changed are noticed, and never written over without a copy."""

from __future__ import annotations

import json

import pytest

from layers.run_documents import DOCUMENTS, changed_documents, keep_edited, record_documents


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tables").mkdir()
    for name in ("map.html", "report.html", "tables/areas.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    record_documents(tmp_path, ["map.html", "report.html", "tables/areas.csv", "report.docx"])
    return tmp_path


def test_documents_as_they_were_written_are_no_news(folder):
    assert changed_documents(folder) == ()
    assert set(json.loads((folder / DOCUMENTS).read_text())) == {
        "map.html", "report.html", "tables/areas.csv",
    }  # fmt: skip


def test_a_changed_document_is_named_and_a_removed_one_is_not(folder):
    (folder / "report.html").write_text("by hand", encoding="utf-8")
    (folder / "tables/areas.csv").write_text("0", encoding="utf-8")
    (folder / "map.html").unlink()
    assert changed_documents(folder) == ("report.html", "tables/areas.csv")


def test_a_copy_is_kept_of_what_will_be_written_over(folder, tmp_path):
    (folder / "report.html").write_text("by hand", encoding="utf-8")
    (folder / "map.html").write_text("by hand too", encoding="utf-8")
    told: list = []
    keep_edited(folder, folder, told.append, ["report.html"])
    assert (folder / "report.edited.html").read_text() == "by hand"
    assert not (folder / "map.edited.html").exists()
    assert "report.edited.html" in told[0]("en")
    assert "改动" in told[0]("zh")
    new = tmp_path / "new"
    new.mkdir()
    keep_edited(folder, new, told.append)
    assert (new / "map.edited.html").read_text() == "by hand too"
    assert len(told) == 3


def test_a_document_written_again_is_as_it_was_written(folder):
    (folder / "map.html").write_text("new", encoding="utf-8")
    record_documents(folder, ["map.html"])
    assert changed_documents(folder) == ()


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"a": 1}', '{"../x": "0"}', '{"/etc/passwd": "0"}', "[" * 5000]
)
def test_a_damaged_record_says_nothing(folder, body):
    (folder / DOCUMENTS).write_text(body, encoding="utf-8")
    assert changed_documents(folder) == ()
    keep_edited(folder, folder, print)


def test_a_folder_without_a_record_says_nothing(tmp_path):
    assert changed_documents(tmp_path) == ()
