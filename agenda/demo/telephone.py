"""What the demo's secretary booked by telephone: some without a contact, one overbooked, one series; and notes of the day."""

from datetime import datetime, timedelta
from random import Random

from agenda.demo import people
from agenda.demo.signs import PASSWORD
from booking import desk
from booking.desk import Coming, Desk, Wanted
from booking.links import new_token
from booking.models import Appointment
from clicdocteur.grid import cell_of, day_of
from practitioners import keys
from practitioners.keys import Vault
from practitioners.models import Practitioner, Staff, VisitType

NOTES = {
    "dr-claire-fontaine": "Le Dr Fontaine part à 17 h 30 : rien après, sauf urgence.",
    "dr-karim-haddad": "Livraison des vaccins vers 11 h : bon à signer, puis au frais.",
    "mathilde-traore": "Plateau : la table du fond est en réparation.",
}


def calls(now: datetime, random: Random) -> int:
    """Take some calls, as the secretary; return how many appointments were made."""
    staff = Staff.objects.get(login="sophie")
    vault = Vault(staff, keys.unlock(staff, PASSWORD) or b"", keys.practice_day(), bytes(16))
    by = Desk(staff.pk, vault.session_tag)
    practitioners = {one.slug: one for one in Practitioner.objects.select_related("practice")}
    doctor, physio = practitioners["dr-claire-fontaine"], practitioners["mathilde-traore"]
    made = [_call(doctor, "consultation", now, random, by, phone="+33199002640")]
    made += [_call(one, "consultation", now, random, by) for one in (doctor, practitioners["dr-karim-haddad"])]
    made.append(_squeezed_in(doctor, now, random, by))
    series = _every_week(_call(physio, "seance", now, random, by, note="Ordonnance à rapporter."), vault, now, by)
    today = day_of(cell_of(now), doctor.practice.zone)
    for slug, text in NOTES.items():
        for day in (today, today + timedelta(days=1)):
            desk.write_day_note(practitioners[slug].pk, day, text, desk.fingerprint(""), vault, now, by=by)
    return len(made) + 1 + series


def _type(of: Practitioner, slug: str) -> VisitType:
    return VisitType.objects.select_related("practitioner__practice").get(practitioner=of, slug=slug)


def _coming(random: Random, **visit: str) -> Coming:
    return Coming(desk.Identity((people.person(random),)), desk.Visit(**visit))


def _call(
    of: Practitioner, slug: str, now: datetime, random: Random, by: Desk, phone: str = "", note: str = ""
) -> Appointment:
    """Book one of the first free times that staff are proposed."""
    kind = _type(of, slug)
    tomorrow = day_of(cell_of(now), of.practice.zone) + timedelta(days=1)
    times = [slot for day in desk.first_times(kind, tomorrow, now, new_patient=False) for slot in day.slots]
    wanted = Wanted(kind.pk, random.choice(times[:8]).start)
    return desk.book_at_desk(wanted, _coming(random, phone=phone, note=note), new_token(), now, by=by).appointment


def _squeezed_in(of: Practitioner, now: datetime, random: Random, by: Desk) -> Appointment:
    """Overbook the doctor's next morning: an urgent call."""
    coming = Appointment.objects.filter(practitioner=of, start__gt=now + timedelta(hours=12), state="booked")
    start = coming.order_by("start").values_list("first_cell", flat=True)[2]
    wanted = Wanted(_type(of, "urgence-du-jour").pk, start, overbook=True)
    note = _coming(random, phone="+33199002641", note="En urgence, vu avec le Dr Fontaine.")
    return desk.book_at_desk(wanted, note, new_token(), now, by=by).appointment


def _every_week(source: Appointment, vault: Vault, now: datetime, by: Desk) -> int:
    """Repeat a visit in those of the next six weeks in which nothing is in the way; return how often."""
    kind = _type(source.practitioner, "seance")
    free = [one for one in desk.preview(source, kind, 6, now) if not one.cautions]
    wanted = [Wanted(kind.pk, one.start) for one in free]
    return len(desk.book_series(source, wanted, new_token(), vault, now, by=by)) if wanted else 0
