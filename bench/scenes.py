"""What is measured at one size: the floors, the pages, a booking."""

import re
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from bench.load import Answer, Measured, Visitor, measure
from bench.serving import cpu_seconds

WEEKS = 8
PERSON = {"whom": "me", "last_name": "N’Diaye-Lefèvre", "first_name": "Camille", "patient": "known", "channel": "email"}


def expect(answer: Answer, status: int) -> Answer:
    """Stop when the server says something else."""
    if answer.status != status:
        raise RuntimeError(f"expected {status}, got {answer.status} {answer.location} {answer.text[:300]}")
    return answer


def page(path: str) -> Callable[[Visitor], None]:
    """Ask for one page."""
    return lambda visitor: expect(visitor.ask(path), 200) and None


class Bookings:
    """Free times far enough apart not to hinder one another, handed out one by one; each is held, filled in and booked."""

    def __init__(self, port: int, paths: list[str]) -> None:
        visitor = Visitor(port)
        self.free = [(path, start) for path in paths for start in _free_starts(visitor, path)]
        self.lock = threading.Lock()
        self.number = 0
        self.steps: dict[str, list[float]] = {"hold": [], "form": [], "book": []}

    def __call__(self, visitor: Visitor) -> None:
        with self.lock:
            path, start = self.free.pop()
            self.number += 1
            mail = f"patient{self.number}@example.org"
        held = self._step("hold", visitor, 303, path, {"start": str(start), "patient": "new"}).location
        self._step("form", visitor, 200, held)
        booked = self._step("book", visitor, 303, held, PERSON | {"email": mail}).location
        if "/rdv/" not in booked:
            raise RuntimeError(f"not booked: {booked}")

    def _step(self, name: str, visitor: Visitor, status: int, path: str, form: dict[str, str] | None = None) -> Answer:
        began = time.perf_counter()
        answer = expect(visitor.ask(path, form), status)
        self.steps[name].append((time.perf_counter() - began) * 1000)
        return answer

    def medians(self) -> dict[str, float]:
        """How long each of the three requests took, in milliseconds; then forget."""
        found = {name: round(median(times), 2) for name, times in self.steps.items() if times}
        for times in self.steps.values():
            times.clear()
        return found


def _free_starts(visitor: Visitor, path: str) -> list[int]:
    """Every third cell at most of what is free in the coming weeks."""
    found: list[int] = []
    address = path
    for _ in range(WEEKS):
        text = expect(visitor.ask(address), 200).text
        for start in sorted(int(value) for value in re.findall(r'name="start" value="(\d+)"', text)):
            if not found or start >= found[-1] + 3:
                found.append(start)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
    return found


def weigh(visitor: Visitor, path: str) -> dict[str, int]:
    """Bytes on the wire for a page, alone and with its style sheets, packed as a browser gets them."""
    answer = expect(visitor.ask(path), 200)
    sheets = set(re.findall(r'<link rel="stylesheet"[^>]*href="([^"]+)"', answer.text))
    style = sum(expect(visitor.ask(sheet), 200).weight for sheet in sheets)
    return {"page": answer.weight, "with_css": answer.weight + style, "free": answer.text.count('name="start"')}


def run(port: int, pid: int, built: dict[str, Any], counts: tuple[int, int]) -> dict[str, Any]:
    """Measure everything at one size."""
    alone, together = counts
    results: dict[str, Any] = {}
    scenes: dict[str, tuple[Callable[[Visitor], None], int]] = {
        name: (page(path), 1) for name, path in built["pages"].items()
    }
    bookings = Bookings(port, built["book"])
    scenes["booking"] = (bookings, 4)
    for name, (act, costs) in scenes.items():
        measure(port, act, max(10 // costs, 8), 2)
        bookings.medians()
        before = cpu_seconds(pid)
        one: Measured = measure(port, act, alone // costs, 1)
        cpu = (cpu_seconds(pid) - before) / one.count * 1000
        steps = bookings.medians()
        many = measure(port, act, together // costs, 8)
        results[name] = {"alone": one.as_json(), "eight": many.as_json(), "cpu_ms": round(cpu, 2)}
        if steps:
            results[name]["steps_p50_ms"] = steps
    visitor = Visitor(port)
    for name, path in built["pages"].items():
        results[name]["queries"] = built["queries"][name]
        if not name.endswith("queries") and name != "empty view":
            results[name]["bytes"] = weigh(visitor, path)
    return results
