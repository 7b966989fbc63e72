"""What an invitation carries opens with its link and the spoken code together, and with nothing less."""

from datetime import timedelta

import pytest
from django.utils import timezone

from booking.links import link_hash, new_token
from clicdocteur import framing, sealing
from practitioners import keys
from practitioners.models import Invitation
from tests.practitioners.cast import House


def invite(house: House, **held: bytes) -> tuple[Invitation, str, str]:
    token, code = new_token(), framing.spoken_code()
    invitation = Invitation(
        staff=house.chloe, made_by=house.alice, token_hash=link_hash(token), expires=timezone.now() + timedelta(days=1)
    )
    carried = {(house.one.pk, 1): house.private_one()} if held.get("one", True) else {}
    invitation.carried = keys.carry(invitation, token, code, carried)
    invitation.save(force_insert=True)
    return invitation, token, code


def test_link_and_code_together_open_it(house):
    invitation, token, code = invite(house)
    opened = keys.open_carried(invitation, token, f" {code[:3].lower()}-{code[3:]} ")
    assert opened == {(house.one.pk, 1): house.private_one()}


def test_an_empty_one_tells_a_right_code_from_a_wrong_one(house):
    invitation, token, code = invite(house, one=False)
    assert keys.open_carried(invitation, token, code) == {}
    assert keys.open_carried(invitation, token, "000000" if code != "000000" else "000001") is None


@pytest.mark.parametrize("code", ["", "0", "ABCDE", "ABCDEFG", "ÉÉÉÉÉÉ", "UUUUUU", "x" * 10_000, "\ud800" * 6])
def test_what_is_no_code_opens_nothing_and_costs_no_derivation(house, code, monkeypatch):
    invitation, token, _code = invite(house)
    monkeypatch.setattr(sealing, "unwrap_with_password", pytest.fail)
    assert keys.open_carried(invitation, token, code) is None


def test_a_thief_with_all_but_one_part_has_nothing(house, secrets):
    """The store and the code; the store and the link; store, link and code without the server secret."""
    invitation, token, code = invite(house)
    assert keys.open_carried(invitation, new_token(), code) is None
    assert keys.open_carried(invitation, token, framing.spoken_code()) is None
    secrets(b"\7" * 32)
    assert keys.open_carried(invitation, token, code) is None


def test_it_does_not_open_in_another_row(house):
    invitation, token, code = invite(house)
    other = Invitation(staff=house.bruno, made_by=house.alice, carried=invitation.carried)
    assert keys.open_carried(other, token, code) is None


def test_a_code_costs_four_times_a_password(house, settings):
    invitation, _token, _code = invite(house)
    inner = sealing.decrypt(
        sealing.derive(settings.SERVER_SECRETS[0], "invitations"),
        bytes(invitation.carried),
        sealing.Context("invitation", "carried", (invitation.pk, house.chloe.pk)),
    )
    cost = settings.PASSWORD_COST
    assert inner[1:7] == cost.memory_kib.to_bytes(4) + bytes([4 * cost.iterations, cost.lanes])


def test_a_new_server_secret_takes_it_along(house, secrets):
    old, new = b"\1" * 32, b"\2" * 32
    secrets(old)
    invitation, token, code = invite(house)
    secrets(new, old)
    assert keys.renew_carried() == 1
    secrets(new)
    invitation.refresh_from_db()
    assert keys.open_carried(invitation, token, code)


def test_one_that_opens_with_no_secret_is_left_as_it_is(house, secrets):
    invitation, _token, _code = invite(house)
    before = bytes(invitation.carried)
    secrets(b"\7" * 32)
    assert keys.renew_carried() == 0
    invitation.refresh_from_db()
    assert bytes(invitation.carried) == before


# The six words.


def test_the_words_are_those_of_the_key_and_the_same_from_either_half():
    pair, other = sealing.generate_key_pair(), sealing.generate_key_pair()
    words = keys.six_words(pair.public)
    assert len(words) == 6
    assert all(len(word) == 4 and word.isalpha() for word in words)
    assert keys.own_six_words(pair.private) == words
    assert keys.six_words(other.public) != words
    assert keys.mark(pair.public) != keys.mark(other.public)


def test_the_words_of_a_key_stay_the_same_for_ever():
    """Two versions of the product, at two desks, must read the same."""
    assert keys.six_words(b"a public key") == ["file", "vudi", "bifa", "jozo", "faza", "laza"]
