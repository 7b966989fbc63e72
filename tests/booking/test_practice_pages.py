"""The practice's page, and each practitioner's."""

import pytest
from django.test import Client

from practitioners.models import Opening, Practice, Practitioner, VisitType
from tests.booking.cast import TUESDAY, Office, visit_type
from tests.booking.pages import is_clean, text


def test_the_practice_shows_each_practitioner_with_the_next_free_time(client: Client, open_office: Office) -> None:
    page = text(client.get("/fr/"))
    assert "Dr Un Médecin généraliste Prochain rendez-vous : lundi 5 janvier à 9 h" in page
    assert "Dr Deux Médecin généraliste Pas de réservation en ligne" in page


def test_nobody_is_shown_before_they_publish(client: Client, open_office: Office) -> None:
    """CASES P17."""
    Practitioner.objects.filter(slug="deux").update(published=False)
    assert "Dr Deux" not in text(client.get("/fr/"))
    assert client.get("/fr/deux/").status_code == 404


@pytest.mark.parametrize("practitioners", [1, 4])
def test_the_practice_page_takes_four_queries_whatever_its_size(
    client: Client, open_office: Office, django_assert_num_queries, practitioners: int
) -> None:
    """CASES A18."""
    for number in range(1, practitioners):
        another = Practitioner.objects.create(
            practice=open_office.practice, slug=f"dr-{number}", name=f"Dr {number}", speciality="x", published=True
        )
        visit_type(another)
        Opening.objects.create(
            practitioner=another, location=open_office.location, weekday=1, start_minute=540, end_minute=600
        )
    with django_assert_num_queries(4):
        assert client.get("/fr/").status_code == 200


@pytest.mark.parametrize("types", [1, 3])
def test_a_practitioners_page_takes_four_queries_whatever_the_number_of_visit_types(
    client: Client, open_office: Office, django_assert_num_queries, types: int
) -> None:
    for number in range(1, types):
        visit_type(open_office.one, f"type-{number}")
    with django_assert_num_queries(4):
        assert client.get("/fr/un/").status_code == 200


def test_a_practitioners_page_says_what_can_be_booked_where_and_when_next(client: Client, open_office: Office) -> None:
    Practitioner.objects.filter(slug="un").update(sector="Secteur 1", notice="Absente en mars.")
    open_office.opening(on=TUESDAY, start_minute=840, end_minute=900, without_appointment=True)
    page = text(client.get("/fr/un/"))
    for said in (
        "Absente en mars.",
        "Prochain rendez-vous : lundi 5 janvier à 9 h",
        "Consultation 30 min · au cabinet",
        "mardi 6 janvier, de 14 h à 15 h",
        "Secteur 1",
        "3 rue des Lilas",
    ):
        assert said in page


def test_a_type_with_two_durations_asks_who_comes_before_the_times(client: Client, open_office: Office) -> None:
    VisitType.objects.update(duration_known=15)
    page = client.get("/fr/un/").content.decode()
    assert "/fr/un/consultation/?patient=known" in page
    assert "/fr/un/consultation/?patient=new" in page


def test_private_and_staff_types_are_not_shown_to_strangers(client: Client, open_office: Office) -> None:
    visit_type(open_office.one, "prive", name="Par lien", visibility="link")
    visit_type(open_office.one, "interne", name="Interne", visibility="staff")
    page = text(client.get("/fr/un/"))
    assert "Par lien" not in page
    assert "Interne" not in page
    assert client.get("/fr/un/prive/").status_code == client.get("/fr/un/interne/").status_code == 404


@pytest.mark.parametrize("path", ["/fr/", "/fr/un/", "/fr/privacy/", "/fr/legal/", "/fr/accessibility/", "/fr/nope/"])
def test_every_page_has_the_phone_its_hours_the_emergency_line_and_nothing_from_elsewhere(
    client: Client, open_office: Office, path: str
) -> None:
    """CASES P14."""
    answer = client.get(path)
    assert is_clean(answer)
    page = text(answer)
    for said in ("01 43 45 12 34", "de 9 h à 12 h", "Urgence vitale : 15 ou 112 , 114 par SMS"):
        assert said in page


def test_what_the_practice_typed_is_escaped(client: Client, open_office: Office) -> None:
    """CASES M12."""
    Practice.objects.update(name='<b onclick="x">', legal_text="<script>1</script>")
    body = client.get("/fr/legal/").content.decode()
    assert "<b onclick" not in body
    assert "<script" not in body
    assert "&lt;script&gt;" in body


def test_before_set_up_there_is_a_clear_page_and_no_error(client: Client, db: None) -> None:
    for path in ("/fr/", "/fr/privacy/"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("host", ["localhost", "localhost:9999"])
def test_plain_http_is_sent_to_the_configured_address_whatever_the_host_header_says(settings, host: str) -> None:
    """I9"""
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/fr/?a=b", headers={"host": host})
    assert (answer.status_code, answer["Location"]) == (301, "https://localhost:8000/fr/?a=b")


def test_a_bare_address_leads_to_the_readers_language_without_a_cookie(client: Client, open_office: Office) -> None:
    answer = client.get("/un/", headers={"Accept-Language": "en"})
    assert answer.status_code == 302
    assert answer["Location"] == "/en/un/"
    assert not answer.cookies
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/fr/un/consultation/?from=2026-01-12&patient=new", "/en/un/consultation/?from=2026-01-12&amp;patient=new"),
        ("/en/privacy/", "/fr/privacy/"),
        ('/fr/?"><script>', "/en/?%22%3E%3Cscript%3E"),
    ],
)
def test_a_link_leads_to_the_same_step_in_the_other_language(
    client: Client, open_office: Office, path: str, other: str
) -> None:
    assert f'href="{other}"' in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("/rdv/abc”/", "/en/rdv/abc%E2%80%9D/"),
        ("/hold/\\evil.example/", "/en/hold/%5Cevil.example/"),
        ("/lien/%0D%0AX%20y/", "/en/lien/%0D%0AX%20y/"),
    ],
)
def test_a_bare_address_with_strange_signs_leads_to_its_language_and_not_to_itself(
    client: Client, open_office: Office, path: str, moved: str
) -> None:
    """A mail program that takes the closing quote along must not send a browser round and round."""
    answer = client.get(f"{path}?from=é", headers={"Accept-Language": "en"})
    assert answer["Location"].startswith(f"{moved}?from=")
    assert client.get(answer["Location"]).status_code == 404


def test_english_pages_speak_english(client: Client, open_office: Office) -> None:
    page = text(client.get("/en/"))
    assert "Next appointment: Monday 5 January at 9:00" in page
    assert client.get("/en/")["Content-Language"] == "en"


@pytest.mark.parametrize("path", ["/fr/UN%00/", "/fr/un%0d%0aX/", "/fr/" + "a" * 3000 + "/", "/fr/un/%ff/", "/fr/é/"])
def test_strange_addresses_are_not_found(client: Client, open_office: Office, path: str) -> None:
    assert client.get(path).status_code == 404


def test_public_pages_refuse_what_they_do_not_do(client: Client, open_office: Office) -> None:
    assert client.post("/fr/").status_code == 405
    assert client.delete("/fr/un/consultation/").status_code == 405
