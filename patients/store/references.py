"""How a record is named: by what its appointment knows of it."""

from typing import NamedTuple

from patients.store import boxes


class Reference(NamedTuple):
    """What an appointment knows of its record: its own id and the `patient_ref`."""

    appointment: int
    ref: bytes

    @property
    def record(self) -> int:
        """The record's id. Raises NotOpened."""
        return boxes.record_id_of(self.ref, self.appointment)
