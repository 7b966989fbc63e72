"""Clara telephones: what a secretary types for her, in every form of the desk, with mistakes, a lock and a fault."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from booking import desk
from booking.models import Appointment
from patients import store
from tests.agenda.cast import CODE, settle, sign_in
from tests.booking.cast import MONDAY, Office, cell
from tests.canary.words import Person
from tests.practitioners.cast import PASSWORD

CLARA = Person(
    "Wurmkachel’Ġwżeppi", "Ibbenbürrilotte", "snerfquost@plirrkamp.example", "1949-08-23", "Une dwingelarde douce.",
    "02 61 91 16 64",
)  # fmt: skip
DAY = MONDAY + timedelta(days=2)
SLOT = "/agenda/book/{one}/{day}/{minute}/"


def telephones(scene: Any, office: Office) -> None:
    """She is booked, found again, seen again every week, noted about, given paper; and things go wrong on the way."""
    staff = Client(raise_request_exception=False)
    assert sign_in(staff).status_code == 302

    def show(answer: Any, *statuses: int) -> str:
        assert answer.status_code in (statuses or (200,)), answer.content.decode()
        scene.unlocked.append(answer.content.decode())
        scene.headers.append(str(answer.headers))
        return str(answer.headers.get("Location", ""))

    slot, form = SLOT.format(one=office.one.pk, day=DAY, minute=540), _form(office)
    show(staff.post(f"{slot}hold/"), 302)
    show(staff.post(slot, {**form, "known": f"{CLARA.email} 5/3/2087"}), 422)
    show(staff.post(slot, {**form, "find": "on"}))
    show(staff.post("/agenda/book/people/", form))
    with pytest.MonkeyPatch.context() as patch:

        def quoting(*given: object, **named: object) -> bytes:
            raise RuntimeError(f"cannot store {given!r} of {form!r}")

        patch.setattr(store, "prepare", quoting)
        failed = staff.post(slot, form)
    assert failed.status_code == 500, (failed.status_code, failed.content.decode()[-3000:])
    scene.others.append(("error at the desk", failed.content.decode()))
    staff.post("/agenda/lock/")
    show(staff.post(slot, form))
    show(staff.post(slot, {**form, "unlock_password": PASSWORD}), 302)
    settle(staff)
    visit = Appointment.objects.get(first_cell=cell(DAY, "09:00"), state="booked")
    pages = _go_on(staff, show, office, visit, scene.desk_tokens)
    _comes_in_a_file(staff, show, scene)
    scene.sessions += [str(row.get_decoded()) for row in Session.objects.all()]
    scene.cookies["staff at the desk"] = [cookie.value for cookie in staff.cookies.values()]
    staff.post("/agenda/lock/")
    scene.others += [(f"locked {path}", staff.get(path).content.decode()) for path in pages]
    bruno = Client(raise_request_exception=False)
    sign_in(bruno, "bruno")
    scene.others += [(f"bruno {path}", bruno.get(path).content.decode()) for path in pages]
    found = bruno.post("/agenda/book/people/", form)
    scene.others.append(("bruno looks for her", found.content.decode()))
    for typed in _searches():
        # He typed it himself: what he is shown of her is the question.
        found = bruno.post("/agenda/search/found/", {"typed": typed})
        scene.others.append(("bruno searches", found.content.decode()))
    staff.post("/agenda/sign-out/")


def _comes_in_a_file(staff: Client, show: Any, scene: Any) -> None:
    """She is in another program's file as well: a trial, a lock while it waits, the commit, a file that is none."""
    year, month, day = CLARA.birth.split("-")
    lines = (
        f"Nom;Prénom;Naissance;Tél;Note;Date;Heure\r\n{CLARA.last};{CLARA.first};{day}/{month}/{year};{CLARA.phone};"
    )
    lines += f"{CLARA.message};{DAY:%d/%m/%Y};11:00\r\n"
    asked = {"visit_type": re.findall(r'<option value="(\d+)"', staff.get("/agenda/import/").content.decode())[0]}
    trial = staff.post("/agenda/import/", {**asked, "file": SimpleUploadedFile("x.csv", lines.encode("utf-16"))})
    show(trial)
    hidden = re.findall(r'<input type="hidden" name="(carried|shown)" value="([^"]*)">', trial.content.decode())
    columns = ("last_name", "first_name", "birth_date", "phone", "note", "day", "clock")
    form = {**asked, **dict(hidden), **{f"column-{at}": part for at, part in enumerate(columns)}, "take": "1"}
    staff.post("/agenda/veil/")
    scene.others.append(("the door before a file", staff.post("/agenda/import/", form).content.decode()))
    show(staff.post("/agenda/import/", {**form, "veil_code": CODE}), 302)
    show(staff.get("/agenda/import/"))
    show(staff.post("/agenda/import/", {**form, "carried": "x"}), 422)
    scene.statuses.append(
        staff.post("/agenda/import/", {**asked, "file": SimpleUploadedFile("x", b"PK\x03\x04")}).status_code
    )


def _form(office: Office) -> dict[str, Any]:
    year, month, day = CLARA.birth.split("-")
    return {
        "last_name": CLARA.last, "first_name": CLARA.first, "known": f"{day}/{month}/{year} {CLARA.phone}",
        "visit_type": office.type.pk, "note": CLARA.message, "on": str(DAY), "at": "09:00", "language": "fr",
    }  # fmt: skip


def _searches() -> list[str]:
    """What is typed to find her: names, birth date, number."""
    return [f"{CLARA.first[:9]} {CLARA.last}", CLARA.birth, CLARA.phone]


def _go_on(staff: Client, show: Any, office: Office, visit: Appointment, tokens: list[str]) -> list[str]:
    """See her again, every week, with notes and paper; return the pages."""
    at = f"/agenda/appointment/{visit.pk}/"
    person = {name: value for name, value in _form(office).items() if name not in ("on", "at")}
    show(staff.post("/agenda/book/", person))
    for typed in _searches():
        show(staff.post("/agenda/search/", {"typed": typed}))
        show(staff.post("/agenda/search/found/", {"typed": typed}))
    show(staff.post("/agenda/search/", {"typed": f"{CLARA.last} 31/2/1949"}), 422)
    show(staff.post("/agenda/book/", {"take": f"{visit.pk}-0"}))
    show(staff.get(f"{at}again/?in=week&type={office.type.pk}"))
    wanted = {"type": office.type.pk, "start": cell(DAY + timedelta(days=7), "09:00")}
    show(staff.post(f"{at}again/", wanted), 302)
    weekly = cell(DAY + timedelta(days=14), "09:00")
    show(staff.post(f"{at}series/", {"weeks": 4, "on": weekly}), 302)
    note = {"note": f"{CLARA.message} {CLARA.first}", "seen": desk.fingerprint(CLARA.message)}
    show(staff.post(f"{at}note/", note), 302)
    show(staff.post(f"{at}note/", {**note, "note": CLARA.last}), 409)
    day_note = f"/agenda/day-note/{office.one.pk}/{DAY}/"
    show(staff.post(day_note, {"note": f"{CLARA.last} {CLARA.message}", "seen": desk.fingerprint("")}), 302)
    show(staff.post(day_note, {"note": CLARA.first, "seen": desk.fingerprint("")}), 409)
    paper = staff.post(f"{at}slip/")
    show(paper)
    tokens += re.findall(r"/rdv/([\w-]{32})/", paper.content.decode())
    staff.post(f"{at}mark/", {"becomes": "arrived", "seen": "booked"})
    show(staff.post(f"{at}attestation/", {"name": CLARA.last, "since": "09:00", "until": "09:30"}))
    staff.post(f"{at}mark/", {"becomes": "booked", "seen": "arrived"})
    pages = [
        *(f"{at}{part}" for part in ("", "again/", "series/?weeks=3", "note/", "slip/", "opened/")),
        *(day_note, f"/agenda/day/{DAY}/", f"/agenda/list/{DAY}/", "/agenda/book/", "/agenda/search/"),
        *(f"/agenda/print/{DAY}/", f"/agenda/print/{DAY}/?span=week&columns=note&columns=phone", "/agenda/rescue/"),
        SLOT.format(one=office.one.pk, day=DAY, minute=540),
    ]
    for path in pages:
        show(staff.get(path))
    return pages
