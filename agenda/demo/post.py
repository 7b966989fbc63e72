"""The demo's mail server: it takes what the worker sends, shows it here, and throws it away. Nothing leaves this machine.

python -m agenda.demo.post PORT        ends with the process that started it
"""

import asyncio
import email
import email.policy
import os
import signal
import sys
from email.message import EmailMessage
from typing import Final

_GREETING: Final = b"220 demo\r\n"


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak as much SMTP as Django needs, with one client."""
    writer.write(_GREETING)
    while line := await reader.readline():
        verb = line[:4].upper().strip()
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            show((await reader.readuntil(b"\r\n.\r\n"))[:-5])
        writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")
        await writer.drain()
        if verb == b"QUIT":
            break
    writer.close()


def show(content: bytes) -> None:
    """Print a message for whoever looks at the demo."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - what the policy makes
    part = message.get_body(("plain",))
    text = str(part.get_content()) if part else ""
    told = "\n".join(f"    | {line}" for line in text.strip().splitlines())
    sys.stdout.write(f"\n  E-mail de démonstration, non envoyé, à {message['To']} : {message['Subject']}\n{told}\n")
    sys.stdout.flush()


async def serve(port: int, parent: int) -> None:
    """Listen on loopback until the process *parent* ends."""
    server = await asyncio.start_server(converse, "127.0.0.1", port, limit=1_048_576)
    async with server:
        while os.getppid() == parent:
            await asyncio.sleep(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_given: sys.exit(0))
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
