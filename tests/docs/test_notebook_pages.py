"""Every notebook has a page with its code, what it prints and what it draws."""

from __future__ import annotations

import base64
import runpy
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_PIXEL = base64.b64encode(bytes((137, *b"PNG"))).decode()


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "cache"))
    return runpy.run_path(str(ROOT / "docs" / "_notebooks.py"))


def book(source: str = "print(6 * 7)") -> Any:
    cell = nbformat.v4.new_code_cell(source)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 甲"), cell])


def written(page: Any, pages: dict[str, Any], folder: Path) -> str:
    return str(pages["_page"](page, folder, "own"))


def test_a_page_holds_text_tables_and_pictures(pages: dict[str, Any], tmp_path: Path) -> None:
    one = book()
    out = nbformat.v4.new_output
    one.cells[1].outputs = [
        out("stream", name="stdout", text="42\n"),
        out("stream", name="stderr", text="a warning"),
        out("execute_result", data={"text/html": "<style>x</style><table></table>"}),
        out("display_data", data={"image/png": _PIXEL, "text/plain": "<Figure>"}),
    ]
    text = written(one, pages, tmp_path)
    assert "# 甲" in text
    assert "```python\nprint(6 * 7)\n```" in text
    assert "```text\n42\n```" in text
    assert "<table></table>" in text
    assert "![](own_1_3.png)" in text
    assert (tmp_path / "own_1_3.png").read_bytes()[1:4] == b"PNG"
    assert not any(w in text for w in ("a warning", "<style>", "<Figure>"))


def test_what_was_kept_is_not_run_again(pages: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "own.ipynb"
    nbformat.write(book("raise RuntimeError"), path)
    ran = book()
    ran.cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="kept")]
    pages["keep_executed"](path, ran)
    assert "kept" in written(pages["executed"](path), pages, tmp_path)
    # another text is another notebook
    nbformat.write(book("print(1)"), path)
    assert not pages["_kept"](path).exists()


@pytest.mark.slow
def test_a_notebook_without_outputs_is_run(pages: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "own.ipynb"
    nbformat.write(book(), path)
    assert "```text\n42\n```" in written(pages["executed"](path), pages, tmp_path)
    assert pages["_kept"](path).exists()


def test_a_page_of_every_notebook_is_in_the_guide() -> None:
    assert len(NOTEBOOKS) == 12
    conf = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    assert 'write_notebooks(HERE / "notebooks" / "generated")' in conf
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert "notebooks/generated/*" in index
    guides = "\n".join(p.read_text("utf-8") for p in (ROOT / "docs" / "guide").glob("*.md"))
    named = [p for p in NOTEBOOKS if f"../notebooks/generated/{p.stem}.md" in guides]
    assert len(named) >= 10
