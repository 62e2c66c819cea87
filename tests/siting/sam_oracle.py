"""NREL-PySAM in a process of its own, as an oracle.

Its native library answers with errors at random once certain other native libraries were
loaded before it, which a run of all tests does.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import Any

import pytest


def ask(job: dict[str, Any]) -> dict[str, Any]:
    """What PySAM answers to `job`; the test is skipped where PySAM is not installed."""
    if importlib.util.find_spec("PySAM") is None:
        pytest.skip("NREL-PySAM is not installed")
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def _pvwatts(job: dict[str, Any]) -> dict[str, Any]:
    import PySAM.Pvwattsv8

    m = PySAM.Pvwattsv8.default("PVWattsNone")
    m.SolarResource.solar_resource_data = job["resource"]
    m.SolarResource.albedo = [0.2] * 12
    m.SolarResource.use_wf_albedo = 0
    for name, value in job["system"].items():
        setattr(m.SystemDesign, name, value)
    m.execute()
    return {"poa": sum(m.Outputs.poa) / 1000.0, "ac": m.Outputs.ac_annual / 1000.0}


def _turbine(_job: dict[str, Any]) -> dict[str, Any]:
    import PySAM.Windpower

    m = PySAM.Windpower.default("WindPowerNone")
    return {
        "speed": list(m.Turbine.wind_turbine_powercurve_windspeeds),
        "power": list(m.Turbine.wind_turbine_powercurve_powerout),
        "rotor": m.Turbine.wind_turbine_rotor_diameter,
    }


if __name__ == "__main__":
    asked = json.loads(sys.stdin.read())
    answer = {"pvwatts": _pvwatts, "turbine": _turbine}[asked["what"]]
    sys.stdout.write(json.dumps(answer(asked)) + "\n")
