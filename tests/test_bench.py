"""What `make bench` measures can be filled and answers: new columns have broken it before, unseen."""

from datetime import date
from itertools import islice
from random import Random

import pytest
import time_machine
from django.test import Client

from bench import build
from booking.models import Appointment, OccupiedCell
from patients.models import PatientRecord
from tests.booking.cast import NOW
from tests.booking.pages import buttons

TODAY = date(2026, 1, 5)


@pytest.mark.django_db(databases=["default", "patients"])
def test_the_stores_that_are_measured_fill_and_their_pages_answer(client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        practice, receiving, _left = build.house(10_000)
        rows = list(islice(build.coming(receiving[0], TODAY, Random(11)), 40))
        # Half a year of the past, of which records go after four months.
        rows += islice(build.past(receiving[:1], TODAY), 0, 4000, 20)
        assert build.fill(rows, practice.locations.get().pk) == (240, PatientRecord.objects.count())
        assert OccupiedCell.objects.count() == 240 * build.VISIT_CELLS
        assert 40 < PatientRecord.objects.count() < Appointment.objects.count()
        pages = [path for path in build.pages(receiving[0], TODAY).values() if "floor" not in path]
        assert [client.get(path).status_code for path in pages] == [200, 200, 200]
        assert len(buttons(client.get(pages[0]))) > 50
