"""`python -m tests.faults`: hurt a real instance while patients book, then count; see `make faults`.

    python -m tests.faults [--only sqlite|postgres] [--seconds 12] [--scene NAME] [--seed 1]

After each scene: every booking that a patient saw confirmed is found with its name (I2), no two visits share a cell (I1), no
appointment lacks its record, every confirmation was sent or is listed for people to see, what no appointment knows is swept, no
answer was a broken page (I8), bookings go on, `/readyz` is green, and `doctor` said what was the matter while it was, and finds all
well afterwards.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.engines import postgres
from tests.faults.counting import COUNTED, faults_of
from tests.faults.instance import served
from tests.faults.patients import Patient, Told
from tests.faults.scenes import SCENES, Play, disk_full, read_only

PATIENTS = 6
OWN_DISK = (disk_full, read_only)


def play(name: str, folder: Path, stores: dict[str, str], seconds: float, seed: int) -> dict[str, Any]:
    """Play one scene while patients book; return what was told and what is found."""
    scene, _where = SCENES[name]
    with served(folder, stores, own_disk=scene in OWN_DISK) as server:
        until, told = threading.Event(), Told()
        patients = [Patient(number, server.port, until, told) for number in range(PATIENTS)]
        for one in patients:
            one.start()
        played = Play(server, stores, seconds, random.Random(seed))
        scene(played)
        server.until_ready()
        before = len(told.confirmed)
        deadline = time.monotonic() + 90
        while len(told.confirmed) < before + 5 and time.monotonic() < deadline:
            time.sleep(0.1)
        until.set()
        for one in patients:
            one.join(90)
        server.stop()
        (server.instance.folder / "links.json").write_text(json.dumps(told.confirmed))
        server.instance.environment |= {key: value for key, value in server.environment().items() if "EMAIL" in key}
        # It sends what still waits: some hundreds of letters, on a machine that may do other things as well.
        counted = server.instance.python(COUNTED, seconds=900)
        if counted.returncode:
            raise SystemExit(counted.stderr)
        found: dict[str, Any] = json.loads(counted.stdout)
        by = "" if scene not in OWN_DISK else "a file system of its own" if server.disk else "limits and modes of files"
    more = {"went on": len(told.confirmed) > before, "answers": told.answers, "slowest": round(told.slowest, 1)}
    return found | more | {"untold": played.untold, "by": by}


def main() -> int:
    """Play the scenes that were asked for; print a line each; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--scene", choices=list(SCENES))
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    print(f"seed {asked.seed}; confirmed and found are to be equal", flush=True)
    worst = 0
    for engine in (asked.only,) if asked.only else ("sqlite", "postgres"):
        for name, (_scene, where) in SCENES.items():
            if (asked.scene and name != asked.scene) or where not in ("both", engine):
                continue
            worst = max(worst, one(engine, name, asked.seconds, asked.seed))
    return worst


def one(engine: str, name: str, seconds: float, seed: int) -> int:
    """Play one scene on one engine, and print its line."""
    with tempfile.TemporaryDirectory(prefix="clicdocteur-faults-") as folder:
        if engine == "sqlite":
            found = play(name, Path(folder) / "instance", {}, seconds, seed)
        else:
            with postgres() as stores:
                for variable in ("AGENDA", "PATIENTS"):
                    _create(stores[f"{variable}_DATABASE_URL"])
                found = play(name, Path(folder) / "instance", stores, seconds, seed)
    wrong = faults_of(found)
    told = ", ".join(f"{answer} × {number}" for answer, number in sorted(found["answers"].items()))
    by = f"; by {found['by']}" if found["by"] else ""
    print(
        f"{'ok   ' if not wrong else 'WRONG'} {engine:8} {name:24} confirmed {found['confirmed']:4} found {found['found']:4} "
        f"booked {found['booked']:4} told {found['told']:4} listed {found['listed']:2} swept {found['swept']:2} "
        f"slowest {found['slowest']} s ({told}){by}",
        *(f"\n      {line}" for line in wrong),
        flush=True,
    )
    return int(bool(wrong))


def _create(url: str) -> None:
    import psycopg

    name = urlsplit(url).path[1:]
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?", 1), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")


if __name__ == "__main__":
    sys.exit(main())
