"""Setting up: from empty stores to a practice that can publish, once."""

import io
import re
import threading
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, connections

from agenda import founding
from booking import pairing
from practitioners import keys, passwords, phrases
from practitioners.models import KeyHolder, Location, Practice, Practitioner, Staff

PASSWORD = "Tilleul-7-moineaux"
FLAGS = {
    "practice_name": "Cabinet des Tilleuls",
    "address": "1 rue des Tilleuls\\n75001 Paris",
    "phone": "01 99 00 12 34",
    "location_label": "Rue des Tilleuls",
    "practitioner_name": "Dr Claire Martin",
    "speciality": "Médecine générale",
    "login": "claire",
    "no_input": True,
    "sheet_confirmed": True,
}
BOTH = pytest.mark.django_db(databases=["default", "patients"])


@pytest.fixture
def password_file(tmp_path: Any) -> str:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    return str(tmp_path / "password")


def setup(**flags: Any) -> str:
    out = io.StringIO()
    call_command("setup", stdout=out, **(FLAGS | flags))
    return out.getvalue()


@BOTH
def test_flags_alone_make_a_practice_that_can_publish(password_file: str) -> None:
    said = setup(password_file=password_file)
    practitioner, manager = Practitioner.objects.get(), Staff.objects.get()
    assert (practitioner.slug, practitioner.published) == ("dr-claire-martin", False)
    assert Practice.objects.get().address == "1 rue des Tilleuls\n75001 Paris"
    assert Location.objects.get().address == Practice.objects.get().address
    assert (manager.role, manager.name, manager.practitioner) == ("manager", "Dr Claire Martin", practitioner)
    assert keys.publishable(practitioner)
    assert pairing.is_sound()
    private = keys.unlock(manager, PASSWORD)
    assert private is not None
    assert keys.Vault(manager, private).key(practitioner.pk, 1) is not None
    assert PASSWORD not in said


@BOTH
def test_manager_and_sheet_each_keep_the_server_secret(password_file: str, settings: Any) -> None:
    said = setup(password_file=password_file)
    manager = Staff.objects.get()
    private = keys.unlock(manager, PASSWORD) or b""
    assert keys.server_secrets(manager.key_holder, private) == tuple(settings.SERVER_SECRETS)
    code = re.search(r"^ {4}(\S+)$", said, re.MULTILINE)
    assert code is not None
    sheet, sheet_private = keys.open_sheet(Practitioner.objects.get(), code[1]) or (None, b"")
    assert sheet is not None
    assert keys.server_secrets(sheet, sheet_private) == tuple(settings.SERVER_SECRETS)


@BOTH
def test_a_second_set_up_refuses_and_changes_nothing(password_file: str) -> None:
    """R17."""
    setup(password_file=password_file)
    before = list(KeyHolder.objects.order_by("pk").values())
    with pytest.raises(CommandError, match="déjà installée, pour « Cabinet des Tilleuls »"):
        setup(password_file=password_file, login="autre")
    assert list(KeyHolder.objects.order_by("pk").values()) == before
    assert Staff.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True, databases=["default", "patients"])
def test_of_several_set_ups_at_once_one_makes_the_manager() -> None:
    """R17, as a race."""
    outcomes: list[str] = []
    together = threading.Barrier(4)

    def one(number: int) -> None:
        beginning = founding.Beginning(
            practice={"name": f"Cabinet {number}", "address": "1 rue"},
            location={"label": "Lieu", "address": "1 rue"},
            practitioner={"name": "Dr", "slug": f"dr-{number}", "speciality": "MG"},
            manager={"login": f"m{number}", "name": "M"},
            password=PASSWORD,
        )
        together.wait()
        try:
            founding.found(beginning)
            outcomes.append("made")
        except founding.AlreadyFounded:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
    assert (Practice.objects.count(), Staff.objects.count()) == (1, 1)
    assert pairing.is_sound()


@BOTH
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"practice_name": ""}, "name"),
        ({"practitioner_slug": "admin"}, "réservé"),
        ({"time_zone": "Mars/Phobos"}, "Fuseau inconnu"),
        ({"holiday_zone": "lune"}, "holiday_zone"),
        ({"practitioner_name": "x" * 121}, "121"),
        ({"login": ""}, "login"),
    ],
)
def test_what_a_field_refuses_leaves_nothing_behind(password_file: str, flags: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        setup(password_file=password_file, **flags)
    assert not Practice.objects.exists()
    assert not Staff.objects.exists()
    assert pairing.state() is pairing.Pairing.NOT_SET_UP


@BOTH
def test_a_weak_password_leaves_nothing_behind(tmp_path: Any) -> None:
    (tmp_path / "weak").write_text("azerty\n")
    with pytest.raises(CommandError, match="Au moins 12 caractères"):
        setup(password_file=str(tmp_path / "weak"))
    assert not Practice.objects.exists()
    with pytest.raises(CommandError, match="ne se lit pas"):
        setup(password_file=str(tmp_path / "missing"))
    with pytest.raises(CommandError, match="password-file"):
        setup()


@BOTH
def test_an_invented_password_is_shown_once_and_opens(capsys: Any) -> None:
    said = setup(generate_password=True)
    invented = re.search(r"montré une seule fois : (\S+)", said)
    assert invented is not None
    assert keys.unlock(Staff.objects.get(), invented[1]) is not None


def test_an_invented_phrase_is_worth_eighty_bits_and_passes_our_own_rule() -> None:
    assert phrases.BITS > 80
    for _ in range(200):
        passwords.check(phrases.invent())
    assert len({phrases.invent() for _ in range(200)}) == 200


@BOTH
def test_without_the_sheet_typed_back_nothing_can_be_published(password_file: str, monkeypatch: Any) -> None:
    said = setup(password_file=password_file, sheet_confirmed=False)
    practitioner = Practitioner.objects.get()
    assert "manage.py agenda_key dr-claire-martin" in said
    assert not keys.publishable(practitioner)
    out = io.StringIO()
    monkeypatch.setattr(
        "builtins.input", lambda _question: re.findall(r"^ {4}\S+(.{4})$", out.getvalue(), re.MULTILINE)[-1].lower()
    )
    call_command("agenda_key", "dr-claire-martin", password_file=password_file, stdout=out)
    assert keys.publishable(practitioner)
    with pytest.raises(CommandError, match="--replace"):
        call_command("agenda_key", "dr-claire-martin", password_file=password_file)


@BOTH
def test_a_further_practitioner_gets_a_key_from_who_types_a_password(password_file: str, tmp_path: Any) -> None:
    setup(password_file=password_file)
    other = Practitioner.objects.create(
        practice=Practice.objects.get(), slug="dr-roche", name="Dr Roche", speciality="ORL"
    )
    (tmp_path / "wrong").write_text("Tilleul-8-moineaux")
    with pytest.raises(CommandError, match="ne convient pas"):
        call_command("agenda_key", "dr-roche", password_file=str(tmp_path / "wrong"))
    with pytest.raises(CommandError, match="Aucun praticien"):
        call_command("agenda_key", "dr-nobody", password_file=password_file)
    with pytest.raises(CommandError, match="--login"):
        call_command("agenda_key", "dr-roche", login="nobody", password_file=password_file)
    call_command("agenda_key", "dr-roche", password_file=password_file, sheet_confirmed=True, stdout=io.StringIO())
    assert keys.publishable(other)
    manager = Staff.objects.get()
    assert other.pk in keys.Vault(manager, keys.unlock(manager, PASSWORD) or b"").practitioners()


@BOTH
def test_questions_are_asked_again_until_the_answer_fits(monkeypatch: Any) -> None:
    out = io.StringIO()
    answers = iter(
        ["", "Cabinet", "1 rue\\n75001 Paris", "", "Mars/Phobos", "Indian/Reunion", "reunion", "", "", "Dr B", "admin", "dr-b", "MG", "b", "", "n"]
    )  # fmt: skip

    def read(question: str) -> str:
        if "dernier groupe" in question:
            return re.findall(r"^ {4}\S+(.{4})$", out.getvalue(), re.MULTILINE)[-1]
        return next(answers)

    typed = iter(["court", PASSWORD, "autre chose", PASSWORD, PASSWORD])
    monkeypatch.setattr("builtins.input", read)
    monkeypatch.setattr("agenda.terminal.getpass", lambda _question: next(typed))
    call_command("setup", stdout=out)
    practice = Practice.objects.get()
    assert (practice.time_zone, practice.address, Practitioner.objects.get().slug) == (
        "Indian/Reunion",
        "1 rue\n75001 Paris",
        "dr-b",
    )
    assert Staff.objects.get().practitioner is None
    assert keys.publishable(Practitioner.objects.get())
    assert "Les deux ne sont pas pareils" in out.getvalue()


@BOTH
def test_stores_that_hold_data_without_a_practice_are_left_alone() -> None:
    staff = Staff(login="x", name="X")
    staff.set_unusable_password()
    staff.save()
    with pytest.raises(founding.AlreadyFounded):
        founding.refuse_if_founded()
    with pytest.raises((ValidationError, founding.AlreadyFounded)):
        founding.found(founding.Beginning({}, {}, {}, {}, PASSWORD))
    assert connection.vendor in ("sqlite", "postgresql")
