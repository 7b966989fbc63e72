"""Visits and their records, put straight into both stores: booking one after the other would take longer than what is measured."""

from typing import Any


class Filling:
    """What is to be written for one practitioner: visits, the times they take, and who comes."""

    def __init__(self, practitioner: Any, key: Any) -> None:
        self.practitioner, self.key = practitioner, key
        self._place = practitioner.openings.first().location_id
        self._visits: list[Any] = []
        self._records: list[Any] = []

    def add(self, pk: int, span: range, kind: Any, state: str, record: Any, ref: bytes) -> None:
        """Note a visit over these cells, and its record; without a *kind* it is as retention leaves it."""
        from booking.models import Appointment
        from clicdocteur.grid import instant_of

        visit = Appointment(
            id=pk,
            practitioner=self.practitioner,
            location_id=self._place,
            visit_type=kind,
            start=instant_of(span.start),
            end=instant_of(span.stop),
            first_cell=span.start,
            end_cell=span.stop,
            lane=0,
            state=state,
            key_version=self.key.version,
            patient_ref=ref,
        )
        self._visits.append(visit)
        self._records.append(record)

    def write(self) -> None:
        """Insert all of it, in the order of its keys."""
        from booking.models import Appointment, OccupiedCell
        from patients.models import PatientRecord

        cells = [
            OccupiedCell(practitioner=self.practitioner, cell=cell, lane=0, appointment_id=one.pk)
            for one in self._visits
            for cell in range(one.first_cell, one.end_cell)
        ]
        Appointment.objects.bulk_create(sorted(self._visits, key=lambda one: one.pk))
        OccupiedCell.objects.bulk_create(cells)
        PatientRecord.objects.bulk_create(sorted(self._records, key=lambda one: one.pk))
