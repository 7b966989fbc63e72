"""A manager at the settings, a practice with one practitioner, and a page to write forms with."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from booking.models import Appointment
from clicdocteur.grid import cell_at, cell_of, instant_of
from practitioners.models import Location, Opening, Practice, Practitioner, Staff, VisitType
from tests.agenda.cast import at_desk


@pytest.fixture
def practice(db: None) -> Practice:
    address = "1 rue des Tilleuls\n75001 Paris"
    return Practice.objects.create(name="Cabinet des Tilleuls", address=address, requires_second_factor=False)


@pytest.fixture
def location(practice: Practice) -> Location:
    return Location.objects.create(practice=practice, label="Rue des Tilleuls", address="1 rue des Tilleuls")


@pytest.fixture
def practitioner(practice: Practice) -> Practitioner:
    return Practitioner.objects.create(
        practice=practice, slug="dr-martin", name="Dr Claire Martin", speciality="Généraliste"
    )


@pytest.fixture
def opening(practitioner: Practitioner, location: Location) -> Opening:
    return Opening.objects.create(
        practitioner=practitioner, location=location, weekday=0, start_minute=540, end_minute=1440, released_days=0, released_minute=450
    )  # fmt: skip


@pytest.fixture
def visit_type(practitioner: Practitioner) -> VisitType:
    return VisitType.objects.create(practitioner=practitioner, name="Consultation", slug="consultation")


@pytest.fixture
def manager(client: Client, db: None) -> Client:
    staff = Staff.objects.create(login="gest", name="Gestionnaire", role=Staff.Role.MANAGER)
    staff.set_unusable_password()
    at_desk(client, staff)
    return client


def monday(weeks: int = 2) -> date:
    today = datetime.now(UTC).date()
    return today + timedelta(days=-today.weekday() + 7 * weeks)


def booked(visit_type: VisitType, location: Location, day: date, minute: int = 600, length: int = 30) -> Appointment:
    """A booked visit at this wall time."""
    zone = location.practice.zone
    first = cell_at(day, minute, zone)
    end = first + length // 5
    return Appointment.objects.create(
        practitioner=visit_type.practitioner,
        location=location,
        visit_type=visit_type,
        start=instant_of(first),
        end=instant_of(end),
        first_cell=cell_of(instant_of(first)),
        end_cell=end,
        lane=0,
        state="booked",
    )


def filled(html: str) -> dict[str, Any]:
    """Return what a browser would send for the page's main form, as it opened."""
    form = html[html.index('method="post" id="') :]
    form = form[: form.index("</form>")]
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = found.get("type", "text")
        if "name" not in found or kind == "submit" or "__prefix__" in found["name"]:
            continue
        if kind in ("checkbox", "radio"):
            if " checked" in tag:
                data.setdefault(found["name"], []).append(found.get("value", "on"))
        else:
            data[found["name"]] = found.get("value", "")
    for name, body in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        data[name] = chosen[1] if chosen else ""
    data |= dict(re.findall(r'<textarea name="([^"]*)"[^>]*>\r?\n?(.*?)</textarea>', form, re.DOTALL))
    return {name: value for name, value in data.items() if "__prefix__" not in name}
