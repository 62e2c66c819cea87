"""Progress of long work on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gis.say import say
from layers.result import Progress

__all__ = ["inner_label", "shown_progress"]


_OWN = {"certify": "inner_certify", "pv_yield": "inner_pv_yield"}


def inner_label(label: str, lang: str) -> str:
    """What a step tells of itself (``"certify pv"``), in words.

    Examples
    --------
    >>> inner_label("screen wind", "zh"), inner_label("carbon", "en")
    ('土地适宜性筛查：风电', 'Carbon stock')
    """
    from geoplan.glossary import labelled, tech_word
    from gis.say import say, sentences

    word, _, tech = label.partition(" ")
    key = f"geoplan.cli.{_OWN.get(word, f'step_{word}')}"
    if key not in sentences("geoplan"):
        return label
    return (labelled(say(key), tech_word(tech)) if tech else say(key))(lang)


@contextmanager
def shown_progress(lang: str, *, quiet: bool = False) -> Iterator[Progress]:
    """A progress display while the block runs; silent when `quiet`.

    On a terminal one bar per step; elsewhere one line per step with its time, so that a
    log file stays readable.

    Parameters
    ----------
    lang : str
        ``"zh"`` or ``"en"``.
    quiet : bool
        Show nothing.
    """
    if quiet:
        yield lambda _label, _done, _total: None
        return
    from geoplan.steps import STEPS

    names = {f"step.{s.name}": say(f"geoplan.cli.step_{s.name}")(lang) for s in STEPS}
    names["step.documents"] = say("geoplan.cli.step_documents")(lang)
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
        )
        with Bars(*columns, console=Console(stderr=True)) as bars:
            whole = bars.add_task(say("geoplan.cli.running", plan="")(lang), total=None)
            inner = bars.add_task("", total=None, visible=False)

            def show(label: str, done: int, total: int) -> None:
                if label in names:
                    bars.update(whole, description=names[label], completed=done, total=total)
                    bars.update(inner, visible=False)
                elif label == "done":
                    bars.update(
                        whole, description=say("geoplan.cli.done")(lang), completed=total
                    )
                elif total:
                    bars.update(
                        inner,
                        description=f"  {inner_label(label, lang)}",
                        completed=done,
                        total=total,
                        visible=True,
                    )

            yield show
        return
    started = time.monotonic()

    def log(label: str, done: int, total: int) -> None:
        if label in names:
            seconds = time.monotonic() - started
            sys.stderr.write(f"[{seconds:6.1f} s] {done + 1}/{total} {names[label]}\n")
            sys.stderr.flush()

    yield log
