"""Kernels: functions over cells that are compiled when they are first called."""

from __future__ import annotations

from gis.cells.jit.compiled import for_few, for_long, kernel, kernel_with

__all__ = ["for_few", "for_long", "kernel", "kernel_with"]
