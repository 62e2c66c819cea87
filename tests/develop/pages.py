"""Code blocks of the pages, with their language, caption and place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|:{3,})(?P<info>.*)$")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands and what it holds."""

    page: str
    line: int
    lang: str
    caption: str
    section: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(path: Path, root: Path) -> list[Block]:
    """Every fenced block of a Markdown page, in order."""
    out: list[Block] = []
    section = ""
    lines = path.read_text(encoding="utf-8").split("\n")
    i = 0
    while i < len(lines):
        head = re.match(r"^#{1,6} (.*)$", lines[i])
        fence = FENCE.match(lines[i])
        if head:
            section = head[1].strip()
        if fence is None:
            i += 1
            continue
        info = fence["info"].strip()
        directive = re.match(r"^\{([\w-]+)\}\s*(.*)$", info)
        lang = directive[2] if directive and "code" in directive[1] else info
        body, first = [], i + 1
        i += 1
        while i < len(lines) and lines[i].strip() != fence["ticks"]:
            body.append(lines[i].removeprefix(fence["indent"]))
            i += 1
        i += 1
        caption = ""
        while directive and body and re.match(r"^:[\w-]+:", body[0]):
            key, _, value = body.pop(0)[1:].partition(":")
            caption = value.strip() if key == "caption" else caption
        text = "\n".join(body).strip("\n") + "\n"
        page = path.relative_to(root).as_posix()
        out.append(Block(page, first, lang.strip(), caption, section, text))
    return out
