"""Word files as PDF, through LibreOffice when it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from gis.errors import ModelError
from gis.say import say

__all__ = ["office", "to_pdf", "to_pdfs"]

_LONGEST_S = 180


def office() -> str | None:
    """Path of LibreOffice, None when it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_pdf(docx: Path) -> Path:
    """Convert `docx` to PDF beside it.

    Raises
    ------
    ModelError
        As `to_pdfs`.
    """
    return to_pdfs(docx)[0]


def to_pdfs(*docx: Path) -> list[Path]:
    """Convert Word files to PDFs beside them, with one start of LibreOffice.

    Raises
    ------
    ModelError
        When LibreOffice is missing, with what to do instead; or when it fails.
    """
    program = office()
    if program is None:
        raise ModelError(
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
        try:
            done = subprocess.run(
                [*call, "--outdir", folder, *map(str, docx)],
                capture_output=True, check=False, timeout=_LONGEST_S,
            )  # fmt: skip
        except subprocess.TimeoutExpired as err:
            raise ModelError(
                say("geoplan.faults.libreoffice_did_not_finish"), got=f"{_LONGEST_S} s"
            ) from err
        found = [(d, Path(folder) / f"{d.stem}.pdf") for d in docx]
        for asked, made in found:
            if not made.exists():
                said = (done.stderr or done.stdout).decode(errors="replace").strip()
                raise ModelError(
                    say("geoplan.faults.libreoffice_made_no_pdf"),
                    where=str(asked),
                    got=said[-300:],
                )
        return [Path(shutil.copyfile(made, d.with_suffix(".pdf"))) for d, made in found]
