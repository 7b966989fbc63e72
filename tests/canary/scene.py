"""Anna books, corrects, cancels and erases; Bert books and stays; staff work; things fail. What each saw is kept."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client, override_settings
from django.utils import timezone

from booking import delivery
from booking.delivery import Ways, claims
from booking.models import Appointment, Message
from patients import store
from patients.models import PatientRecord
from practitioners.models import Practitioner
from tests import post as posts
from tests.agenda.cast import sign_in
from tests.booking.cast import MONDAY, Office, cell
from tests.booking.pages import SURE
from tests.canary.desk import telephones
from tests.canary.words import ANNA, BERT, Person, dump, store_files
from tests.practitioners.cast import PASSWORD

WRONG = "Mauvais-Zakkenvuller-77"
TIMES = "/fr/un/consultation/"


@dataclass
class Scene:
    """What happened: pages by who looked, what was logged, and the capabilities that were handed out."""

    folder: Path
    own: dict[str, list[str]] = field(default_factory=dict)
    others: list[tuple[str, str]] = field(default_factory=list)
    unlocked: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    # Of these, the one that opens Bert's wish.
    wish: str = ""
    cookies: dict[str, list[str]] = field(default_factory=dict)
    log: StringIO = field(default_factory=StringIO)
    sessions: list[str] = field(default_factory=list)
    # Of the desk: the headers of its answers, and the links that it printed.
    headers: list[str] = field(default_factory=list)
    desk_tokens: list[str] = field(default_factory=list)
    # What staff took out for a patient: the file, and its headers.
    copies: list[tuple[str, str]] = field(default_factory=list)
    # All that staff may open, taken out in a file, and its headers.
    exports: list[tuple[str, str]] = field(default_factory=list)
    # What left by e-mail, and both stores as they were while it did.
    mails: list[bytes] = field(default_factory=list)
    in_flight: list[bytes] = field(default_factory=list)
    erased: dict[str, bytes] = field(default_factory=dict)
    after_erasing: dict[str, bytes] = field(default_factory=dict)


def play(scene: Scene, clock: Any) -> None:
    """Everything that happens, in its order."""
    office = Office()
    office.type.asks_birth_date = office.type.asks_message = True
    office.type.save()
    anna, bert = Client(raise_request_exception=False), Client(raise_request_exception=False)
    ours = _book(scene, anna, ANNA, "09:00")
    theirs = _book(scene, bert, BERT, "10:00")
    _wait(scene, bert, BERT)
    _mail_leaves(scene)
    _look_around(scene, anna, ANNA, ours)
    _others_look(scene, theirs)
    _staff_work(scene, office)
    telephones(scene, office)
    _things_fail(scene, office)
    corrected = _post(scene, ANNA, anna, f"{ours}contact/", {"channel": "email", "email": f"neu-{ANNA.email}"})
    scene.tokens.append(corrected.split("/")[3])
    scene.own.setdefault(ANNA.last, []).append(anna.get(corrected).content.decode())
    assert anna.get(ours).status_code == 404
    _post(scene, ANNA, anna, f"{corrected}cancel/", {"reason": "unavailable", **SURE})
    _mail_leaves(scene)
    clock.shift(60)
    _erase(scene, anna, corrected)
    scene.cookies |= {"anna": list(anna.cookies), "bert": list(bert.cookies)}


def _book(scene: Scene, client: Client, who: Person, clock: str) -> str:
    """Hold, a form with a mistake, the form, the page."""
    held = client.post(TIMES, {"start": str(cell(MONDAY + timedelta(days=1), clock)), "patient": "known"})
    assert held.status_code == 303, held.content.decode()
    year, month, day = who.birth.split("-")
    form = {
        "whom": "other", "patient_last_name": who.last, "patient_first_name": who.first,
        "patient_birth_date": f"{day}/{month}/{year}", "last_name": who.last.swapcase(), "first_name": who.first,
        "channel": "email", "email": who.email, "phone": who.phone, "message": who.message, "patient": "known",
    }  # fmt: skip
    mistaken = client.post(held["Location"], {**form, "email": "@".join(reversed(who.email.split("."))), "whom": ""})
    assert mistaken.status_code == 422
    scene.own.setdefault(who.last, []).append(mistaken.content.decode())
    booked = client.post(held["Location"], form)
    assert booked.status_code == 303, booked.content.decode()
    token = booked["Location"].split("/")[3]
    scene.tokens.append(token)
    return str(booked["Location"])


def _wait(scene: Scene, client: Client, who: Person) -> None:
    """A place on the waiting list: the form with a mistake, the form, its page. It stays."""
    Practitioner.objects.update(waiting_list=True)
    year, month, day = who.birth.split("-")
    form = {
        "weekdays": "1", "parts": "1", "whom": "me", "last_name": who.last, "first_name": who.first, "token": "W" * 32,
        "birth_date": f"{day}/{month}/{year}", "email": who.email, "message": who.message, "patient": "known",
    }  # fmt: skip
    with override_settings(**posts.settings_for(posts.free_port())):
        mistaken = client.post(f"{TIMES}wish/", {**form, "weekdays": "9"})
        assert mistaken.status_code == 422
        page = _post(scene, who, client, f"{TIMES}wish/", form)
        scene.own[who.last] += [mistaken.content.decode(), client.get(page).content.decode()]
    scene.wish = page.split("/")[3]
    scene.tokens.append(scene.wish)


def _mail_leaves(scene: Scene) -> None:
    """The worker sends what is due: first to a server that quotes whom it refuses, then to one that takes it.

    Both stores are looked at while each message is just being handed over.
    """
    now, hand = timezone.now(), claims.hand

    def handing(messages: Sequence[Message]) -> None:
        hand(messages)
        assert Message.objects.filter(state="handed").exists()
        scene.in_flight.append(dump("default") + dump("patients"))

    with (
        posts.post() as server,
        override_settings(**posts.settings_for(server.port)),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(claims, "hand", handing)
        server.answer = lambda verb, address: f"452 {address} is over quota" if verb == "RCPT" else ""
        delivery.work(now, Ways())
        server.answer = lambda verb, address: ""
        delivery.work(now + timedelta(minutes=2), Ways())
        scene.mails += server.raw


def _post(scene: Scene, who: Person, client: Client, path: str, data: dict[str, str]) -> str:
    answer = client.post(path, data)
    assert answer.status_code in (200, 303), answer.content.decode()
    scene.own.setdefault(who.last, []).append(answer.content.decode())
    return str(answer.headers.get("Location", ""))


def _look_around(scene: Scene, client: Client, who: Person, page: str) -> None:
    for part in (
        "",
        "contact/",
        "cancel/",
        "erase/",
        "another/",
        "another/?type=consultation",
        "calendar.ics",
        "my-data.json",
    ):
        answer = client.get(page + part)
        assert answer.status_code == 200, part
        scene.own.setdefault(who.last, []).append(answer.content.decode())


def _others_look(scene: Scene, theirs: str) -> None:
    """A stranger on the public pages, with guessed links; and Bert, whose own words are his own."""
    stranger = Client(raise_request_exception=False)
    for path in (
        "/fr/", "/en/", "/fr/un/", TIMES, f"{TIMES}?patient=known", "/fr/privacy/", "/fr/legal/", "/fr/accessibility/",
        "/healthz", "/readyz", f"/fr/rdv/{'A' * 32}/", "/fr/rdv/x/", "/agenda/", "/agenda/sign-in/", "/static/none.css",
    ):  # fmt: skip
        answer = stranger.get(path)
        scene.others.append((path, answer.content.decode()))
    for token in scene.tokens:
        for path in (f"/fr/hold/{token}x/", f"/fr/RDV/{token}/", f"/fr/rdv//{token}/", f"/fr/rdv/{token}/none/", f"/rdv/{token}",
                     f"/fr/lien/{token}/", f"/fr/wish/{token}x/", f"/fr/offer/{token}/", f"/fr/rdv%2F{token}/"):  # fmt: skip
            scene.statuses.append(stranger.get(path).status_code)
    scene.own[BERT.last].append(stranger.get(theirs).content.decode())
    scene.cookies["stranger"] = list(stranger.cookies)


def _staff_work(scene: Scene, office: Office) -> None:
    staff = Client(raise_request_exception=False)
    failed = staff.post("/agenda/sign-in/", {"login": "alice", "password": WRONG})
    assert failed.status_code == 422
    scene.others.append(("failed sign-in", failed.content.decode()))
    assert sign_in(staff).status_code == 302
    visits = list(Appointment.objects.values_list("pk", flat=True))
    pages = ["/agenda/day/2026-01-06/", "/agenda/list/2026-01-06/", f"/agenda/week/{office.one.pk}/2026-01-05/"]
    pages += [f"/agenda/appointment/{pk}/" for pk in visits]
    pages += [
        "/agenda/wishes/",
        "/agenda/thief/?p=" + str(office.one.pk),
        *(f"/agenda/appointment/{pk}/opened/" for pk in visits),
    ]
    for path in pages:
        scene.unlocked.append(staff.get(path).content.decode())
    bert = Appointment.objects.get(start__hour=9)
    marked = {"becomes": "arrived", "seen": "booked"}
    scene.statuses.append(staff.post(f"/agenda/appointment/{bert.pk}/mark/", marked).status_code)
    marked = {"becomes": "booked", "seen": "arrived"}
    staff.post(f"/agenda/appointment/{bert.pk}/mark/", marked)
    for kind in ("json", "text"):
        copied = staff.post(f"/agenda/appointment/{bert.pk}/copy/", {"unlock_password": PASSWORD, "as": kind})
        assert copied.status_code == 200
        scene.copies.append((copied.content.decode(), str(copied.headers)))
    scene.exports += [_taken_out(staff, office.one.pk, kind) for kind in ("csv", "ics", "json")]
    scene.sessions = [str(row.get_decoded()) for row in Session.objects.all()]
    scene.cookies["staff"] = [cookie.value for cookie in staff.cookies.values()]
    staff.post("/agenda/veil/")
    scene.others += [(f"veiled {path}", staff.get(path).content.decode()) for path in pages]
    staff.post("/agenda/lock/")
    scene.others += [(f"locked {path}", staff.get(path).content.decode()) for path in pages]
    bruno = Client(raise_request_exception=False)
    sign_in(bruno, "bruno")
    scene.others += [(f"bruno {path}", bruno.get(path).content.decode()) for path in pages]
    scene.others += [("bruno's export", _taken_out(bruno, one, "csv")[0]) for one in (office.one.pk, office.two.pk)]
    staff.post("/agenda/sign-out/")


def _taken_out(client: Client, practitioner: int, kind: str) -> tuple[str, str]:
    """What somebody gets who asks for a file of an agenda, with its headers."""
    asked = {"p": practitioner, "first": "2026-01-01", "last": "2026-12-31", "as": kind, "unlock_password": PASSWORD}
    answer = client.post("/agenda/export/", asked)
    return answer.getvalue().decode(), str(answer.headers)


def _things_fail(scene: Scene, office: Office) -> None:
    """A store that is broken, an error that quotes its data, a form too big, a method that is none."""
    client = Client(raise_request_exception=False)
    held = client.post(TIMES, {"start": str(cell(MONDAY + timedelta(days=1), "11:00")), "patient": "known"})["Location"]
    form = {
        "whom": "me", "last_name": ANNA.last, "first_name": ANNA.first, "birth_date": "17/11/1931", "patient": "known",
        "channel": "email", "email": ANNA.email, "message": ANNA.message,
    }  # fmt: skip
    with connections["patients"].cursor() as cursor:
        cursor.execute("ALTER TABLE patients_patientrecord RENAME TO gone")
    broken = client.post(held, form)
    with connections["patients"].cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO patients_patientrecord")
    with pytest.MonkeyPatch.context() as patch:

        def quoting(*given: object, **named: object) -> bytes:
            raise RuntimeError(f"cannot store {given!r} of {form!r}")

        patch.setattr(store, "put", quoting)
        failed = client.post(held, form)
    huge = client.post(held, {**form, "message": ANNA.message * 20_000})
    null = client.post(held, {**form, "last_name": ANNA.last + "\0"})
    method = client.put(held, str(form))
    logging.getLogger("booking.somewhere").warning("typed %s", "nothing that anybody typed")
    scene.statuses += [broken.status_code, failed.status_code, huge.status_code, null.status_code, method.status_code]
    assert (broken.status_code, failed.status_code, huge.status_code, method.status_code) == (503, 500, 400, 405)
    # Her form comes back to her as she filled it in, where it can be sent again.
    scene.own[ANNA.last].insert(0, broken.content.decode())
    answers = {"error": failed, "too big": huge, "method": method}
    scene.others += [(name, answer.content.decode()) for name, answer in answers.items()]
    client.post(f"{held}release/")


def _erase(scene: Scene, client: Client, page: str) -> None:
    gone = Appointment.objects.get(state="cancelled")
    record = PatientRecord.objects.get(pk=store.Reference(gone.pk, bytes(gone.patient_ref or b"")).record)
    scene.erased = {
        "identity": bytes(record.identity_box), "visit": bytes(record.visit_box), "contact": bytes(record.contact_box),
        "reference": bytes(gone.patient_ref or b""), "link": bytes(gone.link_hash or b""),
    }  # fmt: skip
    assert any(scene.erased["reference"] in content for _, content in store_files("default"))
    answer = client.post(f"{page}erase/", SURE)
    assert answer.status_code == 200
    scene.others.append(("after erasing", answer.content.decode()))
    scene.others.append(("the link that was", client.get(page).content.decode()))
    for name in ("default", "patients"):
        scene.after_erasing[name] = b"".join(content for _, content in store_files(name))
