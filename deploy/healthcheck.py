"""Exit with 0 when the server of this container answers on /healthz, under its own name."""

import http.client
import os
import sys
from urllib.parse import urlsplit


def main() -> int:
    """Ask once, for three seconds."""
    port = int(os.environ.get("BIND", "127.0.0.1:8000").rpartition(":")[2])
    host = urlsplit(os.environ.get("SITE_URL", "http://localhost:8000")).netloc
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
