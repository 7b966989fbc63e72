"""Giving access: two people compare six words, and the agenda is sealed to exactly that key."""

import pytest
from django.test import Client

from agenda.people import granting
from booking import appointments
from booking.models import Appointment
from clicdocteur import sealing
from patients import store
from practitioners import keys
from practitioners.models import AgendaKey, Grant, KeyHolder, PendingGrant, Practice, Staff
from tests.agenda.cast import NAME, owner, text
from tests.agenda.factor import enrol_telephone
from tests.agenda.team import NEW, Team, approve, invite, joined, said, vault_of, words_on
from tests.booking.cast import MONDAY, TUESDAY
from tests.copies import copy_of
from tests.practitioners.cast import PASSWORD, holder_of, private_of

STRANGER = sealing.generate_key_pair()


@pytest.fixture
def team(db: None, clock) -> Team:
    return copy_of(Team)


@pytest.fixture
def waiting(team: Team) -> tuple[Staff, Client]:
    """Inès has joined without the code, and waits for Dr Un's agenda."""
    path, _code = invite(team.client("mona"), team.one)
    return joined(path)


def test_both_read_the_same_words_and_the_agenda_opens(team, waiting):
    team.visit()
    ines, browser = waiting
    alice = team.client()
    assert words_on(alice.get(f"/agenda/approvals/{ines.pk}/")) == words_on(browser.get("/agenda/words/"))
    assert NAME not in text(browser.get("/agenda/"))
    assert approve(alice, ines).status_code == 302
    assert NAME in text(browser.get("/agenda/"))
    assert keys.is_bound(
        Grant.objects.select_related("agenda_key", "holder").get(holder__staff=ines), team.private_one()
    )
    assert not PendingGrant.objects.exists()


def test_whoever_can_give_it_is_told_on_their_agenda_and_nobody_else(team, waiting):
    told = "quelqu’un attend l’accès à cet agenda"
    _ines, browser = waiting
    for login, is_told in (("alice", True), ("mona", True), ("bruno", False), ("chloe", False), ("nils", False)):
        client = team.client(login)
        assert (told in text(client.get("/agenda/"))) is is_told
        assert ("Inès" in text(client.get("/agenda/approvals/"))) is is_told
    assert told not in text(browser.get("/agenda/"))


def test_an_invitation_that_nobody_accepted_is_not_to_be_approved_yet(team):
    invite(team.client("mona"), team.one)
    alice = team.client()
    assert "quelqu’un attend" not in text(alice.get("/agenda/"))
    assert alice.get(f"/agenda/approvals/{owner('ines').pk}/").status_code == 404


@pytest.mark.parametrize("login", ["bruno", "chloe", "nils", "ines"])
def test_who_does_not_hold_it_cannot_give_it(team, waiting, login):
    """P11: and nobody gives themselves anything."""
    ines, browser = waiting
    client = browser if login == "ines" else team.client(login)
    address = f"/agenda/approvals/{ines.pk}/"
    pending = PendingGrant.objects.get()
    data = {"mark": keys.mark(bytes(holder_of(ines).public_key)), "wanted": [pending.pk], "same": "on"}
    assert client.get(address).status_code == client.post(address, data).status_code == 404
    assert client.post(f"{address}refuse/").status_code == 404
    assert vault_of(ines).practitioners() == set()
    assert PendingGrant.objects.count() == 1


def test_a_key_that_was_replaced_on_the_server_shows_other_words_than_the_person_reads(team, waiting):
    """The person's words come from their own half, the approver's from the store: an exchange is heard."""
    ines, browser = waiting
    KeyHolder.objects.filter(staff=ines).update(public_key=STRANGER.public)
    shown = words_on(team.client().get(f"/agenda/approvals/{ines.pk}/"))
    assert shown == keys.six_words(STRANGER.public)
    assert words_on(browser.get("/agenda/words/")) == keys.own_six_words(private_of_open(browser, ines))
    assert shown != words_on(browser.get("/agenda/words/"))


def private_of_open(browser: Client, member: Staff) -> bytes:
    """Their private half, past the check that would find the exchange at the next sign-in."""
    holder = holder_of(member)
    context = sealing.Context("holder", "wrapped_private", (holder.pk, member.pk))
    return sealing.unwrap_with_password(NEW, bytes(holder.wrapped_private), context)


def test_a_key_that_is_replaced_while_the_words_are_compared_gets_nothing(team, waiting, caplog):
    ines, _browser = waiting
    alice = team.client()
    address = f"/agenda/approvals/{ines.pk}/"
    seen = keys.mark(bytes(holder_of(ines).public_key))
    KeyHolder.objects.filter(staff=ines).update(public_key=STRANGER.public)
    data = {"mark": seen, "wanted": [PendingGrant.objects.get().pk], "same": "on"}
    answer = alice.post(address, data)
    assert answer.status_code == 409
    assert "a changé pendant que vous compariez" in said(answer)
    assert words_on(answer) == keys.six_words(STRANGER.public)
    assert not Grant.objects.filter(holder__staff=ines).exists()
    assert "is not the one whose words were compared" in caplog.text


def test_without_the_tick_nothing_is_given(team, waiting):
    ines, _browser = waiting
    answer = approve(team.client(), ines, same=False)
    assert answer.status_code == 422
    assert "Cochez la case" in said(answer)
    assert vault_of(ines).practitioners() == set()


@pytest.mark.parametrize(
    "typed", [{"mark": "x"}, {"mark": ""}, {"wanted": []}, {"wanted": ["7"]}, {"wanted": ["é"]}], ids=str
)
def test_a_form_that_was_meddled_with_gives_nothing(team, waiting, typed):
    ines, _browser = waiting
    assert approve(team.client(), ines, **typed).status_code == 422
    assert vault_of(ines).practitioners() == set()


def test_only_what_the_page_showed_is_given(team, waiting):
    """What somebody asks for meanwhile waits for another look."""
    ines, _browser = waiting
    private = keys.agenda_private(private_of(team.bruno), team.bruno, team.two.pk, 1, MONDAY)
    keys.grant(team.key_two, private or b"", holder_of(team.alice))
    alice = team.client()
    shown = PendingGrant.objects.get()
    PendingGrant.objects.create(staff=ines, practitioner=team.two)
    assert approve(alice, ines, wanted=[shown.pk]).status_code == 302
    assert vault_of(ines).practitioners() == {team.one.pk}
    assert [one.practitioner for one in PendingGrant.objects.all()] == [team.two]


def test_days_that_were_asked_for_are_the_days_of_the_grant(team, waiting):
    ines, _browser = waiting
    PendingGrant.objects.update(starts_on=MONDAY, ends_on=TUESDAY)
    approve(team.client(), ines)
    given = Grant.objects.get(holder__staff=ines)
    assert (given.starts_on, given.ends_on) == (MONDAY, TUESDAY)


def test_while_a_renewal_is_under_way_every_key_that_is_needed_is_given(team, waiting):
    ines, _browser = waiting
    visit = team.visit()
    keys.renew(team.one, keys.Vault(team.alice, private_of(team.alice), MONDAY), MONDAY)
    approve(team.client(), ines)
    assert vault_of(ines).held(team.one.pk).keys() == {1, 2}
    wanted = {appointments.reference(visit): vault_of(ines).keys(team.one.pk, 1)}
    assert isinstance(store.open_many(wanted)[visit.pk], store.Record)


def test_who_was_revoked_meanwhile_gives_nothing(team, waiting):
    """The grant is read again under the lock: an old vault opens nothing."""
    from django.http import Http404

    ines, _browser = waiting
    vault = keys.Vault(team.alice, private_of(team.alice), MONDAY)
    assert vault.key(team.one.pk, 1)
    keys.revoke(holder_of(team.alice), team.one)
    mark, wanted = keys.mark(bytes(holder_of(ines).public_key)), [PendingGrant.objects.get().pk]
    with pytest.raises(Http404):
        granting.give(vault, ines.pk, mark, wanted, MONDAY)
    assert not Grant.objects.filter(holder__staff=ines).exists()


def test_a_holder_without_the_current_key_gives_nothing_and_it_goes_on_waiting(team, waiting):
    """A renewal that left them out."""
    ines, _browser = waiting
    vault = keys.Vault(team.alice, private_of(team.alice), MONDAY)
    keys.renew(team.one, keys.Vault(team.mona, private_of(team.mona), MONDAY), MONDAY)
    Grant.objects.filter(holder__staff=team.alice, agenda_key__retired=False).delete()
    mark, wanted = keys.mark(bytes(holder_of(ines).public_key)), [PendingGrant.objects.get().pk]
    assert granting.give(vault, ines.pk, mark, wanted, MONDAY) == []
    assert PendingGrant.objects.count() == 1


def test_an_altered_agenda_key_is_not_given(team, waiting):
    """P5"""
    ines, _browser = waiting
    alice = team.client()
    AgendaKey.objects.filter(practitioner=team.one).update(public_key=STRANGER.public)
    answer = approve(alice, ines)
    assert answer.status_code == 302
    assert not Grant.objects.filter(holder__staff=ines).exists()


def test_refusing_takes_it_away_and_is_noted(team, waiting, caplog):
    ines, browser = waiting
    alice = team.client()
    answer = alice.post(f"/agenda/approvals/{ines.pk}/refuse/", follow=True)
    assert "Accès refusé" in text(answer)
    assert not PendingGrant.objects.exists()
    assert f"refused what staff {ines.pk} was to have" in caplog.text
    assert browser.get("/agenda/words/").status_code == 200


def test_a_locked_session_is_asked_and_the_second_factor_too(team, waiting, clock):
    ines, _browser = waiting
    alice = team.client()
    alice.post("/agenda/lock/")
    assert "Session verrouillée" in text(approve(alice, ines))
    assert not Grant.objects.filter(holder__staff=ines).exists()
    Practice.objects.update(requires_second_factor=True)
    alice, _secret, codes = enrol_telephone("alice")
    clock.shift(601)
    page = approve(alice, ines)
    assert "Confirmez que c’est vous" in text(page)
    assert not Grant.objects.filter(holder__staff=ines).exists()
    assert approve(alice, ines, factor_code=codes[0]).status_code == 302
    assert Grant.objects.filter(holder__staff=ines).exists()


def test_one_s_own_words_are_shown_to_an_unlocked_session_only(team):
    alice = team.client()
    assert words_on(alice.get("/agenda/words/")) == keys.own_six_words(private_of(team.alice))
    alice.post("/agenda/lock/")
    assert "six-words" not in text(alice.get("/agenda/words/"))


@pytest.mark.parametrize("path", ["approvals/{pk}/refuse/", "staff/{pk}/uninvite/"])
def test_nothing_changes_on_a_get(team, waiting, path):
    """I6"""
    ines, _browser = waiting
    assert team.client("mona").get("/agenda/" + path.format(pk=ines.pk)).status_code == 405


@pytest.mark.parametrize("number", [1, 12])
def test_the_list_costs_the_same_for_one_and_for_twelve(team, waiting, number, django_assert_num_queries):
    for n in range(number - 1):
        from tests.practitioners.cast import staff

        PendingGrant.objects.create(staff=staff(f"new-{n}"), practitioner=team.one)
    alice = team.client()
    with django_assert_num_queries(6):
        page = text(alice.get("/agenda/approvals/"))
    assert page.count("Comparer six mots…") == number


# What each of them cannot do: refused, noted, and impossible besides (P11 P12)


def revoked(team: Team) -> str:
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe))
    keys.revoke(holder_of(team.chloe), team.one)
    return "chloe"


def over(team: Team) -> str:
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe), None, MONDAY)
    Grant.objects.filter(holder__staff=team.chloe).update(ends_on="2026-01-04")
    return "chloe"


def pending(team: Team) -> str:
    PendingGrant.objects.create(staff=team.chloe, practitioner=team.one)
    return "chloe"


def foreign(team: Team) -> str:
    return "bruno"


def managing(team: Team) -> str:
    return "nils"


@pytest.mark.parametrize("who", [revoked, over, pending, foreign, managing])
def test_without_a_grant_an_appointment_is_404_noted_and_sealed(team, who, caplog):
    visit, login = team.visit(), who(team)
    client = team.client(login)
    for part in ("", "opened/", "copy/", "erase/"):
        assert client.get(f"/agenda/appointment/{visit.pk}/{part}").status_code == 404
    assert f"asked for appointment {visit.pk} without a grant" in caplog.text
    assert NAME not in text(client.get("/agenda/"))
    member = owner(login)
    vault = keys.Vault(member, private_of(member, PASSWORD), MONDAY)
    held = {private for one in (team.one.pk, team.two.pk) for private in vault.held(one).values()}
    tried = [vault.holder_private, *held]
    found = store.open_many({appointments.reference(Appointment.objects.get(pk=visit.pk)): tried})[visit.pk]
    assert isinstance(found, store.NotOpened)
