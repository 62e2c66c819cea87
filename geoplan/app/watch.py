"""How far a job is and how long it will still take, written for whoever looks on."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.app.remedies import page_words
from geoplan.documents import whole_of
from geoplan.progress.labels import inner_label
from geoplan.progress.pace import Pace
from geoplan.progress.shown import SILENCE_S, Alive, still
from gis.say import LANGS, Sentence, both, in_lang, say
from layers.plain_json import write_json
from layers.result import Progress

__all__ = ["Watch", "watched"]

_EVERY_S = 0.4


class Watch(Pace):
    """The pace of a job; what it holds is written into the folder of the job.

    Attributes
    ----------
    alive
        Writes a line of the log where nothing was told for some seconds.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._written = 0.0
        self.alive = Alive(self._silent, SILENCE_S)

    def documents(self, table: str, lacking: Collection[str] = ()) -> Progress:
        """The job is one of documents: tells of its parts; see `geoplan.documents.whole_of`."""
        self.set_steps({"documents": ()})
        return whole_of(self.progress, table, lacking)

    def progress(self, label: str, done: int, total: int) -> None:
        """As a run tells it; see `Pace.hear`."""
        name = self.hear(label, done, total)
        if name:
            words = both(say(f"geoplan.cli.step_{name}"))
            at = f"{self.at + 1}/{len(self.weights)}"
            self._line(f"{at} {words['zh']} / {words['en']}")
        self._write(now=label.startswith("step."))

    def say(self, text: Sentence) -> None:
        """A line of the log, in both languages."""
        now = page_words(text)
        words = {lang: in_lang(now, lang) for lang in LANGS}
        sys.stdout.write(f"{words['zh']} / {words['en']}\n")
        sys.stdout.flush()
        self.alive.touch()

    def _line(self, text: str) -> None:
        sys.stdout.write(f"[{self.elapsed_s:7.1f} s] {text}\n")
        sys.stdout.flush()
        self.alive.touch()

    def _silent(self, _since: float) -> str:
        """What is said where nothing was for some seconds; whoever looks on sees it too."""
        self._write(now=True)
        told = [still(self, lang) for lang in LANGS]
        return f"[{self.elapsed_s:7.1f} s] {' / '.join(told)}"

    def _write(self, *, now: bool = False) -> None:
        if not now and time.monotonic() - self._written < _EVERY_S:
            return
        self._written = time.monotonic()
        left, within = self.remaining_s, self.remaining_range_s
        step = self.at_work  # steps go on side by side
        label = {k: inner_label(self.label, k) if self.label else "" for k in LANGS}
        # of one step the part says more
        named = step and not (len(self.weights) == 1 and self.label)
        body = {
            "step": both(say(f"geoplan.cli.step_{step}")) if named else label,
            "inner": label,
            "at": self.at,
            "of": len(self.weights),
            "share": round(self.share, 4),
            "elapsed_s": round(self.elapsed_s, 1),
            "remaining_s": None if left is None else round(left),
            "remaining_range_s": None if within is None else [round(x) for x in within],
        }
        with contextlib.suppress(OSError):  # a full disk ends the job where it writes results
            write_json(self.folder / "progress.json", body)


@contextmanager
def watched(folder: Path) -> Iterator[Watch]:
    """A watch over the job in `folder` while the block runs."""
    watch = Watch(folder)
    write_json(folder / "progress.json", {"share": 0.0, "elapsed_s": 0.0})
    with watch.alive.while_it_works():
        yield watch
