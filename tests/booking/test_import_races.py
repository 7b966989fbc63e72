"""The same file at several desks at once, with real connections, on both engines."""

from functools import partial

import pytest

from booking import imports
from booking.desk import Desk
from booking.imports import Choices
from booking.models import Appointment
from booking.refusals import Full, NotAllowed
from patients.models import PatientRecord
from practitioners.models import VisitType
from tests.booking.cast import NOW, Office
from tests.booking.test_desk import vault_of
from tests.booking.test_races import all_at_once, assert_nobody_shares_a_cell, winners

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("overbook", [False, True])
def test_one_file_brought_in_by_four_desks_at_once_is_there_once(overbook: bool) -> None:
    """R8 R15: each saw an empty agenda; the first one's visits are found under the lock, even by those that would overbook."""
    office = Office()
    lines = "".join(f"{day:02d}/01/2026;{hour}:00;Nom{day}{hour}\n" for day in (6, 7, 8) for hour in (9, 10, 11))
    table = imports.read(f"Date;Heure;Nom\n{lines}".encode())
    types = list(VisitType.objects.select_related("practitioner__practice"))
    drafts = imports.drafts(table, Choices(office.practice, types, imports.recognise(table.headings), types[0]))
    desks = [Desk(office.alice.pk, bytes([number]) * 16) for number in range(4)]
    trials = [imports.try_all(drafts, vault_of(office), NOW, by=by, overbook=overbook) for by in desks]
    calls = [partial(imports.take, trial, NOW, by=by, remind=False) for trial, by in zip(trials, desks, strict=True)]
    results = all_at_once(calls)
    assert [len(one) for one in winners(results)] == [9]
    assert sum(isinstance(one, NotAllowed | Full) for one in results) == 3
    assert Appointment.objects.count() == PatientRecord.objects.count() == 9
    assert_nobody_shares_a_cell()
