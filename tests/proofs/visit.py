"""As the reverse proxy would: wait until the service is ready, then ask for the first page. Run inside the bare system."""

import http.client  # noqa: TID251 - the proof is the visitor
import json
import sys
import time


def ask(path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=10)  # noqa: TID251
    try:
        connection.request(
            "GET",
            path,
            headers={"Host": "rdv.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"},
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


for _try in range(120):
    try:
        status, body = ask("/readyz")
        if status == 200:
            break
    except OSError as failure:
        body = str(failure)
    time.sleep(0.5)
else:
    sys.exit(f"not ready: {body}")
assert json.loads(body)["ready"]
status, body = ask("/fr/")
assert status == 200, status
assert "Cabinet des Lilas" in body
print("ready, and the first page is served")
