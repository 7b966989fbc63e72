"""However many sign in at once, on however many processes, one password is tried at a time: memory is bounded (P9 I8)."""

import importlib.util
import json
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from clicdocteur import server_secret
from practitioners.keys import derivation
from tests.processes import ROOT, Instance

# Five threads of each process try at once. Whoever runs does so until those who are too many have been told, and notes when,
# by a clock that all processes share: however the machine divides its time, each process refuses two.
SIGN_IN = """
import json, sys, threading, time
from practitioners.keys import derivation

ran, refused, gate = [], [], threading.Barrier(4 + derivation.WAITING)

def derive():
    began = time.monotonic()
    while len(refused) < 2: time.sleep(0.01)
    ran.append((began, time.monotonic()))

def sign_in():
    gate.wait()
    try:
        derivation.in_turn(derive)
    except derivation.TooBusy:
        refused.append(1)

threads = [threading.Thread(target=sign_in) for _ in range(3 + derivation.WAITING)]
for thread in threads: thread.start()
print("ready", flush=True)
sys.stdin.readline()
gate.wait()
for thread in threads: thread.join()
print(json.dumps([ran, len(refused)]))
"""

HOLD = """
import sys
from practitioners.keys import derivation
derivation.in_turn(lambda: (print("holding", flush=True), sys.stdin.read()))
"""

TRY = """
from practitioners.keys import derivation
derivation.PATIENCE_SECONDS = 0.3
try:
    print(derivation.in_turn(lambda: "free"))
except derivation.TooBusy:
    print("busy")
"""


@pytest.fixture
def machine(tmp_path: Path) -> Instance:
    """An instance whose processes need no store: the queue asks none."""
    made = Instance(tmp_path)
    server_secret.ensure(made.secret)
    return made


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_three_processes_with_five_sign_ins_each_run_one_derivation_at_a_time_and_refuse_what_is_too_many(machine):
    """Each 128 MiB: without the lock three would run at once, and with more processes more."""
    processes = [machine.begin(SIGN_IN) for _ in range(3)]
    assert [line(one) for one in processes] == ["ready"] * 3
    for one in processes:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    told = [one.communicate(timeout=240) for one in processes]
    found = [json.loads(out) for out, _error in told]
    runs = sorted(run for ran, _refused in found for run in ran)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(runs)), "two at once"
    assert [(len(ran), refused) for ran, refused in found] == [(1 + derivation.WAITING, 2)] * 3


def test_a_process_that_is_killed_while_it_derives_holds_nobody_up(machine):
    """Its lock goes with it; before, whoever comes is told to try again."""
    holder = machine.begin(HOLD)
    assert line(holder) == "holding"
    assert machine.python(TRY).stdout.strip() == "busy"
    holder.kill()
    holder.communicate(timeout=240)
    assert machine.python(TRY).stdout.strip() == "free"


def test_a_worker_keeps_a_thread_for_patients_while_its_queue_is_full():
    """A flood of sign-ins from many networks costs staff a wait, and patients nothing."""
    spec = importlib.util.spec_from_file_location("gunicorn_configuration", ROOT / "deploy/gunicorn.conf.py")
    assert spec is not None
    assert spec.loader is not None
    configuration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(configuration)
    assert configuration.threads > 1 + derivation.WAITING
