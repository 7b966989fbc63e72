"""Who reaches what: every address of the staff's side, asked for by everybody who should not have it (P11, I6).

A new address that names something (a visit, an agenda…) is an agenda's, and has to be 404 without a grant, unless it is listed
here as a manager's or one's own. A new address that names nothing fails the first test until somebody says whose it is.
The settings have a table of their own (tests/agenda/settings/test_rights.py), Django's admin too (tests/agenda/admin).
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import serializers
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from agenda import urls
from booking.models import Appointment, DayNote, Message, OccupiedCell, Wish
from clicdocteur.fields import random_key
from patients.models import PatientRecord
from practitioners import keys
from practitioners.models import AgendaKey, CalendarFeed, Grant, Staff
from tests.agenda.cast import NAME, text
from tests.agenda.factor import STEP
from tests.agenda.team import Team
from tests.copies import copy_of
from tests.practitioners.cast import PASSWORD, staff

ADDRESSES = sorted({str(one.pattern) for one in urls.urlpatterns} - {"settings/"})
# Open to strangers: each asks for what it needs.
DOORS = {"sign-in/", "second-factor/", "second-factor/set-up/", "second-factor/set-up/key/", "invitation/<str:token>/"}
MANAGERS = {
    "doctor/", "log/", "log/<day:on>/", "messages/texts/", "messages/texts/<slug:kind>/<slug:language>/", "staff/",
    "staff/invite/", "staff/<int:pk>/", "staff/<int:pk>/again/", "staff/<int:pk>/uninvite/", "staff/<int:pk>/end/",
    "staff/<int:pk>/agenda/<int:practitioner>/", "staff/<int:pk>/agenda/<int:practitioner>/take-back/",
}  # fmt: skip
# Managers' and practitioners'.
NUMBERS = {"statistics/"}
# What an id names here is the reader's own, or waits for what the reader can give.
OWN = {
    "second-factor/mine/<int:pk>/remove/", "second-factor/browsers/<int:pk>/end/", "approvals/<int:pk>/",
    "approvals/<int:pk>/refuse/",
}  # fmt: skip
# Everybody's who is signed in, with what of their own agendas belongs there, which may be nothing.
EVERYBODY = {
    "", "day/<day:on>/", "week/<day:on>/", "list/<day:on>/", "print/<day:on>/", "rescue/", "weeks/", "weeks/<day:on>/",
    "new/<day:on>/", "waiting/", "several/cancel/", "cut/", "version/", "display/", "wishes/", "help/", "go/", "messages/",
    "online/", "online/undo/", "website/", "search/", "search/found/", "book/", "book/people/", "book/release/", "undo/",
    "thief/", "second-factor/confirm/", "second-factor/password/", "second-factor/mine/", "second-factor/mine/codes/",
    "sign-out/", "aside/", "take-back/", "veil/", "lock/", "unlock/", "import/", "export/", "account/", "account/sessions/",
    "keys/", "recover/", "approvals/", "words/", "limit/", "idle/",
}  # fmt: skip
# What ends the session that asks.
LEAVING = {"sign-out/", "aside/", "take-back/", "lock/", "veil/", "account/sessions/"}
OF_AN_AGENDA = sorted(one for one in ADDRESSES if re.search("<(int|slug):", one) and one not in MANAGERS | OWN)
TUESDAY = "2026-01-06"


class Practice(Team):
    """The team, and in Dr Un's agenda one of each thing that an address can name."""

    def __post_init__(self) -> None:
        super().__post_init__()
        now = timezone.now()
        self.arrived = self.visit(state="arrived", arrived_at=now)
        self.coming = self.visit("10:00")
        OccupiedCell.objects.create(practitioner=self.one, cell=self.coming.first_cell, lane=0, appointment=self.coming)
        self.message = Message.objects.create(
            id=random_key(), appointment=self.coming, practitioner=self.one, kind="confirmation", state="call", due=now
        )
        self.wish = Wish.objects.create(
            practitioner=self.one, visit_type=self.type, appointment=self.coming, weekdays=1, parts=1, since=now,
            until=now.date() + timedelta(days=9),
        )  # fmt: skip

    def at(self, address: str) -> str:
        """An address filled with what is Dr Un's."""
        pk = {"wishes": self.wish.pk, "messages": self.message.pk, "staff": self.alice.pk, "approvals": self.bruno.pk}
        given = {
            "pk": pk.get(address.split("/", maxsplit=1)[0], (self.coming if "becomes" in address else self.arrived).pk),
            "practitioner": self.one.pk, "on": TUESDAY, "minute": 600,
            "becomes": "excused", "kind": "confirmation", "language": "fr", "handle": "0" * 16, "token": "A" * 32,
        }  # fmt: skip
        return "/agenda/" + re.sub(r"<\w+:(\w+)>", lambda hole: str(given[hole[1]]), address)

    def everything_named(self) -> dict[str, Any]:
        """A form that names all of it, under every name that a form of the desk has for such a thing."""
        visit = str(self.coming.pk)
        return {
            "pick": [f"{visit}.booked.0"], "confirmed": "on", "visit": [visit], "appointment": visit, "take": f"{visit}-0",
            "practitioner": str(self.one.pk), "visit_type": str(self.type.pk), "type": str(self.type.pk), "start": "0",
            "becomes": "seen", "seen": "arrived", "minutes": "45", "last_name": NAME[:6], "known": NAME[:6], "q": NAME[:6],
            "text": NAME[:6],
        }  # fmt: skip


@pytest.fixture
def practice(db: None, clock: Any) -> Practice:
    return copy_of(Practice)


def asked(client: Client, path: str, form: dict[str, Any] | None = None) -> Iterator[HttpResponse]:
    """The answers to a GET and a POST that are any; 405 left out."""
    for answer in (client.get(path), client.post(path, form or {})):
        if answer.status_code != 405:
            yield answer


def statuses(client: Client, path: str) -> set[int]:
    return {answer.status_code for answer in asked(client, path)}


def rows() -> str:
    """What must not change: both stores' rows of visits, and who has which key."""
    kinds = (Appointment, OccupiedCell, Message, Wish, DayNote, CalendarFeed, PatientRecord, AgendaKey, Grant, Staff)
    return "".join(serializers.serialize("json", kind.objects.order_by("pk")) for kind in kinds)


def test_every_address_has_its_people():
    said = DOORS | MANAGERS | NUMBERS | OWN | EVERYBODY
    assert {one for one in ADDRESSES if one not in said and one not in OF_AN_AGENDA} == set()
    assert {one for one in said if one not in ADDRESSES} == set()
    assert len(OF_AN_AGENDA) > 30


@pytest.mark.parametrize("login", ["bruno", "chloe", "nils"])
def test_what_is_an_agenda_s_is_404_without_a_grant_of_it(practice: Practice, login: str):
    """Another agenda's holder, somebody with none, a manager with none: no page says whether it exists."""
    client, before = practice.client(login), rows()
    for address in OF_AN_AGENDA:
        assert statuses(client, practice.at(address)) == {404}, address
    assert rows() == before


def test_its_holder_finds_all_of_it(practice: Practice):
    """So the table above tells of rights, and not of addresses that lead nowhere."""
    client = practice.client()
    nowhere = {"import/<slug:handle>/"}
    for address in OF_AN_AGENDA:
        assert (statuses(client, practice.at(address)) == {404}) == (address in nowhere), address


def test_a_grant_that_ended_opens_nothing_more(practice: Practice):
    """P12: the session goes on, the agenda does not."""
    client = practice.client()
    Grant.objects.filter(holder__staff=practice.alice).update(ends_on=date(2026, 1, 4))
    for address in OF_AN_AGENDA:
        assert statuses(client, practice.at(address)) == {404}, address
    for address in sorted(EVERYBODY - LEAVING):
        assert NAME not in "".join(text(one) for one in asked(client, practice.at(address))), address


@pytest.mark.parametrize("login", ["alice", "bruno", "chloe"])
def test_a_manager_s_page_is_404_for_anybody_else(practice: Practice, login: str):
    client, before = practice.client(login), rows()
    for address in sorted(MANAGERS | NUMBERS | OWN):
        assert statuses(client, practice.at(address)) == {404}, address
    assert rows() == before


def test_a_manager_finds_them(practice: Practice):
    client = practice.client("mona")
    for address in sorted(MANAGERS | NUMBERS):
        assert 404 not in statuses(client, practice.at(address)), address


@pytest.mark.parametrize("login", ["bruno", "chloe", "nils"])
def test_a_page_of_everybody_s_neither_shows_nor_takes_what_is_another_agenda_s(practice: Practice, login: str):
    """I6: ids in a form's fields and in the query are asked for as those in the address are."""
    client, before = practice.client(login), rows()
    query = f"?p={practice.one.pk}&practitioner={practice.one.pk}&on={practice.one.pk}-20260105"
    for address in sorted(EVERYBODY - LEAVING):
        for path in (practice.at(address), practice.at(address) + query):
            for answer in asked(client, path, practice.everything_named()):
                assert answer.status_code < 500, path
                assert NAME not in text(answer), path
                assert str(practice.coming.pk) not in text(answer), path
    assert rows() == before


def signed_out(practice: Practice, how: str) -> Client:
    """A browser in which nobody is signed in, or no more."""
    if how == "awaits the second factor":
        practice.practice.requires_second_factor = True
        practice.practice.save()
        client = Client()
        assert client.post("/agenda/sign-in/", {"login": "alice", "password": PASSWORD})["Location"].startswith(STEP)
        return client
    if how == "a stranger":
        return Client()
    rosa = staff("rosa", role="replacement", ends_on=date(2026, 1, 5))
    keys.grant(practice.key_one, practice.private_one(), rosa.key_holder)
    client = practice.client("rosa")
    assert statuses(client, practice.at("appointment/<int:pk>/")) == {200}
    Staff.objects.filter(pk=rosa.pk).update(
        **({"is_active": False} if how == "left" else {"ends_on": date(2026, 1, 4)})
    )
    return client


@pytest.mark.parametrize("how", ["a stranger", "awaits the second factor", "a replacement of yesterday", "left"])
def test_nothing_but_the_doors_opens_to_who_is_not_signed_in(practice: Practice, how: str):
    client, before = signed_out(practice, how), rows()
    for address in sorted({*ADDRESSES} - DOORS):
        for answer in asked(client, practice.at(address)):
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/agenda/sign-in/"), address
    assert rows() == before


@pytest.mark.parametrize("shut", ["veil", "lock"])
def test_under_the_veil_and_the_lock_no_page_has_a_name_and_no_form_is_taken(practice: Practice, shut: str):
    """Whose agenda it is does not matter: without the code or the password there is no key in the request."""
    client = practice.client("mona")
    client.post(f"/agenda/{shut}/")
    before = rows()
    for address in sorted({*ADDRESSES} - DOORS - LEAVING):
        for answer in asked(client, practice.at(address), practice.everything_named()):
            assert answer.status_code < 500, address
            assert NAME not in text(answer).replace(f'value="{NAME[:6]}"', ""), address
    assert rows() == before


def test_a_get_changes_nothing(practice: Practice):
    """I6: whoever follows links, or a program that does, moves, sends and deletes nothing. Filing is over before."""
    client = practice.client("mona")
    for visit in (practice.arrived, practice.coming):
        client.get(f"/agenda/appointment/{visit.pk}/")
    before = rows()
    for address in ADDRESSES:
        client.get(practice.at(address))
    assert rows() == before
