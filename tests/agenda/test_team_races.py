"""Changes of who works here, at once, with real connections, on both engines."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from agenda.people import granting, inviting, joining, leaving
from agenda.people.inviting import Terms
from agenda.people.joining import Gone, WrongCode
from agenda.people.turns import Refused
from booking.refusals import Busy
from practitioners import keys
from practitioners.models import Grant, Invitation, KeyHolder, PendingGrant, Staff
from tests.agenda.cast import owner
from tests.agenda.team import NEW, Team
from tests.booking.cast import MONDAY, NOW
from tests.practitioners.cast import PASSWORD, holder_of, private_of
from tests.races import all_at_once, winners

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

LOST = (Gone, WrongCode, Refused, Http404, Busy, keys.TooBusy, keys.NobodyLeft)


@pytest.fixture
def team(transactional_db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield Team()


def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    return all_at_once(calls, LOST)


def vault(member: Staff) -> keys.Vault:
    return keys.Vault(member, private_of(member, PASSWORD), MONDAY)


def invited(team: Team, **more: Any) -> inviting.Invited:
    member = Staff(login="ines", name="Inès", role="secretary")
    return inviting.invite(vault(team.mona), member, Terms([team.one], None, 72), NOW)


def test_the_same_invitation_accepted_by_many_at_once_makes_one_account_with_one_key(team):
    made = invited(team)
    calls = [partial(joining.accept, made.token, f"{NEW}-{n}", made.code, NOW) for n in range(5)]
    results = at_once(calls)
    assert len(winners(results)) == 1
    # The queue for passwords has three places: who finds it full has changed nothing.
    assert all(isinstance(one, joining.Joined | Gone | keys.TooBusy) for one in results)
    assert KeyHolder.objects.filter(staff__login="ines").count() == 1
    assert Grant.objects.filter(holder__staff__login="ines").count() == 1
    right = [n for n in range(5) if keys.unlock(owner("ines"), f"{NEW}-{n}")]
    assert len(right) == 1
    assert isinstance(results[right[0]], joining.Joined)
    assert not Invitation.objects.exists()


def test_of_many_wrong_codes_at_once_no_more_than_five_are_tried(team, monkeypatch):
    made, tried = invited(team), []
    real = keys.open_carried
    monkeypatch.setattr(keys, "open_carried", lambda *given: (tried.append(1), real(*given))[1])
    wrong = "000000" if made.code != "000000" else "000001"
    results = at_once(partial(joining.accept, made.token, NEW, wrong, NOW) for _ in range(9))
    assert winners(results) == []
    assert len(tried) == keys.CODE_TRIES
    assert Invitation.objects.get().carried is None


def test_accepting_and_revoking_cross(team):
    """Either there is an account with keys, or there is none at all."""
    for n in range(3):
        made = invited(team)
        pk = owner("ines").pk
        results = at_once(
            [
                partial(joining.accept, made.token, NEW, made.code, NOW),
                partial(inviting.uninvite, team.mona.pk, pk),
            ]
        )
        if isinstance(results[0], joining.Joined):
            assert KeyHolder.objects.filter(staff=pk).count() == 1, n
        else:
            assert not Staff.objects.filter(pk=pk).exists(), n
        Staff.objects.filter(pk=pk).delete()


def test_two_managers_who_end_each_other_leave_one(team):
    for _ in range(3):
        Staff.objects.filter(login__in=["mona", "nils"]).update(is_active=True)
        results = at_once(
            [partial(leaving.end, team.mona.pk, team.nils.pk), partial(leaving.end, team.nils.pk, team.mona.pk)]
        )
        assert sum(one is None for one in results) == 1
        assert Staff.objects.filter(role="manager", is_active=True).count() == 1


def test_two_managers_who_demote_each_other_leave_one(team):
    to = leaving.Role("X", "secretary", None, None)
    results = at_once(
        [partial(leaving.change, team.mona.pk, team.nils.pk, to), partial(leaving.change, team.nils.pk, team.mona.pk, to)]
    )  # fmt: skip
    assert len(winners(results)) == 1
    assert Staff.objects.filter(role="manager", is_active=True).count() == 1


def test_giving_an_agenda_and_ending_the_account_cross(team):
    """Who left holds nothing, whichever came first."""
    for _ in range(3):
        Staff.objects.filter(pk=team.chloe.pk).update(is_active=True)
        PendingGrant.objects.create(staff=team.chloe, practitioner=team.one)
        mark, wanted = keys.mark(bytes(holder_of(team.chloe).public_key)), [PendingGrant.objects.get().pk]
        given = vault(team.alice)
        at_once(
            [
                partial(granting.give, given, team.chloe.pk, mark, wanted, MONDAY),
                partial(leaving.end, team.mona.pk, team.chloe.pk),
            ]
        )
        assert not Grant.objects.filter(holder__staff=team.chloe).exists()
        assert not owner("chloe").is_active


def test_a_renewal_and_the_end_of_an_account_cross(team):
    """The next key is not given to who is leaving; or it is taken back with the rest."""
    for n in range(3):
        Staff.objects.filter(pk=team.chloe.pk).update(is_active=True)
        current = keys.Vault(team.alice, private_of(team.alice), MONDAY)
        key = team.one.agenda_keys.get(retired=False)
        keys.grant(key, current.key(team.one.pk, key.version) or b"", holder_of(team.chloe))
        results = at_once(
            [
                partial(keys.renew, team.one, current.fresh(), MONDAY),
                partial(leaving.end, team.mona.pk, team.chloe.pk),
            ]
        )
        assert isinstance(results[0], keys.Renewed), n
        assert not Grant.objects.filter(holder__staff=team.chloe).exists(), n
        assert not owner("chloe").is_active


def test_a_renewal_and_a_reset_that_is_accepted_cross(team):
    """The holder's old row goes while the next key is granted: nothing breaks, and nothing is left of it."""
    for n in range(3):
        key = team.one.agenda_keys.get(retired=False)
        current = keys.Vault(team.alice, private_of(team.alice), MONDAY)
        keys.grant(key, current.key(team.one.pk, key.version) or b"", holder_of(team.chloe))
        terms = Terms([], None, 72)
        made = inviting.invite_again(vault(team.mona), team.chloe.pk, terms, timezone.now(), suspected=False)
        results = at_once(
            [
                partial(keys.renew, team.one, current.fresh(), MONDAY),
                partial(joining.accept, made.token, PASSWORD, made.code, NOW),
            ]
        )
        assert isinstance(results[0], keys.Renewed), (n, results)
        assert isinstance(results[1], joining.Joined), (n, results)
        assert not Grant.objects.filter(holder__staff=team.chloe).exists()
