"""A practitioner's public page: saved as typed, looked at before, put online when it may be."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from agenda.settings.checklist import Mark, checklist
from practitioners import keys
from practitioners.models import AgendaKey, Location, Practitioner, VisitType
from tests.agenda.settings.cast import Cabinet, filled, saved, text
from tests.practitioners.cast import practitioner


def columns(of: Practitioner) -> dict[str, object]:
    return Practitioner.objects.filter(pk=of.pk).values().get()


@pytest.mark.parametrize("month", [1, 7])
def test_saved_unchanged_changes_nothing(cabinet: Cabinet, manager: Client, clock, month: int):
    """T4"""
    clock.move_to(f"2026-0{month}-12 08:00:00+00:00")
    manager = cabinet.client("nadia")
    Practitioner.objects.filter(pk=cabinet.one.pk).update(
        titles="Une\nDeux", rpps="10100000016", access=" deux  blancs"
    )
    before = columns(cabinet.one)
    assert saved(manager, cabinet.at("page/")).status_code == 302
    after = columns(cabinet.one)
    assert after == {**before, "access": "deux  blancs"}
    saved(manager, cabinet.at("page/"))
    assert columns(cabinet.one) == after
    assert LogEntry.objects.count() == 1, "blanks went once; saved again nothing was to be noted"


def test_what_was_typed_is_saved_and_noted_without_its_words(cabinet: Cabinet, manager: Client):
    saved(manager, cabinet.at("page/"), sector="Secteur 1, 30 €")
    cabinet.one.refresh_from_db()
    assert cabinet.one.sector == "Secteur 1, 30 €"
    noted = LogEntry.objects.get()
    assert noted.user_id == cabinet.nadia.pk
    assert "30" not in noted.change_message


def test_a_form_that_is_wrong_comes_back_as_it_was_filled_in(cabinet: Cabinet, manager: Client):
    answer = saved(manager, cabinet.at("page/"), slug="agenda", rpps="12", notice="Absent jeudi")
    assert answer.status_code == 422
    page = text(answer)
    assert "est réservé" in page
    assert "Onze chiffres" in page
    assert filled(answer)["notice"] == "Absent jeudi"
    cabinet.one.refresh_from_db()
    assert cabinet.one.notice == ""


def test_two_desks_do_not_overwrite_each_other_in_silence(cabinet: Cabinet, manager: Client, doctor: Client):
    """A9 of settings: the later one is told, keeps what was typed, and decides."""
    path = cabinet.at("page/")
    shown = filled(manager.get(path))
    saved(doctor, path, notice="Absent mardi", sector="Secteur 2")
    answer = manager.post(path, {**shown, "notice": "Absent jeudi"})
    assert answer.status_code == 409
    page = text(answer)
    assert "ont changé à un autre poste" in page
    assert "« Absent mardi »" in page
    cabinet.one.refresh_from_db()
    assert cabinet.one.notice == "Absent mardi"
    again = filled(answer)
    assert again["notice"] == "Absent jeudi"
    assert manager.post(path, again).status_code == 302
    cabinet.one.refresh_from_db()
    assert cabinet.one.notice == "Absent jeudi"


def test_a_wrong_rpps_sum_is_a_warning_and_saves(cabinet: Cabinet, manager: Client):
    answer = saved(manager, cabinet.at("page/"), rpps="79927398714")
    assert "relisez-le" in text(manager.get(answer["Location"]))
    cabinet.one.refresh_from_db()
    assert cabinet.one.rpps == "79927398714"


def test_the_checklist_says_what_is_missing(cabinet: Cabinet, manager: Client):
    place = Location(label="Ici", address="1 rue", access="Métro")
    full = Practitioner(
        name="Dr", speciality="ORL", titles="Interne", rpps="10100000016", sector="1", payment="CB",
        directory_url="https://example.org",
    )  # fmt: skip
    cabinet.practice.phone = "01 02 03 04 05"
    assert all(item.is_done for item in checklist(full, cabinet.practice, [place]))
    assert len(checklist(full, cabinet.practice, [place])) == 10
    full.rpps = "10100000017"
    cabinet.practice.phone = ""
    marks = {item.field or item.where: item.mark for item in checklist(full, cabinet.practice, []) if not item.is_done}
    assert marks == {"rpps": Mark.DOUBT, "practice": Mark.MISSING, "week": Mark.MISSING}
    page = text(manager.get(cabinet.at("page/")))
    assert "Manque :" in page
    assert 'href="#id_titles"' in page


def test_the_preview_shows_what_was_typed_and_saves_nothing(cabinet: Cabinet, manager: Client, client: Client):
    """Nobody but staff can reach it, and what patients see stays as it was."""
    Practitioner.objects.filter(pk=cabinet.one.pk).update(published=False)
    path = cabinet.at("page/preview/")
    data = {**filled(manager.get(cabinet.at("page/"))), "notice": "Essai d’annonce", "rpps": "1"}
    before = columns(cabinet.one)
    answer = manager.post(path, data)
    page = text(answer)
    assert answer.status_code == 200
    assert "Essai d’annonce" in page
    assert "Aperçu : rien n’est enregistré." in page
    assert "Un champ est à corriger" in page
    assert "Consultation" in page
    assert "/dr-un/consultation/" not in page, "links of the preview lead nowhere"
    assert columns(cabinet.one) == before
    assert "sign-in" in client.post(path, data)["Location"]
    assert client.get("/fr/dr-un/").status_code == 404
    assert manager.get(path).status_code == 405


def test_the_preview_is_the_very_page_that_patients_get(cabinet: Cabinet, manager: Client, client: Client):
    shown = text(manager.post(cabinet.at("page/preview/"), filled(manager.get(cabinet.at("page/")))))
    public = text(client.get("/fr/dr-un/"))
    main = [page[page.index("<main") : page.index("</main>")] for page in (shown, public)]
    assert main[0] == main[1].replace("/fr/dr-un/consultation/?from=2026-01-05", "#main").replace(
        "/fr/dr-un/consultation/", "#main"
    )


def test_a_page_goes_online_only_with_its_key_and_a_confirmed_sheet(cabinet: Cabinet, manager: Client):
    """P17"""
    third = practitioner(cabinet.practice, "trois")
    page, publish = f"/agenda/settings/{third.pk}/page/", f"/agenda/settings/{third.pk}/page/publish/"
    assert "Faire la clé" in text(manager.get(page))
    assert manager.post(publish, {"online": "yes"}).status_code == 302
    third.refresh_from_db()
    assert not third.published
    assert manager.post(f"{page}key/")["Location"] == f"/agenda/keys/{third.pk}/sheet/"
    assert "dernier groupe" not in text(manager.get(page))
    assert "Il manque la feuille de secours" in text(manager.get(page))
    sheet = text(manager.post(f"/agenda/keys/{third.pk}/sheet/new/"))
    assert "ou refaites la feuille" in text(manager.get(page))
    manager.post(publish, {"online": "yes"})
    third.refresh_from_db()
    assert not third.published
    last = sheet[sheet.index('class="code"') :].split("</p>")[0].rsplit("<span>", 1)[1].split("<")[0]
    manager.post(f"/agenda/keys/{third.pk}/sheet/confirm/", {"group": last})
    manager.post(publish, {"online": "yes"})
    third.refresh_from_db()
    assert third.published


def test_before_it_goes_online_a_page_and_the_entry_say_what_a_patient_would_miss(cabinet: Cabinet, manager: Client):
    keys.confirm_sheet(cabinet.one, keys.new_recovery_sheet(cabinet.one, cabinet.private_one())[-4:])
    Practitioner.objects.update(published=False)

    def said() -> list[bool]:
        page, entry = text(manager.get(cabinet.at("page/"))), text(manager.get("/agenda/settings/"))
        return [word in page for word in ("Tout est prêt", "aucune heure", "Aucun motif")] + [
            word in entry for word in ("publier la page", "dessiner la semaine", "ajouter un motif")
        ]

    Practitioner.objects.exclude(pk=cabinet.one.pk).delete()
    assert said() == [True, False, False, True, False, False]
    cabinet.one.openings.all().delete()
    assert said() == [False, True, False, False, True, False]
    cabinet.one.visit_types.update(active=False)
    assert said() == [False, False, True, False, False, True]


def test_the_first_key_is_made_once(cabinet: Cabinet, manager: Client):
    before = list(AgendaKey.objects.values_list("pk", flat=True))
    manager.post(cabinet.at("page/key/"))
    assert list(AgendaKey.objects.values_list("pk", flat=True)) == before


def test_a_page_taken_off_keeps_its_visits_and_says_how_many(cabinet: Cabinet, manager: Client, client: Client):
    visit = cabinet.book("09:00")
    assert "1 rendez-vous à venir reste valable" in text(manager.get(cabinet.at("page/publish/")))
    manager.post(cabinet.at("page/publish/"), {"online": "no"})
    cabinet.one.refresh_from_db()
    assert not cabinet.one.published
    assert client.get("/fr/dr-un/").status_code == 404
    assert client.get(f"/fr/rdv/{visit.token}/").status_code == 200


def test_somebody_new_begins_offline_and_last(cabinet: Cabinet, manager: Client):
    path = "/agenda/settings/new/"
    answer = saved(manager, path, name="Dr Trois", speciality="ORL", slug="dr-trois")
    third = Practitioner.objects.get(slug="dr-trois")
    assert answer["Location"] == f"/agenda/settings/{third.pk}/page/"
    assert (third.published, third.practice_id, third.position) == (False, cabinet.practice.pk, 2)
    assert not keys.publishable(third)
    again = saved(manager, path, name="Dr Quatre", speciality="ORL", slug="dr-trois")
    assert again.status_code == 422
    assert filled(again)["name"] == "Dr Quatre"


def test_practitioners_change_places(cabinet: Cabinet, manager: Client):
    def order() -> list[str]:
        return list(Practitioner.objects.order_by("position", "name").values_list("slug", flat=True))

    assert order() == ["dr-un", "deux"]
    manager.post(cabinet.at("move/"), {"way": "down"})
    assert order() == ["deux", "dr-un"]
    for way in ("down", "sideways", ""):
        manager.post(cabinet.at("move/"), {"way": way})
        assert order() == ["deux", "dr-un"]
    assert VisitType.objects.count() == 1
