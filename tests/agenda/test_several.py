"""Several at once: cancelled from the list, or told that the practice is late."""

import pytest

from booking.models import Appointment, Message
from practitioners.models import AccessEvent
from tests.agenda.cast import NAME, Desk, mark, text
from tests.booking.cast import NOW, TUESDAY


def states(*visits: Appointment) -> list[str]:
    return [Appointment.objects.get(pk=one.pk).state for one in visits]


def shown(*visits: Appointment) -> list[str]:
    found = (Appointment.objects.get(pk=one.pk) for one in visits)
    return [f"{one.pk}.{one.state}.{one.sequence}" for one in found]


def three(desk: Desk) -> list[Appointment]:
    return [desk.visit(clock, name=name) for clock, name in (("09:00", NAME), ("10:00", "Zwingli"), ("11:00", "Ávila"))]


def test_what_is_ticked_is_shown_once_more_and_then_cancelled(desk, alice):
    visits = three(desk)
    page = text(alice.post("/agenda/several/cancel/", {"pick": [one.pk for one in visits[:2]], "next": "/agenda/"}))
    assert "Annuler 2 rendez-vous ?" in page.replace("\xa0", " ")
    assert NAME in page
    assert "Ávila" not in page
    assert states(*visits) == ["booked"] * 3
    form = {"pick": shown(*visits[:2]), "confirmed": "on", "tell": "on", "next": "/agenda/list/2026-01-05/"}
    assert alice.post("/agenda/several/cancel/", form).url == "/agenda/list/2026-01-05/"
    assert states(*visits) == ["cancelled_by_practice", "cancelled_by_practice", "booked"]
    assert Message.objects.filter(kind="cancellation").count() == 2
    assert "2 rendez-vous annulés." in text(alice.get("/agenda/")).replace("\xa0", " ")
    alice.post("/agenda/undo/")
    assert states(*visits) == ["booked"] * 3
    assert not Message.objects.exists()


def test_without_the_box_nobody_is_told(desk, alice):
    visits = three(desk)
    alice.post("/agenda/several/cancel/", {"pick": shown(*visits), "confirmed": "on"})
    assert states(*visits) == ["cancelled_by_practice"] * 3
    assert not Message.objects.exists()


def test_when_another_desk_changed_one_none_is_cancelled(desk, alice):
    """One commit."""
    visits = three(desk)
    form = {"pick": shown(*visits), "confirmed": "on"}
    mark(desk.client(), visits[1], "arrived")
    assert "a changé entre-temps" in text(alice.post("/agenda/several/cancel/", form, follow=True))
    assert states(*visits) == ["booked", "arrived", "booked"]


def test_only_what_is_to_come_is_offered(desk, alice):
    arrived = desk.visit(state="arrived")
    assert "Cochez" in text(alice.post("/agenda/several/cancel/", {"pick": arrived.pk}, follow=True))
    assert "Cochez" in text(alice.post("/agenda/several/cancel/", {"pick": "nonsense"}, follow=True))
    page = text(alice.get("/agenda/list/2026-01-05/"))
    assert f'name="pick" value="{arrived.pk}"' not in page


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "on"}])
def test_nobody_cancels_in_a_foreign_agenda(desk, alice, confirmed):
    """P11"""
    foreign = desk.visit(of=desk.two)
    pick = shown(foreign) if confirmed else [foreign.pk]
    assert alice.post("/agenda/several/cancel/", {"pick": pick, **confirmed}).status_code == 404
    assert states(foreign) == ["booked"]


def test_day_and_list_lead_there_at_any_hour_of_their_own_day_and_on_no_other(desk, alice, clock):
    """U1: the list is the grid's equal. Before the hours that are drawn somebody may be late already."""
    three(desk)
    clock.shift(-2 * 3600)  # 6:00
    link = f"/agenda/late/{desk.one.pk}/2026-01-05/"
    alice = desk.client()
    for page in ("/agenda/day/2026-01-05/", "/agenda/list/2026-01-05/"):
        assert link in text(alice.get(page)), page
        assert "/agenda/late/" not in text(alice.get(page.replace("05", "06"))), page
    assert 'name="next" value="/agenda/list/2026-01-05/"' in text(alice.get(link, {"next": "/agenda/list/2026-01-05/"}))


def test_who_is_still_to_come_is_told_of_the_delay(desk, alice, clock, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    visits = three(desk)
    Appointment.objects.filter(pk=visits[2].pk).update(reach="call")
    clock.shift(2 * 3600 + 60)  # 10:01
    alice = desk.client()
    page = text(alice.get(f"/agenda/late/{desk.one.pk}/2026-01-05/"))
    assert "Ávila" in page
    assert NAME not in page
    assert "Zwingli" not in page
    coming = desk.visit("11:30", name="Zola", reach="email")
    form = {"pick": shown(visits[2], coming), "minutes": 20, "next": "/agenda/day/2026-01-05/"}
    answer = alice.post(f"/agenda/late/{desk.one.pk}/2026-01-05/", form, follow=True)
    assert "1 à prévenir par message, 1 à appeler" in text(answer).replace("\xa0", " ")
    told = sorted(Message.objects.values_list("appointment", "kind", "state", "minutes"))
    assert told == sorted([(visits[2].pk, "late", "call", 20), (coming.pk, "late", "queued", 20)])
    assert {(one.due - NOW).total_seconds() for one in Message.objects.all()} == {2 * 3600 + 120}
    assert AccessEvent.objects.filter(action="told-late").count() == 2
    alice.post("/agenda/undo/")
    assert not Message.objects.exists()
    assert states(visits[2], coming) == ["booked", "booked"]


@pytest.mark.parametrize("wrong", [{"minutes": 7}, {"minutes": ""}, {"pick": []}, {"pick": "nonsense"}])
def test_a_delay_without_minutes_or_anybody_tells_nobody_and_keeps_the_page(desk, alice, wrong):
    visit = desk.visit("11:00")
    form = {"pick": shown(visit), "minutes": 20, **wrong}
    answer = alice.post(f"/agenda/late/{desk.one.pk}/2026-01-05/", form)
    assert answer.status_code == 422
    assert not Message.objects.exists()


def test_who_came_meanwhile_is_not_told_and_neither_are_the_others(desk, alice):
    visits = [desk.visit("10:00"), desk.visit("11:00")]
    form = {"pick": shown(*visits), "minutes": 20}
    mark(desk.client(), visits[0], "arrived")
    answer = alice.post(f"/agenda/late/{desk.one.pk}/2026-01-05/", form, follow=True)
    assert "Personne n’est prévenu" in text(answer)
    assert not Message.objects.exists()


def test_a_day_to_come_has_nobody_who_is_late_yet_but_can_be_told(desk, alice):
    desk.visit("09:00", day=TUESDAY)
    assert NAME in text(alice.get(f"/agenda/late/{desk.one.pk}/2026-01-06/"))
    assert "Plus personne" in text(alice.get(f"/agenda/late/{desk.one.pk}/2026-01-05/"))


def test_links_do_nothing(desk, alice):
    """I6"""
    assert alice.get("/agenda/several/cancel/").status_code == 405
