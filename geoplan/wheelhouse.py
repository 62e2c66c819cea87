"""One folder with every wheel, to install geoplan on a machine without internet.

``python -m geoplan.wheelhouse --out wheelhouse`` needs a connection (or an index inside the
organisation) once; the folder is then carried to the other machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

__all__ = ["main"]

# published as source only; pure Python, so one wheel built here serves every platform
SOURCE_ONLY = ("odfpy",)
PLATFORMS = {
    "windows": ("win_amd64",),
    "linux": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
}


def _download(root: Path, out: Path, platform: str, python: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(out)]
    command += ["--only-binary", ":all:", "--python-version", python]
    command += ["--implementation", "cp"]
    for tag in PLATFORMS[platform]:
        command += ["--platform", tag]
    command += ["-c", str(root / "constraints" / "constraints.txt")]
    command += ["--find-links", str(out), "pingluo-geoplan[serve]"]
    subprocess.run(command, check=True)


def main(argv: list[str] | None = None) -> int:
    """Build our wheel and download all it needs for the platforms asked for.

    Parameters
    ----------
    argv : list of str, optional
        Command line arguments.

    Returns
    -------
    int
        0 when the folder is complete.
    """
    parser = argparse.ArgumentParser(prog="geoplan.wheelhouse", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("wheelhouse"))
    parser.add_argument("--platform", choices=(*PLATFORMS, "all"), default="all")
    parser.add_argument("--python", default=f"{sys.version_info[0]}.{sys.version_info[1]}")
    args = parser.parse_args(argv)
    root = Path(__file__).resolve().parent.parent
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(out),
    ]
    subprocess.run([*build, str(root)], check=True)
    pins = ["-c", str(root / "constraints" / "constraints.txt")]
    subprocess.run([*build, "--wheel-dir", str(out), *pins, *SOURCE_ONLY], check=True)
    for platform in PLATFORMS if args.platform == "all" else (args.platform,):
        _download(root, out, platform, args.python)
    wheels = sorted(out.glob("*.whl"))
    size_mb = sum(w.stat().st_size for w in wheels) / 1e6
    sys.stdout.write(f"{len(wheels)} wheels, {size_mb:.0f} MB: {out}\n")
    sys.stdout.write(
        f"python -m pip install --no-index --find-links {out.name} pingluo-geoplan\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
