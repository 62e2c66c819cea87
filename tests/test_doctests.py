"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
SKIP = {"geoplan.__main__"}


def modules() -> list[str]:
    names = list(ROOMS)
    for room in ROOMS:
        package = importlib.import_module(room)
        found = pkgutil.walk_packages(package.__path__, prefix=f"{room}.")
        names += [m.name for m in found if m.name not in SKIP]
    return sorted(set(names))


@pytest.mark.parametrize("name", modules())
def test_examples_of(name: str) -> None:
    module = importlib.import_module(name)
    if name in ROOMS:
        # what a room offers has its examples where it is at home
        runner = doctest.DocTestRunner(optionflags=FLAGS)
        own = doctest.DocTestParser().get_doctest(module.__doc__ or "", {}, name, None, 0)
        assert runner.run(own).failed == 0
        return
    result = doctest.testmod(module, optionflags=FLAGS, report=True)
    assert result.failed == 0
