"""`python -m bench.passwords`: what one try of a password costs at several parameters, and what many at once cost together.

Each figure is of a process of its own, best of three for the time; memory is what the process had at most, less what it
had before. Nothing is guessed from formulas: lanes are threads only where the library makes them threads.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import serving
from clicdocteur import server_secret

# Memory in MiB, passes, lanes. RFC 9106 recommends 2 GiB × 1 first and 64 MiB × 3 second, both with 4 lanes; OWASP 46 × 1 × 1 at least.
PARAMETERS = [
    (46, 1, 1), (64, 3, 4), (128, 2, 4), (128, 3, 1), (128, 3, 4), (128, 4, 4), (256, 2, 4), (256, 3, 4), (512, 1, 4), (512, 3, 4),
]  # fmt: skip
PROCESSES = 6

ONE = """
import json, resource, time
from clicdocteur.sealing import Context, PasswordCost, wrap_with_password
cost, context = PasswordCost({memory} * 1024, {passes}, {lanes}), Context("bench")
wrap_with_password("warm up", b"x" * 96, context, PasswordCost(64, 1, 1))
before, taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
for _ in range(3):
    clock, cpu = time.perf_counter(), time.process_time()
    wrap_with_password("Framboise-1789-été", b"x" * 96, context, cost)
    taken.append((time.perf_counter() - clock, time.process_time() - cpu))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([min(one[0] for one in taken), min(one[1] for one in taken), (after - before) / 1024]))
"""

# `queue` is what the product does; without it every process derives at once.
MANY = """
import json, resource, sys, time
import django
django.setup()
from practitioners.keys import derivation
from clicdocteur.sealing import DEFAULT_COST, Context, wrap_with_password
def derive():
    wrap_with_password("Framboise-1789-été", b"x" * 96, Context("bench"), DEFAULT_COST)
print("ready", flush=True)
sys.stdin.readline()
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
waited = derivation.in_turn(lambda: (time.time(), derive(), time.time())) if {queue} else (time.time(), derive(), time.time())
taken = time.perf_counter() - began
print(json.dumps([taken, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, waited[0], waited[2]]))
"""


def one(memory: int, passes: int, lanes: int) -> tuple[float, float, float]:
    """Return (seconds, CPU seconds, MiB) of one derivation."""
    code = ONE.format(memory=memory, passes=passes, lanes=lanes)
    done = subprocess.run([sys.executable, "-c", code], cwd=serving.ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return tuple(json.loads(done.stdout))


def many(*, queue: bool) -> tuple[float, float]:
    """Return (seconds until the last is answered, MiB at most at one time) of six processes that sign in at once."""
    with tempfile.TemporaryDirectory(prefix="clicdocteur-bench-") as name:
        environment = serving.environment(Path(name), 8000)
        server_secret.ensure(Path(name) / "secret")
        command = [sys.executable, "-c", MANY.format(queue=queue)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes = [subprocess.Popen(command, env=environment, cwd=serving.ROOT, **pipes) for _ in range(PROCESSES)]
        for process in processes:
            process.stdout.readline()
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        found = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    # The memory of one is taken while it derives, and given back.
    together = (sum(one[1] for one in found if one[2] <= begun[2] < one[3]) for begun in found)
    return max(one[0] for one in found), max(together)


def main() -> int:
    """Measure and print a table."""
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    print("| MiB | passes | lanes | time | CPU | memory |\n|---|---|---|---|---|---|")
    for memory, passes, lanes in PARAMETERS:
        took, cpu, peak = one(memory, passes, lanes)
        print(
            f"| {memory} | {passes} | {lanes} | {took * 1000:.0f} ms | {cpu * 1000:.0f} ms | {peak:.0f} MiB |",
            flush=True,
        )
    print(f"\n{PROCESSES} processes sign in at once:")
    for queue in (True, False):
        last, memory = many(queue=queue)
        print(
            f"- {'one at a time' if queue else 'all at once'}: the last after {last:.1f} s, {memory:.0f} MiB together at most"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
