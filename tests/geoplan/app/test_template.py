"""A Word template of the bureau: kept in the project, or refused with the reason."""

from __future__ import annotations

import zipfile
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from geoplan.app import work
from geoplan.report.document import Document, Paragraph
from geoplan.report.word import write_word
from tests.geoplan.app.test_workspace import client, project, space

__all__ = ["client", "project", "space"]

URL = "/api/projects/甲/template"


@pytest.fixture
def word(tmp_path: Path) -> bytes:
    """A report as this software writes it: what a bureau begins its template with."""
    made = write_word(
        Document("题", "", "zh", "脚", [Paragraph("文")]), tmp_path / "report.docx"
    )
    return made.read_bytes()


def _with(content: bytes, into: Path, **changed: bytes | None) -> bytes:
    """The archive with members put in, or taken out for None."""
    into.write_bytes(content)
    with zipfile.ZipFile(into) as z:
        held = {n: z.read(n) for n in z.namelist()} | {
            k.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): v
            for k, v in changed.items()
        }
    with zipfile.ZipFile(into, "w") as z:
        for name, data in held.items():
            if data is not None:
                z.writestr(name, data)
    return into.read_bytes()


def _send(client, name, content, lang="zh"):
    return client.put(URL, params={"file": name}, content=content, headers={"X-Lang": lang})


def test_a_template_is_kept_in_the_project_and_the_report_takes_it(
    client, project, word, monkeypatch
):
    assert client.get("/api/projects/甲").json()["template"] == ""
    assert _send(client, "局里 模板（2026）.docx", word).status_code == 200
    assert client.get("/api/projects/甲").json()["template"] == "局里 模板（2026）.docx"
    # the one before is replaced
    assert _send(client, "新.docx", word).status_code == 200
    (kept,) = (project.folder / "template").iterdir()
    assert (kept.name, kept.read_bytes()) == ("新.docx", word)
    asked = {}

    def written(*_, template, **__):
        asked["template"] = template
        return []

    monkeypatch.setattr("geoplan.documents.write_report", written)
    monkeypatch.setattr("geoplan.finished.read_whole", lambda _: nullcontext())
    monkeypatch.setattr(work, "_of_run", lambda *_: (None, project.folder))
    watch = SimpleNamespace(say=lambda _: None, documents=lambda *_: None)
    work._report(project, {}, watch)
    assert asked["template"] == kept
    assert client.delete(URL).status_code == 200
    assert client.get("/api/projects/甲").json()["template"] == ""
    work._report(project, {}, watch)
    assert asked["template"] is None


def test_a_refusal_says_why_and_leaves_the_one_before(client, project, word, tmp_path):
    assert _send(client, "好.docx", word).status_code == 200
    aside = tmp_path / "x.docx"
    with zipfile.ZipFile(aside, "w") as z:
        z.writestr("xl/workbook.xml", "<a/>")
    sheet = aside.read_bytes()
    styles = b'<?xml version="1.0"?><w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'
    for name, content, zh, en in (
        ("a.docx", word[: len(word) // 2], "ZIP", "zip"),
        ("b.docx", b"", "ZIP", "zip"),
        ("c.docx", _with(word, aside, word__vbaProject_bin=b"x"), "宏", "macros"),
        ("d.docx", sheet, "没有 Word 正文", "no Word text"),
        ("e.docx", _with(word, aside, word__document_xml=b"<w:document"), "损坏", "damaged"),
        (
            "f.docx",
            _with(word, aside, word__styles_xml=styles),
            "缺少样式 Title",
            "styles missing",
        ),
        ("g.docm", word, ".docm", ".docm"),
    ):
        for lang, expected in (("zh", zh), ("en", en)):
            told = _send(client, name, content, lang)
            assert told.status_code == 422, name
            error = told.json()["error"]
            assert expected.lower() in error.lower(), error
            assert "--template" not in error
            assert str(tmp_path) not in error
    for name in ("../a.docx", ".a.docx", "a/b.docx"):
        assert _send(client, name, word).status_code == 422
    assert [p.name for p in (project.folder / "template").iterdir()] == ["好.docx"]
