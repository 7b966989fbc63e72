"""The team's page: who works here and what each has; changing it, and leaving. For managers."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client

from booking import rotation
from clicdocteur import sealing
from practitioners import keys
from practitioners.models import AgendaKey, Grant, Invitation, KeyHolder, PendingGrant, Practice, Staff, TrustedBrowser
from tests.agenda.cast import owner, sign_in, text
from tests.agenda.factor import enrol_telephone
from tests.agenda.team import Team, approve, invite, said, vault_of
from tests.booking.cast import MONDAY, TUESDAY
from tests.copies import copy_of
from tests.practitioners.cast import PASSWORD, holder_of, private_of, staff

DAY = timedelta(days=1)
STAFF = "/agenda/staff/"


@pytest.fixture
def team(db: None, clock) -> Team:
    return copy_of(Team)


@pytest.fixture
def mona(team: Team) -> Client:
    return team.client("mona")


def change(client: Client, member: Staff, **typed: str):
    given = {"name": member.name, "role": member.role, "practitioner": "", "ends_on": ""}
    return client.post(f"{STAFF}{member.pk}/", {**given, **typed}, follow=True)


def days(client: Client, member: Staff, practitioner, starts_on: str = "", ends_on: str = "", *, follow: bool = False):
    prefix = f"a{practitioner.pk}"
    data = {f"{prefix}-starts_on": starts_on, f"{prefix}-ends_on": ends_on}
    return client.post(f"{STAFF}{member.pk}/agenda/{practitioner.pk}/", data, follow=follow)


# Whatever changes who may what


def test_every_change_asks_the_second_factor_first(team, clock):
    """Before grants, always: also at a desk that was left open by somebody who gave it an hour ago."""
    Practice.objects.update(requires_second_factor=True)
    mona, _secret, _codes = enrol_telephone("mona")
    clock.shift(601)
    kept = [list(model.objects.order_by("pk").values()) for model in (Staff, Grant, PendingGrant, Invitation)]
    person = f"{STAFF}{team.alice.pk}/"
    agenda = f"{person}agenda/{team.one.pk}/"
    for path in (person, agenda, f"{agenda}take-back/", f"{person}end/", f"{person}again/", f"{STAFF}invite/"):
        assert "Confirmez que c’est vous" in text(mona.post(path, {})), path
    assert kept == [list(model.objects.order_by("pk").values()) for model in (Staff, Grant, PendingGrant, Invitation)]


# Seeing


def test_the_page_says_what_each_is_has_and_until_when(team, mona):
    team.bruno.practitioner = team.two
    team.bruno.save()
    Staff.objects.filter(pk=team.chloe.pk).update(role="replacement", ends_on=TUESDAY)
    team.chloe.refresh_from_db()
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe), MONDAY, None)
    Authenticator.objects.create(user_id=team.alice.pk, type="totp", data={})
    Authenticator.objects.create(user_id=team.bruno.pk, type="recovery_codes", data={})
    invite(mona, team.two)
    page = said(mona.get(STAFF))
    for part in ("Alice", "Bruno", "Chloe", "Inès Da Silva", "remplacement", "06/01/2026", "à partir du 05/01/2026",
                 "Dr Deux", "en attente", "invité jusqu’au 08/01/2026"):  # fmt: skip
        assert part in page
    rows = page.split("<tr")
    assert "oui" in next(row for row in rows if "Alice" in row)
    assert "oui" not in next(row for row in rows if "Bruno" in row)


@pytest.mark.parametrize("number", [1, 30])
def test_it_costs_the_same_for_a_few_and_for_thirty(team, number, django_assert_num_queries):
    holder = holder_of(team.chloe)
    for n in range(number):
        one = Staff.objects.create(login=f"x{n}", name=f"X {n}", is_active=n % 2 == 0)
        KeyHolder.objects.create(staff=one, public_key=holder.public_key, wrapped_private=b"")
        PendingGrant.objects.create(staff=one, practitioner=team.one)
        Invitation.objects.create(staff=one, made_by=team.mona, token_hash=bytes([n]) * 32, expires="2026-01-09T00:00Z")
    mona = team.client("mona")
    with django_assert_num_queries(11):
        page = text(mona.get(STAFF))
    assert page.count("X ") >= number


PAGES = ["", "invite/", "{pk}/", "{pk}/again/", "{pk}/end/", "{pk}/agenda/{one}/take-back/"]
POSTS = [*PAGES[1:], "{pk}/uninvite/", "{pk}/agenda/{one}/"]


@pytest.mark.parametrize("login", ["alice", "chloe"])
def test_the_team_is_for_managers_and_everybody_else_gets_404_which_is_noted(team, login, caplog):
    """P11"""
    client, before = team.client(login), list(Staff.objects.order_by("pk").values())
    named = {"pk": team.bruno.pk, "one": team.one.pk}
    for path in PAGES:
        assert client.get(STAFF + path.format(**named)).status_code == 404, path
    for path in POSTS:
        assert client.post(STAFF + path.format(**named)).status_code == 404, path
    assert "asked for a manager's page" in caplog.text
    assert list(Staff.objects.order_by("pk").values()) == before
    assert "Équipe" not in text(client.get("/agenda/"))


@pytest.mark.parametrize("path", ["7/", "7/again/", "7/end/", "7/agenda/7/take-back/"])
def test_somebody_who_is_not_there_is_404(team, mona, path):
    assert mona.get(STAFF + path).status_code == 404
    assert mona.post(STAFF + path).status_code == 404


def test_a_manager_without_a_grant_sees_the_team_and_no_name(team):
    team.visit()
    nils = team.client("nils")
    assert nils.get(STAFF).status_code == 200
    assert "Kowalczyk" not in text(nils.get("/agenda/"))


# Being something else


def test_a_secretary_becomes_a_replacement_with_a_last_day_that_every_grant_keeps(team, mona):
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe))
    assert "C’est enregistré" in said(change(mona, team.chloe, role="replacement", ends_on="2026-01-06"))
    chloe = owner("chloe")
    assert (chloe.role, chloe.ends_on) == ("replacement", TUESDAY)
    assert keys.Vault(chloe, private_of(chloe), TUESDAY).practitioners() == {team.one.pk}
    assert keys.Vault(chloe, private_of(chloe), TUESDAY + DAY).practitioners() == set()


@pytest.mark.parametrize(
    "typed",
    [{"role": "replacement"}, {"role": "manager", "ends_on": "2026-02-02"}, {"ends_on": "2026-01-04"}, {"name": ""}, {"role": "x"}],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_changes_nothing(team, mona, typed):
    before = Staff.objects.filter(pk=team.chloe.pk).values().get()
    given = {"name": "Chloe", "role": "secretary", "practitioner": "", "ends_on": "", **typed}
    answer = mona.post(f"{STAFF}{team.chloe.pk}/", given)
    assert answer.status_code == 422
    assert 'class="wrong"' in text(answer)
    assert Staff.objects.filter(pk=team.chloe.pk).values().get() == before


def test_a_practitioner_is_one_person_only(team, mona):
    change(mona, team.bruno, role="practitioner", practitioner=str(team.two.pk))
    assert owner("bruno").practitioner == team.two
    page = text(mona.get(f"{STAFF}{team.chloe.pk}/"))
    assert f'value="{team.two.pk}"' not in page.split("</select>")[1]
    given = {"name": "Chloe", "role": "secretary", "practitioner": str(team.two.pk), "ends_on": ""}
    assert mona.post(f"{STAFF}{team.chloe.pk}/", given).status_code == 422


def test_nobody_becomes_a_manager_by_a_form_alone(team, mona, settings):
    """The server secret would be sealed to whatever key lies in the store."""
    page = said(change(mona, team.chloe, role="manager"))
    assert "attendent" in page
    assert owner("chloe").role == "secretary"
    assert holder_of(team.chloe).secret_box is None
    assert team.client("bruno").get(f"/agenda/approvals/{team.chloe.pk}/").status_code == 404
    assert approve(team.client("nils"), team.chloe).status_code == 302
    assert owner("chloe").is_manager
    assert keys.server_secrets(holder_of(team.chloe), private_of(team.chloe)) == settings.SERVER_SECRETS


def test_a_replaced_key_gets_no_server_secret(team, mona):
    change(mona, team.chloe, role="manager")
    stranger = sealing.generate_key_pair()
    seen = keys.mark(bytes(holder_of(team.chloe).public_key))
    KeyHolder.objects.filter(staff=team.chloe).update(public_key=stranger.public)
    data = {"mark": seen, "wanted": [PendingGrant.objects.get().pk], "same": "on"}
    assert mona.post(f"/agenda/approvals/{team.chloe.pk}/", data).status_code == 409
    assert holder_of(team.chloe).secret_box is None
    assert owner("chloe").role == "secretary"


def test_who_manages_no_more_keeps_no_copy_of_the_server_secret_and_no_invitation(team, mona):
    nils = team.client("nils")
    invite(nils)
    change(mona, team.nils, role="secretary")
    assert owner("nils").role == "secretary"
    assert (holder_of(team.nils).secret_box, holder_of(team.nils).secret_tag) == (None, None)
    assert not Invitation.objects.exists()
    assert not Staff.objects.filter(login="ines").exists()
    assert nils.get(STAFF).status_code == 404


def test_nobody_demotes_themselves(team, mona):
    assert "Un autre gestionnaire" in said(change(mona, team.mona, role="secretary"))
    assert owner("mona").is_manager


def test_a_manager_s_name_is_changed_without_touching_what_they_keep(team, mona):
    before = bytes(holder_of(team.nils).secret_box)
    change(mona, team.nils, name="Nils B.")
    assert owner("nils").name == "Nils B."
    assert bytes(holder_of(team.nils).secret_box) == before


# Giving and taking agendas


def test_what_the_manager_holds_goes_to_the_comparing_of_words(team, mona):
    answer = days(mona, team.chloe, team.one, "2026-01-05", "2026-01-06")
    assert answer.url == f"/agenda/approvals/{team.chloe.pk}/"
    assert vault_of(team.chloe, PASSWORD).practitioners() == set()
    approve(mona, team.chloe)
    given = Grant.objects.get(holder__staff=team.chloe)
    assert (given.starts_on, given.ends_on) == (MONDAY, TUESDAY)


def test_what_the_manager_does_not_hold_waits_for_who_does(team, mona):
    page = said(days(mona, team.chloe, team.two, follow=True))
    assert "L’accès est demandé" in page
    assert mona.get(f"/agenda/approvals/{team.chloe.pk}/").status_code == 404
    assert "quelqu’un attend" in text(team.client("bruno").get("/agenda/"))
    approve(team.client("bruno"), team.chloe)
    assert vault_of(team.chloe, PASSWORD).practitioners() == {team.two.pk}


def test_days_of_an_access_that_the_manager_holds_are_changed_at_once(team, mona):
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe), None, TUESDAY)
    page = said(days(mona, team.chloe, team.one, "", "2026-02-01", follow=True))
    assert "Les dates sont changées" in page
    given = Grant.objects.select_related("agenda_key", "holder").get(holder__staff=team.chloe)
    assert given.ends_on.isoformat() == "2026-02-01"
    assert keys.is_bound(given, team.private_one())
    assert AgendaKey.objects.get(practitioner=team.one).renew_because == ""


def test_days_of_a_grant_that_somebody_meddled_with_go_to_the_comparing_of_words(team, mona):
    """The new grant would be sealed to a key that nobody confirmed."""
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe), None, TUESDAY)
    KeyHolder.objects.filter(staff=team.chloe).update(public_key=sealing.generate_key_pair().public)
    before = Grant.objects.filter(holder__staff=team.chloe).values().get()
    answer = days(mona, team.chloe, team.one, "", "2026-02-01")
    assert answer.url == f"/agenda/approvals/{team.chloe.pk}/"
    assert Grant.objects.filter(holder__staff=team.chloe).values().get() == before


def test_nobody_prolongs_their_own_access(team):
    holder = holder_of(team.mona)
    keys.grant(team.key_one, team.private_one(), holder, None, TUESDAY)
    mona = team.client("mona")
    page = said(days(mona, team.mona, team.one, follow=True))
    assert "L’accès est demandé" in page
    assert Grant.objects.get(holder=holder).ends_on == TUESDAY
    assert mona.get(f"/agenda/approvals/{team.mona.pk}/").status_code == 404
    approve(team.client("alice"), team.mona)
    assert Grant.objects.get(holder=holder).ends_on is None


def test_a_day_that_is_past_or_before_the_first_is_said_on_the_page(team, mona):
    for starts_on, ends_on in (("", "2026-01-04"), ("2026-01-08", "2026-01-07"), ("", "x")):
        answer = days(mona, team.chloe, team.one, starts_on, ends_on)
        assert answer.status_code == 422
        assert 'class="wrong"' in text(answer)
    assert not PendingGrant.objects.exists()


def test_a_closed_account_is_given_nothing(team, mona):
    mona.post(f"{STAFF}{team.chloe.pk}/end/")
    assert "Invitez d’abord" in said(days(mona, team.chloe, team.one, follow=True))
    assert not PendingGrant.objects.exists()


def test_what_is_asked_for_an_invited_person_waits_with_the_invitation(team, mona):
    invite(mona)
    ines = owner("ines")
    days(mona, ines, team.one)
    assert PendingGrant.objects.get().invitation == Invitation.objects.get()
    mona.post(f"{STAFF}{ines.pk}/uninvite/")
    assert not PendingGrant.objects.exists()


def test_one_agenda_is_taken_back_and_its_key_is_due(team, mona):
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe))
    chloe = team.client("chloe")
    address = f"{STAFF}{team.chloe.pk}/agenda/{team.one.pk}/take-back/"
    assert "lui restent ouverts" in said(mona.get(address))
    assert Grant.objects.filter(holder__staff=team.chloe).exists()
    mona.post(address)
    assert not Grant.objects.filter(holder__staff=team.chloe).exists()
    assert AgendaKey.objects.get(practitioner=team.one).renew_because == "departure"
    assert owner("chloe").is_active
    assert "Aucun agenda" in text(chloe.get("/agenda/"))


def test_a_request_is_taken_back_without_wearing_the_key(team, mona):
    days(mona, team.chloe, team.two)
    mona.post(f"{STAFF}{team.chloe.pk}/agenda/{team.two.pk}/take-back/")
    assert not PendingGrant.objects.exists()
    assert AgendaKey.objects.get(practitioner=team.two).renew_because == ""


@pytest.mark.parametrize("other", [None, "unconfirmed sheet", "closed account", "over", "invited anew", "sheet", "colleague"])  # fmt: skip
def test_the_only_one_who_opens_an_agenda_keeps_it(team, mona, other):
    private = keys.agenda_private(private_of(team.bruno), team.bruno, team.two.pk, 1, MONDAY) or b""
    if other in ("sheet", "unconfirmed sheet"):
        code = keys.new_recovery_sheet(team.two, private)
        if other == "sheet":
            keys.confirm_sheet(team.two, code[-4:])
    elif other:
        keys.grant(team.key_two, private, holder_of(team.chloe), None, MONDAY if other == "over" else None)
        if other == "over":
            Grant.objects.filter(holder__staff=team.chloe).update(ends_on=MONDAY - DAY)
        if other == "closed account":
            Staff.objects.filter(pk=team.chloe.pk).update(is_active=False)
        if other == "invited anew":
            Invitation.objects.create(staff=team.chloe, made_by=team.mona, token_hash=b"x", expires="2026-01-09T00:00Z")
    free = other in ("sheet", "colleague")
    for address in (f"{team.bruno.pk}/agenda/{team.two.pk}/take-back/", f"{team.bruno.pk}/end/"):
        page = said(mona.post(STAFF + address, follow=True))
        assert ("Personne d’autre n’a la clé" in page) is not free
        assert Grant.objects.filter(holder__staff=team.bruno).exists() is not free
        if free:
            break


# Leaving


def test_an_account_ends_at_once_with_all_that_it_had(team, mona):
    """P12"""
    keys.grant(team.key_one, team.private_one(), holder_of(team.chloe))
    PendingGrant.objects.create(staff=team.chloe, practitioner=team.two)
    Authenticator.objects.create(user_id=team.chloe.pk, type="totp", data={"secret": "x"})
    TrustedBrowser.objects.create(staff=team.chloe, tag=bytes(32), label="Firefox", expires="2026-02-01T00:00Z")
    kept = keys.Vault(team.chloe, private_of(team.chloe), MONDAY).key(team.one.pk, 1)
    Authenticator.objects.all().delete()
    chloe = team.client("chloe")
    Authenticator.objects.create(user_id=team.chloe.pk, type="totp", data={"secret": "x"})
    assert "Fermer le compte de Chloe" in said(mona.get(f"{STAFF}{team.chloe.pk}/end/"))
    page = said(mona.post(f"{STAFF}{team.chloe.pk}/end/", follow=True))
    assert "Le compte est fermé" in page
    assert chloe.get("/agenda/").status_code == 302
    assert not any(row.get_decoded().get("_auth_user_id") == str(team.chloe.pk) for row in Session.objects.all())
    assert sign_in(Client(), "chloe").status_code == 422
    assert not Grant.objects.filter(holder__staff=team.chloe).exists()
    assert not PendingGrant.objects.exists()
    assert not Authenticator.objects.filter(user_id=team.chloe.pk).exists()
    assert not TrustedBrowser.objects.exists()
    assert AgendaKey.objects.get(practitioner=team.one).renew_because == "departure"
    assert AgendaKey.objects.get(practitioner=team.two).renew_because == ""
    # After the renewal, what they kept opens nothing that comes.
    vault = keys.Vault(team.alice, private_of(team.alice), MONDAY)
    rotation.start(team.one, vault, MONDAY)
    rotation.advance(team.one, vault.fresh())
    assert kept not in vault.fresh().held(team.one.pk).values()
    assert "compte fermé" in said(mona.get(STAFF))


def test_a_manager_who_leaves_leaves_no_copy_of_the_secret_and_no_door(team, mona):
    """An account that they invited may be theirs."""
    nils = team.client("nils")
    invite(nils)
    mona.post(f"{STAFF}{team.nils.pk}/end/")
    assert (holder_of(team.nils).secret_box, holder_of(team.nils).secret_tag) == (None, None)
    assert not Invitation.objects.exists()
    assert not Staff.objects.filter(login="ines").exists()


def test_the_last_manager_stays(team, mona):
    mona.post(f"{STAFF}{team.nils.pk}/end/")
    assert not owner("nils").is_active
    assert "vous-même, non" in said(mona.post(f"{STAFF}{team.mona.pk}/end/", follow=True))
    assert "vous-même, non" in said(change(mona, team.mona, role="secretary"))
    assert owner("mona").is_active
    assert owner("mona").is_manager


def test_the_verbs_refuse_the_last_manager_themselves(team):
    from agenda.people import leaving
    from agenda.people.turns import Refused

    leaving.end(team.mona.pk, team.nils.pk)
    for verb in (leaving.end, lambda by, who: leaving.change(by, who, leaving.Role("M", "secretary", None, None))):
        with pytest.raises(Refused):
            verb(team.mona.pk, team.mona.pk)


def test_an_invited_account_is_closed_with_its_invitation(team, mona):
    path, _code = invite(mona)
    mona.post(f"{STAFF}{owner('ines').pk}/end/")
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["end/", "agenda/{one}/take-back/", ""])
def test_a_locked_session_changes_nobody(team, mona, path):
    before = list(Staff.objects.order_by("pk").values()), list(Grant.objects.order_by("pk").values())
    mona.post("/agenda/lock/")
    address = f"{STAFF}{team.alice.pk}/{path.format(one=team.one.pk)}"
    data = {"name": "X", "role": "secretary", "practitioner": "", "ends_on": ""}
    assert "Session verrouillée" in text(mona.post(address, data))
    assert (list(Staff.objects.order_by("pk").values()), list(Grant.objects.order_by("pk").values())) == before


def test_a_busy_store_is_said_and_changes_nothing(team, mona, monkeypatch):
    """I8"""
    from agenda.people import leaving
    from booking.refusals import Busy

    def busy(*given: object) -> None:
        raise Busy

    for name in ("end", "change", "take_back"):
        monkeypatch.setattr(leaving, name, busy)
    for address in (f"{team.chloe.pk}/end/", f"{team.chloe.pk}/agenda/{team.one.pk}/take-back/"):
        assert "La base est occupée" in said(mona.post(STAFF + address, follow=True))
    assert "La base est occupée" in said(change(mona, team.chloe, name="C"))


def test_the_nag_counts_those_who_keep_a_key_for_good(team, mona):
    """Pending, invited anew, and with a last day: not for good."""
    alone = "une seule personne a la clé"
    PendingGrant.objects.create(staff=team.chloe, practitioner=team.one)
    assert alone not in text(mona.get("/agenda/"))  # Alice and Mona
    Invitation.objects.create(staff=team.alice, made_by=team.mona, token_hash=b"x", expires="2026-01-09T00:00Z")
    assert alone in text(mona.get("/agenda/"))
    Invitation.objects.all().delete()
    assert alone not in text(mona.get("/agenda/"))
    Staff.objects.filter(pk=team.alice.pk).update(role="replacement", ends_on=TUESDAY)
    assert alone in text(mona.get("/agenda/"))
    extra = staff("dora")
    keys.grant(team.key_one, team.private_one_by_mona(), holder_of(extra))
    assert alone not in text(mona.get("/agenda/"))
