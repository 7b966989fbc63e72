"""Files of other programs: encodings, separators, days, hours, names, headings. Pure."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking import imports
from booking.imports import columns, events, reading, values
from booking.imports.columns import Part
from booking.imports.reading import Fault, Row, Unreadable

PARIS = ZoneInfo("Europe/Paris")
TEXT = "Nom;Prénom;Heure\r\nNoël;Zoé;9h\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_file_is_read_in_the_encoding_that_it_has(encoding):
    """DOMAIN.md: CSV in Windows-1252 or UTF-8 with its mark; spreadsheet programs also write UTF-16."""
    table = imports.read(TEXT.encode(encoding))
    assert table.headings == ("Nom", "Prénom", "Heure")
    assert table.rows == (Row(2, ("Noël", "Zoé", "9h")),)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_the_one_that_cuts_all_lines_alike(separator):
    text = f"Nom{separator}Note{separator}Heure\nNg{separator}a, b; c{separator}9h\n".replace("a, b; c", '"a, b; c"')
    assert imports.read(text.encode()).rows[0].cells == ("Ng", "a, b; c", "9h")


def test_the_separator_that_the_file_names_counts_and_its_line_is_none():
    assert imports.read(b"sep=;\nNom;Heure\nNg;9h\n").rows == (Row(3, ("Ng", "9h")),)


def test_lines_are_numbered_as_an_editor_counts_them_and_empty_ones_are_none():
    table = imports.read(b'Nom;Note\n\nNg;"deux\nlignes"\n;\nLy;x;y;z\nHo\n')
    assert [(row.number, row.cells) for row in table.rows] == [
        (3, ("Ng", "deux\nlignes")), (6, ("Ly", "x")), (7, ("Ho", "")),
    ]  # fmt: skip


def test_a_cell_that_an_export_made_harmless_is_read_as_it_was_meant():
    """M12"""
    assert imports.read(b"Nom;Note\nNg;'=1+1\n't Hooft;-\n").rows[0].cells == ("Ng", "=1+1")
    assert imports.read(b"Nom;Note\n't Hooft;x\n").rows[0].cells == ("'t Hooft", "x")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", Fault.EMPTY), (b" \r\n ", Fault.EMPTY), (b"PK\x03\x04abc", Fault.WORKBOOK), (b"\xd0\xcf\x11\xe0abc", Fault.WORKBOOK),
        (b"%PDF-1.7\n\x00\x01\x02", Fault.NOT_TEXT), (b"Nom;Heure\n\x81;\x00", Fault.NOT_TEXT), (b"just words\n", Fault.NOT_A_TABLE),
        (b"x" * (reading.MOST_BYTES + 1), Fault.TOO_BIG), (b";".join([b"a"] * 61) + b"\n", Fault.TOO_MANY_COLUMNS),
        (b"a;b\n" * (reading.MOST_ROWS + 2), Fault.TOO_MANY_ROWS), (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", Fault.EMPTY),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nX\nEND", Fault.NOT_A_CALENDAR), (b'a;b\n"' + b"x" * 140_000, Fault.NOT_A_TABLE),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_its_reason(content, fault):
    with pytest.raises(Unreadable) as refused:
        imports.read(content)
    assert refused.value.fault is fault


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_else_than_be_read_or_refused(content):
    for given_one in (content, b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + content + b"\r\nEND:VEVENT\r\nEND:VCALENDAR"):
        try:
            table = imports.read(given_one)
        except Unreadable:
            continue
        assert all(len(row.cells) == len(table.headings) for row in table.rows)


@pytest.mark.parametrize(
    "text",
    ["05/01/2026", "5/1/2026", "5.1.26", "05-01-2026", "2026-01-05", "lundi 5 janvier 2026", "5 janv. 2026", "Monday, 5 January 2026"],
)  # fmt: skip
def test_a_day_is_read_as_people_here_and_programs_write_it(text):
    assert values.day(text) == date(2026, 1, 5)


@pytest.mark.parametrize(
    "text", ["", "31/02/2026", "2026", "demain", "1/5/2026 x", "5 ma 2026", "99/99/9999", "0/0/0000"]
)
def test_what_is_no_day_is_none(text):
    assert values.day(text) is None


@pytest.mark.parametrize(
    ("text", "minute"),
    [("14:30", 870), ("14h30", 870), ("14 h", 840), ("9h", 540), ("09:05:00", 545), ("00:00", 0), ("24:00", None), ("9", None),
     ("9:60", None), ("", None), ("midi", None), ("14\u00a0h\u00a030", 870)],
)  # fmt: skip
def test_an_hour_is_read_as_people_write_it(text, minute):
    assert values.clock(text) == minute


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("05/01/2026 14:30", (5, 870)), ("05/01/2026 à 14h30", (5, 870)), ("2026-01-05T14:30:00", (5, 870)),
        ("2026-01-05T13:30:00Z", (5, 870)), ("2026-01-05T23:30:00+00:00", (6, 30)), ("2026-01-05T14:30:00+0100", (5, 870)),
        ("2026-01-05", (5, None)), ("lundi 5 janvier 2026 à 14 h 30", (5, 870)), ("05/01/2026 25:00", None), ("", None),
        ("2026-01-05T14:30 demain", None),
    ],
)  # fmt: skip
def test_a_moment_is_read_on_the_clocks_of_the_practice(text, moment):
    """T7 T8: with an offset it is moved, without one it is the practice's own hour."""
    found = values.moment(text, PARIS)
    assert found == (moment and (date(2026, 1, moment[0]), moment[1]))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("15", 15), ("15 min", 15), ("15'", 15), ("0:15", 15), ("00:15:00", 15), ("1h", 60), ("1 h 30", 90), ("1h30", 90),
     ("PT1H15M", 75), ("PT20M0S", 20), ("", None), ("long", None), ("-15", None)],
)  # fmt: skip
def test_a_length_is_read_as_programs_write_it(text, minutes):
    assert values.minutes(text) == minutes


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("DUPONT Marie-Ève", ("DUPONT", "Marie-Ève")), ("Marie DUPONT DURAND", ("DUPONT DURAND", "Marie")),
        ("Dupont, Marie", ("Dupont", "Marie")), ("Mme Marie DUPONT", ("DUPONT", "Marie")), ("Marie Dupont", ("Marie Dupont", "")),
        ("NG", ("NG", "")), ("de La TOUR Anne", ("de La TOUR Anne", "")), ("", ("", "")),
    ],
)  # fmt: skip
def test_a_whole_name_is_parted_only_where_it_says_how(whole, parts):
    """U4: never capitalised, never guessed."""
    assert values.names(whole) == parts


def test_the_headings_of_the_usual_programs_are_known():
    """Doctolib- and Maiia-like exports, in the writings that they have."""
    assert columns.recognise(
        ["Date", "Heure de début", "Durée (min)", "Nom du patient", "Prénom du patient", "Date de naissance", "Téléphone portable",
         "E-mail", "Motif de consultation", "Praticien", "Statut", "Notes", "Couleur"]
    ) == (
        Part.DAY, Part.CLOCK, Part.DURATION, Part.LAST_NAME, Part.FIRST_NAME, Part.BIRTH_DATE, Part.PHONE, Part.EMAIL,
        Part.VISIT_TYPE, Part.PRACTITIONER, Part.STATE, Part.NOTE, None,
    )  # fmt: skip
    assert columns.recognise(["DÉBUT", "fin", "Patient", "Tél.", "Tél. fixe", "Né(e) le", "Adresse e-mail"]) == (
        Part.START, Part.END, Part.FULL_NAME, Part.PHONE, Part.OTHER_PHONE, Part.BIRTH_DATE, Part.EMAIL,
    )  # fmt: skip
    assert columns.recognise(["Patient", "Nom", "Nom"]) == (None, Part.LAST_NAME, None)


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ([Part.FULL_NAME, Part.START], ""), ([Part.LAST_NAME, Part.DAY, Part.CLOCK], ""), ([Part.LAST_NAME, Part.DAY], "clock"),
        ([Part.LAST_NAME], "day"), ([Part.START], "name"), ([Part.LAST_NAME, Part.LAST_NAME, Part.START], "twice"), ([None], "name"),
    ],
)  # fmt: skip
def test_what_a_table_lacks_is_said(said, lacks):
    assert columns.lacking(said) == lacks


def test_a_calendar_is_read_as_a_table_with_contact_and_birth_date_found_in_its_words():
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:DUPONT Marie\r\nDTSTART;TZID=Europe/Paris:20260106T093000\r\n"
        "DURATION:PT15M\r\nCATEGORIES:Suivi\r\nDESCRIPTION:Naissance : 05/03/1987\\nTéléphone : 06 12 34 56 78\\nmarie@example.org\r\n"
        "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:X\r\nDTSTART:20260106T083000Z\r\nDTEND:20260106T090000Z\r\nSTATUS:CANCELLED\r\n"
        "RRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Congrès\r\nDTSTART;VALUE=DATE:20260107\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    table = imports.read(text.encode())
    assert table.headings == events.HEADINGS
    assert [row.cells for row in table.rows] == [
        ("DUPONT Marie", "2026-01-06T09:30:00+01:00", "2026-01-06T09:45:00+01:00", "Suivi", "06 12 34 56 78", "marie@example.org",
         "05/03/1987", "", ""),
        ("X", "2026-01-06T08:30:00+00:00", "2026-01-06T09:00:00+00:00", "", "", "", "", "CANCELLED", "RRULE"),
        ("Congrès", "2026-01-07", "", "", "", "", "", "", ""),
    ]  # fmt: skip
    assert columns.recognise(events.HEADINGS) == (
        Part.FULL_NAME, Part.START, Part.END, Part.VISIT_TYPE, Part.PHONE, Part.EMAIL, Part.BIRTH_DATE, Part.STATE, Part.REPEATS,
    )  # fmt: skip
