"""`python -m bench`: build, serve and measure at each size; print a table, write bench/results.json."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import report, scenes, serving
from clicdocteur import server_secret

RESULTS = serving.ROOT / "bench/results.json"


def arguments() -> argparse.Namespace:
    """What may be asked."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000", help="appointments, by commas")
    parser.add_argument("--quick", action="store_true", help="1 000 and 10 000 only, and fewer requests")
    asked = parser.parse_args()
    asked.sizes = [1000, 10_000] if asked.quick else [int(size) for size in asked.sizes.split(",")]
    return asked


def at(size: int, counts: tuple[int, int]) -> dict[str, Any]:
    """Build and measure one size in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="clicdocteur-bench-") as name:
        folder, port = Path(name), serving.free_port()
        settings = serving.environment(folder, port)
        server_secret.ensure(folder / "secret")
        build = [sys.executable, "-m", "bench.build", str(size)]
        done = subprocess.run(build, env=settings, cwd=serving.ROOT, check=True, stdout=subprocess.PIPE)
        built = json.loads(done.stdout.splitlines()[-1])
        with serving.served(settings, port) as pid:
            return {"built": built, "measured": scenes.run(port, pid, built, counts)}


def collect_static() -> None:
    """Style sheets as they are served: hashed and compressed."""
    with tempfile.TemporaryDirectory() as name:
        settings = serving.environment(Path(name), 8000)
        server_secret.ensure(Path(name) / "secret")
        for command in (
            ["locale/messages.py", "compile"],
            ["manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        ):
            subprocess.run([sys.executable, *command], env=settings, cwd=serving.ROOT, check=True)


def main() -> int:
    """Run what was asked."""
    asked = arguments()
    counts = (80, 160) if asked.quick else (240, 480)
    collect_static()
    results: dict[str, Any] = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "load": os.getloadavg()[0],
        "sizes": {},
    }
    if results["load"] > 1:
        print(
            f"This machine is busy (load {results['load']:.1f}): trust the CPU column, not the clock.", file=sys.stderr
        )
    for size in asked.sizes:
        print(f"… {size:,} appointments", file=sys.stderr, flush=True)
        results["sizes"][str(size)] = at(size, counts)
    results["aims"] = report.aims(results)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(report.table(results))
    print(report.verdict(results["aims"]))
    print(f"\nAlso in {RESULTS.relative_to(serving.ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
