"""Tests of how progress is told."""
