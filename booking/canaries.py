"""Canaries: sealed records of nobody, planted into each backup, that a rehearsal opens with a recovery sheet.

They prove that what was sealed on the day of the backup comes back and opens. They are in no store: a backup alone holds them.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from clicdocteur.fields import random_key
from patients import store
from patients.models import PatientRecord
from practitioners.models import AgendaKey

WORDS: Final = "Canari"


@dataclass(frozen=True, slots=True)
class Canary:
    """What is needed to find and open one planted record again; the reference says where it is to the server alone."""

    practitioner: int
    version: int
    reference: store.Reference

    def told(self) -> dict[str, Any]:
        """Return it as the agenda's archive says it."""
        ref = b64encode(self.reference.ref).decode()
        return {
            "practitioner": self.practitioner,
            "version": self.version,
            "appointment": self.reference.appointment,
            "ref": ref,
        }


def plant(keys: Iterable[AgendaKey]) -> list[tuple[Canary, PatientRecord]]:
    """Seal a record of nobody to each of these agenda keys; nothing is written."""
    planted = []
    for key in keys:
        appointment = random_key()
        nobody = store.Identity((store.Person(WORDS),))
        record, ref = store.prepare(nobody, None, None, bytes(key.public_key), appointment)
        planted.append((Canary(key.practitioner_id, key.version, store.Reference(appointment, ref)), record))
    return planted


def found(told: Iterable[dict[str, Any]]) -> list[Canary]:
    """Return the canaries that an archive tells of."""
    return [
        Canary(one["practitioner"], one["version"], store.Reference(one["appointment"], b64decode(one["ref"])))
        for one in told
    ]


def records(planted: Iterable[Canary]) -> set[int]:
    """Return the ids of their records. Raises NotOpened."""
    return {one.reference.record for one in planted}


def remove(planted: Iterable[Canary]) -> None:
    """Delete their records from the patients store. Raises NotOpened."""
    store.forget(one.reference for one in planted)
