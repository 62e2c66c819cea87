"""Puts the example plan files into the wheel, as ``geoplan/plans/``."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPlans(build_py):
    """Copies ``plans/*.toml`` beside the package they are read by."""

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "geoplan" / "plans"
            target.mkdir(parents=True, exist_ok=True)
            for plan in sorted(Path("plans").glob("*.toml")):
                shutil.copy2(plan, target / plan.name)


setup(cmdclass={"build_py": BuildWithPlans})
