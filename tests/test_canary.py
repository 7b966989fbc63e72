"""Two patients with unusual data go through everything; then their words are looked for everywhere (P3 P4 P7, I3 I4 I9).

What may show a word is said here, and nothing else may: the patient's own pages, and the unlocked agenda.
"""

import base64
import email
import json
import logging
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from booking import appointments, retention
from booking.models import Appointment, Wish
from clicdocteur.logs import MaskCapabilities
from patients import store
from patients.models import PatientRecord
from patients.store import boxes
from practitioners.models import AccessEvent
from tests import post as posts
from tests.booking.cast import NOW
from tests.canary.desk import CLARA
from tests.canary.scene import WRONG, Scene, play
from tests.canary.words import ANNA, BERT, copied_out, dump, files, found_in, store_files, tables
from tests.practitioners.cast import PASSWORD

pytestmark = pytest.mark.django_db

EVERYBODY = ANNA.words + BERT.words + CLARA.words


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Play it once, committed, on the real views, with the log that an instance writes."""
    scene = Scene(tmp_path_factory.mktemp("temp"))
    console = next(
        one for one in logging.getLogger().handlers if any(isinstance(f, MaskCapabilities) for f in one.filters)
    )
    assert isinstance(console, logging.StreamHandler)
    mail = override_settings(**posts.settings_for(posts.free_port()))
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, mail:
        patch.setattr(tempfile, "tempdir", str(scene.folder))
        for variable in ("TMPDIR", "SQLITE_TMPDIR"):
            patch.setenv(variable, str(scene.folder))
        before = console.setStream(scene.log)
        levels = _everything_is_logged()
        try:
            with time_machine.travel(NOW, tick=False) as clock:
                play(scene, clock)
                _quiet(levels)
                yield scene
        finally:
            _quiet(levels)
            console.setStream(before)
            for name in ("default", "patients"):
                call_command("flush", database=name, interactive=False, verbosity=0)


def _everything_is_logged() -> dict[logging.Logger, int]:
    """Set every logger to DEBUG, and the databases to log each statement with its values; return the levels as they were."""
    named = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    levels = {logger: logger.level for logger in (logging.root, *named)}
    for logger in (*levels, logging.getLogger("django.db.backends")):
        levels.setdefault(logger, logger.level)
        logger.setLevel(logging.DEBUG)
    for name in ("default", "patients"):
        connections[name].force_debug_cursor = True
    return levels


def _quiet(levels: dict[logging.Logger, int]) -> None:
    for logger, level in levels.items():
        logger.setLevel(level)
    for name in ("default", "patients"):
        connections[name].force_debug_cursor = False


# Where the words may be, so that the search is known to find them.


def test_the_search_finds_each_word_in_each_writing():
    for word in EVERYBODY:
        for text in (word, word.upper(), word.lower(), json.dumps(word)[1:-1], escape(word), quote(word)):
            assert found_in(f"x{text}y", [word]), text
        for content in (word.encode("utf-16-le"), word.encode("utf-16-be"), word.encode().hex().encode()):
            assert found_in(b"x" + content + b"y", [word]), word
        for before in range(3 if len(word) > 9 else 0):
            assert found_in(base64.b64encode(b"-" * before + word.encode() + b"--"), [word]), (word, before)
    assert not found_in(b"nothing of theirs", EVERYBODY)


def test_the_patient_and_the_unlocked_agenda_do_see_the_words(scene: Scene):
    own = "".join(scene.own[ANNA.last])
    assert {ANNA.email, ANNA.first, ANNA.message.split()[1]} <= found_in(own, ANNA.words)
    seen = found_in("".join(scene.unlocked), EVERYBODY)
    assert {ANNA.last, ANNA.first, ANNA.email, BERT.last, BERT.first, BERT.email} <= seen
    assert {CLARA.last, CLARA.first, CLARA.phone, CLARA.email, CLARA.message.split()[1]} <= seen
    assert AccessEvent.objects.exists()


def test_no_address_and_no_header_of_the_desk_holds_a_word_or_a_link(scene: Scene):
    """P7: names and search terms travel in bodies."""
    assert len(scene.headers) > 15
    assert not found_in("".join(scene.headers), [*EVERYBODY, *scene.desk_tokens])


def test_no_page_of_anybody_else_shows_a_word(scene: Scene):
    """P7 P11: strangers, the other patient, the locked agenda, a colleague without a grant, pages for errors."""
    for path, page in scene.others:
        assert not found_in(page, EVERYBODY), path
    for mine, other in ((ANNA, BERT), (BERT, ANNA)):
        assert not found_in("".join(scene.own[mine.last]), other.words)


def test_a_patient_s_own_page_under_the_link_shows_the_contact_and_never_a_name(scene: Scene):
    """I4: the link opens what the server can read. The first two are forms that came back."""
    for page in scene.own[ANNA.last][2:]:
        assert not found_in(page, ANNA.sealed_words)


def test_a_mail_says_where_the_page_is_and_nothing_that_is_sealed(scene: Scene):
    """M12 P7: and goes to nobody but its own patient."""
    assert len(scene.mails) == 3
    for mine, other in ((ANNA, BERT), (BERT, ANNA)):
        own = [mail for mail in scene.mails if mine.email.encode() in mail]
        assert own
        for mail in own:
            parsed = email.message_from_bytes(mail)
            said = b"".join(part.get_payload(decode=True) or b"" for part in parsed.walk() if not part.is_multipart())
            assert not found_in(mail + said, [*other.words, *mine.sealed_words])
            assert any(token.encode() in said for token in scene.tokens)


def test_a_message_on_its_way_leaves_no_word_and_no_link_in_either_store(scene: Scene):
    """P3 P4: looked at in the very moment in which it was handed over."""
    assert len(scene.in_flight) == 3
    for content in scene.in_flight:
        assert not found_in(content, EVERYBODY)
        assert not [token for token in scene.tokens if token.encode() in content]


def test_patients_get_no_cookie_and_staff_s_say_nothing(scene: Scene):
    """I5 P7"""
    assert scene.cookies["anna"] == scene.cookies["bert"] == []
    assert set(scene.cookies["stranger"]) <= {settings.CSRF_COOKIE_NAME}, "of the sign-in page"
    assert not found_in(" ".join(scene.cookies["staff"]), [*EVERYBODY, PASSWORD, "alice"])


def test_sessions_hold_no_word_and_no_password(scene: Scene):
    assert scene.sessions
    assert not found_in("".join(scene.sessions), [*EVERYBODY, PASSWORD, WRONG, "alice"])


def test_the_log_holds_no_word_no_password_and_no_link(scene: Scene):
    """P7 I9: though it says what happened, on which path, and where in the code."""
    log = scene.log.getvalue()
    for said in (
        "Not Found: /fr/rdv/***/",
        "RuntimeError",
        "in quoting",
        "nothing that anybody typed",
    ):
        assert said in log
    assert "gave up after two attempts" in log or "a store failed" in log
    for statement in ("django.db.backends: (", 'INSERT INTO "patients_patientrecord"', 'UPDATE "booking_appointment"'):
        assert statement in log, "at the most talkative level, with each statement's values"
    assert not found_in(log, [*EVERYBODY, PASSWORD, WRONG])
    assert scene.desk_tokens
    assert not [token for token in scene.tokens + scene.desk_tokens if token in log]


@pytest.mark.parametrize("name", ["default", "patients"])
def test_neither_store_holds_a_word_as_files_or_as_a_dump(scene: Scene, name):
    """P3 P4 I3: while Bert's visit is to come, and Anna's record has been there."""
    looked = 0
    for path, content in store_files(name):
        assert not found_in(content, [*EVERYBODY, PASSWORD, WRONG]), path
        looked += len(content)
    assert looked > 50_000
    dumped = dump(name)
    assert len(dumped) > 5_000
    assert not found_in(dumped, [*EVERYBODY, PASSWORD, WRONG])
    assert not [token for token in scene.tokens + scene.desk_tokens if token.encode() in dumped]


def test_every_table_that_could_tell_had_rows_when_it_was_searched(scene: Scene):
    """P3: sessions, the access log, counters, monthly counts; a table that is empty proves nothing."""
    filled = {name for name, rows in (tables("default") | tables("patients")).items() if rows}
    assert {
        "booking_appointment", "booking_wish", "booking_occupiedcell", "booking_counter", "booking_monthlycount",
        "practitioners_accessevent", "django_session", "practitioners_keyholder", "practitioners_grant",
        "patients_patientrecord", "patients_storecheck",
    } <= filled  # fmt: skip


@pytest.mark.parametrize("name", ["default", "patients"])
def test_a_postgresql_dump_holds_no_word_and_no_link(scene: Scene, name):
    """P3 P4 I3: COPY, and pg_dump where it is installed."""
    if connections[name].vendor != "postgresql":
        return
    dumped = copied_out(name)
    assert len(dumped) > 10_000
    assert not found_in(dumped, [*EVERYBODY, *scene.tokens, PASSWORD, WRONG])


def test_a_copy_for_the_patient_has_the_words_and_leaves_none_behind(scene: Scene):
    """P7: the file is the answer itself. Its name and headers name nobody; stores, log and folders are searched after it."""
    for content, headers in scene.copies:
        assert {BERT.last, BERT.first, BERT.email} <= found_in(content, BERT.words)
        assert not found_in(content, ANNA.words)
        assert not found_in(headers, EVERYBODY)
        assert "no-store" in headers
    assert AccessEvent.objects.filter(action="export").exists()


def test_an_export_has_the_words_that_its_reader_may_open_and_leaves_none_behind(scene: Scene):
    """P7: as a copy; Bruno's attempts are among what others saw. An unfolded line of a calendar counts as one."""
    assert len(scene.exports) == 3
    for content, headers in scene.exports:
        whole = content.replace("\r\n ", "")
        assert {ANNA.last, ANNA.first, ANNA.email, BERT.last, BERT.first, BERT.email} <= found_in(whole, EVERYBODY)
        assert not found_in(headers, EVERYBODY)
        assert "no-store" in headers
        assert not [token for token in scene.tokens if token in content], "a link is the patient's alone"


@pytest.mark.parametrize("name", ["default", "patients"])
def test_no_link_lies_in_either_store(scene: Scene, name):
    """P8: the agenda keeps a hash, the patients store a box under the contact key."""
    for path, content in store_files(name):
        assert not found_in(content, scene.tokens + scene.desk_tokens), path


def test_nothing_was_left_in_the_temporary_folder_or_beside_the_stores(scene: Scene):
    for path, content in files(scene.folder):
        assert not found_in(content, [*EVERYBODY, *scene.tokens, *scene.desk_tokens, PASSWORD]), path


def test_what_was_erased_is_not_in_the_files_any_more(scene: Scene):
    """P2 P13: nor sealed, nor the reference that led to it. PostgreSQL keeps dead rows until its next vacuum: said."""
    if connections["default"].vendor != "sqlite":
        return
    for part in ("identity", "visit", "contact"):
        box = scene.erased[part]
        for start in range(0, len(box) - 64, 512):
            assert box[start : start + 64] not in scene.after_erasing["patients"], part
    for part in ("reference", "link"):
        assert scene.erased[part] not in scene.after_erasing["default"], part


# What a thief of the whole machine reads.


def readable() -> list[tuple[Appointment | Wish, store.Contact]]:
    """Open all that the server secret opens: every reference, every storage wrap, every contact."""
    found = []
    for appointment in (*Appointment.objects.exclude(patient_ref=None), *Wish.objects.all()):
        reference = appointments.reference(appointment)
        row = PatientRecord.objects.get(pk=reference.record)
        for column in (boxes.IDENTITY, boxes.VISIT):
            inner = boxes.unwrap(column, row.pk, bytes(getattr(row, column.name)))
            assert not found_in(inner or b"", EVERYBODY)
        content = boxes.open_contact(row.pk, bytes(row.contact_box))
        assert not found_in(content or b"", ANNA.sealed_words + BERT.sealed_words + CLARA.words)
        if (contact := store.read_contact(reference)) is not None:
            found.append((appointment, contact))
    return found


def test_the_whole_disk_without_a_password_gives_the_contact_of_visits_to_come_and_nothing_else(scene: Scene):
    """I4, the sentence of the privacy page."""
    read = readable()
    assert [(contact.value, contact.token) for _, contact in read] == [
        (BERT.email, scene.tokens[1]),
        (BERT.email, scene.wish),
    ]
    (visit, _), (wish, _) = read
    assert visit.start > NOW
    assert visit.state == "booked"
    retention.purge(visit.end)
    assert [one for one, _ in readable()] == [wish]
    retention.purge(NOW + timedelta(days=92))
    assert readable() == []
