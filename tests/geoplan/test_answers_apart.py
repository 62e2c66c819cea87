"""What a library in C prints never stands among the answers for machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, sys
import geoplan.cli as cli
real = cli.command
def noisy(lang):
    print_c = ctypes.CDLL(None).printf  # kept by the library until the process ends
    print_c(b"words of a solver\\n")
    return real(lang)
cli.command = noisy
sys.argv = ["geoplan", *sys.argv[1:]]
code = cli.main()
sys.exit(code)
"""


@pytest.mark.skipif(os.name == "nt", reason="asks the C library of the process by its name")
@pytest.mark.parametrize("first", [(), ("--debug",)])
def test_json_stands_alone(first: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *first, "layers", "--json"],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    assert ("words of a solver" in done.stderr) == bool(first)
