"""The recovery sheet: shown once, typed back, used when a password is lost; and the same at the terminal."""

import html
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse

from agenda import sign_in
from clicdocteur.sealing import parse_recovery_code
from practitioners import keys
from practitioners.models import AgendaKey, Grant, KeyHolder, Staff
from tests.agenda.cast import NAME, session_row, settle, text
from tests.booking.cast import MONDAY
from tests.practitioners.cast import PASSWORD, holder_of, private_of


def code_of(answer: HttpResponse) -> str:
    """The code that a sheet shows."""
    return "-".join(re.findall(r"<span>([0-9A-Z]{4})</span>", text(answer)))


def new_sheet(desk, *, confirmed: bool = True) -> str:
    code = keys.new_recovery_sheet(desk.one, desk.private_one())
    if confirmed:
        keys.confirm_sheet(desk.one, code[-4:])
    return code


def use(client, code: str, password: str = PASSWORD) -> HttpResponse:
    return client.post("/agenda/recover/", {"code": code, "password": password})


def test_a_new_sheet_is_shown_once_with_its_code_in_groups_and_a_drawing(desk, alice):
    assert "L’ancienne feuille vaut jusqu’à ce que" in text(alice.get(f"/agenda/keys/{desk.one.pk}/sheet/"))
    answer = alice.post(f"/agenda/keys/{desk.one.pk}/sheet/new/")
    code = code_of(answer)
    assert len(parse_recovery_code(code)) == 16
    assert "<svg" in text(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert keys.open_sheet(desk.one, code)
    for kept in (str(session_row(alice)), text(alice.get("/agenda/keys/"))):
        assert code not in kept
        assert code.split("-")[0] not in kept


def test_typing_the_last_group_back_confirms_and_anything_else_does_not(desk, alice):
    code = code_of(alice.post(f"/agenda/keys/{desk.one.pk}/sheet/new/"))
    address = f"/agenda/keys/{desk.one.pk}/sheet/confirm/"
    for wrong in ("0000", "", code[:4], "x" * 30):
        assert alice.post(address, {"group": wrong}).status_code == 422
    assert not keys.publishable(desk.one)
    answer = alice.post(address, {"group": f" {code[-4:].lower()} "}, follow=True)
    assert "est confirmée" in text(answer)
    assert keys.publishable(desk.one)


def test_a_new_sheet_holds_every_version_during_a_renewal(desk, alice):
    new_sheet(desk)
    keys.renew(desk.one, keys.Vault(desk.alice, private_of(desk.alice), MONDAY), MONDAY)
    code = code_of(alice.post(f"/agenda/keys/{desk.one.pk}/sheet/new/"))
    sheet, _private = keys.open_sheet(desk.one, code)
    assert sorted(sheet.grants.values_list("agenda_key__version", flat=True)) == [1, 2]


def test_the_former_sheet_counts_until_the_new_one_is_typed_back(desk, alice):
    former = new_sheet(desk)
    code = code_of(alice.post(f"/agenda/keys/{desk.one.pk}/sheet/new/"))
    assert "l’ancienne vaut encore" in text(alice.get("/agenda/keys/"))
    for one in (former, code):
        assert keys.open_sheet(desk.one, one)
    assert keys.publishable(desk.one)
    alice.post(f"/agenda/keys/{desk.one.pk}/sheet/confirm/", {"group": former[-4:]})
    assert keys.open_sheet(desk.one, former)
    alice.post(f"/agenda/keys/{desk.one.pk}/sheet/confirm/", {"group": code[-4:]})
    assert keys.open_sheet(desk.one, former) is None
    assert keys.open_sheet(desk.one, code)
    assert keys.publishable(desk.one)
    assert "l’ancienne vaut encore" not in text(alice.get("/agenda/keys/"))


@pytest.mark.parametrize("used", ["former", "new"])
def test_whichever_sheet_is_used_meanwhile_voids_both(desk, used):
    codes = {"former": new_sheet(desk), "new": new_sheet(desk, confirmed=False)}
    renewed = code_of(use(desk.client("chloe"), codes[used]))
    assert [keys.open_sheet(desk.one, code) for code in codes.values()] == [None, None]
    assert keys.open_sheet(desk.one, renewed)


def test_the_code_and_one_s_own_password_open_the_agenda_and_the_sheet_is_replaced(desk):
    """The use that it was printed for: everybody who had the key is gone."""
    desk.visit()
    code = new_sheet(desk)
    desk.alice.delete()
    chloe = desk.client("chloe")
    assert "Rouvrir un agenda" in text(chloe.get("/agenda/keys/"))
    assert chloe.get("/agenda/recover/").status_code == 200
    answer = use(chloe, code.lower().replace("-", " "))
    renewed = code_of(answer)
    assert "vous est ouvert" in text(answer)
    assert NAME in text(chloe.get("/agenda/"))
    assert keys.open_sheet(desk.one, code) is None
    assert keys.open_sheet(desk.one, renewed)
    chloe.post(f"/agenda/keys/{desk.one.pk}/sheet/confirm/", {"group": renewed[-4:]})
    assert keys.publishable(desk.one)


def test_a_locked_session_is_unlocked_by_the_same_form(desk):
    desk.visit()
    code, chloe = new_sheet(desk), desk.client("chloe")
    chloe.post("/agenda/lock/")
    assert use(chloe, code).status_code == 200
    settle(chloe)
    assert NAME in text(chloe.get("/agenda/"))


@pytest.mark.parametrize(
    ("code", "password"),
    [("0" * 32, PASSWORD), ("", PASSWORD), ("the code", "Framboise-1789-ete"), ("the code", ""), ("x" * 300, PASSWORD)],
)
def test_a_wrong_code_or_password_opens_nothing_and_the_sheet_still_counts(desk, code, password):
    right, chloe = new_sheet(desk), desk.client("chloe")
    answer = use(chloe, right if code == "the code" else code, password)
    assert answer.status_code == 422
    assert right not in html.unescape(text(answer)) or code == "the code"
    assert not Grant.objects.filter(holder__staff=desk.chloe).exists()
    assert keys.open_sheet(desk.one, right)
    assert keys.publishable(desk.one)


def test_codes_are_throttled_like_passwords(desk):
    """P8"""
    right, chloe = new_sheet(desk), desk.client("chloe")
    answers = [use(chloe, "0" * 32).status_code for _ in range(sign_in.TRIES_PER_ACCOUNT + 1)]
    assert answers == [422] * sign_in.TRIES_PER_ACCOUNT + [429]
    assert use(chloe, right).status_code == 429
    assert not Grant.objects.filter(holder__staff=desk.chloe).exists()


def test_using_a_sheet_is_noted_without_its_code(desk, caplog):
    code = new_sheet(desk)
    use(desk.client("chloe"), code)
    assert f"agenda {desk.one.pk} was opened to key-holder {holder_of(desk.chloe).pk}" in caplog.text
    assert code not in caplog.text


@pytest.mark.parametrize("page", ["sheet/", "sheet/new/", "sheet/confirm/"])
def test_another_agenda_s_sheet_is_404(desk, alice, page):
    """P11"""
    address = f"/agenda/keys/{desk.two.pk}/{page}"
    assert (alice.get(address) if page == "sheet/" else alice.post(address)).status_code == 404


def test_a_locked_session_makes_no_sheet(desk, alice):
    alice.post("/agenda/lock/")
    assert "Session verrouillée" in text(alice.post(f"/agenda/keys/{desk.one.pk}/sheet/new/"))
    assert not KeyHolder.objects.filter(sheet_of=desk.one).exists()


def test_no_sheet_is_made_for_an_altered_key(desk, alice):
    """P5: it would hold a key that opens nothing that comes."""
    from clicdocteur import sealing

    former = new_sheet(desk)
    AgendaKey.objects.filter(practitioner=desk.one).update(public_key=sealing.generate_key_pair().public)
    answer = alice.post(f"/agenda/keys/{desk.one.pk}/sheet/new/", follow=True)
    assert "a été modifiée sur le serveur" in text(answer)
    assert keys.open_sheet(desk.one, former)


# At the terminal


def recover(monkeypatch, *typed: str, **options: object) -> str:
    answers = iter(typed)
    monkeypatch.setattr("builtins.input", lambda question="": next(answers))
    out = StringIO()
    call_command("recover", "un", stdout=out, **{"login": "chloe", **options})
    return out.getvalue()


def test_the_command_opens_the_agenda_to_a_login_and_prints_the_next_sheet(desk, monkeypatch):
    code = new_sheet(desk)
    said = recover(monkeypatch, code, sheet_confirmed=True)
    printed = re.search(r"(?:[0-9A-Z]{4}-){7}[0-9A-Z]{4}", said)
    assert printed
    assert keys.open_sheet(desk.one, printed[0])
    assert keys.publishable(desk.one)
    assert keys.Vault(desk.chloe, private_of(desk.chloe), MONDAY).key(desk.one.pk, 1) == desk.private_one()


@pytest.mark.parametrize(
    "options", [{"login": "nobody"}, {"login": None}, {"login": "chloe", "code": "0" * 32}], ids=str
)
def test_the_command_refuses_with_a_sentence_and_changes_nothing(desk, monkeypatch, options):
    code = new_sheet(desk)
    given = {**options}
    with pytest.raises(CommandError):
        recover(monkeypatch, given.pop("code", code), **given)
    assert keys.open_sheet(desk.one, code)
    assert not Grant.objects.filter(holder__staff=desk.chloe).exists()


NEW = "Cerise-Moulin-42-Verger!"


def new_password(tmp_path, words: str = NEW) -> dict[str, object]:
    (tmp_path / "new").write_text(words + "\n")
    return {"new_password_file": str(tmp_path / "new"), "sheet_confirmed": True}


def test_a_lost_password_of_whom_nobody_can_invite_is_replaced_at_the_console(desk, alice, monkeypatch, tmp_path):
    code, half = new_sheet(desk), desk.private_one()
    recover(monkeypatch, code, login="alice", **new_password(tmp_path))
    assert alice.get("/agenda/keys/").status_code == 302  # the session of the lost password is over
    member = Staff.objects.select_related("key_holder").get(login="alice")
    assert keys.unlock(member, PASSWORD) is None
    private = keys.unlock(member, NEW)
    assert private
    assert keys.Vault(member, private, MONDAY).key(desk.one.pk, 1) == half


@pytest.mark.parametrize(
    ("code", "password", "said"),
    [("0" * 32, NEW, "Ce code n’ouvre pas cet agenda"), ("", "azerty", "Au moins 12 caractères")],
    ids=["wrong sheet", "weak password"],
)
def test_a_refused_recovery_leaves_the_former_password(desk, monkeypatch, tmp_path, code, password, said):
    right = new_sheet(desk)
    with pytest.raises(CommandError, match=said):
        recover(monkeypatch, code or right, login="alice", **new_password(tmp_path, password))
    assert private_of(Staff.objects.select_related("key_holder").get(login="alice"))
    assert keys.open_sheet(desk.one, right)
