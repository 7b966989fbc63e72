"""Who may set what, and that others learn nothing."""

import logging
import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from agenda.setting_urls import urlpatterns
from practitioners.models import Practitioner, VisitType
from tests.agenda.settings.cast import Cabinet, saved, text

PRACTICE = {"settings_practice", "settings_places", "new_place", "settings_place", "delete_place", "new_practitioner",
            "move_practitioner"}  # fmt: skip
# Which the holder of an agenda may set too: its days.
DAYS = {"settings_days", "settings_day", "settings_absences", "new_absence", "settings_absence", "delete_absence",
        "settings_holidays", "undo_change"}  # fmt: skip


def addresses(cabinet: Cabinet, of: Practitioner) -> dict[str, str]:
    """Every address of the settings by name, but the entry, for one practitioner and things of theirs."""
    given = {"practitioner": of.pk, "pk": cabinet.type.pk, "on": date(2026, 1, 6)}
    found = {}
    for pattern in urlpatterns:
        if pattern.name != "settings":
            wanted = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
            found[f"{pattern.name} {len(found)}"] = reverse(
                f"agenda:{pattern.name}", kwargs={name: given[name] for name in wanted}
            )
    return found


def asked(client: Client, path: str) -> set[int]:
    """The statuses of a GET and a POST; 405 left out."""
    return {client.get(path).status_code, client.post(path).status_code} - {405}


@pytest.mark.parametrize("login", ["alice", "chloe", "denis"])
def test_whoever_may_not_set_something_gets_404_and_it_is_noted(
    cabinet: Cabinet, login: str, caplog: pytest.LogCaptureFixture
):
    """P11: no page says that it exists. Dr Deux's are nobody's here; the practice's are the manager's."""
    client = cabinet.client(login)
    for name, path in addresses(cabinet, cabinet.two).items():
        with caplog.at_level(logging.WARNING):
            caplog.clear()
            assert asked(client, path) == {404}, name
        assert re.search(r"staff \d+ asked for (settings of \d+ without a right|a manager's page)", caplog.text), name


def test_a_holder_sets_days_and_nothing_else(cabinet: Cabinet, holder: Client):
    for name, path in addresses(cabinet, cabinet.one).items():
        statuses = asked(holder, path)
        if name.split()[0] not in DAYS:
            assert statuses == {404}, name
        elif "<int:pk>" not in str(next(one.pattern for one in urlpatterns if one.name == name.split()[0])):
            # A rule for all holidays is the practitioner's; the days are the holder's.
            assert holder.get(path).status_code == 200, name
            assert holder.post(path).status_code != 404 or name.startswith("settings_holidays"), name


def test_a_practitioner_sets_all_of_their_own_without_being_a_manager(cabinet: Cabinet, doctor: Client):
    for name, path in addresses(cabinet, cabinet.one).items():
        if name.split()[0] in PRACTICE:
            assert asked(doctor, path) == {404}, name
    assert doctor.get(cabinet.at("page/")).status_code == 200
    assert saved(doctor, cabinet.at("page/"), notice="Fermé jeudi").status_code == 302
    cabinet.one.refresh_from_db()
    assert cabinet.one.notice == "Fermé jeudi"


def test_a_thing_of_another_practitioner_is_not_found_under_one_s_own(cabinet: Cabinet, doctor: Client):
    """A3: the practitioner in the address does not open another's type."""
    foreign = VisitType.objects.create(practitioner=cabinet.two, name="Autre", slug="autre", visibility="link")
    for step in ("", "offer/", "link/", "unlink/", "delete/"):
        assert asked(doctor, cabinet.at(f"types/{foreign.pk}/{step}")) == {404}, step
    foreign.refresh_from_db()
    assert (foreign.active, foreign.link_hash) == (True, None)


def test_the_entry_lists_what_one_may_set(cabinet: Cabinet, manager: Client, doctor: Client, holder: Client):
    path = "/agenda/settings/"
    everything = text(manager.get(path))
    assert all(one in everything for one in ("Dr Un", "Dr Deux", "Cabinet, sécurité", "Ajouter un praticien"))
    own = text(doctor.get(path))
    assert "Dr Un" in own
    assert "Page publique" in own
    assert "Dr Deux" not in own
    assert "Cabinet, sécurité" not in own
    held = text(holder.get(path))
    assert "Page publique" not in held
    assert "Dr Deux" not in held
    assert "Aucun réglage ne vous est ouvert" in text(cabinet.client("chloe").get(path))


def test_the_entry_costs_the_same_for_many_practitioners(cabinet: Cabinet, manager: Client, django_assert_num_queries):
    manager.get("/agenda/settings/")
    with django_assert_num_queries(7):
        manager.get("/agenda/settings/")
    Practitioner.objects.bulk_create(
        Practitioner(practice=cabinet.practice, slug=f"dr-{n}", name=f"Dr {n}", speciality="ORL") for n in range(29)
    )
    with django_assert_num_queries(7):
        manager.get("/agenda/settings/")


def test_without_an_open_session_a_form_waits_at_the_lock_and_goes_on_complete(cabinet: Cabinet, doctor: Client):
    """U3"""
    doctor.post("/agenda/lock/")
    locked = saved(doctor, cabinet.at("page/"), notice="Fermé jeudi", titles="Ancienne interne\nDiplômée")
    assert "Session verrouillée" in text(locked)
    cabinet.one.refresh_from_db()
    assert cabinet.one.notice == ""
    waiting = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text(locked)))
    assert waiting["notice"] == "Fermé jeudi"
    doctor.post(cabinet.at("page/"), {**waiting, "unlock_password": "Framboise-1789-été"})
    cabinet.one.refresh_from_db()
    assert (cabinet.one.notice, cabinet.one.titles) == ("Fermé jeudi", "Ancienne interne\nDiplômée")
