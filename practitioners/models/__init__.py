"""Who receives, and who may act for them, and with which key."""

from practitioners.models.access import AccessEvent, AccessSeal
from practitioners.models.feed import CalendarFeed
from practitioners.models.invitation import Invitation, PendingGrant
from practitioners.models.keys import AgendaKey, Grant, KeyHolder, StoreCheck
from practitioners.models.opening import Absence, Opening, Replacement
from practitioners.models.plan_change import PlanChange
from practitioners.models.practice import Location, Practice, Practitioner
from practitioners.models.staff import Staff
from practitioners.models.trusted import TrustedBrowser
from practitioners.models.visit_type import VisitType
from practitioners.models.wording import Wording

__all__ = [
    "Absence",
    "AccessEvent",
    "AccessSeal",
    "AgendaKey",
    "CalendarFeed",
    "Grant",
    "Invitation",
    "KeyHolder",
    "Location",
    "Opening",
    "PendingGrant",
    "PlanChange",
    "Practice",
    "Practitioner",
    "Replacement",
    "Staff",
    "StoreCheck",
    "TrustedBrowser",
    "VisitType",
    "Wording",
]
