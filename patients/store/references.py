"""How a record is named: by what its appointment knows of it."""

from dataclasses import dataclass

from patients.store import boxes


@dataclass(frozen=True, slots=True)
class Reference:
    """What an appointment knows of its record: its own id and the `patient_ref`."""

    appointment: int
    ref: bytes

    @property
    def record(self) -> int:
        """The record's id. Raises NotOpened."""
        return boxes.record_id_of(self.ref, self.appointment)
