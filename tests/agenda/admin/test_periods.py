"""How long things are kept, as the manager sets it: shorter freely, longer with a reason that patients read."""

import pytest
from django.test import Client
from django.urls import reverse

from practitioners import periods
from practitioners.models import Practice
from tests.agenda.admin.conftest import filled


def saved(manager: Client, practice: Practice, **changes: object) -> str:
    address = reverse("admin:practitioners_practice_change", args=[practice.pk])
    data = {**filled(manager.get(address).content.decode()), **changes}
    return manager.post(address, data, follow=True).content.decode()


def test_the_periods_open_at_their_defaults(manager: Client, practice: Practice) -> None:
    page = manager.get(reverse("admin:practitioners_practice_change", args=[practice.pk])).content.decode()
    data = filled(page)
    assert [data[period.field] for period in periods.EDITABLE] == ["7", "120", "365"]
    assert "Durées de conservation" in page


def test_shorter_is_free(manager: Client, practice: Practice) -> None:
    saved(manager, practice, visit_kept="1", identity_kept="60", log_kept="180")
    practice.refresh_from_db()
    assert (practice.visit_kept, practice.identity_kept, practice.log_kept) == (1, 60, 180)


@pytest.mark.parametrize("period", periods.EDITABLE, ids=lambda period: period.field)
def test_longer_takes_a_written_reason(manager: Client, practice: Practice, period: periods.Period) -> None:
    longer = {period.field: str(period.default + 1), "identity_kept": str(max(121, period.default + 1))}
    longer |= {"identity_kept_reason": "Suivi au long cours"}
    page = saved(manager, practice, **{**longer, period.reason_field: "  "})
    assert "demande une raison écrite" in page
    practice.refresh_from_db()
    assert getattr(practice, period.field) == period.default
    saved(manager, practice, **{**longer, period.reason_field: "Suivi au long cours"})
    practice.refresh_from_db()
    assert getattr(practice, period.field) == period.default + 1


@pytest.mark.parametrize(
    ("field", "days"), [("visit_kept", "0"), ("identity_kept", "-1"), ("log_kept", "179"), ("log_kept", "99999")]
)
def test_what_is_out_of_bounds_is_refused(manager: Client, practice: Practice, field: str, days: str) -> None:
    saved(manager, practice, **{field: days, "log_kept_reason": "x"})
    practice.refresh_from_db()
    assert practice.log_kept == 365
    assert (practice.visit_kept, practice.identity_kept) == (7, 120)


def test_the_visit_is_not_kept_after_the_name(manager: Client, practice: Practice) -> None:
    assert "après le nom" in saved(manager, practice, visit_kept="7", identity_kept="5")
    practice.refresh_from_db()
    assert practice.identity_kept == 120
