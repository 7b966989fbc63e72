"""Whoever writes in the agenda store cannot have the next key sealed to themselves: a grant is bound to its public key and days."""

from datetime import timedelta

import pytest

from clicdocteur import sealing
from clicdocteur.fields import random_key
from practitioners import keys
from practitioners.keys import Vault
from practitioners.models import Grant, KeyHolder, Staff
from tests.booking.cast import MONDAY
from tests.practitioners.cast import House, holder_of, private_of, staff

STRANGER = sealing.generate_key_pair()


@pytest.fixture
def house(house: House) -> House:
    """Alice and Chloé hold Dr Un's agenda, Chloé until next week."""
    keys.grant(house.key_one, house.private_one(), holder_of(house.chloe), None, MONDAY + timedelta(days=7))
    return house


def vault_of(member: Staff) -> Vault:
    return Vault(member, private_of(member), MONDAY)


def replaced(house: House) -> None:
    KeyHolder.objects.filter(staff=house.chloe).update(public_key=STRANGER.public)


def prolonged(house: House) -> None:
    Grant.objects.filter(holder__staff=house.chloe).update(ends_on=None)


def unbound(house: House) -> None:
    KeyHolder.objects.filter(staff=house.chloe).update(public_key=STRANGER.public)
    Grant.objects.filter(holder__staff=house.chloe).update(binding=b"")


def moved(house: House) -> None:
    """Her grant points to somebody else's row."""
    Grant.objects.filter(holder__staff=house.chloe).update(holder=holder_of(staff("dora")))


def invented(house: House) -> None:
    """A row for a stranger, with her tag."""
    hers = Grant.objects.get(holder__staff=house.chloe)
    stranger = Staff.objects.create(login="x", name="X")
    holder = KeyHolder.objects.create(staff=stranger, public_key=STRANGER.public, wrapped_private=b"", confirmed=True)
    Grant.objects.create(agenda_key=house.key_one, holder=holder, sealed_private=b"", binding=hers.binding)
    hers.delete()


@pytest.mark.parametrize("attack", [replaced, prolonged, unbound, moved, invented])
def test_a_row_that_was_changed_before_a_renewal_does_not_get_the_next_key(house, attack, caplog):
    """P12: an attacker with write access to the agenda store waits for a renewal."""
    attack(house)
    renewed = keys.renew(house.one, vault_of(house.alice), MONDAY)
    assert len(renewed.refused) == 1
    held = Grant.objects.filter(agenda_key=renewed.key)
    assert list(held.values_list("holder__staff__login", flat=True)) == ["alice"]
    assert "is not as it was given" in caplog.text
    for given in held:
        context = sealing.Context(
            "grant", "sealed_private", (given.agenda_key_id, house.one.pk, renewed.key.version, given.holder_id)
        )
        with pytest.raises(sealing.SealingError):
            sealing.open_sealed(STRANGER.private, bytes(given.sealed_private), context)


def test_a_row_that_nobody_touched_gets_it_with_its_days_and_is_bound_again(house):
    renewed = keys.renew(house.one, vault_of(house.alice), MONDAY)
    assert renewed.refused == []
    given = Grant.objects.select_related("agenda_key", "holder").get(agenda_key=renewed.key, holder__staff=house.chloe)
    private = vault_of(house.chloe).key(house.one.pk, renewed.key.version)
    assert private is not None
    assert given.ends_on == MONDAY + timedelta(days=7)
    assert keys.is_bound(given, private)
    assert not keys.is_bound(given, house.private_one())
    # And the one after it.
    assert keys.renew(house.one, vault_of(house.chloe), MONDAY).refused == []


def test_a_sheet_whose_public_key_was_replaced_does_not_get_it(house):
    code = keys.new_recovery_sheet(house.one, house.private_one())
    keys.confirm_sheet(house.one, code[-4:])
    KeyHolder.objects.filter(sheet_of=house.one).update(public_key=STRANGER.public)
    assert keys.renew(house.one, vault_of(house.alice), MONDAY).refused == [""]
    assert not keys.publishable(house.one)


def test_whoever_renews_is_known_by_their_own_key(house):
    """Also where a grant was made before grants were bound."""
    Grant.objects.update(binding=b"")
    renewed = keys.renew(house.one, vault_of(house.alice), MONDAY)
    assert renewed.refused == ["Chloe"]
    assert vault_of(house.alice).key(house.one.pk, 2) is not None


def test_a_session_whose_own_row_was_replaced_makes_no_key(house):
    """Nobody sound would be left: the vault was opened before."""
    vault = vault_of(house.alice)
    vault.key(house.one.pk, 1)
    KeyHolder.objects.filter(staff__in=[house.alice, house.chloe]).update(public_key=STRANGER.public)
    with pytest.raises(keys.NobodyLeft):
        keys.renew(house.one, vault, MONDAY)


@pytest.mark.parametrize("days", [(None, None), (MONDAY, None), (None, MONDAY), (MONDAY, MONDAY)], ids=str)
def test_a_tag_is_for_these_days_this_holder_and_this_key_only(house, days):
    from practitioners.keys.bindings import bind

    holder, private = holder_of(house.chloe), house.private_one()
    tag = bind(house.key_one, private, holder, *days)
    others = {
        bind(house.key_one, private, holder, MONDAY + timedelta(days=1), None),
        bind(house.key_one, private, holder_of(house.alice), *days),
        bind(house.key_two, private, holder, *days),
        bind(house.key_one, STRANGER.private, holder, *days),
        bind(
            house.key_one, private, KeyHolder(pk=random_key(), staff=house.chloe, public_key=holder.public_key), *days
        ),
    }
    assert len(others) == 5
    assert tag not in others


# The server secret goes to managers and sheets: the same attack, at its next rotation.


def test_a_manager_whose_public_key_was_replaced_gets_no_copy_of_the_next_server_secret(house, caplog):
    honest, other = staff("manager", role="manager"), staff("second", role="manager")
    KeyHolder.objects.filter(staff=honest).update(public_key=STRANGER.public)
    before = bytes(holder_of(honest).secret_box)
    assert keys.reseal_secrets() == 1
    assert bytes(holder_of(honest).secret_box) == before
    assert keys.server_secrets(holder_of(other), private_of(other))
    assert "its public key was replaced" in caplog.text


@pytest.mark.parametrize("tag", [None, b"", bytes(32)], ids=str)
def test_a_copy_without_its_tag_is_not_renewed(house, tag):
    manager = staff("manager", role="manager")
    KeyHolder.objects.filter(staff=manager).update(public_key=STRANGER.public, secret_tag=tag)
    assert keys.reseal_secrets() == 0


def test_the_tag_of_a_copy_goes_over_to_the_next_secret(house, secrets):
    old, new = b"\1" * 32, b"\2" * 32
    secrets(old)
    manager = staff("manager", role="manager")
    secrets(new, old)
    assert keys.reseal_secrets() == 1
    secrets(new)
    assert keys.reseal_secrets() == 1
    assert keys.server_secrets(holder_of(manager), private_of(manager)) == (new,)
