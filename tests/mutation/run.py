"""One mutant after another: write it, fork, run the tests that may kill it, restore."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

from tests.mutation.choose import Mutant

# Imported once, before the first fork; ours never are, they change.
HEAVY = (
    "numpy",
    "pandas",
    "scipy.ndimage",
    "scipy.optimize",
    "shapely",
    "pyproj",
    "geopandas",
    "rasterio",
    "pyogrio",
    "numba",
    "pydantic",
    "hypothesis",
    "pvlib",
    "pytest",
    "_pytest.assertion.rewrite",
)
KILLED, SURVIVED, NOT_RUN = "killed", "survived", "no test"


def preload() -> None:
    """Import what every test needs."""
    import importlib

    for name in HEAVY:
        importlib.import_module(name)


def _child(tree: Path, work: Path, tests: list[str], log: Path, cache: Path) -> int:
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.chdir(tree)
    sys.dont_write_bytecode = True
    os.environ |= {
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GEOPLAN_CACHE": str(cache),
        "CI": "1",
    }
    for name in [n for n in sys.modules if n.split(".")[0] == "tests"]:
        del sys.modules[name]
    sys.path[:] = [str(tree), *(p for p in sys.path if Path(p or ".").resolve() != tree)]
    import pytest

    args = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]
    return int(pytest.main([*args, "--timeout=0", *tests]))


def run_tests(tree: Path, work: Path, tests: list[str], limit_s: float) -> tuple[str, float]:
    """Whether `tests` pass in `tree`: (killed | survived, seconds)."""
    if not tests:
        return NOT_RUN, 0.0
    cache = work / "cache_now"
    shutil.rmtree(cache, ignore_errors=True)
    if (work / "cache").is_dir():
        shutil.copytree(work / "cache", cache, copy_function=os.link)
    begun = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            # CPU seconds, so that a busy machine kills nothing; wall seconds only for a sleeper
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit_s), int(limit_s) + 5))
            code = _child(tree, work, tests, work / "last.log", cache)
        finally:
            os._exit(code)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        spent = time.perf_counter() - begun
        if done:
            break
        if spent > 10 * limit_s:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return KILLED, spent  # an endless loop is a death too
        time.sleep(0.05)
    code = os.waitstatus_to_exitcode(status)
    if code in {4, 5}:
        return NOT_RUN, spent
    return (SURVIVED if code == 0 else KILLED), spent


def restore(tree: Path, work: Path) -> None:
    """Put back the module of a mutant whose run was killed."""
    kept = work / "in_hand"
    if kept.is_file():
        name, _, source = kept.read_text(encoding="utf-8").partition("\n")
        (tree / name).write_text(source, encoding="utf-8")
        kept.unlink()


def mutated(tree: Path, mutant: Mutant) -> str | None:
    """The text of the mutant's module with the change in it."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (tree / mutant.module).read_text(encoding="utf-8")
    return mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence)


def try_mutant(
    tree: Path,
    work: Path,
    mutant: Mutant,
    tests: list[str],
    limit_s: float,
    inlined_in: set[str],
) -> tuple[str, str, float]:
    """Outcome, the changed line, seconds.

    A kernel lives on in the machine code of those that call it: the kept code of the modules
    `inlined_in` is made stale by a new time of change, as the mutant's own is.
    """
    path = tree / mutant.module
    source = path.read_text(encoding="utf-8")
    text = mutated(tree, mutant)
    if text is None:
        return NOT_RUN, "", 0.0
    pairs = zip(source.split("\n"), text.split("\n"), strict=False)
    change = next(((a, b) for a, b in pairs if a != b), ("", ""))
    stale = [path, *(tree / m for m in inlined_in)]
    (work / "in_hand").write_text(f"{mutant.module}\n{source}", encoding="utf-8")
    try:
        path.write_text(text, encoding="utf-8")
        for p in stale:
            os.utime(p)
        outcome, spent = run_tests(tree, work, tests, limit_s)
    finally:
        restore(tree, work)
        for p in stale:
            os.utime(p)
    if outcome == NOT_RUN and tests and run_tests(tree, work, tests, limit_s)[0] == SURVIVED:
        outcome = KILLED  # the tests run without the fault: with it a module cannot be imported
    return outcome, f"{change[0].strip()}  ->  {change[1].strip()}", spent
