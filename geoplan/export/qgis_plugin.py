"""The plugin of QGIS's Processing toolbox, packed for installation.

Its files are data here: QGIS loads them in its own Python, geoplan never does.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from geoplan.glossary import RESTORATION, STATES, state_word, tech_word
from gis.errors import ConfigError, DataError
from gis.say import both, os_reason, say, sentences

__all__ = ["write_qgis_plugin"]

_NAME = "geoplan_qgis"
_FILE = "geoplan-qgis.zip"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same plugin gives the same bytes
_SEVERITIES = ("error", "warning", "note")
_TECHS = ("pv", "wind", *sorted(RESTORATION))
# words of other rooms the plugin shows -> what their keys begin with there
_SHARED = {
    "result": "siting.check.result.",
    "project": "siting.check.project.",
    "point": "siting.check.explain.result.",
    "preference": "siting.check.explain.preference.",
}

_VERDICTS = ("pass", "conditional", "fail", "provisional", "unknown")


def _folder() -> Path:
    """The plugin's files, in the wheel or beside the source."""
    here = Path(__file__).resolve().parents[1]
    inside = here / "qgis_plugin"
    return (inside if inside.is_dir() else here.parent / "qgis_plugin") / _NAME


def _below(start: str) -> dict[str, dict[str, str]]:
    """Texts whose key begins so, by the rest of it."""
    texts = sentences(start.partition(".")[0])
    return {
        k.removeprefix(start): {str(lang): text for lang, text in v.items()}
        for k, v in texts.items()
        if k.startswith(start)
    }


def _words() -> dict[str, dict[str, str]]:
    """Every text of the plugin in both languages; verdicts and states are geoplan's own."""
    out = _below("geoplan.qgis_plugin.")
    for name, start in _SHARED.items():
        out |= {f"{name}_{k}": v for k, v in _below(start).items()}

    def add(key: str, text: Callable[[str], str]) -> None:
        out[key] = {str(k): v for k, v in both(text).items()}

    # of the whole boundary, as the report and the map say it; of one rule it is ``result``
    for verdict in _VERDICTS:
        add(f"verdict_{verdict}", say(f"geoplan.check.{verdict}"))
    for tech in _TECHS:
        add(f"tech_{tech}", tech_word(tech))
        table = "state_restoration" if tech in RESTORATION else "state"
        for state in (*STATES, "outside"):
            add(f"{table}_{state}", state_word(state, tech))
    for severity in _SEVERITIES:
        add(f"severity_{severity}", say(f"geoplan.doctor.{severity}"))
    return out


def _files() -> dict[str, bytes]:
    import geoplan

    folder = _folder()
    names = sorted(p.name for p in folder.iterdir() if p.suffix in (".py", ".txt"))
    out = {name: (folder / name).read_bytes() for name in [*names, "LICENSE"]}
    about = out["metadata.txt"].decode("utf-8")
    version = f"\nversion={geoplan.__version__}\n"
    out["metadata.txt"] = about.replace("\nversion=0\n", version).encode()
    out["words.json"] = json.dumps(_words(), ensure_ascii=False, indent=1).encode()
    return out


def write_qgis_plugin(folder: Path) -> Path:
    """Write the plugin as a zip that QGIS installs; the same plugin gives the same bytes.

    Parameters
    ----------
    folder : Path
        Made when it is not there.

    Returns
    -------
    Path
        ``geoplan-qgis.zip``.

    Raises
    ------
    ConfigError
        The folder is a file.
    DataError
        The folder cannot be written to.

    References
    ----------
    QGIS, PyQGIS Developer Cookbook, "Structuring Python Plugins": one folder in the zip, with
    ``metadata.txt`` and ``__init__.py``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as made:
    ...     print(write_qgis_plugin(Path(made) / "plugin").name)
    geoplan-qgis.zip
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(
            say("geoplan.doctor.is_a_file"),
            where="--qgis-plugin",
            got=str(folder),
            todo=say("geoplan.doctor.other_folder"),
        )
    path = folder / _FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as z:
            for name, content in _files().items():
                entry = zipfile.ZipInfo(f"{_NAME}/{name}", date_time=_ZIP_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                z.writestr(entry, content)
    except OSError as err:
        raise DataError(
            say("geoplan.faults.not_written"),
            where=str(path),
            got=os_reason(err),
            todo=say("geoplan.faults.check_path_and_rights"),
        ) from err
    return path
