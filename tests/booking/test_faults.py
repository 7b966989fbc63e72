"""A store that is full, read-only, locked or away: a clear page, the form kept, nothing half done (I8 R16 U8)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from django.test import Client

from booking.models import Appointment
from patients.models import PatientRecord
from tests.booking.cast import NOW, Office
from tests.booking.pages import FILLED, SURE, TIMES, text

Fault = Callable[[str], object]


def execute(name: str, sql: str) -> None:
    with connections[name].cursor() as cursor:
        cursor.execute(sql)


def is_sqlite() -> bool:
    return connections["default"].vendor == "sqlite"


@contextmanager
def read_only(name: str) -> Iterator[None]:
    """A disk that was mounted read-only, or a standby."""
    setting = "PRAGMA query_only = {}" if is_sqlite() else "SET default_transaction_read_only = {}"
    execute(name, setting.format("on"))
    yield
    execute(name, setting.format("off"))


@contextmanager
def full(name: str) -> Iterator[None]:
    """A full disk: SQLite may not take another page. PostgreSQL has no such switch and is made read-only."""
    if not is_sqlite():
        with read_only(name):
            yield
        return
    page = PatientRecord.objects.create(identity_box=bytes(4238), visit_box=bytes(6286), contact_box=bytes(5178))
    execute(name, "VACUUM")
    with connections[name].cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
    execute(name, f"PRAGMA max_page_count = {pages}")
    yield
    execute(name, "PRAGMA max_page_count = 1073741823")
    page.delete()


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Somebody else holds the store's lock for longer than anybody waits."""
    patience = "PRAGMA busy_timeout = {}" if is_sqlite() else "SET lock_timeout = {}"
    other = connections[name].copy()
    try:
        with other.cursor() as cursor:
            if is_sqlite():
                cursor.execute("BEGIN EXCLUSIVE")
            else:
                cursor.execute("BEGIN")
                tables = (
                    ("patients_patientrecord",)
                    if name == "patients"
                    else ("practitioners_practitioner", "booking_appointment")
                )
                for table in tables:
                    cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        execute(name, patience.format(50))
        yield
    finally:
        execute(name, patience.format(5000))
        other.close()


@pytest.fixture
def hold(transactional_db: None, time_machine) -> str:
    """The address of a form to fill in."""
    time_machine.move_to(NOW, tick=False)
    return f"/fr/hold/{Office().hold('09:00')}/"


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("name", ["default", "patients"])
@pytest.mark.parametrize("fault", [full, read_only, locked])
def test_a_booking_that_cannot_be_written_is_said_leaves_the_hold_and_works_when_sent_again(
    hold, browser, fault: Fault, name
):
    if fault is full and name == "default":
        pytest.skip("marking a row as booked takes no page")
    with fault(name):
        answer = browser.post(hold, FILLED)
    assert answer.status_code == 503, text(answer)
    left = Appointment.objects.get()
    assert (left.state, left.patient_ref) == ("held", None)
    assert PatientRecord.objects.count() <= 2 * (name == "default"), "orphans for the sweep, if any"
    assert browser.post(hold, FILLED).status_code == 303
    assert Appointment.objects.get().state == "booked"


@pytest.mark.parametrize("fault", [full, locked])
def test_the_form_comes_back_as_it_was_filled_in(hold, browser, fault: Fault):
    if not is_sqlite() and fault is full:
        pytest.skip("read-only is another error there: a page that says so, and Back has the form")
    with fault("patients"):
        said = text(answer := browser.post(hold, FILLED))
    assert "Un rendez-vous déjà confirmé" in said or "Réessayez" in said or "réessayez" in said, said
    for value in ("Kowalczyk-N’Diaye", "Zénobie", "zenobie@example.org"):
        assert value in answer.content.decode()


def booked(browser: Client, hold: str) -> str:
    return str(browser.post(hold, FILLED)["Location"])


@pytest.mark.parametrize("fault", [read_only, locked])
def test_a_cancellation_stands_though_the_patients_store_is_away(hold, browser, fault: Fault):
    """What it could not empty is emptied by the next `tidy`."""
    page = booked(browser, hold)
    with fault("patients"):
        assert browser.post(f"{page}cancel/", SURE).status_code == 303
    assert Appointment.objects.get().state == "cancelled"
    assert browser.get(page).status_code == 200


@pytest.mark.parametrize("name", ["default", "patients"])
@pytest.mark.parametrize("fault", [read_only, locked])
def test_an_erasure_that_cannot_be_done_is_said_and_is_done_when_asked_again(hold, browser, fault: Fault, name):
    """Never half: while the record is there, so is the appointment's tie to it and the link that erases both."""
    page = booked(browser, hold)
    with fault(name):
        assert browser.post(f"{page}erase/", SURE).status_code == 503
    left = Appointment.objects.get()
    assert left.link_hash is not None
    if name == "patients":
        assert (left.state, PatientRecord.objects.count()) == ("booked", 1)
    assert browser.post(f"{page}erase/", SURE).status_code == 200
    assert not PatientRecord.objects.exists()
    assert Appointment.objects.get().patient_ref is None


@pytest.mark.parametrize("name", ["default", "patients"])
def test_pages_that_only_read_stay_readable_on_a_read_only_store(hold, browser, name):
    page = booked(browser, hold)
    with read_only(name):
        for path in ("/fr/", "/fr/un/", TIMES, page, f"{page}calendar.ics", f"{page}cancel/", f"{page}my-data.json"):
            assert browser.get(path).status_code == 200, path


def test_the_patient_s_page_opens_while_the_patients_store_is_away(hold, browser):
    """The agenda knows when: that much is said, and the contact is left out."""
    page = booked(browser, hold)
    execute("patients", "ALTER TABLE patients_patientrecord RENAME TO away")
    try:
        answer = browser.get(page)
    finally:
        execute("patients", "ALTER TABLE away RENAME TO patients_patientrecord")
    assert answer.status_code in (200, 503)
    assert "Traceback" not in answer.content.decode()


def test_a_hold_that_cannot_be_taken_is_said(hold, browser):
    start = Appointment.objects.get().first_cell + 6
    for fault in (read_only, locked):
        with fault("default"):
            answer = browser.post(TIMES, {"start": str(start), "patient": "known"})
        assert answer.status_code == 503, text(answer)
    assert browser.post(TIMES, {"start": str(start), "patient": "known"}).status_code == 303
