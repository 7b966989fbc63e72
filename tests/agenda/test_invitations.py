"""An invitation: one link, one use, one's own password and keys; what it carries opens with the spoken code alone besides."""

import re
from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from agenda.people import joining
from booking.links import link_hash, new_token
from clicdocteur import framing, sealing
from practitioners import keys
from practitioners.models import (
    AgendaKey,
    Grant,
    Invitation,
    KeyHolder,
    PendingGrant,
    Practice,
    Staff,
    TrustedBrowser,
)
from tests.agenda.cast import owner, sign_in, text
from tests.agenda.factor import SET_UP, codes_on, enrol_telephone, give, secret_on
from tests.agenda.team import NEW, Team, approve, fields, invite, invite_again, join, joined, said, vault_of
from tests.booking.cast import MONDAY, TUESDAY
from tests.canary.words import dump, store_files
from tests.copies import copy_of
from tests.practitioners.cast import PASSWORD, holder_of, private_of

DAY = timedelta(days=1)
WRONG = "000000"


@pytest.fixture
def team(db: None, clock) -> Team:
    return copy_of(Team)


@pytest.fixture
def mona(team: Team) -> Client:
    return team.client("mona")


# Joining


def test_link_and_code_make_an_account_with_its_own_keys_and_what_was_carried(team, mona):
    team.visit()
    path, code = invite(mona, team.one)
    ines, browser = joined(path, code)
    assert (ines.name, ines.role, ines.is_active) == ("Inès Da Silva", "secretary", True)
    assert vault_of(ines).practitioners() == {team.one.pk}
    assert "Kowalczyk" in text(browser.get("/agenda/"))
    assert keys.is_bound(
        Grant.objects.select_related("agenda_key", "holder").get(holder__staff=ines), team.private_one()
    )
    assert sign_in(Client(), "ines", NEW).status_code == 302
    assert not PendingGrant.objects.exists()
    assert not Invitation.objects.exists()


def test_the_page_says_who_invites_for_what_and_until_when(team, mona):
    path, _code = invite(mona, team.one, team.two, role="replacement", ends_on="2026-01-20")
    page = said(Client().get(path))
    for part in (
        "Bonjour Inès Da Silva",
        "Mona vous invite",
        "remplacement, jusqu’au 20/01/2026",
        "Dr Un, Dr Deux",
        "ines",
    ):
        assert part in page
    assert path.split("/")[3] not in page


def test_without_the_code_everything_waits_and_the_six_words_are_shown(team, mona):
    path, _code = invite(mona, team.one)
    client = Client()
    answer = join(path, client=client)
    assert answer.url == "/agenda/words/"
    ines = owner("ines")
    assert vault_of(ines).practitioners() == set()
    assert list(PendingGrant.objects.values_list("practitioner", "invitation")) == [(team.one.pk, None)]
    page = said(client.get("/agenda/words/"))
    assert "l’agenda de Dr Un" in page
    assert "Aucun agenda ne vous est ouvert" in text(client.get("/agenda/"))


def test_agendas_that_the_inviter_does_not_hold_wait_even_with_the_code(team, mona):
    path, code = invite(mona, team.one, team.two)
    ines, _browser = joined(path, code)
    assert vault_of(ines).practitioners() == {team.one.pk}
    assert [one.practitioner for one in PendingGrant.objects.all()] == [team.two]


def test_a_manager_without_a_grant_can_invite_and_can_give_nothing(team):
    nils = team.client("nils")
    path, code = invite(nils, team.one)
    ines, _browser = joined(path, code)
    assert vault_of(ines).practitioners() == set()
    assert nils.get(f"/agenda/approvals/{ines.pk}/").status_code == 404
    assert team.client("alice").get(f"/agenda/approvals/{ines.pk}/").status_code == 200


def test_then_comes_the_second_factor_as_at_sign_in(team, mona):
    """The session opens with it, and not before."""
    path, code = invite(mona, team.one)
    Practice.objects.update(requires_second_factor=True)
    client = Client()
    assert join(path, code, client=client).url == SET_UP
    assert client.get("/agenda/").status_code == 302
    secret = secret_on(client.get(SET_UP))
    from tests.agenda.factor import code_of

    assert codes_on(give(client, code_of(secret), SET_UP))
    assert client.get("/agenda/").status_code == 200


def test_a_browser_that_somebody_is_signed_in_with_goes_over_to_the_new_member(team, mona):
    path, code = invite(mona, team.one)
    assert "connecté au nom de Mona" in text(mona.get(path))
    assert join(path, code, client=mona).status_code == 302
    assert int(mona.session["_auth_user_id"]) == owner("ines").pk
    assert mona.get("/agenda/staff/").status_code == 404
    assert mona.get("/agenda/").status_code == 200


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"new": "azerty", "again": "azerty"}, "Au moins 12 caractères"),
        ({"again": "Groseille-1848-hivers"}, "Les deux ne sont pas les mêmes"),
        ({"new": "", "again": ""}, "Choisissez un mot de passe"),
        ({"no_code": ""}, "Tapez le code, ou cochez la case"),
    ],
)
def test_a_form_that_does_not_fit_is_said_costs_no_try_and_changes_nothing(team, mona, typed, word, monkeypatch):
    path, code = invite(mona, team.one)
    monkeypatch.setattr(joining, "accept", pytest.fail)
    given = {"code": code, "new": NEW, "again": NEW, **typed}
    if "no_code" in typed:
        del given["code"]
    answer = Client().post(path, given)
    assert answer.status_code == 422
    assert word in said(answer)
    assert NEW not in text(answer)
    assert Invitation.objects.get().tries == 0


def test_the_phrase_on_offer_is_accepted(team, mona):
    path, code = invite(mona, team.one)
    phrase = re.search(r"<code>([a-z-]+)</code>", text(Client().get(path)))[1]
    ines, _browser = joined(path, code, new=phrase, again=phrase)
    assert keys.unlock(ines, phrase)


# A link that does not open: one answer, whatever the reason.


def used(team: Team, mona: Client, path: str) -> None:
    joined(path)


def expired(team: Team, mona: Client, path: str) -> None:
    Invitation.objects.update(expires=timezone.now())


def revoked(team: Team, mona: Client, path: str) -> None:
    mona.post(f"/agenda/staff/{owner('ines').pk}/uninvite/")


def replaced(team: Team, mona: Client, path: str) -> None:
    invite_again(mona, owner("ines"))


def inviter_left(team: Team, mona: Client, path: str) -> None:
    team.client("nils").post(f"/agenda/staff/{team.mona.pk}/end/")


def inviter_manages_no_more(team: Team, mona: Client, path: str) -> None:
    data = {"name": "Mona", "role": "secretary", "practitioner": "", "ends_on": ""}
    team.client("nils").post(f"/agenda/staff/{team.mona.pk}/", data)


def inviter_was_switched_off(team: Team, mona: Client, path: str) -> None:
    Staff.objects.filter(pk=team.mona.pk).update(is_active=False)


def over(team: Team, mona: Client, path: str) -> None:
    Staff.objects.filter(login="ines").update(ends_on=MONDAY - DAY)


@pytest.mark.parametrize(
    "why",
    [used, expired, revoked, replaced, inviter_left, inviter_manages_no_more, inviter_was_switched_off, over],
)
def test_a_link_that_is_over_answers_like_one_that_never_was(team, mona, why):
    """P8"""
    path, code = invite(mona, team.one)
    never = Client().get(f"/agenda/invitation/{new_token()}/")
    why(team, mona, path)
    before = set(Staff.objects.values_list("login", "is_active"))
    keyed = KeyHolder.objects.count()
    for answer in (Client().get(path), join(path, code), join(path)):
        assert answer.status_code == 404
        assert without_method(answer) == without_method(never)
    assert "n’ouvre rien" in text(never)
    assert set(Staff.objects.values_list("login", "is_active")) == before
    assert KeyHolder.objects.count() == keyed


def without_method(answer: HttpResponse) -> str:
    """The page, but for whether it answers a form."""
    return re.sub(r'data-method="\w+"', "", text(answer))


@pytest.mark.parametrize("token", ["x", "é" * 32, "A" * 31, "A" * 33, "A" * 32, "%00" * 32, "../../x"])
def test_what_is_no_token_answers_the_same(team, token):
    answer = Client().get(f"/agenda/invitation/{token}/")
    assert answer.status_code == 404


def test_the_link_holds_until_its_last_second(team, mona, clock):
    path, code = invite(mona, team.one, hours="1")
    clock.shift(3599)
    assert Client().get(path).status_code == 200
    clock.shift(1)
    assert join(path, code).status_code == 404


def test_an_account_that_nobody_joined_goes_with_its_invitation(team, mona):
    path, _code = invite(mona, team.one)
    revoked(team, mona, path)
    assert not Staff.objects.filter(login="ines").exists()
    # And the login is free again.
    invite(mona, team.one)


# The code


def test_a_wrong_code_says_how_many_tries_are_left_and_the_right_one_still_opens(team, mona):
    path, code = invite(mona, team.one)
    for left in (4, 3, 2, 1):
        answer = join(path, WRONG)
        assert answer.status_code == 422
        assert f"Il reste {left} essai" in said(answer)
        assert NEW not in text(answer)
    ines, _browser = joined(path, f"{code[:3].lower()}-{code[3:]}")
    assert vault_of(ines).practitioners() == {team.one.pk}


def test_after_five_wrong_codes_what_was_carried_is_dropped_and_waits(team, mona, caplog):
    path, code = invite(mona, team.one)
    answers = [join(path, WRONG) for _ in range(5)]
    assert "ne vaut plus" in said(answers[-1])
    assert 'name="code"' not in text(answers[-1])
    assert Invitation.objects.get().carried is None
    assert "too many wrong codes" in caplog.text
    # The right code comes too late: the field is gone, and a form that brings it opens nothing with it.
    ines, _browser = joined(path, code)
    assert vault_of(ines).practitioners() == set()
    assert PendingGrant.objects.filter(staff=ines, practitioner=team.one).exists()


def test_tries_are_counted_before_they_are_made(team, mona, monkeypatch):
    """So that many at once are not more than five."""
    path, code = invite(mona, team.one)
    Invitation.objects.update(tries=5)
    monkeypatch.setattr(keys, "open_carried", pytest.fail)
    assert "ne vaut plus" in said(join(path, code))


def test_what_is_no_code_at_all_counts_as_a_try(team, mona):
    path, _code = invite(mona, team.one)
    assert "Il reste 4 essais" in said(join(path, "n’importe quoi"[:20]))


def test_joining_is_throttled_like_a_sign_in(team, mona):
    """P8: and a colleague's sign-in is not."""
    path, _code = invite(mona, team.one)
    Invitation.objects.update(carried=None)
    Staff.objects.filter(login="mona").update(is_active=True)
    answers = []
    from agenda.sign_in import TRIES_PER_ACCOUNT

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "new_pair", busy)
        answers = [join(path).status_code for _ in range(TRIES_PER_ACCOUNT + 1)]
        answer = join(path)
    assert set(answers) == {429}
    assert "Trop d’essais" in said(answer)
    assert sign_in(Client(), "bruno").status_code == 302


def busy(*given: object) -> None:
    raise keys.TooBusy


def test_a_full_queue_is_said_and_the_link_goes_on(team, mona):
    path, code = invite(mona, team.one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "new_pair", busy)
        assert "dans quelques secondes" in said(join(path, code))
    assert joined(path, code)


# What is kept of it, and what a thief gets


def test_neither_link_nor_code_nor_key_lies_anywhere(team, mona, caplog):
    """P8 I9: a hash in the store; nothing in sessions and logs. The answer that shows them is kept by nobody."""
    answer = mona.post("/agenda/staff/invite/", fields(team.one))
    assert answer.headers["Cache-Control"] == "no-store"
    from tests.agenda.team import shown

    path, code = shown(answer)
    token = path.split("/")[3]
    sessions = str([row.get_decoded() for row in Session.objects.all()])
    kept = b"".join(content for _path, content in store_files("default")) + dump("default")
    private = team.private_one()
    for secret in (token, code):
        assert secret not in sessions
        assert secret not in caplog.text
        assert secret.encode() not in kept
    assert private not in kept
    assert bytes(Invitation.objects.get().token_hash) == link_hash(token)
    client = Client(raise_request_exception=False)
    client.get(path)
    client.get(path[:-2])
    assert token not in caplog.text


def test_the_store_and_the_link_without_the_server_secret_open_nothing(team, mona, secrets):
    path, code = invite(mona, team.one)
    invitation = Invitation.objects.get()
    assert keys.open_carried(invitation, path.split("/")[3], code)
    secrets(b"\7" * 32)
    assert keys.open_carried(invitation, path.split("/")[3], code) is None


def test_the_link_names_the_configured_address_whatever_host_was_asked(team, mona, settings):
    """I9"""
    settings.ALLOWED_HOSTS = ["*"]
    answer = mona.post("/agenda/staff/invite/", fields(team.one), headers={"Host": "evil.example"})
    assert f"{settings.SITE_URL}/agenda/invitation/" in text(answer)
    assert "evil.example" not in text(answer)


# Between making and accepting


def test_what_was_carried_is_not_given_once_the_agenda_has_another_key(team, mona):
    path, code = invite(mona, team.one)
    vault = keys.Vault(team.alice, private_of(team.alice), MONDAY)
    keys.renew(team.one, vault, MONDAY)
    ines, _browser = joined(path, code)
    assert vault_of(ines).practitioners() == set()
    assert PendingGrant.objects.filter(staff=ines, practitioner=team.one, invitation=None).exists()


def test_nor_once_the_inviter_may_not_open_it_any_more(team, mona):
    path, code = invite(mona, team.one)
    keys.revoke(holder_of(team.mona), team.one)
    ines, _browser = joined(path, code)
    assert vault_of(ines).practitioners() == set()


def test_a_replacement_gets_nothing_beyond_the_last_day(team, mona):
    path, code = invite(mona, team.one, role="replacement", ends_on="2026-01-20", starts_on="2026-01-06")
    ines, _browser = joined(path, code)
    given = Grant.objects.get(holder__staff=ines)
    assert (given.starts_on, given.ends_on) == (TUESDAY, MONDAY + 15 * DAY)
    assert vault_of(ines).practitioners() == set()


# Managers: rights, and the copy of the server secret


def test_a_manager_s_rights_come_with_the_code(team, mona, settings):
    path, code = invite(mona, team.one, role="manager")
    assert owner("ines").role == "secretary"
    assert "gestionnaire" in text(Client().get(path))
    ines, browser = joined(path, code)
    assert ines.is_manager
    assert browser.get("/agenda/staff/").status_code == 200
    assert keys.server_secrets(ines.key_holder, private_of(ines, NEW)) == settings.SERVER_SECRETS


def test_the_link_alone_makes_no_manager_until_another_one_compared_the_words(team, mona, settings):
    path, _code = invite(mona, role="manager")
    ines, browser = joined(path)
    assert (ines.role, ines.key_holder.secret_box) == ("secretary", None)
    assert browser.get("/agenda/staff/").status_code == 404
    assert team.client("alice").get(f"/agenda/approvals/{ines.pk}/").status_code == 404
    assert approve(team.client("nils"), ines).status_code == 302
    ines = owner("ines")
    assert ines.is_manager
    assert keys.server_secrets(holder_of(ines), private_of(ines, NEW)) == settings.SERVER_SECRETS
    assert keys.reseal_secrets() == 3


# Practitioners: their page and week


def test_a_practitioner_s_rights_come_with_the_code(team, mona):
    path, code = invite(mona, team.one, role="practitioner", practitioner=str(team.one.pk))
    ines, browser = joined(path, code)
    assert ines.practitioner == team.one
    assert browser.get(f"/agenda/settings/{team.one.pk}/page/").status_code == 200


@pytest.mark.parametrize("asked", [True, False])
def test_the_link_alone_gives_no_right_to_a_practitioner_s_page(team, mona, asked):
    """Whoever found the link would change hours and telephone; the six words make sure of them."""
    agendas = [team.one] if asked else []
    path, _code = invite(mona, *agendas, role="practitioner", practitioner=str(team.one.pk))
    ines, browser = joined(path)
    assert ines.practitioner is None
    for page in ("page/", "types/"):
        assert browser.get(f"/agenda/settings/{team.one.pk}/{page}").status_code == 404
    assert "comme son praticien" in text(browser.get("/agenda/words/"))
    assert approve(team.client("alice"), ines).status_code == 302
    assert owner("ines").practitioner == team.one
    assert browser.get(f"/agenda/settings/{team.one.pk}/page/").status_code == 200


def test_nor_does_a_reset_that_somebody_else_accepted(team, mona):
    Staff.objects.filter(pk=team.alice.pk).update(role="practitioner", practitioner=team.one)
    path, _code = invite_again(mona, team.alice)
    alice, browser = joined(path)
    assert alice.practitioner is None
    assert browser.get(f"/agenda/settings/{team.one.pk}/page/").status_code == 404
    assert approve(mona, team.alice).status_code == 302
    assert owner("alice").practitioner == team.one


def test_one_practitioner_is_not_two_people(team, mona):
    path, _code = invite(mona, team.one, role="practitioner", practitioner=str(team.one.pk))
    ines, _browser = joined(path)
    Staff.objects.filter(pk=team.alice.pk).update(practitioner=team.one)
    assert approve(mona, ines).status_code == 302
    assert owner("ines").practitioner is None
    assert vault_of(ines).practitioners() == {team.one.pk}


# Anew: a lost password, a lost telephone


@pytest.fixture
def chloe(team: Team) -> Staff:
    """Chloé holds Dr Un's agenda until Tuesday next week, with a telephone and a trusted browser."""
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe), None, TUESDAY + 7 * DAY)
    Practice.objects.update(requires_second_factor=True)
    enrol_telephone("chloe")
    Practice.objects.update(requires_second_factor=False)
    TrustedBrowser.objects.create(staff=team.chloe, tag=bytes(32), label="Firefox", expires=timezone.now() + DAY)
    return team.chloe


def test_a_plain_reset_changes_nothing_before_it_is_accepted(team, mona, chloe):
    before = bytes(holder_of(chloe).public_key)
    path, _code = invite_again(mona, chloe, team.one)
    assert "mot de passe" in said(Client().get(path))
    assert vault_of(chloe, PASSWORD).practitioners() == {team.one.pk}
    assert bytes(holder_of(chloe).public_key) == before
    assert Authenticator.objects.filter(user_id=chloe.pk).exists()
    mona.post(f"/agenda/staff/{chloe.pk}/uninvite/")
    assert Staff.objects.filter(pk=chloe.pk, is_active=True).exists()
    assert not PendingGrant.objects.exists()


def test_accepting_it_ends_keys_grants_factors_trust_and_sessions_and_makes_new_ones(team, mona, chloe):
    colleague = team.client("alice")
    before = bytes(holder_of(chloe).public_key)
    path, _code = invite_again(mona, chloe, team.one)
    session = Session.objects.exclude(session_data="").count()
    again, browser = joined(path)
    assert again == chloe
    assert bytes(holder_of(chloe).public_key) != before
    assert keys.unlock(owner("chloe"), PASSWORD) is None
    assert vault_of(chloe).practitioners() == set()
    assert not Authenticator.objects.filter(user_id=chloe.pk).exists()
    assert not TrustedBrowser.objects.filter(staff=chloe).exists()
    assert browser.get("/agenda/").status_code == colleague.get("/agenda/").status_code == 200
    assert session
    # A password that nobody knows any more is no reason for a new agenda key.
    assert AgendaKey.objects.get(practitioner=team.one).renew_because == ""


def test_open_sessions_of_the_old_password_end_when_it_is_accepted(team, mona):
    chloe = team.client("chloe")
    path, _code = invite_again(mona, team.chloe)
    assert chloe.get("/agenda/").status_code == 200
    joined(path)
    assert chloe.get("/agenda/").status_code == 302


def test_with_the_code_the_agendas_come_back_with_their_days(team, mona, chloe):
    path, code = invite_again(mona, chloe, team.one)
    joined(path, code)
    given = Grant.objects.get(holder__staff=chloe)
    assert (given.starts_on, given.ends_on) == (None, TUESDAY + 7 * DAY)
    assert vault_of(chloe).practitioners() == {team.one.pk}


def test_what_was_asked_for_is_asked_for_again_with_its_days(team, mona):
    """An invitation that got lost is made anew: nobody has to remember what it gave."""
    invite(mona, team.one, team.two, starts_on="2026-01-12")
    ines = owner("ines")
    page = mona.get(f"/agenda/staff/{ines.pk}/again/")
    assert set(page.context["form"]["agendas"].value()) == {team.one.pk, team.two.pk}
    assert text(page).count("checked") == 3
    invite_again(mona, ines, team.one, team.two)
    asked = PendingGrant.objects.filter(staff=ines).values_list("practitioner", "starts_on")
    assert set(asked) == {(team.one.pk, date(2026, 1, 12)), (team.two.pk, date(2026, 1, 12))}


def test_a_password_that_may_be_known_ends_everything_at_once(team, mona, chloe):
    """P12"""
    Practice.objects.update(requires_second_factor=False)
    Authenticator.objects.all().delete()
    open_one = team.client("chloe")
    path, code = invite_again(mona, chloe, team.one, why="suspected")
    assert open_one.get("/agenda/").status_code == 302
    assert sign_in(Client(), "chloe").status_code == 422
    assert not Grant.objects.filter(holder__staff=chloe).exists()
    assert AgendaKey.objects.get(practitioner=team.one).renew_because == "departure"
    assert AgendaKey.objects.get(practitioner=team.two).renew_because == ""
    back, _browser = joined(path, code)
    assert back.is_active
    given = Grant.objects.get(holder__staff=chloe)
    assert given.ends_on == TUESDAY + 7 * DAY


def test_a_manager_anew_keeps_the_rights_with_the_code_only(team):
    nils = team.client("nils")
    path, code = invite_again(nils, team.mona)
    joined(path, code)
    assert owner("mona").is_manager
    path, _code = invite_again(nils, team.mona)
    assert holder_of(team.mona).secret_box is not None
    joined(path)
    assert owner("mona").role == "secretary"
    assert holder_of(team.mona).secret_box is None
    assert approve(team.client("nils"), team.mona).status_code == 302
    assert owner("mona").is_manager


def test_nobody_is_reset_who_alone_opens_an_agenda(team, mona):
    """The names would be lost with the old keys. A confirmed sheet would open it."""
    address = f"/agenda/staff/{team.bruno.pk}/again/"
    data = {"why": "lost", "hours": "72"}
    answer = mona.post(address, data)
    assert answer.status_code == 409
    assert "Personne d’autre n’a la clé de l’agenda de Dr Deux" in said(answer)
    private = keys.agenda_private(private_of(team.bruno), team.bruno, team.two.pk, 1, MONDAY)
    keys.confirm_sheet(team.two, keys.new_recovery_sheet(team.two, private or b"")[-4:])
    assert mona.post(address, data).status_code == 200


def test_nobody_resets_themselves(team, mona):
    answer = mona.post(f"/agenda/staff/{team.mona.pk}/again/", {"why": "lost", "hours": "72"})
    assert answer.status_code == 409
    assert "Mon compte" in said(answer)


def test_somebody_who_left_comes_back_by_an_invitation(team, mona):
    mona.post(f"/agenda/staff/{team.chloe.pk}/end/")
    path, code = invite_again(mona, team.chloe, team.one)
    back, _browser = joined(path, code)
    assert back.is_active
    assert vault_of(back).practitioners() == {team.one.pk}


def test_who_is_over_is_not_invited_before_their_last_day_is_another(team, mona):
    Staff.objects.filter(pk=team.chloe.pk).update(role="replacement", ends_on=MONDAY - DAY, is_active=False)
    address = f"/agenda/staff/{team.chloe.pk}/again/"
    assert mona.post(address, {"why": "lost", "hours": "72"}).status_code == 409
    data = {"name": "Chloé", "role": "replacement", "practitioner": "", "ends_on": "2026-01-20"}
    assert mona.post(f"/agenda/staff/{team.chloe.pk}/", data).status_code == 302
    assert mona.post(address, {"why": "lost", "hours": "72"}).status_code == 200


# The form


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"name": ""}, "Indiquez le nom"),
        ({"login": ""}, "Choisissez un identifiant"),
        ({"login": "ALICE"}, "« ALICE » est déjà pris"),
        ({"role": "replacement"}, "Un remplacement a toujours un dernier jour"),
        ({"role": "manager", "ends_on": "2026-02-01"}, "Un gestionnaire n’a pas de dernier jour"),
        ({"ends_on": "2026-01-04"}, "Ce jour est passé"),
        ({"ends_on": "2026-01-10", "starts_on": "2026-01-11"}, "Le dernier jour est avant le premier"),
        ({"ends_on": "demain"}, "Écrivez la date"),
        ({"role": "owner"}, "n’en fait pas partie"),
        ({"hours": "9999"}, "n’en fait pas partie"),
        ({"agendas": ["7"]}, "7"),
    ],
)  # fmt: skip
def test_a_form_that_does_not_fit_comes_back_as_it_was_filled(team, mona, typed, word):
    answer = mona.post("/agenda/staff/invite/", fields(team.one, **typed))
    assert answer.status_code == 422
    assert word in said(answer)
    if "name" not in typed:
        assert 'value="Inès Da Silva"' in text(answer)
    assert not Invitation.objects.exists()
    assert not Staff.objects.filter(login__in=["ines", "ALICE"]).exists()


def test_nobody_but_a_manager_invites(team, caplog):
    """P11"""
    alice = team.client("alice")
    for answer in (alice.get("/agenda/staff/invite/"), alice.post("/agenda/staff/invite/", fields(team.one))):
        assert answer.status_code == 404
    assert "asked for a manager's page" in caplog.text
    assert not Invitation.objects.exists()


def test_a_locked_session_is_asked_before_it_invites_and_the_form_waits(team, mona):
    mona.post("/agenda/lock/")
    answer = mona.post("/agenda/staff/invite/", fields(team.one, team.two))
    assert "Session verrouillée" in text(answer)
    assert text(answer).count('name="agendas"') == 2
    assert not Invitation.objects.exists()
    done = mona.post("/agenda/staff/invite/", {**fields(team.one), "unlock_password": PASSWORD})
    assert "est prête" in text(done)


def test_the_second_factor_is_asked_before_an_invitation_is_made(team, clock):
    Practice.objects.update(requires_second_factor=True)
    mona, _secret, codes = enrol_telephone("mona")
    clock.shift(601)
    answer = mona.post("/agenda/staff/invite/", fields(team.one))
    assert "Confirmez que c’est vous" in text(answer)
    assert not Invitation.objects.exists()
    done = mona.post("/agenda/staff/invite/", {**fields(team.one), "factor_code": codes[0]})
    assert "est prête" in text(done)


def test_looking_changes_nothing(team, mona):
    """I6"""
    path, _code = invite(mona, team.one)
    before = list(Invitation.objects.values()), list(Staff.objects.order_by("pk").values())
    for _ in range(2):
        assert Client().get(path).status_code == 200
    assert (list(Invitation.objects.values()), list(Staff.objects.order_by("pk").values())) == before


@pytest.mark.parametrize("typed", ["O0I1L1", "o0i1l1", " 00 11-11 "])
def test_signs_that_look_alike_are_read_as_one(typed):
    assert framing.parse_spoken_code(typed) == "001111"


def test_a_code_is_six_signs_of_thirty_two_and_another_each_time():
    codes = {framing.spoken_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(framing.parse_spoken_code(code) == code for code in codes)
    assert not set("".join(codes)) & set("ILOU")
    with pytest.raises(sealing.SealingError):
        framing.parse_spoken_code("UUUUUU")
