"""How gunicorn serves an instance: `gunicorn --config deploy/gunicorn.conf.py clicdocteur.wsgi`.

From the environment: BIND, WEB_WORKERS, WEB_THREADS, ACCESS_LOG (see .env.example).
"""

import os
import sys
from pathlib import Path
from typing import Any

import gunicorn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# No name and no version of the server in its answers.
gunicorn.SERVER = "-"

chdir = str(ROOT)
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 30
graceful_timeout = 20
keepalive = 5
# A worker starts afresh now and then, at different moments.
max_requests = 5000
max_requests_jitter = 500
umask = 0o077
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a heartbeat, never content
# Nobody steers the server from outside.
control_socket_disable = True
# Addresses here are short; forms travel in bodies. A wall against nonsense before any of our code runs.
limit_request_line = 2048
limit_request_fields = 64
limit_request_field_size = 8190
# Whose X-Forwarded-Proto is believed: a proxy on this machine (FORWARDED_ALLOW_IPS names others).
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}

# No access log unless asked for. Then: no address of a visitor, capability links masked.
wanted = os.environ.get("ACCESS_LOG", "").lower() in ("1", "true", "yes")
accesslog = "-" if wanted else None
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": {"()": "clicdocteur.logs.MaskCapabilities"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "clicdocteur.logs.JsonLines"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["mask"],
            "formatter": os.environ.get("LOG_FORMAT", "line"),
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "gunicorn.error": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO"), "propagate": False},
        "gunicorn.access": {"handlers": ["console"] if wanted else [], "level": "INFO", "propagate": False},
    },
}


def when_ready(server: Any) -> None:
    """Load all pages before workers are forked, which share them then; and say where to look, once somebody can."""
    from django.urls import get_resolver

    from clicdocteur.garbage import settle

    _ = get_resolver().url_patterns
    settle()
    if text := os.environ.get("READY_TEXT"):
        print(text, flush=True)
