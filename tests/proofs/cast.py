"""Two of everything that both stores can hold closed, and how each is opened; for whoever wants to try otherwise."""

from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import models
from django.test import Client
from django.utils import timezone

from booking import appointments, pairing
from booking.links import link_hash, new_token
from booking.models import Appointment, DayNote, Erasure, Lapse, LostLink, Wish
from clicdocteur import framing, sealing
from clicdocteur.fields import random_key
from patients import store
from patients.models import PatientRecord
from patients.models import StoreCheck as PatientsCheck
from practitioners import keys
from practitioners.keys.agendas import open_grant
from practitioners.keys.factors import open_factor
from practitioners.models import Grant, Invitation, KeyHolder, Staff
from practitioners.models import StoreCheck as AgendaCheck
from tests.agenda.cast import NAME, Desk, key_cookie, session_row
from tests.booking.cast import MONDAY
from tests.practitioners.cast import PASSWORD, holder_of, private_of

# Opens the box of a row (by primary key) with the key of a row (the same, or the other): its content, or None.
Opens = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Kind:
    """One column that holds boxes: two rows of it, and how each opens."""

    name: str
    model: type[models.Model]
    column: str
    one: Any
    other: Any
    opens: Opens
    # A sheet's row is read up to the length of its box: what is appended is not looked at.
    appended_is_read: bool = True

    def read(self, pk: Any) -> bytes:
        """The bytes of a row's box."""
        value = getattr(self.model._default_manager.get(pk=pk), self.column)
        return b64decode(value["secret"]) if isinstance(value, dict) else bytes(value)

    def write(self, pk: Any, box: bytes) -> None:
        """Put other bytes into a row, as whoever can write in a store does."""
        value: Any = box
        if self.column == "data":
            value = {"secret": b64encode(box).decode()}
        self.model._default_manager.filter(pk=pk).update(**{self.column: value})


def refused(call: Callable[[], Any]) -> Any:
    """What a call returns; None where it says that something does not open or was changed."""
    try:
        return call()
    except (store.NotOpened, keys.KeyAltered, sealing.SealingError):
        return None


class Everything(Desk):
    """The desk, with two of everything."""

    def kinds(self) -> list[Kind]:
        """Make two of each kind of box."""
        return [
            *self._records(),
            *self._holders(),
            *self._sheets(),
            *self._keys(),
            *self._rest(),
            *self._lists(),
            *self._marked(),
        ]

    def _records(self) -> list[Kind]:
        visits = [
            self.book(clock, MONDAY, contact={"email": f"{clock[:2]}@example.org"}) for clock in ("10:00", "11:00")
        ]
        private = self.private_one()
        by_record = {appointments.reference(one).record: one.pk for one in visits}

        def known(pk: int) -> store.Reference:
            return appointments.reference(Appointment.objects.get(pk=pk))

        def record(record: int, _key_of: int) -> Any:
            found = store.open_many({known(by_record[record]): [private]})[by_record[record]]
            return None if isinstance(found, store.NotOpened) else found

        one, other = by_record
        return [
            Kind("identity", PatientRecord, "identity_box", one, other, record),
            Kind("visit", PatientRecord, "visit_box", one, other, record),
            Kind("contact", PatientRecord, "contact_box", one, other,
                 lambda pk, _key_of: refused(lambda: store.read_contact(known(by_record[pk])))),
            Kind("patient_ref", Appointment, "patient_ref", visits[0].pk, visits[1].pk,
                 lambda pk, _key_of: refused(lambda: known(pk).record)),
        ]  # fmt: skip

    def _holders(self) -> list[Kind]:
        Staff.objects.filter(login__in=["bruno", "chloe"]).update(role=Staff.Role.MANAGER)
        one, other = (Staff.objects.get(login=login) for login in ("bruno", "chloe"))
        for member in (one, other):
            holder = holder_of(member)
            keys.holders.keep_secret(holder)
            holder.save()
        privates = {holder_of(member).pk: private_of(member) for member in (one, other)}
        first, second = privates

        def unlock(pk: int, _key_of: int) -> Any:
            # Without the check of the pair, which would refuse a moved half as well.
            return keys.holders._open(KeyHolder.objects.get(pk=pk), PASSWORD)

        def secrets(pk: int, key_of: int) -> Any:
            return refused(lambda: keys.server_secrets(KeyHolder.objects.get(pk=pk), privates[key_of]))

        return [
            Kind("wrapped private half", KeyHolder, "wrapped_private", first, second, unlock),
            Kind("copy of the server secret", KeyHolder, "secret_box", first, second, secrets),
        ]

    def _sheets(self) -> list[Kind]:
        codes = {}
        for practitioner, owner in ((self.one, self.alice), (self.two, self.bruno)):
            agenda = keys.agenda_private(private_of(owner), owner, practitioner.pk, 1, keys.practice_day())
            assert agenda is not None
            code = keys.new_recovery_sheet(practitioner, agenda)
            keys.confirm_sheet(practitioner, code[-4:])
            codes[KeyHolder.objects.get(sheet_of=practitioner).pk] = code
        first, second = codes

        def sheet(pk: int, key_of: int) -> Any:
            practitioner = KeyHolder.objects.get(pk=pk).sheet_of
            assert practitioner is not None
            opened = keys.open_sheet(practitioner, codes[key_of])
            return opened and opened[1]

        return [Kind("sheet", KeyHolder, "wrapped_private", first, second, sheet, appended_is_read=False)]

    def _keys(self) -> list[Kind]:
        keys.grant(self.key_two, self._private_two(), holder_of(self.alice))
        one, other = Grant.objects.filter(holder__staff=self.alice).order_by("agenda_key__practitioner__position")
        private = private_of(self.alice)
        token, code = new_token(), framing.spoken_code()
        carried = {(self.one.pk, 1): self.private_one()}
        invitations = []
        for member in (self.alice, self.bruno):
            made = Invitation(staff=member, made_by=self.alice, token_hash=link_hash(new_token()),
                              expires=timezone.now() + timedelta(days=1))  # fmt: skip
            made.carried = keys.carry(made, token, code, carried)
            made.save(force_insert=True)
            invitations.append(made.pk)
        return [
            Kind("grant", Grant, "sealed_private", one.pk, other.pk,
                 lambda pk, _key_of: open_grant(Grant.objects.select_related("agenda_key").get(pk=pk), private)),
            Kind("carried by an invitation", Invitation, "carried", *invitations,
                 lambda pk, _key_of: keys.open_carried(Invitation.objects.get(pk=pk), token, code)),
        ]  # fmt: skip

    def _rest(self) -> list[Kind]:
        notes = []
        for day in (MONDAY, MONDAY + timedelta(days=1)):
            note = DayNote(practitioner=self.one, day=day, key_version=1)
            note.box = store.close_day_note(note.pk, f"Note du {day}", self.private_one())
            note.save(force_insert=True)
            notes.append(note.pk)
        factors = [
            Authenticator.objects.create(user_id=member.pk, type="totp", data={"secret": keys.seal_factor(member.pk, "ABC")})
            for member in (self.chloe, self.bruno)
        ]  # fmt: skip
        private, owners = self.private_one(), {one.pk: one.user_id for one in factors}

        def factor(pk: int, _key_of: int) -> Any:
            return refused(lambda: open_factor(owners[pk], Authenticator.objects.get(pk=pk).data["secret"]))

        def note(pk: int, _key_of: int) -> Any:
            return refused(lambda: store.open_day_note(pk, bytes(DayNote.objects.get(pk=pk).box), [private]))

        agenda, patients = AgendaCheck.objects.get().pk, PatientsCheck.objects.get().pk
        return [
            Kind("note of a day", DayNote, "box", *notes, note),
            Kind("second factor", Authenticator, "data", factors[0].pk, factors[1].pk, factor),
            Kind("check of the agenda", AgendaCheck, "check_box", agenda, agenda,
                 lambda pk, _key_of: store.check_opens(pairing.AGENDA, bytes(AgendaCheck.objects.get(pk=pk).check_box)) or None),
            Kind("check of the patients", PatientsCheck, "check_box", patients, patients,
                 lambda pk, _key_of: store.check_opens(pairing.PATIENTS, bytes(PatientsCheck.objects.get(pk=pk).check_box)) or None),
        ]  # fmt: skip

    def _lists(self) -> list[Kind]:
        """What waits in the agenda store for the worker: lost links that are asked for, and records that were erased."""
        asked = []
        for number in (1, 2):
            pk = random_key()
            box = store.close_asked(pk, "email", f"p{number}@example.org")
            asked.append(LostLink.objects.create(pk=pk, box=box, asked=timezone.now()).pk)
        erased = Erasure.objects.create(box=store.erased_box(7), day=MONDAY).pk

        def lost(pk: int, _key_of: int) -> Any:
            return refused(lambda: store.open_asked(pk, bytes(LostLink.objects.get(pk=pk).box)))

        def gone(pk: int, _key_of: int) -> Any:
            return refused(lambda: store.erased_id(bytes(Erasure.objects.get(pk=pk).box)))

        # The list of the erased is a set: whichever row says it, the record is erased. So there is nothing to move.
        return [Kind("lost link", LostLink, "box", *asked, lost), Kind("erased", Erasure, "box", erased, erased, gone)]

    def _marked(self) -> list[Kind]:
        """Absences that are counted, and wishes of the waiting list."""
        private, versions = self.private_one(), self.key_one.version
        lapses = []
        for clock in ("13:00", "14:00"):
            visit, pk = self.visit(clock, state="absent"), random_key()
            box = store.close_lapse(pk, [store.mark_of(["anna"], None)], private)
            lapses.append(
                Lapse.objects.create(pk=pk, practitioner=self.one, appointment=visit, key_version=versions, box=box).pk
            )
        wishes = []
        for number in (1, 2):
            pk, token = random_key(), new_token()
            contact = store.Contact("email", f"w{number}@example.org", "fr", token)
            who = store.Identity((store.Person(f"W{number}", "Anna"),))
            ref = store.put(who, store.Visit(), contact, bytes(self.key_one.public_key), pk)
            wishes.append(
                Wish.objects.create(
                    pk=pk, practitioner=self.one, visit_type=self.type, weekdays=1, parts=1, since=timezone.now(),
                    until=MONDAY, key_version=versions, patient_ref=ref, link_hash=link_hash(token),
                ).pk
            )  # fmt: skip

        def absence(pk: int, _key_of: int) -> Any:
            return store.open_lapses([(pk, bytes(Lapse.objects.get(pk=pk).box), [private])]) or None

        def wished(pk: int, _key_of: int) -> Any:
            ref = bytes(Wish.objects.get(pk=pk).patient_ref or b"")
            return refused(lambda: store.Reference(pk, ref).record)

        return [
            Kind("absence", Lapse, "box", *lapses, absence),
            Kind("reference of a wish", Wish, "patient_ref", *wishes, wished),
        ]

    def _private_two(self) -> bytes:
        private = keys.agenda_private(private_of(self.bruno), self.bruno, self.two.pk, 1, keys.practice_day())
        assert private is not None
        return private


def halves(client: Client) -> tuple[bytes, bytes]:
    """The two halves of an unlocked session: the cookie's and the row's."""
    return urlsafe_b64decode(key_cookie(client)), urlsafe_b64decode(session_row(client)["half"])


__all__ = ["NAME", "Everything", "Kind", "Session", "halves"]
