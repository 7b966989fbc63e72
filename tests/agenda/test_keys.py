"""The page about keys: who holds them, renewing one, and what the agenda says of them."""

import re

import pytest

from booking import rotation
from booking.models import Appointment
from clicdocteur import sealing
from practitioners import keys
from practitioners.models import AgendaKey, Grant, KeyHolder
from tests.agenda.cast import NAME, owner, text
from tests.booking.cast import MONDAY, TUESDAY
from tests.practitioners.cast import holder_of, private_of


def test_the_page_says_who_holds_each_key_until_when_and_how_many_records_there_are(desk, alice):
    desk.visit()
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.chloe), MONDAY, TUESDAY)
    keys.new_recovery_sheet(desk.one, desk.private_one())
    page = text(alice.get("/agenda/keys/"))
    for part in ("Dr Un", "Alice", "Chloe", "jusqu’au 06/01/2026", "pas encore confirmée", "<dd>1</dd>"):
        assert part in page
    assert "Dr Deux" not in page
    assert "Bruno" not in page


@pytest.mark.parametrize("agendas", [1, 2])
def test_the_page_costs_the_same_for_one_agenda_and_for_two(desk, agendas, django_assert_num_queries):
    if agendas == 2:
        private = keys.agenda_private(private_of(desk.bruno), desk.bruno, desk.two.pk, 1, MONDAY)
        keys.grant(desk.key_two, private or b"", holder_of(desk.alice))
    client = desk.client()
    with django_assert_num_queries(13):
        client.get("/agenda/keys/")


def test_renewing_moves_everything_and_says_so(desk, alice):
    desk.visit("09:00")
    desk.visit("10:00")
    ask = text(alice.get(f"/agenda/keys/{desk.one.pk}/renew/"))
    assert "2 fiches sont refermées" in ask
    assert "les sauvegardes déjà faites" in ask
    done = alice.post(f"/agenda/keys/{desk.one.pk}/start/", follow=True)
    assert "La clé est renouvelée" in text(done)
    assert set(Appointment.objects.values_list("key_version", flat=True)) == {2}
    assert text(alice.get("/agenda/")).count(NAME) == 2


def test_an_interrupted_renewal_is_shown_and_carried_on(desk, alice):
    desk.visit()
    vault = keys.Vault(desk.alice, private_of(desk.alice), MONDAY)
    rotation.start(desk.one, vault, MONDAY)
    assert "n’est pas terminé" in text(alice.get("/agenda/"))
    page = text(alice.get("/agenda/keys/"))
    assert "0 fiches sur 1" in page
    assert "Continuer le renouvellement" in page
    assert "La clé est renouvelée" in text(alice.post(f"/agenda/keys/{desk.one.pk}/continue/", follow=True))
    assert "Continuer le renouvellement" not in text(alice.get("/agenda/keys/"))


def test_a_renewal_that_takes_longer_than_a_request_says_how_far_it_is(desk, alice, monkeypatch):
    desk.visit()
    real = rotation.advance
    monkeypatch.setattr(rotation, "advance", lambda one, vault: real(one, vault, seconds=0))
    assert "0 sur 1. Continuez" in text(alice.post(f"/agenda/keys/{desk.one.pk}/start/", follow=True))


def test_a_colleague_s_key_that_was_replaced_is_shown_and_gets_no_next_key(desk, alice, caplog):
    """P12: whoever writes in the store waits for a renewal. Her own row is known by her own key."""
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.chloe))
    altered = "ont été modifiées sur le serveur"
    assert altered not in text(alice.get("/agenda/keys/"))
    KeyHolder.objects.filter(staff=desk.chloe).update(public_key=sealing.generate_key_pair().public)
    assert text(alice.get("/agenda/keys/")).count(altered) == 1
    done = text(alice.post(f"/agenda/keys/{desk.one.pk}/start/", follow=True))
    assert "La clé de Chloe, ou ses dates, ont été modifiées" in done
    assert "La clé est renouvelée" in done
    assert set(Grant.objects.filter(agenda_key__practitioner=desk.one).values_list("holder__staff__login", flat=True)) == {"alice"}  # fmt: skip
    assert "does not get the next key" in caplog.text


def test_what_does_not_open_is_told_and_the_old_key_kept(desk, alice):
    """P5"""
    Appointment.objects.filter(pk=desk.visit().pk).update(patient_ref=bytes(37))
    page = text(alice.post(f"/agenda/keys/{desk.one.pk}/start/", follow=True))
    assert "ne s’ouvrent pas avec vos clés\u00a0: 1." in page
    assert Grant.objects.filter(agenda_key=desk.key_one).exists()


def test_a_locked_session_reads_the_page_and_is_asked_before_it_changes_anything(desk, alice):
    alice.post("/agenda/lock/")
    assert "Alice" in text(alice.get("/agenda/keys/"))
    answer = alice.post(f"/agenda/keys/{desk.one.pk}/start/")
    assert "Session verrouillée" in text(answer)
    assert AgendaKey.objects.filter(practitioner=desk.one).count() == 1


@pytest.mark.parametrize("page", ["renew", "start", "continue"])
def test_another_agenda_s_key_is_404(desk, alice, page, caplog):
    """P11"""
    address = f"/agenda/keys/{desk.two.pk}/{page}/"
    assert (alice.get(address) if page == "renew" else alice.post(address)).status_code == 404
    assert "without a grant" in caplog.text


@pytest.mark.parametrize("page", ["start", "continue"])
def test_nothing_changes_on_a_get(desk, alice, page):
    """I6"""
    assert alice.get(f"/agenda/keys/{desk.one.pk}/{page}/").status_code == 405


def test_a_departure_is_said_to_whoever_holds_the_agenda_and_to_nobody_else(desk, alice):
    """P12"""
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.chloe))
    chloe = desk.client("chloe")
    assert "clé à renouveler" not in text(chloe.get("/agenda/"))
    keys.revoke(holder_of(desk.chloe), desk.one)
    assert "clé à renouveler" in text(alice.get("/agenda/"))
    for other in (chloe, desk.client("bruno")):
        assert "clé à renouveler" not in text(other.get("/agenda/"))


def test_a_key_that_is_due_is_renewed_from_the_page_s_main_button(desk, alice):
    AgendaKey.objects.filter(practitioner=desk.one).update(renew_because="departure")
    address = re.escape(f"/agenda/keys/{desk.one.pk}/renew/")
    page = text(alice.get("/agenda/keys/"))
    assert re.findall(rf'<a(?: class="([^"]*)")? href="{address}">', page) == ["button main"]
    AgendaKey.objects.update(renew_because="")
    assert re.findall(rf'<a(?: class="([^"]*)")? href="{address}">', text(alice.get("/agenda/keys/"))) == [""]


def test_one_holder_alone_is_told_until_there_is_a_second_or_a_sheet(desk, alice):
    """An expiring replacement and an unconfirmed sheet do not count."""
    alone = "une seule personne a la clé"
    assert alone in text(alice.get("/agenda/"))
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.chloe), None, TUESDAY)
    code = keys.new_recovery_sheet(desk.one, desk.private_one())
    assert alone in text(alice.get("/agenda/"))
    keys.confirm_sheet(desk.one, code[-4:])
    assert alone not in text(alice.get("/agenda/"))
    keys.new_recovery_sheet(desk.one, desk.private_one())
    assert alone not in text(alice.get("/agenda/"))
    KeyHolder.objects.filter(sheet_of=desk.one, confirmed=True).delete()
    assert alone in text(alice.get("/agenda/"))
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.chloe))
    assert alone not in text(alice.get("/agenda/"))
    owner("chloe").delete()
    assert alone in text(alice.get("/agenda/"))


def test_a_public_key_that_was_replaced_is_found_at_unlocking_and_stays_an_alarm(desk):
    """P5: before anybody looks at a name; and for a colleague who signs in later."""
    AgendaKey.objects.filter(practitioner=desk.one).update(public_key=sealing.generate_key_pair().public)
    client = desk.through_the_door()
    assert AgendaKey.objects.get(practitioner=desk.one).altered
    page = text(client.get("/agenda/list/2026-01-06/"))
    assert "la clé publique de l’agenda a été remplacée" in page
    assert 'role="alert"' in page
    assert not AgendaKey.objects.get(practitioner=desk.two).altered
    assert "remplacée" not in text(desk.through_the_door("bruno").get("/agenda/"))


def test_unlocking_again_checks_the_keys_too(desk, alice):
    """P5"""
    alice.post("/agenda/lock/")
    AgendaKey.objects.filter(practitioner=desk.one).update(public_key=sealing.generate_key_pair().public)
    from tests.practitioners.cast import PASSWORD

    alice.post("/agenda/unlock/", {"unlock_password": PASSWORD})
    assert AgendaKey.objects.get(practitioner=desk.one).altered


def test_patients_are_told_that_nothing_can_be_booked_while_a_key_is_altered(desk, client):
    """P5: the public pages refuse with a clear page."""
    from tests.booking.cast import TUESDAY as DAY
    from tests.booking.cast import cell

    AgendaKey.objects.filter(practitioner=desk.one).update(altered=True)
    answer = client.post(f"/fr/un/{desk.type.slug}/", {"start": cell(DAY, "09:00"), "new": "1"})
    assert answer.status_code in (409, 503)
    assert not Appointment.objects.exists()
