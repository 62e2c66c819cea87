"""The command line: one verb per question a user has."""

from __future__ import annotations

import errno
import inspect
import json
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer

from geoplan.commands import (
    connect,
    facilities,
    law,
    lists,
    register,
    resource,
    results,
    reviewing,
    runs,
    serving,
    soil,
    targets,
    zones,
)
from geoplan.commands.options import (
    Door,
    Lang,
    PlaceCommand,
    Quiet,
    SpokenCommand,
    SpokenGroup,
    door_of,
    in_language,
)
from geoplan.language import asked_lang, checked_lang, machine_lang
from gis.say import os_reason, say

__all__ = ["UNDER", "VERBS", "command", "interrupted", "main", "report_error"]

# system errors that are about the user's files, not about our code
_NO_BUG = frozenset(
    (
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EEXIST),
        *(errno.ENOTDIR, errno.EISDIR, errno.ENOENT, errno.EDQUOT, errno.ENAMETOOLONG),
    )
)

_STDOUT, _STDERR = 1, 2  # of every process
_INTERRUPTED = 130
_HELP = {"help_option_names": ["-h", "--help"]}
_STAY = frozenset({"serve", "app"})  # at work until they are ended
_LOG = logging.getLogger(__name__)

VERBS: dict[str, Callable[..., None]] = {
    "demo": runs.demo,
    "new": lists.new,
    "fetch": lists.fetch,
    "doctor": lists.doctor,
    "run": runs.run,
    "screen": runs.screen,
    "pv": runs.pv,
    "wind": runs.wind,
    "long-term": resource.long_term,
    "repower": runs.repower,
    "rooftop": runs.step_command("rooftop"),
    "money": runs.step_command("money"),
    "stand": runs.step_command("stand"),
    "pools": runs.step_command("pools"),
    "carbon": runs.step_command("carbon"),
    "soil": soil.soil,
    "survey": runs.step_command("survey"),
    "connect": connect.connect,
    "targets": targets.targets,
    "zones": zones.zones,
    "facilities": facilities.facilities,
    "mrv": runs.mrv,
    "potential": runs.step_command("potential"),
    "explain": results.explain,
    "check": results.check,
    "map": results.map_,
    "report": results.report,
    "export": results.export,
    "register": register.register,
    "review": reviewing.review,
    "serve": serving.serve,
    "app": serving.app,
    "rules": lists.rules,
    "layers": lists.layers,
}

UNDER: dict[str, dict[str, Callable[..., None]]] = {
    "rules": {"audit": law.audit, "diff": law.diff},
    "register": {
        "add": register.add,
        "import": register.import_,
        "check": register.check,
        "list": register.list_,
        "impact": register.impact,
        "year": register.year,
        "retire": register.retire,
        "expansion": register.expansion,
        "export": register.export,
    },
    "review": {
        "add": reviewing.add,
        "list": reviewing.list_,
        "export": reviewing.export,
    },
}
"""Verbs under a verb, which does its own work when none of them is named."""


def _version(value: bool) -> None:  # noqa: FBT001 - called by the library
    if value:
        import geoplan

        typer.echo(f"geoplan {geoplan.__version__}")
        raise typer.Exit


def _root(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001 - acts when it is read
        bool,
        typer.Option(
            "--version", help="geoplan.options.version", is_eager=True, callback=_version
        ),
    ] = False,
    lang: Lang = "",
    debug: Annotated[  # noqa: ARG001 - acts before the rest is read
        bool, typer.Option("--debug", help="geoplan.options.debug")
    ] = False,
) -> None:
    """County planning: siting, yield, carbon."""
    door_of(ctx, lang)


def _looked_on(name: str, verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with ``--quiet``, and with a word now and then while it is at work."""

    def looked_on(*, quiet: bool = False, **given: Any) -> None:  # noqa: ANN401
        from geoplan.progress.shown import Alive, still_event

        door: Door = given["ctx"].find_root().obj
        door.quiet = quiet
        if quiet or name in _STAY:
            verb(**given)
            return
        still = say("geoplan.cli.still", verb=f"geoplan {name}")

        def words(seconds: float) -> str:
            if given.get("as_json"):
                return still_event(still, seconds)
            return f"[{seconds:6.1f} s] {still(door.lang)}"

        door.alive = Alive(words)
        with door.alive.while_it_works():
            verb(**given)

    own = inspect.signature(verb, eval_str=True)
    more = inspect.Parameter(
        "quiet", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Quiet
    )
    everything = [*own.parameters.values(), more]
    looked_on.__signature__ = own.replace(parameters=everything)  # type: ignore[attr-defined]
    looked_on.__annotations__ = {p.name: p.annotation for p in everything}
    looked_on.__doc__ = verb.__doc__
    looked_on.__name__ = verb.__name__
    return looked_on


@cache
def command(lang: str) -> Any:  # noqa: ANN401 - the type of the command line library moves
    """The whole command line with its help in `lang`."""
    app = typer.Typer(
        name="geoplan",
        cls=SpokenGroup,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=_HELP,
    )
    app.callback()(_root)
    for name, verb in VERBS.items():
        if name not in UNDER:
            kind = PlaceCommand if verb is results.explain else SpokenCommand
            app.command(name=name, cls=kind, context_settings=_HELP)(_looked_on(name, verb))
            continue
        group = typer.Typer(cls=SpokenGroup, rich_markup_mode=None, context_settings=_HELP)
        group.callback(invoke_without_command=True)(_looked_on(name, verb))
        for under, sub in UNDER[name].items():
            group.command(name=under, cls=SpokenCommand, context_settings=_HELP)(
                _looked_on(f"{name} {under}", sub)
            )
        app.add_typer(group, name=name)
    return in_language(typer.main.get_command(app), lang)


def _spoken(err: Exception) -> Exception:
    """A system error about a user's file as a fault in the data; else `err`."""
    from gis.errors import DataError, GeoplanError
    from gis.machine import lacks_memory

    if not isinstance(err, GeoplanError) and lacks_memory(err):
        return DataError(
            say("geoplan.needs.memory_used_up"), todo=say("geoplan.needs.give_memory")
        )
    if not isinstance(err, OSError) or err.errno not in _NO_BUG:
        return err
    return DataError(
        say("geoplan.faults.disk_full")
        if err.errno == errno.ENOSPC
        else say("geoplan.faults.not_written"),
        where=str(err.filename or ""),
        got=os_reason(err),
        todo=say("geoplan.faults.check_path_and_rights"),
    )


def report_error(err: Exception, *, as_json: bool, lang: str = "zh") -> int:
    """Write `err` for a person or a machine and give the exit code.

    Parameters
    ----------
    err : Exception
        What ended the command.
    as_json : bool
        Write one JSON object to stderr instead of text.
    lang : {"zh", "en"}
        Language of the words.

    Returns
    -------
    int
        2, 3 or 4 for an error raised on purpose, 1 for a bug.
    """
    from gis.errors import GeoplanError

    err = _spoken(err)
    kind = type(err).__name__
    if isinstance(err, GeoplanError):
        code = err.exit_code
        _LOG.debug("", exc_info=err)
        faults = [f.as_dict(lang) for f in err.faults]
        heading = say(f"geoplan.cli.kind_{code}")
        text = say("geoplan.cli.error_line", kind=heading, text=err.text(lang))(lang)
    else:
        import traceback

        code = 1
        faults = [{"what": say("geoplan.cli.bug")(lang), "got": repr(err)}]
        trace = "".join(traceback.format_exception(err))
        text = f"{say('geoplan.cli.bug')(lang)}\n{trace}"
    return _write(text, kind, code, faults, lang, as_json=as_json)


def _usage_error(err: Any, *, as_json: bool, lang: str) -> int:  # noqa: ANN401 - library's
    """Write what the command line library found wrong; 2."""
    from geoplan.usage import spoken_message

    ctx = getattr(err, "ctx", None)
    if ctx is not None and type(err).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(ctx.get_help() + "\n")
        return 2
    where = ctx.command_path if ctx is not None else "geoplan"
    what = spoken_message(err.format_message(), lang)
    todo = say("geoplan.usage.help.try_help", command=where)
    heading = say("geoplan.cli.kind_usage")
    line = say("geoplan.cli.error_line", kind=heading, text=what)(lang)
    usage = ctx.get_usage() if ctx is not None else ""
    text = "\n".join(x for x in (_usage_line(usage, lang), line, todo(lang)) if x)
    fault = {"where": where, "what": what, "got": "", "expected": "", "todo": todo(lang)}
    return _write(text, "UsageError", 2, [fault], lang, as_json=as_json)


def _usage_line(usage: str, lang: str) -> str:
    from geoplan.usage import spoken_help

    return spoken_help(usage, lang)


def _write(
    text: str, kind: str, code: int, faults: list[dict[str, str]], lang: str, *, as_json: bool
) -> int:
    if as_json:
        body = {"kind": kind, "exit_code": code, "lang": lang, "faults": faults}
        text = json.dumps({"error": body}, ensure_ascii=False)
    sys.stderr.write(text + "\n")
    return code


def main(argv: list[str] | None = None) -> int:
    """Run the command line and give the exit code.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; those of the process when not given.
    """
    args = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        # a GBK or ASCII terminal must not end a run because of one character
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    as_json = "--json" in args
    debug = "--debug" in args[:1]
    if argv is None:
        _keep_foreign_warnings()
        if not debug:
            _keep_foreign_lines()
        _keep_answers_apart()
    if debug:
        _show_foreign_words()
    door = Door(asked="", lang="zh")
    try:
        door.lang = machine_lang()
        asked = asked_lang(args)
        if asked:
            door.asked = door.lang = checked_lang(asked)
        _require_address_space()
        result = command(door.lang).main(
            args=args, prog_name="geoplan", standalone_mode=False, obj=door
        )
    except KeyboardInterrupt:
        return interrupted(door.lang)
    except Exception as err:  # noqa: BLE001 - the one place where every error becomes a message
        if hasattr(err, "format_message"):
            return _usage_error(err, as_json=as_json, lang=door.lang)
        if type(err).__name__ == "Abort":  # what the library makes of an interruption
            return interrupted(door.lang)
        return report_error(err, as_json=as_json, lang=door.lang)
    if result == _INTERRUPTED:
        return interrupted(door.lang)
    return result if isinstance(result, int) else 0


def _require_address_space() -> None:
    """Refuse where libraries would end the process with no word of ours.

    Asked before any of them is loaded.
    """
    from gis.errors import DataError
    from gis.machine import address_space
    from gis.toml import read_toml

    most = address_space()
    least = int(read_toml("geoplan", "needs.toml")["fit"]["address_space_min"])
    if most is not None and most < least:
        sizes = {"size": f"{most / 1e9:.1f}", "least": f"{least / 1e9:.1f}"}
        raise DataError(
            say("geoplan.needs.address_space", **sizes), todo=say("geoplan.needs.raise_limit")
        )


def _keep_foreign_warnings() -> None:
    """Warnings of libraries are for the log: a user meets ours, in the own language."""
    logging.captureWarnings(True)
    log = logging.getLogger("py.warnings")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    # a database driver says of a lost connection what our fault says in the reader's language
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    # which weight of a font stands in for another is no matter of the user's
    logging.getLogger("matplotlib").addHandler(logging.NullHandler())
    # a library that logs at a bare root would make it print what all the others log
    logging.getLogger().addHandler(logging.NullHandler())


def _keep_answers_apart() -> None:
    """Lines that libraries in C print themselves go to stderr; our answers to a copy of stdout.

    A solver prints what it meets in its search, some of it only when the process ends: behind
    the JSON that another program reads.
    """
    try:
        if sys.stdout is None or sys.stdout.fileno() != _STDOUT:
            return
        os.fstat(_STDERR)
    except OSError:  # a stream of another kind stands in its place, or there is none
        return
    sys.stdout.flush()
    own, lines = os.dup(_STDOUT), sys.stdout.isatty()
    os.dup2(_STDERR, _STDOUT)
    sys.stdout = os.fdopen(
        own,
        "w",
        buffering=1 if lines else -1,
        encoding=sys.stdout.encoding,
        errors=sys.stdout.errors,
    )


def _keep_foreign_lines() -> None:
    """Lines that libraries in C print themselves are not shown; ours go to a copy.

    libtiff prints its own words of a full disk past every handler, GDAL's and rasterio's too;
    what went wrong is told by the error that follows.
    """
    try:
        if sys.stderr is None or sys.stderr.fileno() != _STDERR:
            return
    except OSError:  # a stream of another kind stands in its place
        return
    sys.stderr.flush()
    own, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    sys.stderr = os.fdopen(
        own, "w", buffering=1, encoding=sys.stderr.encoding, errors=sys.stderr.errors
    )


def _show_foreign_words() -> None:
    """Write to stderr what libraries say in their own words, and where it was said."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    for log in (*map(logging.getLogger, ("gis.foreign", "py.warnings", "psycopg")), _LOG):
        log.addHandler(handler)
        log.setLevel(logging.DEBUG)


def interrupted(lang: str) -> int:
    """Say that a run was interrupted; its exit code."""
    sys.stderr.write(say("geoplan.cli.interrupted")(lang) + "\n")
    return _INTERRUPTED
