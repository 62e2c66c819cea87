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
    return sum(kept.compiled.stats.cache_hits.values())


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
    from gis.cells.jit.compiled import _source

    assert load(0.5)(4.0) == 3.0
    _source.cache_clear()  # another process reads the files anew
    assert load(0.2)(4.0) == pytest.approx(1.8)  # same size, same time


def _resampled(rng, kind, n):
    """The arguments of a resampling of `n` x `n` file cells, half of them known."""
    import numpy as np

    values = rng.normal(100.0, 40.0, (n, n))
    values = values.astype(np.int32) if kind == "nearest" else values
    known = rng.random((n, n)) < 0.7
    rows, cols = 6, 5
    column = np.column_stack([np.full(rows, n / 2), np.full(rows, n / 2.2)])
    row = np.column_stack([np.linspace(0.3, n - 0.3, rows), rng.normal(0, 0.2, rows)])
    u = np.linspace(-0.9, 0.9, cols)
    out = np.zeros((rows, cols), values.dtype if kind == "nearest" else np.float64)
    sizes = () if kind != "box" else (*rng.uniform(0.4, 2.0, 2), int(rng.integers(3)))
    return (values, known, 0, 0, column, row, u, *sizes), out, np.zeros((rows, cols), bool)


@pytest.mark.parametrize("kind", ["nearest", "linear", "box"])
def test_few_cells_give_the_bits_of_the_kernel(kind):
    import numpy as np

    from gis.cells import resample
    from gis.cells.jit import for_few

    compiled = getattr(resample, f"resample_{kind}")
    plain = for_few(compiled, 1)
    assert plain is not compiled
    assert for_few(compiled, 1_000_000) is compiled
    rng = np.random.default_rng(3)
    for _ in range(40):
        given, out, valid = _resampled(rng, kind, int(rng.integers(3, 12)))
        mine, known = out.copy(), valid.copy()
        compiled(*given, out, valid)
        plain(*given, mine, known)
        assert out.tobytes() == mine.tobytes()
        assert (valid == known).all()
        assert valid.any()


def test_few_heights_give_the_bits_of_the_kernel():
    import numpy as np

    from gis.cells import terrain, threshold
    from gis.cells.jit import for_few

    rng = np.random.default_rng(4)
    for _ in range(40):
        z = np.round(rng.normal(0, 5, (9, 9)), 1).astype(np.float32)
        z[rng.random((9, 9)) < 0.03] = np.nan
        z[:4, :4] = 7.0  # level: it faces nowhere
        faces = [np.full(z.shape, np.nan, np.float32) for _ in range(2)]
        for k, out in zip((terrain._aspect, for_few(terrain._aspect, 1)), faces, strict=True):
            k(z, np.float32(-1.0), out)
        assert np.array_equal(*faces, equal_nan=True)
        bits = [np.zeros((7, 7), np.uint64) for _ in range(2)]
        bound = float(rng.uniform(10, 4_000))
        for k, out in zip((threshold._slope, for_few(threshold._slope, 1)), bits, strict=True):
            k(out, z, np.isfinite(z), 1, bound, np.uint64(1), np.uint64(2))
        assert (bits[0] == bits[1]).all()


def test_a_twin_goes_first_until_the_compiler_is_worth_its_loading(monkeypatch):
    """25 million cells: what numpy needs for them is what loading the compiler takes."""
    from gis.cells.jit import for_long, kernel

    @kernel
    def double(x):
        return x + x

    def twin(x):
        return 2 * x

    assert for_long(double, twin, 10) is double  # loaded in this process already
    monkeypatch.delitem(sys.modules, "numba")
    assert for_long(double, twin, 25_000_000) is twin
    assert for_long(double, twin, 1) is twin
    assert for_long(double, twin, 1) is double
