"""``python -m geoplan`` and the ``geoplan`` command."""

from __future__ import annotations

import gc
import signal
import sys

_NEW = 50_000
_ROUNDS = 20
"""New objects, and rounds, after which objects are looked through for what is unreachable."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    # modules make many objects that stay: looking through them is a twelfth of a short command
    gc.set_threshold(_NEW, _ROUNDS, _ROUNDS)
    try:
        from geoplan.cli import main as run

        code = run()
    except KeyboardInterrupt:  # while modules are loaded, before `run` answers for itself
        code = _interrupted()
    # Python remembers an interruption that passed through compiled text, even one that was
    # answered, and would end by the signal instead of this code; compiled text makes it forget
    exec("pass")
    # what a run has read is let go by the system, seconds sooner than object by object
    gc.freeze()
    gc.disable()
    sys.exit(code)


def _interrupted() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from geoplan.cli import interrupted
    from geoplan.language import asked_lang, checked_lang, machine_lang
    from gis.errors import ConfigError

    try:
        lang = asked_lang(sys.argv[1:])
        return interrupted(checked_lang(lang) if lang else machine_lang())
    except ConfigError:  # a language there is not
        return interrupted("en")


if __name__ == "__main__":
    main()
