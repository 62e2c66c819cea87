"""The geoplan command as a child process: its progress, its end, its answer."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig
from qgis.core import QgsProcessingException

from .words import language, spoken, words

SETTING = "GEOPLAN_COMMAND"
_LOOK_S = 0.1  # how often it is looked whether the user cancelled
_GRACE_S = 5.0
_KEPT = 200  # lines of the child that are kept for an error
# QGIS's own libraries, data and Python must not be taken for geoplan's
_OWN = ("PYTHONHOME", "PYTHONPATH", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH")


def command(given):
    """Path of the command: as given, as set, else the first on PATH.

    Raises
    ------
    QgsProcessingException
        It is nowhere, or is no program.
    """
    asked = (given or ProcessingConfig.getSetting(SETTING) or "").strip()
    found = shutil.which(asked or "geoplan")
    if found is None:
        where = words("at_path", path=asked) if asked else words("on_path")
        raise QgsProcessingException(words("no_command", where=where))
    return found


def environment():
    """The child's environment: without QGIS's own paths, and UTF-8 whatever the system has."""
    out = {k: v for k, v in os.environ.items() if k not in _OWN}
    return {**out, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}


def _end(child):
    """End the child and what it started."""
    if child.poll() is not None:
        return
    if sys.platform == "win32":
        ask = ["taskkill", "/T", "/F", "/PID", str(child.pid)]
        subprocess.run(ask, capture_output=True, check=False)
    else:
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


class _Heard:
    """Lines of the child's stderr, as they come: events of progress, and all others."""

    def __init__(self, feedback):
        self.feedback = feedback
        self.lines = []
        self.error = None

    def __call__(self, stream):
        for raw in stream:
            line = raw.decode("utf-8", "replace").rstrip()
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            if not isinstance(found, dict):
                self.lines = [*self.lines, line][-_KEPT:]
                self.feedback.pushDebugInfo(line)
            elif "error" in found:
                self.error = found["error"]
            elif found.get("event"):
                self.tell(found)

    def tell(self, event):
        if event.get("share") is not None:
            self.feedback.setProgress(100.0 * event["share"])
        text = words("at", what=spoken(event.get("label")), seconds=round(event["elapsed_s"]))
        self.feedback.setProgressText(text)


def ask(program, arguments, feedback, also=()):
    """What the command answers.

    Parameters
    ----------
    program : str
        Of `command`.
    arguments : list of str
        Verb and its arguments; ``--json`` and the language are added.
    feedback : QgsProcessingFeedback
        Told how far it is; when it is cancelled the child is ended.
    also : tuple of int
        Exit codes beside 0 that come with an answer.

    Returns
    -------
    dict or None
        The JSON on its standard output; None when the user cancelled.

    Raises
    ------
    QgsProcessingException
        With what geoplan says is wrong.
    """
    call = [program, *arguments, "--json", "--lang", language()]
    feedback.pushInfo(" ".join(call))
    try:
        child = subprocess.Popen(
            call,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=sys.platform != "win32",
            # no black window on Windows
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as err:
        where = words("at_path", path=program)
        raise QgsProcessingException(words("no_command", where=where)) from err
    heard, parts = _Heard(feedback), []
    readers = [
        threading.Thread(target=lambda: parts.append(child.stdout.read()), daemon=True),
        threading.Thread(target=heard, args=(child.stderr,), daemon=True),
    ]
    for one in readers:
        one.start()
    cancelled = False
    while not cancelled:
        try:
            child.wait(_LOOK_S)
            break
        except subprocess.TimeoutExpired:
            cancelled = feedback.isCanceled()
    _end(child)
    for one in readers:
        one.join(_GRACE_S)
    child.stdout.close()
    child.stderr.close()
    if cancelled:
        return None
    if child.returncode == 0 or child.returncode in also:
        try:
            return json.loads(b"".join(parts).decode("utf-8"))
        except ValueError:
            pass  # an exit code of `also` may be a refusal too
    raise QgsProcessingException(_refusal(heard, child.returncode))


def _refusal(heard, code):
    """What geoplan says is wrong, one fault a line."""
    if not heard.error:
        return "\n".join([words("ended", code=code), *heard.lines[-20:]])
    said = []
    for fault in heard.error.get("faults", ()):
        text = ": ".join(str(fault[k]) for k in ("where", "what") if fault.get(k))
        more = [
            words(k, value=fault[k])
            for k in ("got", "expected")
            if fault.get(k) not in (None, "")
        ]
        said.append("; ".join([text, *more, *([fault["todo"]] if fault.get("todo") else [])]))
    return "\n".join(said) or words("ended", code=code)


def plan_file(path):
    """The plan as an existing file.

    Raises
    ------
    QgsProcessingException
    """
    if not Path(path).is_file():
        raise QgsProcessingException(words("no_plan", path=path))
    return str(path)
