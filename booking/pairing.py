"""Do the two stores and the server secret belong together? If not, nothing is booked, swept or overwritten (I8).

Each store holds a box that only its server secret opens, and a random *pairing* that both renew at each reconciliation:
when the pairings differ, one store was restored by itself.

While it is renewed the agenda holds two: the one that the patients store has now, and the one that it is about to have. So
a crash at any instant leaves stores that still belong together, and the next renewal clears what was left.
"""

import secrets
from enum import StrEnum
from typing import Final

from django.db import DatabaseError, transaction

from patients import store
from patients.models import StoreCheck as PatientsCheck
from practitioners.models import StoreCheck as AgendaCheck

AGENDA, PATIENTS = "agenda", "patients"
# Before the pairing of a store that is being restored: until its end nothing is served from either.
RESTORING: Final = b"restoring:"


class Pairing(StrEnum):
    """What the two checks say."""

    SOUND = "sound"
    NOT_SET_UP = "not set up"
    WRONG_SECRET = "wrong secret"  # noqa: S105
    APART = "apart"
    RESTORING = "restoring"


def state() -> Pairing:
    """Compare the two stores and the secret. Two queries."""
    agenda, patients = list(AgendaCheck.objects.order_by("pk")), PatientsCheck.objects.first()
    every: list[AgendaCheck | PatientsCheck] = [*agenda, *([patients] if patients else [])]
    if any(bytes(one.pairing).startswith(RESTORING) for one in every):
        return Pairing.RESTORING
    if not every:
        return Pairing.NOT_SET_UP
    if not agenda or patients is None:
        return Pairing.APART
    if not store.check_opens(PATIENTS, bytes(patients.check_box)) or not all(
        store.check_opens(AGENDA, bytes(one.check_box)) for one in agenda
    ):
        return Pairing.WRONG_SECRET
    held = {bytes(one.pairing) for one in agenda}
    return Pairing.SOUND if bytes(patients.pairing) in held else Pairing.APART


def is_restoring() -> bool:
    """Whether a restore was begun and not finished; asked of each store by itself, because the other may have no tables yet."""
    return _is_marked(AgendaCheck) or _is_marked(PatientsCheck)


def _is_marked(model: type[AgendaCheck | PatientsCheck]) -> bool:
    try:
        return any(bytes(one).startswith(RESTORING) for one in model.objects.values_list("pairing", flat=True))
    except DatabaseError:
        return False


def are_one(agenda: str, patients: str) -> bool:
    """Whether the two stores, each seen through a connection, hold one pairing (or none, before set-up)."""
    held, wanted = (
        {bytes(one) for one in model.objects.using(alias).values_list("pairing", flat=True)}
        for model, alias in ((AgendaCheck, agenda), (PatientsCheck, patients))
    )
    return wanted <= held and bool(wanted) == bool(held)


def end_restoring() -> None:
    """Take the mark of a restore from both stores: each has the pairing again that it was saved with."""
    with transaction.atomic(), transaction.atomic(using=PATIENTS):
        for model in (AgendaCheck, PatientsCheck):
            for one in model.objects.all():
                model.objects.filter(pk=one.pk).update(pairing=bytes(one.pairing).removeprefix(RESTORING))


def secret_opens() -> bool:
    """Whether the server secret opens the check values of both stores."""
    agenda, patients = AgendaCheck.objects.all(), PatientsCheck.objects.all()
    opening = [store.check_opens(AGENDA, bytes(one.check_box)) for one in agenda]
    return (
        bool(opening)
        and all(opening)
        and bool(patients)
        and all(store.check_opens(PATIENTS, bytes(one.check_box)) for one in patients)
    )


def is_sound() -> bool:
    """Whether bookings may be taken."""
    return state() is Pairing.SOUND


def establish() -> None:
    """Pair two new stores, at set-up. Does nothing when they are paired already; raises RuntimeError when they cannot be."""
    found = state()
    if found is Pairing.NOT_SET_UP:
        renew()
    elif found is not Pairing.SOUND:
        raise RuntimeError(f"the stores are {found}")


def renew() -> None:
    """Write a new pairing into both stores: announced in the agenda, written to the patients, settled in the agenda.

    Killed between any two of the three commits, the stores are still a pair. Of two renewals at once the second gives way.
    """
    coming = AgendaCheck.objects.create(check_box=store.check_box(AGENDA), pairing=secrets.token_bytes(16))
    with transaction.atomic():
        # Whoever renews at the same time waits here, and then finds their announcement gone.
        list(AgendaCheck.objects.select_for_update().order_by("pk").values_list("pk"))
        if not AgendaCheck.objects.filter(pk=coming.pk).exists():
            return
        _write_to_patients(bytes(coming.pairing))
        AgendaCheck.objects.exclude(pk=coming.pk).delete()


def _write_to_patients(pairing: bytes) -> None:
    with transaction.atomic(using=PATIENTS):
        PatientsCheck.objects.all().delete()
        PatientsCheck.objects.create(check_box=store.check_box(PATIENTS), pairing=pairing)
