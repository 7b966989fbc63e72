"""Settings of the practice through Django's admin, behind the agenda's own sign-in. `site` is mounted by the root URLs."""

from agenda.admin.plans import AbsenceAdmin, OpeningAdmin
from agenda.admin.practice import LocationAdmin, PracticeAdmin
from agenda.admin.practitioner import PractitionerAdmin
from agenda.admin.site import SettingsSite
from agenda.admin.visit_types import VisitTypeAdmin
from practitioners.models import Absence, Location, Opening, Practice, Practitioner, VisitType

__all__ = ["site"]

site = SettingsSite()
site.register(Practice, PracticeAdmin)
site.register(Location, LocationAdmin)
site.register(Practitioner, PractitionerAdmin)
site.register(VisitType, VisitTypeAdmin)
site.register(Opening, OpeningAdmin)
site.register(Absence, AbsenceAdmin)
