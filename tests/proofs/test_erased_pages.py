"""What was erased is not on SQLite's free pages either: `secure_delete` overwrites them, in both stores (P13 I3)."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from booking import retention
from booking.links import link_hash
from booking.models import Appointment
from patients.models import PatientRecord
from tests.booking.cast import NOW, TUESDAY, Office

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connections['default'].vendor != 'sqlite'", reason="PostgreSQL keeps dead rows until its next vacuum: said"),
]  # fmt: skip


def pragma(name: str, what: str) -> int:
    with connections[name].cursor() as cursor:
        return int(cursor.execute(f"PRAGMA {what}").fetchone()[0])


def content_of(name: str) -> bytes:
    path = Path(str(connections[name].settings_dict["NAME"]))
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def free_pages(name: str) -> list[bytes]:
    """The pages on the free list, from the file's own format (https://www.sqlite.org/fileformat2.html, 1.5)."""
    content = Path(str(connections[name].settings_dict["NAME"])).read_bytes()
    size, found = pragma(name, "page_size"), []
    trunk = int.from_bytes(content[32:36])
    while trunk:
        page = content[(trunk - 1) * size : trunk * size]
        leaves = int.from_bytes(page[4:8])
        numbers = [int.from_bytes(page[8 + 4 * one : 12 + 4 * one]) for one in range(leaves)]
        found += [page[8 + 4 * leaves :], *(content[(number - 1) * size : number * size] for number in numbers)]
        trunk = int.from_bytes(page[:4])
    return found


def booked(number: int) -> list[Appointment]:
    office = Office(places=number)
    return [office.book("09:00", TUESDAY, contact={"email": f"p{one}@example.org"}) for one in range(number)]


def pieces(rows: list[bytes]) -> list[bytes]:
    """Stretches of 48 bytes of what must not be found."""
    return [row[start : start + 48] for row in rows for start in range(0, max(1, len(row) - 48), 512)]


def test_free_pages_are_zeros_after_an_erasure_and_no_box_or_reference_is_left():
    """P13: before any nightly rewrite, which takes the free pages away altogether."""
    visits = booked(12)
    boxes = [
        bytes(box) for row in PatientRecord.objects.all() for box in (row.identity_box, row.visit_box, row.contact_box)
    ]
    references = [bytes(one.patient_ref or b"") for one in visits]
    assert all(piece in content_of("patients") for piece in pieces(boxes))
    for one in visits:
        retention.erase(one.token, NOW + timedelta(minutes=1))
    assert pragma("patients", "freelist_count") > 0, "else nothing is looked at"
    assert pragma("patients", "secure_delete") == 1
    assert all(not page.strip(b"\0") for page in free_pages("patients"))
    assert not [piece for piece in pieces(boxes) if piece in content_of("patients")]
    assert not [ref for ref in references if ref[:37] in content_of("default")]
    assert not [one for one in visits if link_hash(one.token) in content_of("default")]


@pytest.mark.parametrize("name", ["default", "patients"])
def test_both_stores_ask_for_it_themselves(name):
    """Debian's SQLite has it on by default and would hide that a setting is missing; another one has not."""
    assert "PRAGMA secure_delete=ON;" in connections[name].settings_dict["OPTIONS"]["init_command"]
    assert pragma(name, "secure_delete") == 1


def test_without_secure_delete_the_boxes_would_still_be_there():
    """R3: the search finds what a plain SQLite leaves."""
    booked(4)
    boxes = [bytes(row.identity_box) for row in PatientRecord.objects.all()]
    with connections["patients"].cursor() as cursor:
        cursor.execute("PRAGMA secure_delete=OFF")
    try:
        PatientRecord.objects.all().delete()
        assert any(page.strip(b"\0") for page in free_pages("patients"))
        assert [piece for piece in pieces(boxes) if piece in content_of("patients")]
    finally:
        with connections["patients"].cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.execute("VACUUM")
