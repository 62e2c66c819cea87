"""One folder with every wheel, to install geoplan on a machine without internet.

``python -m geoplan.wheelhouse --out wheelhouse`` needs a connection (or an index inside the
organisation) once; the folder is then carried to the other machine. ``requirements.txt`` in it
holds the sha256 of every wheel, so that pip refuses what was changed or cut on the way.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from layers.provenance import file_sha256

__all__ = ["locked", "main"]

_OURS = "pingluo-geoplan"
_EXTRAS = "serve,postgis"

# published as source only; pure Python, so one wheel built here serves every platform
SOURCE_ONLY = ("odfpy",)
PLATFORMS = {
    "windows": ("win_amd64",),
    "linux": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
}
_SYSTEM = {"win_amd64": "win32", "manylinux": "linux"}


def _download(root: Path, out: Path, platform: str, python: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(out)]
    command += ["--only-binary", ":all:", "--python-version", python]
    command += ["--implementation", "cp"]
    for tag in PLATFORMS[platform]:
        command += ["--platform", tag]
    command += ["-c", str(root / "constraints" / "constraints.txt")]
    command += ["--find-links", str(out), f"{_OURS}[{_EXTRAS}]"]
    subprocess.run(command, check=True)


def _system(name: str) -> str:
    """The one system a wheel is for, as Python calls it; empty for all."""
    return next((s for tag, s in _SYSTEM.items() if tag in name.rsplit("-", 1)[1]), "")


def locked(wheels: Iterable[Path]) -> str:
    """Requirements that hold exactly these wheels, for ``pip install --require-hashes``.

    Parameters
    ----------
    wheels : iterable of Path
        One wheel a package and system.

    Returns
    -------
    str
        A line a package with the sha256 of all its wheels; a package that has a wheel for one
        system only is asked for on that system only.
    """
    found: dict[str, list[Path]] = {}
    for wheel in sorted(wheels):
        name, version = wheel.name.split("-")[:2]
        found.setdefault(f"{name.replace('_', '-')}=={version}", []).append(wheel)
    out = []
    for package, own in found.items():
        systems = {_system(w.name) for w in own}
        where = (
            "" if "" in systems or len(systems) > 1 else f' ; sys_platform == "{systems.pop()}"'
        )
        hashes = " ".join(f"--hash=sha256:{file_sha256(w)}" for w in own)
        out.append(f"{package}{where} {hashes}\n")
    return "".join(out)


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
    lock = out / "requirements.txt"
    lock.write_text(locked(wheels), encoding="utf-8")
    size_mb = sum(w.stat().st_size for w in wheels) / 1e6
    sys.stdout.write(f"{len(wheels)} wheels, {size_mb:.0f} MB: {out}\n")
    install = f"--no-index --find-links {out.name} --require-hashes -r {out.name}/{lock.name}"
    sys.stdout.write(f"python -m pip install {install}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
