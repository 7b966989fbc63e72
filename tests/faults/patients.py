"""Patients at work: threads that hold and book over http, and remember what they were told."""

import http.client
import random
import re
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

TIMES = "/fr/un/consultation/"
# A store that is busy is asked twice for ten seconds; a loaded machine takes its time as well.
PATIENCE_SECONDS = 60


@dataclass
class Told:
    """What patients were told: links of confirmed bookings, and how often what else."""

    confirmed: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, took: float) -> None:
        """Count an answer."""
        with self.lock:
            self.answers[what] = self.answers.get(what, 0) + 1
            self.slowest = max(self.slowest, took)

    def confirm(self, link: str) -> None:
        """Remember a booking that was confirmed."""
        with self.lock:
            self.confirmed.append(link)


class Patient(threading.Thread):
    """Books one visit after the other until told to stop; tries again when something fails, as people do."""

    def __init__(self, number: int, port: int, until: threading.Event, told: Told) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.until, self.told = number, port, until, told
        self.chance = random.Random(number)
        self.booked = 0

    def run(self) -> None:
        """Book until it is over."""
        while not self.until.is_set():
            try:
                self._book()
            except (OSError, http.client.HTTPException) as failure:
                self.told.note(f"no answer ({type(failure).__name__})", 0)
                time.sleep(0.1)

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        began = time.monotonic()
        connection = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE_SECONDS)
        try:
            # A network of their own each time: the cap on holds is not what is tried here.
            sent = {"X-Forwarded-For": f"10.{self.number}.{self.chance.randrange(256)}.{self.chance.randrange(256)}"}
            if form is not None:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, urlencode(form) if form is not None else None, sent)
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        self.told.note(str(answer.status), time.monotonic() - began)
        return answer.status, answer.headers.get("Location", ""), body

    def _book(self) -> None:
        week = self.chance.randrange(8)
        _status, _there, page = self._ask("GET", f"{TIMES}?patient=known&from={_monday(week)}")
        starts = re.findall(r'<button name="start" value="(\d+)"', page)
        if not starts:
            time.sleep(0.05)
            return
        status, form, _body = self._ask("POST", TIMES, {"start": self.chance.choice(starts), "patient": "known"})
        if status != 303:
            return
        self.booked += 1
        filled = {
            "whom": "me", "last_name": f"Nom{self.number}", "first_name": f"N{self.booked}", "patient": "known",
            "channel": "email", "email": f"p{self.number}.{self.booked}@example.org",
        }  # fmt: skip
        for _attempt in range(6):
            try:
                status, link, _body = self._ask("POST", form, filled)
            except (OSError, http.client.HTTPException) as failure:
                # Nobody knows whether it was taken: the form is sent again, as a browser's reload does.
                self.told.note(f"no answer ({type(failure).__name__})", 0)
                time.sleep(0.3)
                continue
            if status == 303:
                self.told.confirm(link.split("/")[3])
                return
            if status not in (502, 503):
                return
            time.sleep(0.3)


def _monday(weeks: int) -> str:
    from datetime import date, timedelta

    today = date.today()  # noqa: DTZ011 - any week will do
    return (today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)).isoformat()
