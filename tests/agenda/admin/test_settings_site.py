"""The settings site: whose it is, what it shows, what its pages may load."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from agenda.admin import site
from practitioners.models import Absence, Location, Opening, Practice, Practitioner, Staff, VisitType

PAGES = ("practice", "location", "practitioner", "visittype", "opening", "absence")


def test_only_the_practice_and_its_plan_are_registered() -> None:
    assert set(site._registry) == {Practice, Location, Practitioner, VisitType, Opening, Absence}


def test_a_stranger_is_sent_to_the_agenda_s_own_sign_in(client: Client, practice: Practice) -> None:
    for name in PAGES:
        answer = client.get(reverse(f"admin:practitioners_{name}_changelist"))
        assert answer.status_code == 302
        assert "/agenda/" in answer["Location"]
    answer = client.get(reverse("admin:login") + "?next=/agenda/admin/")
    assert answer["Location"] == "/agenda/sign-in/?next=/agenda/admin/"


@pytest.mark.parametrize("role", ["secretary", "practitioner"])
def test_who_is_not_a_manager_stays_out_and_lands_in_the_agenda(client: Client, practice: Practice, role: str) -> None:
    staff = Staff.objects.create(login="s", name="S", role=role)
    client.force_login(staff)
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0] == "/agenda/"


def test_there_is_no_password_of_the_admin_s_own() -> None:
    for name in ("password_change", "password_change_done", "view_on_site"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{name}")


def test_leaving_is_the_agenda_s_way_out_as_a_post(manager: Client) -> None:
    answer = manager.post(reverse("admin:logout"))
    assert (answer.status_code, answer["Location"]) == (307, "/agenda/sign-out/")


def test_its_pages_load_from_this_host_only(manager: Client, practice: Practice) -> None:
    """P14 for the settings."""
    answer = manager.get(reverse("admin:index"))
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    for directive in ("style-src", "script-src", "img-src", "connect-src", "form-action"):
        assert policy[directive] == "'self'", directive
    assert policy["frame-ancestors"] == "'none'"


def test_every_list_and_form_opens_in_french(manager: Client, opening: Opening, visit_type: VisitType) -> None:
    Absence.objects.create(practitioner=opening.practitioner, first_day="2030-01-01", last_day="2030-01-02")
    for name in PAGES:
        answer = manager.get(reverse(f"admin:practitioners_{name}_changelist"), follow=True)
        assert answer.status_code == 200
        assert "INVALID" not in answer.content.decode()
    for model in (Practice, Location, Practitioner, VisitType, Opening, Absence):
        row = model.objects.get()  # type: ignore[attr-defined]
        answer = manager.get(reverse(f"admin:practitioners_{model._meta.model_name}_change", args=[row.pk]))
        assert answer.status_code == 200
        assert "Enregistrer" in answer.content.decode()


def test_there_is_one_practice_and_it_is_neither_added_nor_deleted(manager: Client, practice: Practice) -> None:
    assert manager.get(reverse("admin:practitioners_practice_add")).status_code == 403
    assert manager.post(reverse("admin:practitioners_practice_delete", args=[practice.pk])).status_code == 403
