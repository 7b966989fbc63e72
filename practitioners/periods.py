"""How long things may be kept, in days: what the practice may change, and between which bounds.

Shorter is always allowed; longer than the default only with a written reason, which the privacy page shows.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Period:
    """A number of days that the practice sets: the field of `Practice` that holds it, and its bounds."""

    field: str
    default: int
    least: int
    most: int

    @property
    def reason_field(self) -> str:
        """The field that holds the written reason for a longer period."""
        return f"{self.field}_reason"


# After the visit: its type, message, address, note, and the contact as staff read it.
VISIT = Period("visit_kept", default=7, least=1, most=366)
# After the visit: who came, and what ties them to it. Three-monthly renewals must find it.
IDENTITY = Period("identity_kept", default=120, least=1, most=1830)
# After it was written: a line of the access log (CNIL 2021-122: six to twelve months).
LOG = Period("log_kept", default=365, least=180, most=1830)

EDITABLE = (VISIT, IDENTITY, LOG)

# How long whoever runs the instance should keep its backups, at most: the privacy page says so.
BACKUP_DAYS = 30
