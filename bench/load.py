"""A small client that costs little beside the server: plain sockets, kept open, one thread each."""

import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import urlencode
from zlib import MAX_WBITS, decompress


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    location: str
    body: bytes
    weight: int

    @property
    def text(self) -> str:
        """The body, unpacked."""
        packed = self.body[:2] == b"\x1f\x8b"
        return (decompress(self.body, MAX_WBITS | 16) if packed else self.body).decode()


class Visitor:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """GET, or POST a form; connect again when the server closed meanwhile."""
        body = urlencode(form).encode() if form is not None else b""
        head = (
            f"{'GET' if form is None else 'POST'} {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
            "Accept-Encoding: gzip\r\nAccept-Language: fr\r\nAccept: text/html\r\n"
        )
        if form is not None:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        request = head.encode() + b"\r\n" + body
        try:
            self.socket.sendall(request)
            return self._answer()
        except (BrokenPipeError, ConnectionResetError):
            self.socket = self._connect()
            self.socket.sendall(request)
            return self._answer()

    def _answer(self) -> Answer:
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head, body = received[:end].decode("latin-1"), received[end + 4 :]
        length = re.search(r"^content-length: (\d+)", head, re.IGNORECASE | re.MULTILINE)
        wanted = int(length[1]) if length else 0
        while len(body) < wanted:
            body += self._more()
        moved = re.search(r"^location: (\S+)", head, re.IGNORECASE | re.MULTILINE)
        return Answer(int(head.split(" ", 2)[1]), moved[1] if moved else "", body, end + 4 + len(body))

    def _more(self) -> bytes:
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionResetError
        return piece


@dataclass(frozen=True, slots=True)
class Measured:
    """Times of one kind of request, in milliseconds, and how many a second."""

    count: int
    p50: float
    p95: float
    throughput: float

    def as_json(self) -> dict[str, float]:
        """Rounded for reading."""
        return {
            "count": self.count,
            "p50_ms": round(self.p50, 2),
            "p95_ms": round(self.p95, 2),
            "per_second": round(self.throughput, 1),
        }


def measure(port: int, act: Callable[[Visitor], None], count: int, concurrency: int, seconds: float = 20.0) -> Measured:
    """Do something *count* times, *concurrency* at once, for *seconds* at most."""
    times: list[float] = []
    failures: list[BaseException] = []
    turns = iter(range(count))
    lock = threading.Lock()
    deadline = time.perf_counter() + seconds

    def one() -> None:
        visitor = Visitor(port)
        try:
            while time.perf_counter() < deadline:
                with lock:
                    if next(turns, None) is None:
                        return
                began = time.perf_counter()
                act(visitor)
                times.append((time.perf_counter() - began) * 1000)
        except Exception as error:  # noqa: BLE001 - carried to the main thread
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(concurrency)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if failures:
        raise failures[0]
    parts = quantiles(times, n=20) if len(times) > 1 else [times[0]] * 19
    return Measured(len(times), parts[9], parts[18], len(times) / took)
