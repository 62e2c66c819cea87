"""What a question at one place loads."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
import sys
from geoplan.demo import sample_plan
from siting.check.explain import explain_point

told = explain_point(sample_plan("tiny"), 106.54, 38.85)
assert told.techs["pv"].rules
print([name for name in ("numba", "pyogrio") if name in sys.modules])
"""


def asked() -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASKED], capture_output=True, text=True, check=True
    )
    return done.stdout.strip().splitlines()[-1]


def test_a_question_asked_again_loads_no_compiler_and_no_second_gdal():
    asked()  # looks at every layer, and keeps what it found
    assert asked() == "[]"
