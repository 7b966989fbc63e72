"""What was booked before zones were kept gets the practice's (U5, M9)."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from booking.models import Appointment
from practitioners.models import Practice
from tests.booking.cast import Office

BEFORE = ("booking", "0011_lost_links")


@pytest.mark.django_db(transaction=True)
def test_what_is_booked_keeps_the_zone_that_it_was_booked_in():
    office = Office()
    office.book("09:00")
    office.hold("10:00")
    Practice.objects.update(time_zone="Indian/Reunion")
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    MigrationExecutor(connection).migrate([BEFORE])
    MigrationExecutor(connection).migrate(latest)
    Practice.objects.update(time_zone="Europe/Paris")
    assert {one.zone.key for one in Appointment.objects.all()} == {"Indian/Reunion"}
    assert Appointment.objects.count() == 2
