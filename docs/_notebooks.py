"""Pages made from the notebooks, with what their cells print and draw.

A study keeps its outputs in the file. The other notebooks are run where the documentation is
built, unless they were run for this very code before: the tests run every notebook and keep
what comes out.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["executed", "keep_executed", "write_notebooks"]

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
_ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan", "plans")
_READ = (".py", ".toml", ".csv")
_PICTURES = {"image/png": "png", "image/svg+xml": "svg", "image/jpeg": "jpg"}
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
_TIMEOUT_S = 1_200


@cache
def _code_sha() -> str:
    """Of everything a notebook may run or read."""
    found = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted(p for p in (ROOT / room).rglob("*") if p.suffix in _READ):
            found.update(path.relative_to(ROOT).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def _kept(path: Path) -> Path:
    """Where the run of a notebook is kept, for this code and this notebook."""
    folder = Path(os.environ.get("GEOPLAN_CACHE") or ROOT / ".cache") / "notebooks"
    own = hashlib.sha256(path.read_bytes() + _code_sha().encode()).hexdigest()
    return folder / f"{path.stem}-{own[:16]}.ipynb"


def keep_executed(path: Path, book: Any) -> None:
    """Keep the notebook `path` as it was run."""
    import nbformat

    kept = _kept(path)
    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in kept.parent.glob(f"{path.stem}-*.ipynb"):
        old.unlink(missing_ok=True)
    part = kept.with_suffix(f".{os.getpid()}")
    part.write_text(nbformat.writes(book), encoding="utf-8")
    part.replace(kept)


def executed(path: Path) -> Any:
    """The notebook with its outputs: its own, those kept, or those of a run of now."""
    import nbformat

    book = nbformat.read(path, as_version=4)
    if any(c.get("outputs") for c in book.cells):
        return book
    kept = _kept(path)
    if kept.exists():
        return nbformat.read(kept, as_version=4)
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as folder:
        own = {"metadata": {"path": folder}}
        NotebookClient(book, timeout=_TIMEOUT_S, resources=own).execute()
    keep_executed(path, book)
    return book


def _fenced(text: str, kind: str) -> Iterator[str]:
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    yield from (f"{fence}{kind}", text.rstrip("\n"), fence, "")


def _output(output: Any, out: Path, name: str) -> Iterator[str]:
    """One output of a cell as Markdown; a picture goes into a file beside the page."""
    if output.output_type == "stream":
        if output.name == "stdout":
            yield from _fenced(output.text, "text")
        return
    data = output.get("data", {})
    for kind, ending in _PICTURES.items():
        if kind in data:
            body = data[kind]
            raw = body.encode() if ending == "svg" else base64.b64decode(body)
            (out / f"{name}.{ending}").write_bytes(raw)
            yield from (f"![]({name}.{ending})", "")
            return
    if "text/html" in data:
        yield from _fenced(_STYLE.sub("", data["text/html"]), "{raw} html")
    elif "text/plain" in data:
        yield from _fenced(data["text/plain"], "text")


def _page(book: Any, out: Path, stem: str) -> str:
    lines: list[str] = []
    for k, cell in enumerate(book.cells):
        if cell.cell_type == "markdown":
            lines += [cell.source, ""]
        elif cell.cell_type == "code":
            lines += _fenced(cell.source, "python")
            for n, output in enumerate(cell.get("outputs", ())):
                lines += _output(output, out, f"{stem}_{k}_{n}")
    return "\n".join(lines)


def write_notebooks(out: Path) -> list[Path]:
    """Write a page for every notebook into `out`, and the pictures beside them."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    pages = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        page = out / f"{path.stem}.md"
        page.write_text(_page(executed(path), out, path.stem), encoding="utf-8")
        pages.append(page)
    return pages
