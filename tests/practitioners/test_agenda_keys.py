"""Grants: who opens which agenda, and between which days of the practice."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from clicdocteur import sealing
from practitioners import keys
from practitioners.models import AgendaKey, Grant, KeyHolder
from tests.practitioners.cast import House, holder_of, practitioner, private_of, staff

TODAY = date(2026, 11, 23)


def test_a_grant_opens_what_was_sealed_to_the_agenda_s_public_key(house):
    context = sealing.Context("record", "identity_box", (7,))
    box = sealing.seal(bytes(house.key_one.public_key), b"Zoe", context)
    private = keys.Vault(house.alice, private_of(house.alice)).key(house.one.pk, 1)
    assert private is not None
    assert sealing.open_sealed(private, box, context) == b"Zoe"


def test_nobody_else_has_that_key(house):
    """P11: a secretary of another practitioner holds nothing that opens this one."""
    for stranger in (house.bruno, house.chloe):
        vault = keys.Vault(stranger, private_of(stranger))
        assert vault.key(house.one.pk, 1) is None
        assert house.one.pk not in vault.practitioners()


def test_a_grant_moved_to_another_holder_does_not_open(house):
    Grant.objects.filter(agenda_key=house.key_one).update(holder=holder_of(house.chloe))
    vault = keys.Vault(house.chloe, private_of(house.chloe))
    assert vault.key(house.one.pk, 1) is None


@pytest.mark.parametrize(("days", "valid"), [(-1, False), (0, True), (3, True), (7, True), (8, False)], ids=str)
def test_a_grant_holds_from_its_first_to_its_last_day_included(house, days, valid):
    keys.grant(house.key_one, house.private_one(), holder_of(house.chloe), TODAY, TODAY + timedelta(days=7))
    today = TODAY + timedelta(days=days)
    vault = keys.Vault(house.chloe, private_of(house.chloe), today)
    assert (vault.key(house.one.pk, 1) is not None) is valid
    assert (vault.practitioners() == {house.one.pk}) is valid
    opened = keys.agenda_private(private_of(house.chloe), house.chloe, house.one.pk, 1, today)
    assert (opened is not None) is valid


@pytest.mark.parametrize(("zone", "valid"), [("Europe/Paris", False), ("America/Martinique", True)])
def test_the_last_day_ends_at_midnight_of_the_practice(house, zone, valid):
    """T11: at 23:30 UTC it is already tomorrow in Paris, and still the evening in Martinique."""
    house.practice.time_zone = zone
    house.practice.save(update_fields=["time_zone"])
    keys.grant(house.key_one, house.private_one(), holder_of(house.chloe), None, TODAY)
    with time_machine.travel("2026-11-23T23:30:00+00:00", tick=False):
        assert (keys.Vault(house.chloe, private_of(house.chloe)).key(house.one.pk, 1) is not None) is valid


def test_expiry_deletes_the_grants_whose_last_day_is_over(house):
    keys.grant(house.key_one, house.private_one(), holder_of(house.chloe), None, TODAY)
    assert keys.expire(TODAY).grants == 0
    assert keys.expire(TODAY + timedelta(days=1)) == keys.Expired(grants=1, sessions=0, accounts=1)
    assert set(Grant.objects.values_list("holder__staff__login", flat=True)) == {"alice", "bruno"}


def test_granting_again_replaces_the_dates(house):
    holder = holder_of(house.chloe)
    keys.grant(house.key_one, house.private_one(), holder, None, TODAY)
    keys.grant(house.key_one, house.private_one(), holder, None, None)
    assert [(grant.starts_on, grant.ends_on) for grant in Grant.objects.filter(holder=holder)] == [(None, None)]


def test_revoking_leaves_no_grant_of_any_version(house):
    keys.new_agenda_key(house.one, [holder_of(house.alice)])
    assert keys.revoke(holder_of(house.alice), house.one) == 2
    assert keys.Vault(house.alice, private_of(house.alice)).practitioners() == set()


def test_only_who_has_the_private_half_can_grant_it(house):
    with pytest.raises(keys.KeyAltered):
        keys.grant(house.key_one, sealing.generate_key_pair().private, holder_of(house.chloe))
    assert not Grant.objects.filter(holder=holder_of(house.chloe)).exists()


def test_a_new_key_retires_the_former_which_still_opens(house):
    newer = keys.new_agenda_key(house.one, [holder_of(house.alice)])
    assert newer.version == 2
    assert list(AgendaKey.objects.filter(practitioner=house.one, retired=False)) == [newer]
    vault = keys.Vault(house.alice, private_of(house.alice))
    assert None not in (vault.key(house.one.pk, 1), vault.key(house.one.pk, 2))
    assert vault.key(house.one.pk, 1) != vault.key(house.one.pk, 2)


def test_a_key_without_a_holder_is_not_made(house):
    with pytest.raises(ValueError, match="without a holder"):
        keys.new_agenda_key(practitioner(house.practice, "trois"), [])


def test_a_replaced_public_key_raises_the_alarm_and_old_names_still_open(house, caplog):
    """P5: somebody put their own public key in the row; what was sealed before is not lost for it."""
    AgendaKey.objects.filter(pk=house.key_one.pk).update(public_key=sealing.generate_key_pair().public)
    vault = keys.Vault(house.alice, private_of(house.alice))
    assert vault.key(house.one.pk, 1) is not None
    assert vault.altered == {house.one.pk}
    assert "was replaced" in caplog.text
    with pytest.raises(keys.KeyAltered):
        keys.agenda_private(private_of(house.alice), house.alice, house.one.pk, 1, TODAY)


@pytest.mark.parametrize("agendas", [1, 3])
def test_a_vault_asks_the_database_once(house, django_assert_num_queries, agendas):
    others = [practitioner(house.practice, f"autre-{number}") for number in range(agendas)]
    for other in others:
        keys.new_agenda_key(other, [holder_of(house.chloe)])
    vault = keys.Vault(house.chloe, private_of(house.chloe), TODAY)
    with django_assert_num_queries(1):
        assert len(vault.practitioners()) == agendas
        assert None not in [vault.key(other.pk, 1) for other in others]


def test_a_vault_shows_no_key(house):
    vault = keys.Vault(house.alice, private_of(house.alice))
    vault.key(house.one.pk, 1)
    assert repr(vault) == f"<Vault of {house.alice.pk}>"


# The recovery sheet


def test_nothing_is_publishable_before_its_sheet_is_confirmed(house):
    """P17: no key, no sheet, an unconfirmed sheet: not yet."""
    assert not keys.publishable(practitioner(house.practice, "trois"))
    assert not keys.publishable(house.one)
    code = keys.new_recovery_sheet(house.one, house.private_one())
    assert not keys.publishable(house.one)
    assert not keys.confirm_sheet(house.one, "0000")
    assert not keys.publishable(house.one)
    assert keys.confirm_sheet(house.one, f" {code[-4:].lower()} ")
    assert keys.publishable(house.one)
    assert not keys.publishable(house.two)


def test_a_new_agenda_key_without_its_sheet_is_not_publishable(house):
    code = keys.new_recovery_sheet(house.one, house.private_one())
    keys.confirm_sheet(house.one, code[-4:])
    keys.new_agenda_key(house.one, [holder_of(house.alice)])
    assert not keys.publishable(house.one)
    keys.new_agenda_key(house.one, [holder_of(house.alice), KeyHolder.objects.get(sheet_of=house.one)])
    assert keys.publishable(house.one)


def test_confirming_leaves_nothing_of_the_code_in_the_row(house):
    code = keys.new_recovery_sheet(house.one, house.private_one())
    before = len(bytes(KeyHolder.objects.get(sheet_of=house.one).wrapped_private))
    keys.confirm_sheet(house.one, code[-4:])
    sheet = KeyHolder.objects.get(sheet_of=house.one)
    assert len(bytes(sheet.wrapped_private)) == before - 32
    assert keys.confirm_sheet(house.one, "anything, it is confirmed")


@pytest.mark.parametrize("confirmed", [False, True])
def test_the_code_brings_an_agenda_back_to_somebody_new(house, confirmed):
    code = keys.new_recovery_sheet(house.one, house.private_one())
    if confirmed:
        keys.confirm_sheet(house.one, code[-4:])
    private = house.private_one()
    house.alice.delete()
    newcomer = staff("dora")
    assert keys.recover(house.one, code.lower().replace("-", " "), holder_of(newcomer))
    assert keys.Vault(newcomer, private_of(newcomer)).key(house.one.pk, 1) == private


def test_a_wrong_code_another_agenda_s_code_and_a_void_sheet_open_nothing(house):
    first = keys.new_recovery_sheet(house.one, house.private_one())
    second = keys.new_recovery_sheet(house.one, house.private_one())
    assert first != second
    for agenda, code in [(house.one, first), (house.two, second), (house.one, ""), (house.one, second[:-1])]:
        assert keys.open_sheet(agenda, code) is None
        assert not keys.recover(agenda, code, holder_of(house.chloe))
    assert KeyHolder.objects.filter(sheet_of=house.one).count() == 1


def test_two_sheets_of_an_agenda_never_count_at_once(house):
    codes = [keys.new_recovery_sheet(house.one, house.private_one()) for _ in range(2)]
    assert keys.confirm_sheet(house.one, codes[1][-4:])
    keys.new_recovery_sheet(house.one, house.private_one())
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        KeyHolder.objects.filter(sheet_of=house.one).update(confirmed=True)


def test_the_sheet_keeps_the_server_secret(house, settings):
    code = keys.new_recovery_sheet(house.one, house.private_one())
    sheet, private = keys.open_sheet(house.one, code)
    assert keys.server_secrets(sheet, private) == settings.SERVER_SECRETS


def test_a_sheet_for_a_key_that_is_not_the_current_one_is_refused(house: House):
    with pytest.raises(keys.KeyAltered):
        keys.new_recovery_sheet(house.one, sealing.generate_key_pair().private)
    assert not KeyHolder.objects.filter(sheet_of=house.one).exists()
