"""The privacy page says what holds: its lines come from the declaration, the practice's periods, and what types ask."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from booking import privacy
from booking.retention_plan import kept_of_patients
from practitioners import periods
from practitioners.models import Practice, VisitType
from tests.booking.cast import Office
from tests.booking.pages import text

# Invariant I4, word for word: a claim that is wider than the truth is a defect.
I4 = (
    "aucun nom, aucune date de naissance, aucun message ;",
    "rien sur la personne d’un rendez-vous passé ;",
    (
        "pour chaque rendez-vous à venir, et chaque demande sur une liste d’attente, avec un contact lisible : l’adresse ou le numéro et le lien. "
        "Donc aussi son heure et son praticien."
    ),
)


def page(client: Client) -> str:
    return text(client.get("/fr/privacy/"))


def test_it_says_what_a_thief_reads_word_for_word(client: Client, open_office: Office) -> None:
    """I4"""
    shown = page(client)
    for line in I4:
        assert line in shown


def test_the_default_periods_are_said(client: Client, open_office: Office) -> None:
    shown = page(client)
    assert "contact lu par le cabinet 7 jours après le rendez-vous." in shown
    assert "Nom 120 jours après le rendez-vous." in shown
    assert "365 jours. Il ne contient aucun nom de patient." in shown
    assert "10 minutes, prolongées 2 fois au plus." in shown
    assert "30 jours au plus, pour celles que fait ce logiciel" in shown
    assert "habituels" not in shown


@pytest.mark.parametrize("period", periods.EDITABLE, ids=lambda period: period.field)
def test_a_changed_period_changes_the_page(client: Client, open_office: Office, period: periods.Period) -> None:
    """It can't go stale."""
    Practice.objects.update(visit_kept=1, **({} if period is periods.VISIT else {period.field: period.default - 1}))
    shown = page(client)
    assert ("1 jour après le rendez-vous." if period is periods.VISIT else f"{period.default - 1} jours") in shown
    assert f" {period.default} jours" not in shown


def test_a_longer_period_comes_with_the_practice_s_reason_escaped(client: Client, open_office: Office) -> None:
    Practice.objects.update(identity_kept=200, identity_kept_reason="Suivi <b>annuel</b> des grossesses")
    shown = page(client)
    assert "200 jours après le rendez-vous. C’est plus que les 120 jours habituels : Suivi" in shown
    assert "<b>annuel" not in client.get("/fr/privacy/").content.decode()


def test_the_notice_before_the_button_says_the_same_periods(client: Client, open_office: Office) -> None:
    Practice.objects.update(visit_kept=3, identity_kept=40)
    shown = text(client.get(f"/fr/hold/{open_office.hold()}/"))
    assert "le nom est gardé 40 jours ; le contact et le message, 3 jours." in shown


@pytest.mark.parametrize(
    ("switch", "said"),
    [
        ({"asks_birth_date": True}, ("Nom et date de naissance", "la date de naissance")),
        ({"asks_message": True}, ("Motif, message, contact", "un message facultatif")),
        ({"place": "home"}, ("Motif, adresse, contact", "l’adresse")),
    ],
)
def test_it_speaks_of_what_the_visit_types_ask_and_of_nothing_else(
    client: Client, open_office: Office, switch: dict[str, object], said: tuple[str, str]
) -> None:
    before = page(client)
    VisitType.objects.update(**switch)
    after = page(client)
    for part in said:
        assert part in after
    assert said[0] not in before
    for hidden in ({"visibility": "staff"}, {"active": False}):
        VisitType.objects.update(**{"visibility": "public", "active": True, **hidden})
        assert page(client) == before


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_rule_that_is_told_has_its_words(office: Office, language: str) -> None:
    with translation.override(language):
        lines = privacy.retention(office.practice, privacy.asked(office.practice))
    assert len(lines) == len(kept_of_patients())
    assert all(line.what and line.kept.endswith(".") for line in lines)


def test_it_says_that_nothing_is_sent_for_as_long_as_nothing_is(client: Client, open_office: Office) -> None:
    """Whoever adds messages meets this test, and the sentence."""
    assert "n’envoie ni e-mail ni SMS" in page(client)
    assert not settings.EMAIL_HOST
    assert not settings.SMS_URL


def test_who_carries_messages_is_named_once_they_are_switched_on(client: Client, open_office: Office, settings) -> None:
    """What is off is not spoken of, what is on is, with the company that the settings name."""
    settings.EMAIL_HOST, settings.EMAIL_PROVIDER = "127.0.0.1", "La Poste du Courriel"
    assert "Les e-mails passent par La Poste du Courriel." in page(client)
    assert "SMS passent" not in page(client)
    settings.SMS_URL, settings.SMS_PROVIDER = "https://sms.example.org", "Textos de France"
    assert "Les SMS passent par Textos de France, qui voit votre numéro et leur texte." in page(client)
