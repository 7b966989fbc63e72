"""Trust in browsers that is over."""

from datetime import datetime

from practitioners.models import TrustedBrowser


def forget_expired(now: datetime) -> int:
    """Delete the trust whose 30 days are over; return how many there were."""
    return TrustedBrowser.objects.filter(expires__lte=now).delete()[0]
