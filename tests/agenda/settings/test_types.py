"""Visit types: their order, what is saved, what is booked stays, and the private link."""

import hashlib
import re

import pytest
from django.test import Client

from booking.models import Appointment, MonthlyCount, Wish
from practitioners.models import VisitType
from tests.agenda.settings.cast import Cabinet, filled, saved, text
from tests.booking.cast import MONDAY, NOW, visit_type


def names(cabinet: Cabinet) -> list[str]:
    found = VisitType.objects.filter(practitioner=cabinet.one).order_by("position", "name")
    return list(found.values_list("slug", flat=True))


@pytest.mark.parametrize("fields", [{}, {"notice": 90, "cancel_before": 2880, "max_per_day": 6, "buffer": 10, "visibility": "link", "place": "home",
                                         "asks_birth_date": True, "discreet": True, "colour": "rose", "before": "A\nB", "active": False}])  # fmt: skip
@pytest.mark.parametrize("month", ["2026-01-12", "2026-07-12"])
def test_saved_unchanged_changes_nothing(cabinet: Cabinet, clock, fields: dict[str, object], month: str):
    """T4"""
    clock.move_to(f"{month} 08:00:00+00:00")
    manager = cabinet.client("nadia")
    VisitType.objects.update(**fields)
    before = VisitType.objects.values().get()
    assert saved(manager, cabinet.at(f"types/{cabinet.type.pk}/")).status_code == 302
    assert VisitType.objects.values().get() == before


def test_a_new_type_stands_last_and_is_bookable(cabinet: Cabinet, manager: Client, client: Client):
    answer = saved(
        manager, cabinet.at("types/new/"), name="Vaccination", slug="vaccination", duration_new="15",
        duration_known="10", notice_number="2", notice_unit="60", colour="sea",
    )  # fmt: skip
    assert answer.status_code == 302
    made = VisitType.objects.get(slug="vaccination")
    assert (made.notice, made.position, made.practitioner_id, made.colour) == (120, 1, cabinet.one.pk, "sea")
    assert "Vaccination" in text(client.get("/fr/dr-un/"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slug": "consultation"}, "Un autre motif a déjà cette adresse"),
        ({"slug": "admin"}, "est réservé"),
        ({"duration_new": "7"}, "multiple de 5"),
        ({"duration_new": "-5"}, "égale à"),
        ({"notice_number": "31", "notice_unit": "1440"}, "Au plus 30 jours"),
        ({"notice_number": "x"}, "nombre"),
        ({"horizon": "367"}, "inférieure ou égale à 366"),
        ({"visibility": "everybody"}, "choix"),
        ({"name": ""}, "obligatoire"),
        ({"name": "x" * 81}, "80"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words_and_kept_as_filled(
    cabinet: Cabinet, manager: Client, changes: dict[str, str], words: str
):
    given = {"name": "Autre", "slug": "autre", **changes}
    answer = saved(manager, cabinet.at("types/new/"), **given)
    assert answer.status_code == 422
    assert words in text(answer)
    assert VisitType.objects.count() == 1
    name = next(iter(changes))
    if name != "visibility":
        assert filled(answer)[name] == given[name]


def test_types_move_up_and_down_without_a_script(cabinet: Cabinet, manager: Client):
    visit_type(cabinet.one, "b")
    last = visit_type(cabinet.one, "c")
    assert names(cabinet) == ["b", "c", "consultation"], "they shared a place"
    manager.post(cabinet.at(f"types/{last.pk}/move/"), {"way": "up"})
    assert names(cabinet) == ["c", "b", "consultation"]
    manager.post(cabinet.at(f"types/{last.pk}/move/"), {"way": "up"})
    assert names(cabinet) == ["c", "b", "consultation"]
    manager.post(cabinet.at(f"types/{last.pk}/move/"), {"way": "down"})
    assert names(cabinet) == ["b", "c", "consultation"]
    assert manager.get(cabinet.at(f"types/{last.pk}/move/")).status_code == 405


def test_a_changed_duration_leaves_booked_visits_as_they_are(cabinet: Cabinet, manager: Client):
    """A4"""
    visit = cabinet.book("09:00")
    answer = saved(
        manager, cabinet.at(f"types/{cabinet.type.pk}/"), duration_new="60", duration_known="45", discreet="on"
    )
    assert "1 rendez-vous déjà pris garde sa durée" in text(manager.get(answer["Location"]))
    again = Appointment.objects.get()
    assert (again.start, again.end, again.end_cell, again.discreet) == (visit.start, visit.end, visit.end_cell, False)


def test_to_offer_a_type_no_longer_is_guided_and_keeps_its_visits(cabinet: Cabinet, manager: Client, client: Client):
    """A5"""
    visit = cabinet.book("09:00")
    cabinet.opening(weekday=5, start_minute=540, end_minute=600).visit_types.add(cabinet.type)
    path = cabinet.at(f"types/{cabinet.type.pk}/offer/")
    page = text(manager.get(path))
    assert "1 rendez-vous à venir reste pris, le mardi 6 janvier 2026 à 9 h" in page
    assert "samedi 9 h–10 h" in page
    assert "1 rendez-vous, dont 1 à venir : ce motif ne peut pas être supprimé" in page
    manager.post(path, {"offered": "no"})
    cabinet.type.refresh_from_db()
    assert not cabinet.type.active
    assert client.get("/fr/dr-un/consultation/").status_code == 404
    assert client.get(f"/fr/rdv/{visit.token}/").status_code == 200
    assert "1 motif n’est plus proposé" in text(manager.get(cabinet.at("types/")))
    manager.post(path, {"offered": "yes"})
    cabinet.type.refresh_from_db()
    assert cabinet.type.active


def test_a_type_with_visits_is_never_deleted_and_an_unused_one_is(cabinet: Cabinet, manager: Client):
    """A5"""
    cabinet.book("09:00")
    answer = manager.post(cabinet.at(f"types/{cabinet.type.pk}/delete/"), follow=True)
    assert "ne peut pas être supprimé" in text(answer)
    unused = visit_type(cabinet.one, "inutile")
    manager.post(cabinet.at(f"types/{unused.pk}/delete/"))
    assert names(cabinet) == ["consultation"]


def test_a_type_that_something_else_needs_stays_and_the_page_says_why(cabinet: Cabinet, manager: Client):
    """A5: whoever waits is not forgotten, hours kept for one type do not become everybody's, and numbers stay."""
    waited, alone, counted = (visit_type(cabinet.one, slug) for slug in ("attendu", "seul", "compté"))
    visit = cabinet.book("09:00")
    Wish.objects.create(
        practitioner=cabinet.one, visit_type=waited, appointment=visit, weekdays=1, parts=1, since=NOW, until=MONDAY
    )
    cabinet.opening(weekday=5, start_minute=540, end_minute=600).visit_types.add(alone)
    MonthlyCount.objects.create(practitioner=cabinet.one, visit_type=counted, state="seen", month=MONDAY)
    for kept, why in ((waited, "attendent"), (alone, "ne servent qu’à"), (counted, "a déjà servi")):
        assert why in text(manager.get(cabinet.at(f"types/{kept.pk}/offer/")))
        assert why in text(manager.post(cabinet.at(f"types/{kept.pk}/delete/"), follow=True))
        admin = f"/agenda/admin/practitioners/visittype/{kept.pk}/delete/"
        assert why in text(manager.post(admin, {"post": "yes"}, follow=True))
    assert VisitType.objects.count() == 4


def test_the_link_of_a_type_is_shown_once_on_a_card_and_kept_as_a_hash(
    cabinet: Cabinet, manager: Client, client: Client
):
    VisitType.objects.update(visibility="link", name="Suivi allergie")
    page = text(manager.post(cabinet.at(f"types/{cabinet.type.pk}/link/")))
    token = re.search(r"http://localhost:8000/fr/lien/([\w-]{22,})/", page)
    assert token is not None
    assert "<svg" in page
    card = page[page.index('class="handout"') : page.index("</article>")]
    assert "Dr Un" in card
    assert "Suivi allergie" not in card
    assert "généraliste" not in card
    cabinet.type.refresh_from_db()
    assert bytes(cabinet.type.link_hash or b"") == hashlib.sha256(token[1].encode()).digest()
    assert token[1] not in text(manager.get(cabinet.at(f"types/{cabinet.type.pk}/")))
    assert token[1] not in str(dict(manager.session))
    assert client.get(f"/fr/lien/{token[1]}/").status_code == 200
    answer = manager.post(cabinet.at(f"types/{cabinet.type.pk}/unlink/"))
    assert "révoqué" in text(manager.get(answer["Location"]))
    assert client.get(f"/fr/lien/{token[1]}/").status_code == 404


def test_only_a_type_by_link_has_one(cabinet: Cabinet, manager: Client):
    assert manager.post(cabinet.at(f"types/{cabinet.type.pk}/link/")).status_code == 404
    cabinet.type.refresh_from_db()
    assert cabinet.type.link_hash is None


def test_the_list_costs_the_same_for_many_types(cabinet: Cabinet, manager: Client, django_assert_num_queries):
    manager.get(cabinet.at("types/"))
    with django_assert_num_queries(8):
        manager.get(cabinet.at("types/"))
    for number in range(29):
        visit_type(cabinet.one, f"type-{number}")
    with django_assert_num_queries(8):
        manager.get(cabinet.at("types/"))
