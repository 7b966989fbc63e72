"""Two passwords tried at the same instant in one process: OpenSSL's several lanes would wait for each other for ever (I8)."""

import subprocess
import sys

from tests.processes import ROOT

# Both threads are in the derivation at once; a process of its own, so that a standstill ends as a failure.
AT_ONCE = """
import threading
from clicdocteur.sealing import Context, PasswordCost, unwrap_with_password, wrap_with_password
cost, context, gate = PasswordCost(32 * 1024, 3, 4), Context("x"), threading.Barrier(3)
opened = []
def derive(password):
    gate.wait()
    opened.append(unwrap_with_password(password, wrap_with_password(password, b"secret", context, cost), context))
threads = [threading.Thread(target=derive, args=(f"Framboise-{number}",), daemon=True) for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(opened == [b"secret"] * 3)
"""


def test_derivations_of_several_lanes_in_several_threads_come_to_an_end():
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.stdout.strip() == "True", done.stderr
