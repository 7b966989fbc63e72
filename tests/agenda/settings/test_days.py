"""Single days: changed for one day only, back to the usual week, and holidays that are worked (A10)."""

import pytest
from django.test import Client

from practitioners.models import Opening
from tests.agenda.settings.cast import Cabinet, filled, saved, text

TUESDAY = "2026-01-06"
EASTER = "2026-04-06"


def own(on: str = TUESDAY) -> list[tuple[int, int, bool]]:
    return list(
        Opening.objects.filter(on=on).order_by("start_minute").values_list("start_minute", "end_minute", "replaces")
    )


def weekly() -> list[dict[str, object]]:
    return list(Opening.objects.filter(on=None).order_by("pk").values())


@pytest.mark.parametrize("on", [TUESDAY, "2026-07-07", "2026-01-10", EASTER])
@pytest.mark.parametrize("month", ["2026-01-05", "2026-07-05"])
def test_saved_unchanged_changes_nothing(cabinet: Cabinet, clock, on: str, month: str):
    """T4: a usual day, one without hours, a holiday; from either half of the year."""
    clock.move_to(f"{month} 08:00:00+00:00")
    holder = cabinet.client("alice")
    before = Opening.objects.count()
    assert saved(holder, cabinet.at(f"days/{on}/")).status_code == 302
    assert (Opening.objects.count(), own(on)) == (before, [])
    cabinet.opening(on=on, start_minute=480, end_minute=600, replaces=True)
    cabinet.opening(on=on, start_minute=840, end_minute=1440)
    kept = list(Opening.objects.filter(on=on).order_by("pk").values())
    assert saved(holder, cabinet.at(f"days/{on}/")).status_code == 302
    assert list(Opening.objects.filter(on=on).order_by("pk").values()) == kept


def test_a_usual_opening_changed_for_one_day_changes_that_day_only(cabinet: Cabinet, holder: Client, client: Client):
    cabinet.opening(weekday=1, start_minute=840, end_minute=1080)
    before = weekly()
    assert saved(holder, cabinet.at(f"days/{TUESDAY}/"), **{"o-0-start_minute": "10h"}).status_code == 302
    assert own() == [(600, 720, True), (840, 1080, True)]
    assert weekly() == before
    page = text(client.get("/fr/dr-un/consultation/?patient=known&from=2026-01-06"))
    assert "mardi 6 janvier à 10 h" in page
    assert "mardi 6 janvier à 9 h" not in page
    assert "mercredi 7 janvier à 9 h" in page


def test_an_hour_more_on_one_day_leaves_the_usual_ones_what_they_are(cabinet: Cabinet, holder: Client):
    """They are added to the week: if the week changes later, this day follows."""
    saved(holder, cabinet.at(f"days/{TUESDAY}/"), **{"o-1-start_minute": "14h", "o-1-end_minute": "16h"})
    assert own() == [(840, 960, False)]
    shown = filled(holder.get(cabinet.at(f"days/{TUESDAY}/")))
    assert [shown["o-0-start_minute"], shown["o-1-start_minute"]] == ["09:00", "14:00"]


def test_one_usual_opening_taken_away_for_a_day_leaves_the_others(cabinet: Cabinet, holder: Client):
    cabinet.opening(weekday=1, start_minute=840, end_minute=1080)
    saved(holder, cabinet.at(f"days/{TUESDAY}/"), **{"o-0-removed": "on"})
    assert own() == [(840, 1080, True)]


def test_a_day_is_not_closed_by_taking_everything_away_but_by_an_absence(cabinet: Cabinet, holder: Client):
    answer = saved(holder, cabinet.at(f"days/{TUESDAY}/"), **{"o-0-removed": "on"})
    assert answer.status_code == 422
    page = text(answer)
    assert "posez une absence" in page
    assert f"absences/new/?on={TUESDAY}" in page
    assert own() == []


def test_the_usual_week_holds_again_at_a_click(cabinet: Cabinet, holder: Client):
    cabinet.opening(on=TUESDAY, start_minute=480, end_minute=600, replaces=True)
    assert "Revenir à la semaine habituelle" in text(holder.get(cabinet.at(f"days/{TUESDAY}/")))
    holder.post(cabinet.at(f"days/{TUESDAY}/"), {"usual": "1"})
    assert own() == []
    assert len(weekly()) == 5


def test_a_holiday_is_worked_once_it_has_hours_of_its_own(cabinet: Cabinet, holder: Client, client: Client, clock):
    """A10: offered, taken over, bookable; and closed again."""
    clock.move_to("2026-03-20 08:00:00+00:00")
    holder = cabinet.client("alice")
    times = f"/fr/dr-un/consultation/?patient=known&from={EASTER}"
    assert "jour férié" in text(client.get(times))
    page = holder.get(cabinet.at(f"days/{EASTER}/"))
    assert "Lundi de Pâques" in text(page)
    assert "Reprendre les heures habituelles" in text(page)
    assert own(EASTER) == []
    offered = holder.get(cabinet.at(f"days/{EASTER}/?usual=1"))
    assert filled(offered)["o-0-start_minute"] == "09:00"
    assert own(EASTER) == [], "looking changes nothing"
    assert holder.post(cabinet.at(f"days/{EASTER}/"), filled(offered)).status_code == 302
    assert own(EASTER) == [(540, 720, False)]
    assert "lundi 6 avril à 9 h" in text(client.get(times))
    assert "jour férié" not in text(client.get(times))
    holder.post(cabinet.at(f"days/{EASTER}/"), {"usual": "1"})
    assert "jour férié" in text(client.get(times))


def test_two_desks_do_not_overwrite_each_other_in_silence(cabinet: Cabinet, holder: Client, doctor: Client):
    data = filled(holder.get(cabinet.at(f"days/{TUESDAY}/")))
    saved(doctor, cabinet.at(f"days/{TUESDAY}/"), **{"o-0-start_minute": "10h"})
    answer = holder.post(cabinet.at(f"days/{TUESDAY}/"), {**data, "o-0-start_minute": "11h"})
    assert answer.status_code == 409
    assert "Ce jour a changé à un autre poste" in text(answer)
    assert own() == [(600, 720, True)]


def test_a_row_more_is_offered_without_a_script_and_nothing_is_saved(cabinet: Cabinet, holder: Client):
    data = filled(holder.get(cabinet.at(f"days/{TUESDAY}/")))
    answer = holder.post(
        cabinet.at(f"days/{TUESDAY}/"), {**data, "o-1-start_minute": "14h", "o-1-end_minute": "15h", "more": "1"}
    )
    assert answer.status_code == 200
    shown = filled(answer)
    assert (shown["count"], shown["o-1-start_minute"], shown["o-2-start_minute"]) == ("3", "14h", "")
    assert own() == []


@pytest.mark.parametrize(
    "typed", ["9999-12-31", "0000-01-01", "2026-02-30", "x", "2026-1-5", "1999-12-31", "2100-01-01"]
)
def test_a_day_outside_the_calendar_is_not_found(cabinet: Cabinet, holder: Client, typed: str):
    """T15"""
    assert holder.get(cabinet.at(f"days/{typed}/")).status_code == 404
    assert holder.get(cabinet.at("days/"), {"from": typed}).status_code == 404


def test_a_week_of_dates_shows_what_will_be(cabinet: Cabinet, holder: Client):
    cabinet.opening(on=TUESDAY, start_minute=480, end_minute=600, replaces=True)
    page = text(holder.get(cabinet.at("days/?from=2026-01-01")))
    assert "Semaine du lundi 29 décembre 2025" in page
    assert "Jour de l’an" in page
    assert "Mardi 6 janvier 2026" in page, "days of their own are listed"
    week = text(holder.get(cabinet.at("days/?from=2026-01-06")))
    assert "ce jour seulement" in week
    assert "8 h–10 h" in week


def test_the_page_of_dates_costs_the_same_for_many_openings(
    cabinet: Cabinet, holder: Client, django_assert_num_queries
):
    holder.get(cabinet.at("days/"))
    with django_assert_num_queries(9):
        holder.get(cabinet.at("days/"))
    for number in range(29):
        cabinet.opening(on=f"2026-02-{1 + number % 28:02d}", start_minute=540 + 5 * number, end_minute=1200)
    with django_assert_num_queries(9):
        holder.get(cabinet.at("days/"))
