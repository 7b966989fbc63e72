"""SMS leave here and nowhere else: one signed POST of JSON to the gateway that the settings name.

The signature is HMAC-SHA256, in hexadecimal, over the header `X-Timestamp` (seconds since the Unix epoch), a full stop and
the body; `X-Signature: sha256=…`. The reference is the same at each attempt, so that a gateway may know a repetition.
"""

import hashlib
import hmac
import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from django.conf import settings

from booking.channels import Doubtful, NotSent


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway that sends us elsewhere is not followed: the number would go to whoever that is."""

    def redirect_request(self, *given: Any, **named: Any) -> None:
        return None


def send(number: str, text: str, reference: str, handing: Callable[[], None]) -> None:
    """Send one SMS to a number as `+33612345678`. Raises NotSent, Doubtful, and whatever *handing* raises."""
    request = _request(number, text, reference)
    handing()
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=settings.EMAIL_TIMEOUT) as answer:
            answer.read(65_536)
    except urllib.error.HTTPError as refusal:
        raise _refused(refusal.code) from None
    except urllib.error.URLError as failure:
        raise _unreached(failure.reason) from None
    except (OSError, http.client.HTTPException):
        raise Doubtful from None


def _request(number: str, text: str, reference: str) -> urllib.request.Request:
    values = (number, text, settings.SMS_SENDER, reference)
    body = json.dumps(
        {name: value for name, value in zip(settings.SMS_FIELDS, values, strict=True) if value}, ensure_ascii=False
    ).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "clicdocteur"}
    if settings.SMS_AUTHORIZATION:
        headers["Authorization"] = settings.SMS_AUTHORIZATION
    if settings.SMS_SIGNING_KEY:
        stamp = str(int(time.time()))
        signed = hmac.new(settings.SMS_SIGNING_KEY.encode(), stamp.encode() + b"." + body, hashlib.sha256)
        headers |= {"X-Timestamp": stamp, "X-Signature": f"sha256={signed.hexdigest()}"}
    # The address is the administrator's, and https or loopback: the settings refuse any other.
    return urllib.request.Request(settings.SMS_URL, body, headers, method="POST")  # noqa: S310


def _refused(code: int) -> Exception:
    """Return what a gateway's answer means: too busy, broken on the way, not ours, or a number that it does not serve."""
    if code in (408, 425, 429, 503):
        return NotSent("unreachable", again=True, rest=True)
    if code >= 500:
        return Doubtful()
    if code in (401, 402, 403, 404, 405) or code < 400:
        return NotSent("settings", again=True, rest=True)
    return NotSent("refused", again=False)


def _unreached(reason: object) -> Exception:
    """Return what a failed request means: without a connection nothing left; once there was one, nobody knows."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        return NotSent("settings", again=True, rest=True)
    if isinstance(reason, TimeoutError | ConnectionResetError | BrokenPipeError):
        return Doubtful()
    return NotSent("unreachable", again=True, rest=True)
