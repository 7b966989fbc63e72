"""From one server secret to the next: what was made under the former is made anew, so that the former can go.

Nobody's key is needed: what is sealed to people stays as it is, inside. Each row is compared and swapped, and looked at
anew by every pass; killed at any instant, it is run again. The order of the steps, and of the restarts between them, is in
`manage.py rotate_server_secret --help` and in docs/decisions.
"""

from dataclasses import dataclass

from booking import erasures, pairing
from booking.models import Appointment, DayNote, Lapse, Wish
from patients import store
from patients.models import StoreCheck as PatientsCheck
from patients.store import Sight
from practitioners import keys
from practitioners.access_log import chain
from practitioners.models import KeyHolder
from practitioners.models import StoreCheck as AgendaCheck


class NotYet(Exception):
    """Something still needs the older secret, or the stores do not belong together. The text says what, in counts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How much is still under an older secret, notes of days among the records. `closed` opens with none of them, and waits

    for nothing.
    """

    records: int
    references: int
    checks: int
    closed: int

    @property
    def left(self) -> int:
        """How many things need an older secret."""
        return self.records + self.references + self.checks


def standing() -> Standing:
    """Look at everything, and change nothing."""
    return _pass(write=False)


def rewrap() -> Standing:
    """Make everything anew under the current secret, with the copies for managers and sheets. Raises NotYet."""
    if not pairing.is_sound():
        raise NotYet(f"stores and secret: {pairing.state()}")
    # A backup that is taken meanwhile holds what is under either secret, and so must the copies in it.
    keys.reseal_secrets()
    erasures.rewrap()
    _pass(write=True)
    if not _checks_are_current():
        pairing.renew()
    _chain_anew()
    keys.renew_carried()
    keys.reseal_secrets()
    return standing()


def prepare_drop() -> None:
    """Make sure that the older secrets can go, and take them out of the sealed copies. Raises NotYet."""
    found = standing()
    if found.left:
        raise NotYet(
            f"records {found.records}, references {found.references}, checks {found.checks} need the older secret"
        )
    if KeyHolder.objects.filter(sheet_of__isnull=False, confirmed=False).exists():
        raise NotYet("a recovery sheet is not confirmed yet: confirm or replace it first")
    _chain_anew()
    keys.renew_carried()
    keys.reseal_secrets(only_current=True)


def _chain_anew() -> None:
    """Take the access log's chain over to the current secret. Raises NotYet when it does not verify."""
    try:
        chain.rekey()
    except chain.Broken as broken:
        raise NotYet(f"the access log does not verify: {broken}") from None


def _pass(*, write: bool) -> Standing:
    records, references = store.rewrap(write=write) + _boxes(write=write), _references(write=write)
    checks = 0 if _checks_are_current() else 1
    return Standing(records.older, references.older, checks, records.closed + references.closed)


def _references(*, write: bool) -> Sight:
    sight = Sight()
    for model in (Wish, Appointment):
        rows = model.objects.filter(patient_ref__isnull=False).order_by("pk").values_list("pk", "patient_ref")
        for pk, ref in rows.iterator():
            sight += _reference(model, pk, bytes(ref or b""), write=write)
    return sight


def _reference(model: type[Wish] | type[Appointment], pk: int, ref: bytes, *, write: bool) -> Sight:
    try:
        newer = store.reference_renewed(ref, pk)
    except store.NotOpened:
        return Sight(1, 0, 1)
    done = newer is None or (write and model.objects.filter(pk=pk, patient_ref=ref).update(patient_ref=newer))
    return Sight(1, 0 if done else 1, 0)


def _boxes(*, write: bool) -> Sight:
    """The notes of days, and lapses, are boxes of the same make, in the agenda store."""
    sight = Sight()
    for model, renewed in ((DayNote, store.day_note_renewed), (Lapse, store.lapse_renewed)):
        for pk, box in model.objects.order_by("pk").values_list("pk", "box").iterator():
            try:
                newer = renewed(pk, bytes(box))
            except store.NotOpened:
                sight += Sight(1, 0, 1)
                continue
            done = newer is None or (write and model.objects.filter(pk=pk, box=box).update(box=newer))
            sight += Sight(1, 0 if done else 1, 0)
    return sight


def _checks_are_current() -> bool:
    agenda, patients = list(AgendaCheck.objects.order_by("pk")), PatientsCheck.objects.first()
    if not agenda or patients is None:
        return False
    named = ((pairing.PATIENTS, patients.check_box), *((pairing.AGENDA, one.check_box) for one in agenda))
    return all(store.check_is_current(name, bytes(box)) for name, box in named)
