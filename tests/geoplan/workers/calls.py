"""What the second process is asked in these tests."""

from __future__ import annotations

import os
import sys
import time

from gis.errors import DataError
from gis.say import say


def told(word: str, event) -> None:
    event("said", (word, os.getpid()))


def faulty(event) -> None:
    raise DataError(say("geoplan.faults.free_space"), where="here")


def unforeseen(event) -> None:
    sys.stdout.write("noise on the way of the answers\n")
    sys.stdout.flush()
    raise ZeroDivisionError


def dies(event) -> None:
    os._exit(11)


def lasts(event) -> None:
    event("began", (os.getpid(),))
    time.sleep(60)
