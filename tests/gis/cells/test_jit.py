"""Compiled kernels are kept on disk, and only what was written is read back."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

KERNEL = """
from gis.cells.jit import kernel
from {called} import half

@kernel
def kept(x):
    return half(x) + 1.0
"""
CALLED = """
from gis.cells.jit import kernel

@kernel
def half(x):
    return x * {factor}
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Load the kernel as a process does that finds the cache of another one."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(tmp_path)
    from numba.core import config

    config.reload_config()
    names = ("kept_kernel", "called_kernel")

    def again(factor: float = 0.5):
        called = tmp_path / "called_kernel.py"
        called.write_text(CALLED.format(factor=factor), "utf-8")
        (tmp_path / "kept_kernel.py").write_text(KERNEL.format(called="called_kernel"), "utf-8")
        for name in names:
            # a wheel gives every file one time, whatever is in it
            os.utime(tmp_path / f"{name}.py", (315_532_800, 315_532_800))
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        for stale in tmp_path.rglob("*.pyc"):
            stale.unlink()
        return importlib.import_module("kept_kernel").kept

    yield again
    for name in names:
        sys.modules.pop(name, None)
    monkeypatch.undo()
    config.reload_config()


def hits(kept) -> int:
    return sum(kept.stats.cache_hits.values())


def test_a_second_process_finds_what_the_first_compiled(load):
    assert load()(4.0) == 3.0
    second = load()
    assert second(4.0) == 3.0
    assert hits(second) == 1


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "zeros"])
def test_damaged_files_are_compiled_again(load, tmp_path, suffix, how):
    load()(4.0)
    files = sorted((tmp_path / "cache").rglob(f"*.{suffix}"))
    assert files
    for path in files:
        body = bytearray(path.read_bytes())
        if how == "flipped":
            body[len(body) * 2 // 3] ^= 0xFF
        elif how == "cut":
            del body[len(body) // 2 :]
        else:
            body = bytearray(0 if how == "empty" else len(body))
        path.write_bytes(body)
    damaged = load()
    assert damaged(4.0) == 3.0
    assert hits(damaged) == 0
    whole = load()  # and what was compiled again is kept
    assert whole(4.0) == 3.0
    assert hits(whole) == 1


def test_a_changed_kernel_in_another_file_is_not_taken_from_the_cache(load):
    from gis.cells.jit import _source

    assert load(0.5)(4.0) == 3.0
    _source.cache_clear()  # another process reads the files anew
    assert load(0.2)(4.0) == pytest.approx(1.8)  # same size, same time
