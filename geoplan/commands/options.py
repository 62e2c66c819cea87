"""Options the verbs share, and what they all do first: choose a language, read the plan.

The help of an option is the key of a text; the words are put in when the language is known.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from gis.say import Lang as LangCode
from gis.say import Sentence, say, sentences

if TYPE_CHECKING:
    from geoplan.progress.shown import Alive
    from layers.plan.model import Plan
    from layers.result import Progress

__all__ = [
    "Afresh",
    "Door",
    "Json",
    "Lang",
    "MaybePlan",
    "Out",
    "PlaceCommand",
    "PlanFile",
    "Quiet",
    "Scheduler",
    "Shared",
    "SpokenCommand",
    "SpokenGroup",
    "Workers",
    "door_of",
    "emit",
    "finished_run",
    "in_language",
    "load",
    "progress_of",
    "tell_of",
]

_O = "geoplan.options"
_NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
PlanFile = Annotated[Path, typer.Argument(help=f"{_O}.plan", metavar="PLAN")]
MaybePlan = Annotated[Path | None, typer.Argument(help=f"{_O}.maybe_plan", metavar="[PLAN]")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help=f"{_O}.out")]
Lang = Annotated[str, typer.Option("--lang", help=f"{_O}.lang", metavar="zh|en")]
Scheduler = Annotated[str, typer.Option(help=f"{_O}.scheduler", metavar="NAME|URL")]
Workers = Annotated[int | None, typer.Option(help=f"{_O}.workers", min=1, max=256)]
Shared = Annotated[str, typer.Option("--shared", help=f"{_O}.shared", metavar="DIR")]
Afresh = Annotated[bool, typer.Option("--afresh", help=f"{_O}.afresh")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=f"{_O}.quiet")]
Json = Annotated[bool, typer.Option("--json", help=f"{_O}.json")]


@dataclass
class Door:
    """The language of one call of the command line: known better once the plan is read.

    Attributes
    ----------
    asked
        What ``--lang`` says, checked; empty when it is not given.
    lang
        What is spoken at this moment.
    quiet
        Whether progress is not shown.
    alive
        Says that a verb is at work when nothing else does.
    """

    asked: LangCode
    lang: LangCode
    quiet: bool = False
    alive: Alive | None = None


class SpokenCommand(TyperCommand):
    """A command whose help page has its headings in the language of the door."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - the library's own type moves
        """The help page."""
        return _help(super().get_help(ctx), ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
        """Read the arguments; an option behind one that takes a value is not its value."""
        _with_values(args, self.params)
        return super().parse_args(ctx, args)


def _with_values(args: Sequence[str], params: Sequence[Any]) -> None:
    """Refuse an option without the value it takes.

    Raises
    ------
    ConfigError
        When another option, or nothing, stands behind it.
    """
    from gis.errors import ConfigError

    options = {o: p for p in params for o in p.opts if o.startswith("--")}
    end = args.index("--") if "--" in args else len(args)
    for option, behind in pairwise((*args[:end], None)):
        param = None if option is None else options.get(option)
        if (
            option is None
            or param is None
            or getattr(param, "is_flag", False)
            or getattr(param, "count", False)
        ):
            continue
        if behind is None or behind in options:
            folder = param.metavar == "DIR"
            kind = say("geoplan.usage.given.folder") if folder else param.metavar
            raise ConfigError(
                say("geoplan.usage.given.no_value"),
                where=option,
                got=behind or "",
                expected=kind or say("geoplan.usage.given.value"),
            )


class PlaceCommand(SpokenCommand):
    """A command that is asked about coordinates, which are negative west and south."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
        """Read the arguments; a negative number is no option."""
        # what starts with a blank is no option to the library, and still a number
        kept = [f" {a}" if _NEGATIVE.fullmatch(a) else a for a in args]
        return super().parse_args(ctx, kept)


class SpokenGroup(TyperGroup):
    """The same for the command line as a whole."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - as above
        """The help page."""
        return _help(super().get_help(ctx), ctx)


def _help(text: str, ctx: Any) -> str:  # noqa: ANN401 - as above
    from geoplan.usage import spoken_help

    door = ctx.find_root().obj
    return spoken_help(text, door.lang) if isinstance(door, Door) else text


def in_language(command: Any, lang: LangCode, name: str = "geoplan") -> Any:  # noqa: ANN401
    """The command and all under it with their help in `lang`."""
    texts = sentences("geoplan")
    key = f"geoplan.commands.{name.replace('-', '_')}"
    if key in texts:
        command.help = command.short_help = texts[key][lang]
    for param in command.params:
        key = _BUILT_IN.get(param.name, getattr(param, "help", None) or "")
        if key in texts:
            param.help = texts[key][lang]
    for own, one in getattr(command, "commands", {}).items():
        in_language(one, lang, own if name == "geoplan" else f"{name}_{own}")
    return command


_BUILT_IN: Mapping[str, str] = {
    "install_completion": f"{_O}.install_completion",
    "show_completion": f"{_O}.show_completion",
}


def door_of(ctx: typer.Context, lang: str = "") -> LangCode:
    """The language to speak in a command that reads no plan.

    Raises
    ------
    ConfigError
        For a language that is not spoken.
    """
    from geoplan.language import checked_lang

    door: Door = ctx.find_root().obj
    if lang:
        door.asked = door.lang = checked_lang(lang)
    return door.lang


def load(ctx: typer.Context, path: Path, lang: str = "") -> Plan:
    """Read the plan; from here on its language is spoken unless another was asked for.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    from geoplan.language import lang_in_file
    from geoplan.plan_file import load_plan
    from gis.errors import GeoplanError

    door_of(ctx, lang)
    door: Door = ctx.find_root().obj
    try:
        plan = load_plan(path)
    except GeoplanError:
        door.lang = door.asked or lang_in_file(path) or door.lang
        raise
    door.lang = door.asked or plan.plan.lang
    return plan


def tell_of(ctx: typer.Context) -> Callable[[Sentence], None]:
    """Says to stderr, in the language of the door, what is to be known of a run itself."""

    def tell(note: Sentence) -> None:
        line = say("geoplan.cli.note_line", text=note)(door_of(ctx))
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    return tell


def finished_run(ctx: typer.Context, plan: Plan, out: Path | None) -> Path:
    """The folder of a finished run of `plan`; see `geoplan.finished.finished_run`."""
    from geoplan.finished import finished_run as found

    return found(plan, out, tell=tell_of(ctx))


def run_at(out: Path | None) -> Path | None:
    """`out` where a run is, to be read; None means the default folder."""
    return out if out is not None and (out / "summary.json").exists() else None


def plant_folder(plan: Plan, out: Path | None) -> Path:
    """Where the files of one plant go: beside its run, or where the user says."""
    from geoplan.run import default_out

    if out is not None and run_at(out) is None:
        return out
    return (out or default_out(plan)) / "pv"


def progress_of(
    ctx: typer.Context,
    *,
    only: Sequence[str] | None = None,
    alone: str = "",
    steps: Mapping[str, Sequence[str]] | None = None,
    plan: Plan | None = None,
    as_json: bool = False,
) -> AbstractContextManager[Progress]:
    """The display of progress of a verb; see `geoplan.progress.shown.shown_progress`.

    Parameters
    ----------
    ctx : Context
    only : sequence of str, optional
        Steps of the run that is looked at; all when empty; no run when None.
    alone : str
        The one step a verb does that is no run.
    steps : mapping, optional
        Steps of a verb that is no run, and those each waits for.
    plan : Plan, optional
        The plan that is run: how large it is says how long its steps take.
    as_json : bool
        As events for another program.
    """
    from geoplan.progress.shown import shown_progress
    from geoplan.progress.usual import size_of_run
    from geoplan.steps import steps_of_run

    door: Door = ctx.find_root().obj
    if alone:
        steps = {alone: ()}
    if only is not None:
        steps = steps_of_run(only)
    return shown_progress(
        door.lang,
        steps=steps,
        size=None if plan is None or door.quiet else size_of_run(plan),
        quiet=door.quiet,
        events=as_json,
        alive=door.alive,
    )


def emit(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Write `value` as JSON to standard output."""
    from layers.plain_json import printed_json

    sys.stdout.write(printed_json(value))
