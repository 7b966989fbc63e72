"""What ends with its last day, without anybody present (P12)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import IntegrityError, transaction

from booking import pairing
from patients.models import StoreCheck
from practitioners import access, keys
from practitioners.models import AgendaKey, Grant, Invitation, KeyHolder, PendingGrant, Staff
from tests.agenda.cast import NAME, Desk, sign_in, text
from tests.booking.cast import MONDAY, NOW, TUESDAY
from tests.practitioners.cast import holder_of, private_of

DAY = timedelta(days=1)


@pytest.fixture
def desk(transactional_db: None, clock) -> Desk:
    """Without a transaction around the test: tidy's VACUUM needs that. Chloé replaces until Tuesday."""
    desk = Desk()
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.chloe), None, TUESDAY)
    desk.visit(day=TUESDAY)
    return desk


def tidy() -> str:
    out = StringIO()
    call_command("tidy", stdout=out)
    return out.getvalue()


def test_the_night_after_the_last_day_grant_session_and_account_end_and_the_key_is_due(desk, client, clock):
    clock.move_to(NOW.replace(hour=18) + DAY)  # a session lasts 14 hours without use
    chloe = desk.client("chloe")
    assert NAME in text(chloe.get("/agenda/"))
    assert "grants 0, sessions 0, accounts 0" in tidy()
    clock.move_to(NOW.replace(hour=23, minute=1) + DAY)  # one minute past midnight in Paris
    assert "grants 1, sessions 1, accounts 1" in tidy()
    assert chloe.get("/agenda/").status_code == 302
    assert not Session.objects.exists()
    assert not Staff.objects.get(login="chloe").is_active
    assert sign_in(client, "chloe").status_code == 422
    assert AgendaKey.objects.get(practitioner=desk.one, retired=False).renew_because == "expiry"
    assert "grants 0, sessions 0, accounts 0" in tidy()
    assert "clé à renouveler" in text(desk.client().get("/agenda/"))


def test_an_open_session_gives_no_key_from_midnight_on_even_before_anything_ran(desk, clock):
    desk.practice.veil_after = 240
    desk.practice.save(update_fields=["veil_after"])
    clock.move_to(NOW.replace(hour=22, minute=30) + DAY)
    chloe = desk.client("chloe")
    assert NAME in text(chloe.get("/agenda/day/2026-01-06/"))
    clock.move_to(NOW.replace(hour=23, minute=1) + DAY)
    assert NAME not in text(chloe.get("/agenda/day/2026-01-06/"))
    assert Grant.objects.filter(holder__staff=desk.chloe).exists()


@pytest.mark.parametrize("who", ["manager", "practitioner", "another agenda"])
def test_an_account_that_is_there_for_something_else_stays(desk, clock, who):
    if who == "another agenda":
        keys.grant(desk.key_one, desk.private_one(), holder_of(desk.bruno), None, MONDAY)
    else:
        Staff.objects.filter(pk=desk.chloe.pk).update(role=who)
    clock.move_to(NOW + 2 * DAY)
    assert f"accounts {1 if who == 'another agenda' else 0}" in tidy()
    assert Staff.objects.get(login="bruno").is_active
    assert Staff.objects.get(login="chloe").is_active is (who != "another agenda")


def test_what_has_no_last_day_and_other_people_s_sessions_stay(desk, clock):
    clock.move_to(NOW + 2 * DAY)
    alice = desk.client()
    tidy()
    assert NAME in text(alice.get("/agenda/day/2026-01-06/"))


def test_expiry_does_not_wait_for_the_stores_to_agree(desk, clock):
    """P6 P12: a restore under way is no reason to leave a door open."""
    StoreCheck.objects.update(pairing=b"restored")
    clock.move_to(NOW + 2 * DAY)
    with pytest.raises(Exception, match="apart"):
        tidy()
    assert not Grant.objects.filter(holder__staff=desk.chloe).exists()
    pairing.renew()


def test_a_removed_colleague_s_session_ends_with_the_next_request(desk):
    """P12"""
    chloe = desk.client("chloe")
    Staff.objects.filter(pk=desk.chloe.pk).update(is_active=False)
    assert chloe.get("/agenda/").status_code == 302


def test_a_revoked_colleague_s_open_session_gives_no_key_at_once(desk, clock):
    """P12"""
    clock.move_to(NOW + DAY)
    chloe = desk.client("chloe")
    keys.revoke(holder_of(desk.chloe), desk.one)
    page = text(chloe.get("/agenda/"))
    assert NAME not in page
    assert "Aucun agenda ne vous est ouvert" in page


# A replacement: the account itself has a last day.


@pytest.fixture
def replacement(desk) -> Staff:
    """Chloé's account ends on Tuesday; her grant says nothing of it."""
    Staff.objects.filter(pk=desk.chloe.pk).update(role="replacement", ends_on=TUESDAY)
    desk.chloe.refresh_from_db()
    Grant.objects.filter(holder__staff=desk.chloe).update(ends_on=None)
    return desk.chloe


def test_a_replacement_without_a_last_day_cannot_be_written_down_nor_a_manager_with_one(desk):
    for wrong in ({"role": "replacement", "ends_on": None}, {"role": "manager", "ends_on": TUESDAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Staff.objects.filter(pk=desk.chloe.pk).update(**wrong)


def test_from_midnight_on_a_replacement_is_out_even_before_anything_ran(desk, replacement, client, clock):
    """P12: the open session, the sign-in, and the key."""
    desk.practice.veil_after = 240
    desk.practice.save(update_fields=["veil_after"])
    clock.move_to(NOW.replace(hour=22, minute=30) + DAY)
    chloe = desk.client("chloe")
    assert NAME in text(chloe.get("/agenda/day/2026-01-06/"))
    clock.move_to(NOW.replace(hour=23, minute=1) + DAY)
    assert chloe.get("/agenda/day/2026-01-06/").status_code == 302
    assert sign_in(client, "chloe").status_code == 422
    assert access.agendas(replacement, MONDAY + 2 * DAY) == []
    assert keys.Vault(replacement, private_of_the_past(replacement, clock), MONDAY + 2 * DAY).practitioners() == set()


def private_of_the_past(member: Staff, clock) -> bytes:
    clock.move_to(NOW)
    return private_of(member)


def test_the_night_after_the_account_ends_with_all_that_it_had(desk, replacement, clock):
    keys_due = AgendaKey.objects.filter(practitioner=desk.one)
    PendingGrant.objects.create(staff=replacement, practitioner=desk.two)
    clock.move_to(NOW.replace(hour=20) + DAY)
    chloe = desk.client("chloe")
    assert chloe.get("/agenda/").status_code == 200
    clock.move_to(NOW + 2 * DAY)
    assert "grants 1, sessions 1, accounts 1" in tidy()
    assert not Staff.objects.get(login="chloe").is_active
    assert not Grant.objects.filter(holder__staff=replacement).exists()
    assert not PendingGrant.objects.exists()
    assert keys_due.get().renew_because == "expiry"
    assert Staff.objects.get(login="alice").is_active


def test_nobody_is_granted_longer_than_they_may_sign_in(desk, replacement):
    for asked in (None, TUESDAY + 9 * DAY, MONDAY):
        given = keys.grant(desk.key_one, desk.private_one(), KeyHolder.objects.get(staff=replacement), None, asked)
        assert given.ends_on == min(asked or TUESDAY, TUESDAY)


def test_a_renewal_gives_nothing_to_an_account_that_is_over(desk, replacement, clock):
    clock.move_to(NOW + 2 * DAY)
    vault = keys.Vault(desk.alice, private_of(desk.alice), MONDAY + 2 * DAY)
    renewed = keys.renew(desk.one, vault, MONDAY + 2 * DAY)
    assert renewed.refused == []
    assert not Grant.objects.filter(agenda_key=renewed.key, holder__staff=replacement).exists()


def test_a_replacement_does_not_count_among_those_who_keep_an_agenda_s_key(desk, replacement):
    """The nag stays: her grant has no end, but her account has."""
    vault = keys.Vault(desk.alice, private_of(desk.alice), MONDAY)
    assert [notice.kind for notice in vault.notices()] == ["few"]
    Staff.objects.filter(pk=replacement.pk).update(role="secretary", ends_on=None)
    assert vault.fresh().notices() == []


def test_an_account_for_which_a_grant_waits_stays(desk, clock):
    PendingGrant.objects.create(staff=desk.chloe, practitioner=desk.two)
    clock.move_to(NOW + 2 * DAY)
    assert "grants 1, sessions 0, accounts 0" in tidy()


def test_an_invitation_is_forgotten_thirty_days_after_its_end_with_the_account_that_never_was(desk, clock):
    new = Staff.objects.create(login="ines", name="Inès", is_active=False)
    for member, number in ((new, 1), (desk.chloe, 2)):
        Invitation.objects.create(
            staff=member, made_by=desk.alice, token_hash=bytes([number]) * 32, expires=NOW + 3 * DAY
        )
    clock.move_to(NOW + 32 * DAY)
    assert "nobody used: 0" in tidy()
    clock.move_to(NOW + 33 * DAY)
    assert "nobody used: 2" in tidy()
    assert not Invitation.objects.exists()
    assert set(Staff.objects.values_list("login", flat=True)) == {"alice", "bruno", "chloe"}
