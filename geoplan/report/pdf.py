"""Word files as PDF, through LibreOffice when it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from gis.errors import ConfigError
from gis.say import say
from layers.result import Progress

__all__ = ["office", "to_pdf", "to_pdfs"]

_LONGEST_S = 600  # of one file on a machine in much use
_LOOK_S = 0.5
_TAIL = 64  # bytes among which a PDF says that it ends


def office() -> str | None:
    """Path of LibreOffice, None when it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_pdf(docx: Path) -> Path:
    """Convert `docx` to PDF beside it.

    Raises
    ------
    ConfigError
        As `to_pdfs`.
    """
    return to_pdfs(docx)[0]


def to_pdfs(*docx: Path, progress: Progress = lambda *_: None) -> list[Path]:
    """Convert Word files to PDFs beside them, with one start of LibreOffice.

    Parameters
    ----------
    *docx : Path
    progress : callable
        Told how many PDFs are done.

    Raises
    ------
    ConfigError
        When LibreOffice is missing, with what to do instead; or when it fails: PDFs it made
        until then are there.
    """
    program = office()
    if program is None:
        raise ConfigError(
            say("geoplan.faults.pdf_needs_libreoffice"),
            where="--pdf",
            todo=say("geoplan.faults.install_libreoffice"),
        )
    with tempfile.TemporaryDirectory() as folder:
        # a profile of its own: an open LibreOffice of the user would take the job and drop it
        profile = (Path(folder) / "profile").as_uri()
        call = [
            program,
            f"-env:UserInstallation={profile}",
            "--headless",
            "--convert-to",
            "pdf",
        ]
        made = {d: Path(folder) / f"{d.stem}.pdf" for d in docx}
        with (Path(folder) / "said").open("w+b") as said:
            running = subprocess.Popen(
                [*call, "--outdir", folder, *map(str, docx)], stdout=said, stderr=said
            )
            try:
                ended = _waited(running, list(made.values()), progress)
            finally:  # whoever breaks off leaves no program behind
                running.kill()
                running.wait()
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
        for word, pdf in made.items():
            if not _whole(pdf):
                way = "libreoffice_made_no_pdf" if ended else "libreoffice_did_not_finish"
                raise ConfigError(
                    say(f"geoplan.faults.{way}"),
                    where=str(word),
                    got=words[-300:] if ended else f"{_LONGEST_S} s",
                    todo=say("geoplan.faults.save_as_pdf"),
                )
            shutil.copyfile(pdf, word.with_suffix(".pdf"))
        return [d.with_suffix(".pdf") for d in docx]


def _whole(pdf: Path) -> bool:
    return pdf.exists() and b"%%EOF" in pdf.read_bytes()[-_TAIL:]


def _waited(running: subprocess.Popen[bytes], made: Sequence[Path], progress: Progress) -> bool:
    """Whether it ended, however long all take: the limit is of each file alone."""
    done, since = 0, monotonic()
    while True:
        try:
            running.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            now = sum(map(_whole, made))
            if now != done:
                done, since = now, monotonic()
                progress("pdf", done, len(made))
            if monotonic() - since > _LONGEST_S:
                return False
        else:
            progress("pdf", len(made), len(made))
            return True
