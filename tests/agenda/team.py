"""The team at work: a manager invites, somebody joins, a holder compares words. As browsers do it."""

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client

from practitioners import keys
from practitioners.models import Practitioner, Staff
from tests.agenda.cast import Desk, settle, text
from tests.practitioners.cast import PASSWORD, private_of, staff

NEW = "Groseille-1848-hiver"


class Team(Desk):
    """The desk, with Mona who manages and holds Dr Un's agenda, and Nils who manages and holds none."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.mona = staff("mona", role="manager")
        self.nils = staff("nils", role="manager")
        keys.grant(self.key_one, self.private_one(), self.mona.key_holder)

    def private_one_by_mona(self) -> bytes:
        """Dr Un's private half, when Alice cannot give it."""
        return vault_of(self.mona, PASSWORD).held(self.one.pk)[1]


def fields(*agendas: Practitioner, **more: Any) -> dict[str, Any]:
    """The form that invites Inès, a secretary."""
    return {
        "name": "Inès Da Silva", "login": "ines", "role": "secretary", "practitioner": "", "ends_on": "",
        "agendas": [str(one.pk) for one in agendas], "starts_on": "", "hours": "72", **more,
    }  # fmt: skip


def invite(client: Client, *agendas: Practitioner, **more: Any) -> tuple[str, str]:
    """Invite Inès; return the path and the code that the page shows."""
    answer = client.post("/agenda/staff/invite/", fields(*agendas, **more))
    assert answer.status_code == 200, text(answer)
    return shown(answer)


def invite_again(client: Client, member: Staff, *agendas: Practitioner, why: str = "lost") -> tuple[str, str]:
    answer = client.post(
        f"/agenda/staff/{member.pk}/again/",
        {"why": why, "agendas": [str(one.pk) for one in agendas], "starts_on": "", "hours": "72"},
    )
    assert answer.status_code == 200, text(answer)
    return shown(answer)


def shown(answer: HttpResponse) -> tuple[str, str]:
    """The path and the code on the page of a new invitation."""
    codes = re.findall(r"<code>([^<]+)</code>", text(answer))
    return codes[0].removeprefix("http://localhost:8000"), codes[1]


def join(path: str, code: str = "", password: str = NEW, client: Client | None = None, **more: str) -> HttpResponse:
    """Accept an invitation, with the code or without; where that opens a session, choose a code for the veil."""
    client, typed = client or Client(), {"code": code} if code else {"no_code": "on"}
    answer = client.post(path, {**typed, "new": password, "again": password, **more})
    settle(client)
    return answer


def joined(path: str, code: str = "", **more: str) -> tuple[Staff, Client]:
    """Accept, and return who it is and their browser."""
    client = Client()
    answer = join(path, code, client=client, **more)
    assert answer.status_code == 302, text(answer)
    return Staff.objects.select_related("key_holder").get(pk=int(client.session["_auth_user_id"])), client


def vault_of(member: Staff, password: str = NEW) -> keys.Vault:
    return keys.Vault(member, private_of(member, password))


def words_on(answer: HttpResponse) -> list[str]:
    """The six words of a page."""
    found = re.search(r'<ol class="six-words">(.*?)</ol>', text(answer), re.DOTALL)
    assert found is not None, text(answer)
    return re.findall(r"<li>(\w+)</li>", found[1])


def approve(client: Client, member: Staff, *, same: bool = True, **more: Any) -> HttpResponse:
    """Compare the words that the page shows, and give what it lists."""
    address = f"/agenda/approvals/{member.pk}/"
    page = text(client.get(address))
    found = dict(re.findall(r'name="(mark)" value="(\w+)"', page))
    wanted = re.findall(r'name="wanted" value="(\d+)"', page)
    return client.post(address, {**found, "wanted": wanted, **({"same": "on"} if same else {}), **more})


def said(answer: HttpResponse) -> str:
    """The page as people read it."""
    return unescape(text(answer)).replace("\xa0", " ")
