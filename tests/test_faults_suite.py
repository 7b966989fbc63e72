"""`make faults` in little: workers are killed at random while patients book over http, and the count is right (I1 I2 I8).

The whole suite, on both engines, with stores away, power cuts, a full or read-only disk, mail down, a clock that jumps: `make faults`.
"""

import subprocess
import sys

import pytest

from tests.faults.counting import WELL, faults_of
from tests.faults.scenes import SCENES
from tests.processes import ROOT


def test_every_booking_that_was_confirmed_is_found_after_workers_were_killed():
    """I2: a real server, in processes of its own."""
    command = [sys.executable, "-m", "tests.faults", "--only", "sqlite", "--scene", "workers killed", "--seconds", "1", "--seed", "1"]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok    sqlite   workers killed" in done.stdout


def test_the_count_notices_what_is_wrong():
    """R3: each kind of loss is told."""
    well = [[subject, "ok", ""] for subject in WELL]
    fine = {
        "confirmed": 20, "found": 20, "booked": 20, "nameless": 0, "missing": 0, "shared": 0, "cells": True, "left over": 0,
        "pairing": "sound", "went on": True, "answers": {"303": 40, "503": 3}, "unannounced": 0, "given up": [], "untold": [],
        "doctor": well,
    }  # fmt: skip
    assert faults_of(fine) == []
    for broken in (
        {"found": 19}, {"nameless": 1}, {"missing": 1}, {"shared": 1}, {"cells": False}, {"left over": 1}, {"pairing": "apart"},
        {"went on": False}, {"answers": {"500": 1}}, {"confirmed": 4, "found": 4}, {"unannounced": 1},
        {"given up": ["unreachable"]}, {"untold": ["E-mail"]}, {"doctor": well[1:]},
        {"doctor": [[WELL[0], "alarm", "…"], *well[1:]]}, {"doctor": [*well, [WELL[3], "alarm", "…"]]},
    ):  # fmt: skip
        assert len(faults_of(fine | broken)) == 1, broken


@pytest.mark.parametrize("name", list(SCENES))
def test_every_scene_says_what_it_does_and_where(name):
    scene, where = SCENES[name]
    assert scene.__doc__
    assert where in ("both", "sqlite", "postgres")
