"""A password opens a private half, and nothing else does."""

import threading

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from clicdocteur import sealing
from practitioners import keys
from practitioners.keys import derivation, holders
from practitioners.models import KeyHolder, Staff
from tests.practitioners.cast import PASSWORD, holder_of, private_of, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def derivations(monkeypatch):
    """Count the Argon2 derivations, by their cost."""
    done: list[bytes] = []
    real = sealing.unwrap_with_password

    def counting(password, box, context):
        done.append(bytes(box)[1:7])
        return real(password, box, context)

    holders._dummy()
    monkeypatch.setattr(holders.sealing, "unwrap_with_password", counting)
    return done


def test_the_right_password_opens_the_private_half_of_the_public_key():
    alice = staff("alice")
    private = keys.unlock(alice, PASSWORD)
    assert private is not None
    assert sealing.public_of(private) == bytes(holder_of(alice).public_key)


def test_the_same_password_typed_with_other_accents_opens_too():
    alice = staff("alice", "Framboise-1789-e\u0301te\u0301")
    assert keys.unlock(alice, "Framboise-1789-\u00e9t\u00e9") is not None


def test_a_wrong_password_opens_nothing():
    assert keys.unlock(staff("alice"), "Framboise-1789-ete") is None


def test_django_s_own_password_field_stays_unusable():
    alice = staff("alice")
    assert not Staff.objects.get(pk=alice.pk).has_usable_password()


@pytest.mark.parametrize("who", ["known", "unknown", "without keys", "inactive"])
def test_every_try_costs_exactly_one_derivation_of_the_same_cost(who, derivations):
    member = staff("alice", is_active=who != "inactive") if who != "unknown" else None
    if who == "without keys":
        KeyHolder.objects.all().delete()
    assert keys.unlock(member, "Une-autre-phrase-123") is None
    if who in ("without keys", "inactive"):
        assert keys.unlock(member, PASSWORD) is None
        derivations.pop()
    cost = settings.PASSWORD_COST
    header = cost.memory_kib.to_bytes(4) + bytes([cost.iterations, cost.lanes])
    assert derivations == [header]


def test_a_wrapped_half_moved_to_another_account_does_not_open():
    alice, bruno = staff("alice"), staff("bruno")
    stolen = holder_of(alice)
    KeyHolder.objects.filter(staff=bruno).update(wrapped_private=stolen.wrapped_private, public_key=stolen.public_key)
    assert keys.unlock(bruno, PASSWORD) is None


def test_a_replaced_public_key_is_noticed_at_unlock():
    alice = staff("alice")
    KeyHolder.objects.filter(staff=alice).update(public_key=sealing.generate_key_pair().public)
    with pytest.raises(keys.KeyAltered):
        keys.unlock(alice, PASSWORD)


def test_a_new_password_wraps_the_same_private_half_and_ends_the_old_one():
    alice = staff("alice")
    private, before = private_of(alice), alice.get_session_auth_hash()
    keys.set_password(alice, private, "Groseille-1848-hiver")
    alice = Staff.objects.get(pk=alice.pk)
    assert keys.unlock(alice, "Groseille-1848-hiver") == private
    assert keys.unlock(alice, PASSWORD) is None
    assert alice.get_session_auth_hash() != before


def test_a_weak_password_is_refused_wherever_it_is_set():
    alice = staff("alice")
    with pytest.raises(ValidationError):
        keys.set_password(alice, private_of(alice), "azerty")
    with pytest.raises(ValidationError):
        keys.enrol(alice, "azerty")
    assert keys.unlock(alice, PASSWORD) is not None


def test_enrolling_again_makes_another_pair_and_takes_the_grants_away(house):
    before = bytes(holder_of(house.alice).public_key)
    keys.enrol(house.alice, PASSWORD)
    assert bytes(holder_of(house.alice).public_key) != before
    assert keys.Vault(house.alice, private_of(house.alice)).practitioners() == set()


def test_only_managers_keep_the_server_secret():
    manager, secretary = staff("manager", role="manager"), staff("secretary")
    assert holder_of(secretary).secret_box is None
    assert keys.server_secrets(holder_of(manager), private_of(manager)) == settings.SERVER_SECRETS


def test_no_password_and_no_private_half_lies_in_the_row():
    alice = staff("alice")
    row = repr([bytes(value) for value in (holder_of(alice).public_key, holder_of(alice).wrapped_private)])
    assert PASSWORD not in row
    assert private_of(alice) not in bytes(holder_of(alice).wrapped_private)


def test_derivations_run_one_at_a_time_and_a_full_queue_says_so():
    running, peak = 0, 0
    release, begun = threading.Event(), threading.Event()

    def slow() -> bool:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        begun.set()
        release.wait(60)
        running -= 1
        return True

    threads = [threading.Thread(target=derivation.in_turn, args=(slow,)) for _ in range(1 + derivation.WAITING)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    while derivation._places._value:
        pass
    with pytest.raises(keys.TooBusy):
        derivation.in_turn(slow)
    release.set()
    for thread in threads:
        thread.join()
    assert peak == 1
    assert derivation.in_turn(lambda: "free again") == "free again"


def test_a_turn_that_fails_gives_its_place_back():
    def fails() -> None:
        raise RuntimeError

    for _ in range(2 + derivation.WAITING):
        with pytest.raises(RuntimeError):
            derivation.in_turn(fails)


def test_the_halves_of_a_session_open_only_together_and_only_for_their_owner():
    alice = staff("alice")
    private = private_of(alice)
    cookie, row = keys.split_for_session(private, alice.pk)
    other_cookie, other_row = keys.split_for_session(private, alice.pk)
    assert keys.join_halves(cookie, row, alice.pk) == private
    assert cookie != other_cookie
    for wrong in [(other_cookie, row), (cookie, other_row), (b"", row), (cookie, b""), (row[:32], row)]:
        assert keys.join_halves(*wrong, alice.pk) is None
    assert keys.join_halves(cookie, row, alice.pk + 1) is None
