"""The search: broken copies of every format, read in processes that may be lost.

Case number `i` of a reader is the same for a seed on every machine. A process that does not
answer within the limit is a hang, and is ended.
"""

from __future__ import annotations

import collections
import contextlib
import io
import multiprocessing as mp
import random
import shutil
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.mutate import mutated
from tests.faults.seeds import SEEDS

__all__ = ["BAD", "Case", "Report", "case_bytes", "fuzz"]

LIMIT_S = 60.0
START_S = 300.0
ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
BAD = ("traceback", "hang", "died", "silent")


@dataclass(frozen=True)
class Case:
    """What came of one broken file."""

    reader: str
    number: int
    outcome: str
    detail: str = ""
    seconds: float = 0.0


@dataclass
class Report:
    """Outcomes by reader, and the cases that must not be."""

    counts: dict[str, collections.Counter[str]] = field(
        default_factory=lambda: collections.defaultdict(collections.Counter)
    )
    bad: list[Case] = field(default_factory=list)
    ours: list[Case] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)

    def add(self, case: Case) -> None:
        """Count one case."""
        self.counts[case.reader][case.outcome.partition(":")[0]] += 1
        if case.outcome in BAD:
            self.bad.append(case)
        if case.outcome == "refused:ours":
            self.ours.append(case)
        self.slowest[case.reader] = max(self.slowest.get(case.reader, 0.0), case.seconds)

    def table(self) -> str:
        """Markdown: a row a reader."""
        names = ("refused", "read", *BAD)
        rows = [f"| reader | inputs | {' | '.join(names)} | slowest (s) |"]
        rows.append("|" + "---|" * (len(names) + 3))
        total: collections.Counter[str] = collections.Counter()
        for reader, found in self.counts.items():
            total += found
            cells = " | ".join(str(found[n]) for n in names)
            rows.append(
                f"| {reader} | {found.total()} | {cells} | {self.slowest[reader]:.1f} |"
            )
        cells = " | ".join(f"**{total[n]}**" for n in names)
        rows.append(f"| **sum** | **{total.total()}** | {cells} | |")
        return "\n".join(rows)


def good_files(folder: Path) -> dict[str, tuple[str, bytes, bool]]:
    """Reader -> name, content and whether it is text, of its good file."""
    out = {}
    for reader, (make, text) in SEEDS.items():
        inner = folder / reader
        inner.mkdir()
        path = make(inner)
        out[reader] = (path.name, path.read_bytes(), text)
    return out


def case_bytes(seed: int, reader: str, number: int, good: bytes, *, text: bool) -> bytes:
    """Broken file `number` of a reader, under a seed."""
    return mutated(good, random.Random(f"{seed}:{reader}:{number}"), text=text)


def _read(reader: str, path: Path) -> tuple[str, str]:
    from gis.errors import GeoplanError
    from tests.faults.readers import READERS

    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            wrong = READERS[reader](path)
    except GeoplanError as err:
        err.text("zh")
        cause = err.__cause__
        if isinstance(cause, Exception) and not isinstance(cause, GeoplanError):
            frames = traceback.extract_tb(cause.__traceback__)
            ours = Path(frames[-1].filename).parts if frames else ()
            if any(room in ours for room in ROOMS) and "site-packages" not in ours:
                last = frames[-1]
                place = f"{Path(last.filename).name}:{last.lineno}"
                return "refused:ours", f"{type(cause).__name__} {place} {cause}"[:200]
        return "refused", str(err)[:200]
    except Exception:  # noqa: BLE001 - what we look for
        return "traceback", traceback.format_exc(limit=-4)
    return ("silent", wrong) if wrong else ("read", "")


def _work(pipe: Any) -> None:
    """One process: reads (reader, name, content), answers with the outcome."""
    import tests.faults.readers  # noqa: F401 - the clock of a case starts after it

    folder = Path(tempfile.mkdtemp(prefix="geoplan-fuzz-"))
    try:
        pipe.send("ready")
        while (task := pipe.recv()) is not None:
            reader, name, content = task
            inner = folder / "one"
            shutil.rmtree(inner, ignore_errors=True)
            inner.mkdir()
            path = inner / name
            path.write_bytes(content)
            pipe.send(_read(reader, path))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Reader:
    """A process that reads, and is replaced when it is lost."""

    def __init__(self) -> None:
        self.case: tuple[str, int] = ("", 0)
        self.since = 0.0
        self.start()

    def start(self) -> None:
        context = mp.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        if not self.pipe.poll(START_S):
            raise TimeoutError("a reading process does not start")
        self.pipe.recv()

    def give(self, reader: str, number: int, name: str, content: bytes) -> None:
        self.case, self.since = (reader, number), time.perf_counter()
        self.pipe.send((reader, name, content))

    def answer(self) -> Case | None:
        """The outcome, or None while it is read."""
        reader, number = self.case
        took = time.perf_counter() - self.since
        try:
            if self.pipe.poll(0.002):
                outcome, detail = self.pipe.recv()
                return Case(reader, number, outcome, detail, took)
        except (EOFError, OSError):
            self.process.join(5)
            code = self.process.exitcode
            self.start()
            return Case(reader, number, "died", f"exit code {code}", took)
        if took > LIMIT_S:
            self.process.kill()
            self.process.join()
            self.start()
            return Case(reader, number, "hang", f"more than {LIMIT_S:g} s", took)
        return None

    def stop(self) -> None:
        self.process.kill()
        self.process.join()


def fuzz(
    seed: int, count: int, readers: Sequence[str] = (), processes: int = 2
) -> Iterator[Case]:
    """Read `count` broken files, the same number of every reader.

    Parameters
    ----------
    seed : int
    count : int
        In all.
    readers : sequence of str
        Those of `SEEDS`; all by default.
    processes : int
        That read at the same time.

    Yields
    ------
    Case
        As they are done.
    """
    names = list(readers or SEEDS)
    with tempfile.TemporaryDirectory(prefix="geoplan-seeds-") as folder:
        good = good_files(Path(folder))
    tasks = ((names[k % len(names)], k // len(names)) for k in range(count))
    again: list[tuple[str, int]] = []
    twice: set[tuple[str, int]] = set()
    idle = [_Reader() for _ in range(processes)]
    everyone = list(idle)
    busy: list[_Reader] = []
    try:
        while True:
            while idle and (task := next(tasks, None) or (again.pop() if again else None)):
                one = idle.pop()
                name, content, text = good[task[0]]
                one.give(*task, name, case_bytes(seed, *task, content, text=text))
                busy.append(one)
            if not busy:
                return
            for one in list(busy):
                found = one.answer()
                if found is not None:
                    busy.remove(one)
                    idle.append(one)
                    task = (found.reader, found.number)
                    if found.outcome == "hang" and task not in twice:
                        # a machine that is busy is not a hang: it is asked once more
                        twice.add(task)
                        again.append(task)
                    else:
                        yield found
    finally:
        for one in everyone:
            one.stop()
