"""Notebooks run from top to bottom; those of a study keep their outputs, the others none."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STUDIES = [p for p in NOTEBOOKS if p.stem.endswith("_study")]
PAGES = runpy.run_path(str(ROOT / "docs" / "_notebooks.py"))
LARGEST = 400_000  # bytes of a study with its outputs


def _texts(book: Any) -> list[str]:
    """What the cells print, in order; pictures are not compared."""
    out = []
    for cell in book.cells:
        # a slow cell prints in pieces
        streams = [o for o in cell.get("outputs", ()) if o.get("name") == "stdout"]
        if streams:
            out.append("".join(o.text for o in streams))
        for o in cell.get("outputs", ()):
            if o.output_type == "stream":
                continue
            if "text/plain" in o.get("data", {}) and not any(
                k.startswith("image/") for k in o.data
            ):
                out.append(o.data["text/plain"])
    return out


def _code(book: Any) -> str:
    return "\n".join(c.source for c in book.cells if c.cell_type == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_are_kept_of_studies_alone(path: Path) -> None:
    import nbformat

    book = nbformat.read(path, as_version=4)
    if path in STUDIES:
        assert len(_texts(book)) > 3
        assert path.stat().st_size < LARGEST
        return
    for cell in book.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs(path: Path, tmp_path: Path, tiny_run: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(path, as_version=4)
    kept = _texts(book)
    # what a notebook runs was run before: the same steps of the same county are taken over
    code = _code(book)
    if "model_copy" not in code:  # another plan is another run
        for folder in set(re.findall(r'run_plan\(plan, Path\("(\w+)"\)', code)):
            shutil.copytree(tiny_run, tmp_path / folder)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    if path in STUDIES:
        assert _texts(book) == kept
    # the documentation shows what came out, and need not run it again
    PAGES["keep_executed"](path, book)
