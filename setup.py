"""Puts the example plans and the QGIS plugin into the wheel, below ``geoplan/``."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPlans(build_py):
    """Copies ``plans/*.toml`` and ``qgis_plugin/`` beside the package they are read by."""

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "geoplan" / "plans"
            target.mkdir(parents=True, exist_ok=True)
            for plan in sorted(Path("plans").glob("*.toml")):
                shutil.copy2(plan, target / plan.name)
            shutil.copytree(
                "qgis_plugin",
                Path(self.build_lib) / "geoplan" / "qgis_plugin",
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )


setup(cmdclass={"build_py": BuildWithPlans})
