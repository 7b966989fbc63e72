"""Words on screen: dates as people say them, and English for everything."""

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from booking import wish_words, words
from booking.availability import DaySlots, Reason
from booking.models import Wish

PARIS = ZoneInfo("Europe/Paris")


def said(text: str) -> str:
    return text.replace("\u00a0", "~")


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest):
    with translation.override(request.param):
        yield request.param


def choose(language: str, french: str, english: str) -> str:
    return french if language == "fr" else english


def test_every_sentence_has_its_english(messages: ModuleType) -> None:
    assert messages.missing() == []


def test_no_sentence_hides_in_an_f_string(messages: ModuleType) -> None:
    """Babel does not look into them before Python 3.12: these would be French on an English page, and nobody would miss them."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for app in messages.APPS
        for path in (messages.ROOT / app).rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in messages.KEYWORDS
    ]
    assert hidden == []


def test_collecting_again_changes_nothing(messages: ModuleType, tmp_path: Path, monkeypatch) -> None:
    before = messages.CATALOGUE.read_text(encoding="utf-8")
    copy = tmp_path / "django.po"
    copy.write_text(before, encoding="utf-8")
    monkeypatch.setattr(messages, "CATALOGUE", copy)
    messages.update()
    assert copy.read_text(encoding="utf-8") == before


def test_translations_keep_every_value_that_they_are_given(messages: ModuleType) -> None:
    holes = re.compile(r"%\((\w+)\)[sd0-9]|%%")
    for message in messages.read():
        if message.id:
            french, english = (
                one if isinstance(one, (tuple, list)) else (one,) for one in (message.id, message.string)
            )
            assert {*holes.findall(french[-1])} == {*holes.findall(english[-1])}, message.id


def test_people_read_a_no_break_space_before_tall_punctuation_and_within_numbers(messages: ModuleType) -> None:
    """In templates, in code and in the catalogue, whose French is what the screen shows."""
    breaks = re.compile(r" [:;?!»](?![\w/])|« |\d \d{3}\b|\d h\b|\dh \d")
    found = {
        text
        for message in (*messages.collect(), *messages.read())
        for text in (message.id if isinstance(message.id, tuple | list) else (message.id,))
        if breaks.search(text)
    }
    assert found == set()


def test_a_day_is_said_in_full(language: str) -> None:
    assert words.day(date(2026, 1, 5), year=True) == choose(language, "lundi 5 janvier 2026", "Monday 5 January 2026")
    assert words.day(date(2026, 12, 1)) == choose(language, "mardi 1er décembre", "Tuesday 1 December")


def test_a_moment_has_its_hour_with_no_break_spaces(language: str) -> None:
    at = datetime(2026, 1, 5, 13, 30, tzinfo=UTC)
    assert said(words.moment(at, PARIS, year=True)) == choose(
        language, "lundi 5 janvier 2026 à 14~h~30", "Monday 5 January 2026 at 14:30"
    )


@pytest.mark.parametrize(
    ("hour", "minute", "french", "column", "english"),
    [(9, 0, "9~h", "9~h~00", "9:00"), (9, 5, "9~h~05", "9~h~05", "9:05"), (0, 30, "0~h~30", "0~h~30", "0:30")],
)
def test_an_hour_in_a_sentence_and_in_a_column(
    language: str, hour: int, minute: int, french: str, column: str, english: str
) -> None:
    at = datetime(2026, 1, 5, hour, minute, tzinfo=PARIS)
    assert said(words.clock(at)) == choose(language, french, english)
    assert said(words.clock_full(at)) == choose(language, column, english)


def test_the_hour_that_comes_twice_says_which_one_it_is(language: str) -> None:
    """CASES T2."""
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(PARIS) for hour in (0, 1)]
    assert said(words.clock(twice[0])) == choose(language, "2~h~30", "2:30")
    assert said(words.clock(twice[1])) == choose(language, "2~h~30 (heure d’hiver)", "2:30 (winter time)")


@pytest.mark.parametrize(
    ("first", "last", "french", "english"),
    [
        ((1, 6), (1, 6), "mardi 6 janvier", "Tuesday 6 January"),
        ((1, 6), (1, 7), "mardi 6 et mercredi 7 janvier", "Tuesday 6 and Wednesday 7 January"),
        ((1, 6), (1, 9), "du mardi 6 au vendredi 9 janvier", "from Tuesday 6 to Friday 9 January"),
        ((1, 31), (2, 1), "samedi 31 janvier et dimanche 1er février", "Saturday 31 January and Sunday 1 February"),
        ((1, 30), (2, 3), "du vendredi 30 janvier au mardi 3 février", "from Friday 30 January to Tuesday 3 February"),
    ],
)
def test_days_in_a_row_are_said_together(
    language: str, first: tuple[int, int], last: tuple[int, int], french: str, english: str
) -> None:
    assert words.days_between(date(2026, *first), date(2026, *last)) == choose(language, french, english)


@pytest.mark.parametrize(
    ("minutes", "french", "english"),
    [(20, "20~min", "20~min"), (60, "1~h", "1~h"), (75, "1~h~15", "1~h~15"), (5, "5~min", "5~min")],
)
def test_a_duration_is_short(language: str, minutes: int, french: str, english: str) -> None:
    assert said(words.duration(minutes)) == choose(language, french, english)


@pytest.mark.parametrize(
    ("minutes", "french", "english"),
    [(30, "30~min", "30~min"), (60, "1~heure", "1~hour"), (240, "4~heures", "4~hours"), (2880, "2~jours", "2~days")],
)
def test_a_deadline_is_said_in_the_largest_whole_unit(language: str, minutes: int, french: str, english: str) -> None:
    assert said(words.ahead(minutes)) == choose(language, french, english)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_words(language: str, reason: Reason) -> None:
    released = datetime(2026, 1, 6, 6, 30, tzinfo=UTC)
    assert words.reason(reason, released, PARIS)
    assert words.sentence(reason, released, PARIS).endswith(".")
    assert len(words.sentence(reason, released, PARIS).split()) <= 20


def test_past_days_are_not_told_and_the_rest_is_grouped_by_reason() -> None:
    days = [
        DaySlots(date(2026, 1, 5), (), Reason.PAST),
        DaySlots(date(2026, 1, 6), (), Reason.FULL),
        DaySlots(date(2026, 1, 7), (), Reason.DAILY_MAXIMUM),
        DaySlots(date(2026, 1, 8), (), Reason.HOLIDAY),
    ]
    with translation.override("fr"):
        assert [said(line) for line in words.empty_days(days, PARIS)] == [
            "mardi 6 et mercredi 7 janvier~: complet",
            "jeudi 8 janvier~: jour férié",
        ]


@pytest.mark.parametrize(
    ("number", "shown", "link"),
    [
        ("0143451234", "01~43~45~12~34", "+33143451234"),
        ("+33 1 43 45 12 34", "01~43~45~12~34", "+33143451234"),
        ("+41 79 123 45 67", "+41~79~123~45~67", "+41791234567"),
        ("poste 12", "poste 12", "12"),
        ("3624", "3624", "3624"),
        ("", "", ""),
    ],
)
def test_a_number_is_shown_as_people_read_it_and_dialled_as_machines_do(number: str, shown: str, link: str) -> None:
    assert said(words.phone(number)) == shown
    assert words.phone_link(number) == link


@pytest.mark.parametrize("zone", ["Europe/Paris", "Indian/Reunion", "Asia/Kathmandu", "America/St_Johns"])
def test_every_zone_has_a_name(zone: str) -> None:
    """CASES T7."""
    with translation.override("fr"):
        assert words.zone_name(ZoneInfo(zone)).startswith("heure")


@pytest.mark.parametrize(
    ("days", "parts", "french", "english"),
    [
        (0b111_1111, 7, "tous les jours · à toute heure", "every day · at any time"),
        (0b000_0101, 3, "lundi, mercredi · le matin, l’après-midi", "Monday, Wednesday · morning, afternoon"),
        (0b100_0000, 4, "dimanche · après 17~h", "Sunday · after 17:00"),
    ],
)
def test_when_somebody_who_waits_would_come(language: str, days: int, parts: int, french: str, english: str) -> None:
    wish = Wish(weekdays=days, parts=parts)
    assert said(wish_words.said(wish)) == choose(language, french, english)
