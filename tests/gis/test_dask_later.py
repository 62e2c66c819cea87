"""The library of grids loads without dask, and asks it once it is there."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import gis.cells.grid
import odc.geo.math as m
assert not [n for n in sys.modules if n.split(".")[0] == "dask"]
assert not m.is_dask_collection(3)
import dask.array
assert m.is_dask_collection(dask.array.ones(3))
assert not m.is_dask_collection(3)
"""


def test_grids_do_without_dask_until_somebody_loads_it():
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=120)


def test_dask_that_is_there_stays():
    code = "import dask, sys; import gis.cells.grid; assert sys.modules['dask'] is dask"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
