"""What was brought: every file with address, day and checksum, written after each one."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from gis.say import say
from layers.provenance import file_sha256
from layers.run_lock import held

__all__ = ["Record", "alone"]


def alone(folder: Path, plan: str) -> AbstractContextManager[object]:
    """Hold a folder of what is brought: two that write one file would mix their bytes.

    Raises
    ------
    ConfigError
        On entering, when another fetch holds it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(f".{folder.name}.fetch.lock")
    todo = say("layers.fetch.wait_for_the_other")
    return held(lock, folder, plan=plan, key="", tell=lambda _: None, todo=todo)


class Record:
    """The list of files in a folder of open data (``fetched.json``), safe in several threads.

    Attributes
    ----------
    file
        Where it stands.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "fetched.json"
        self._folder, self._lock = folder, threading.Lock()
        self._rows: dict[str, dict[str, object]] = {}
        try:
            said = json.loads(self.file.read_text(encoding="utf-8"))
            self._rows = {str(k): dict(v) for k, v in said["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._rows = {}  # what is not known to be whole is brought again

    def has(self, name: str, what: dict[str, object]) -> str:
        """Checksum of a file that was brought as `what` and is unchanged; empty otherwise."""
        with self._lock:
            row = self._rows.get(name)
        path = self._folder / name
        if row is None or any(row.get(k) != v for k, v in what.items()) or not path.is_file():
            return ""
        found = file_sha256(path)
        return found if found == row.get("sha256") else ""

    def add(self, name: str, what: dict[str, object]) -> str:
        """Note a file that has come; its checksum."""
        path = self._folder / name
        found = file_sha256(path)
        with self._lock:
            self._rows[name] = {**what, "sha256": found, "bytes": path.stat().st_size}
            self._write()
        return found

    def forget(self, files: Iterable[Path]) -> None:
        """Strike files off that turned out to be none of what they should be."""
        with self._lock:
            for file in files:
                self._rows.pop(file.relative_to(self._folder).as_posix(), None)
                file.unlink(missing_ok=True)
            self._write()

    def rows(self) -> dict[str, dict[str, object]]:
        """Every file by name."""
        with self._lock:
            return {k: dict(v) for k, v in sorted(self._rows.items())}

    def _write(self) -> None:
        doc = {"files": dict(sorted(self._rows.items()))}
        text = json.dumps(doc, ensure_ascii=False, indent=1)
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".fetched-")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(name).replace(self.file)
