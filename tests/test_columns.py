"""Every column of both stores is declared, with why it is kept and until when. An undeclared one fails (P3).

Nothing about a person who comes is outside `patients`, and there it is sealed.
"""

import re

import pytest
from django.apps import apps
from django.db import models

from booking.retention_plan import COLUMNS, LOG, VISIT
from practitioners import periods
from practitioners.models import Practice

EVERY = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
# What a patient's page asks for: no column of the agenda is called anything like it.
PERSONAL = re.compile(r"name|birth|mail|phone|mobile|message|note|comment|reason|gender|sex|ssn|address|text")


def test_every_model_is_declared():
    assert set(EVERY) == set(COLUMNS)


@pytest.mark.parametrize("label", sorted(EVERY))
def test_every_column_is_declared_once_and_no_other(label):
    declared = " ".join(COLUMNS[label].values()).split()
    assert sorted(declared) == sorted(column.column for column in EVERY[label]._meta.local_fields)


@pytest.mark.parametrize("label", sorted(label for label in EVERY if label.startswith("booking.")))
def test_the_agenda_has_no_column_for_what_a_patient_types(label):
    """P3: and no text at all, but states and reasons from a list, keyed tags and the practice's own zone."""
    for column in EVERY[label]._meta.local_fields:
        assert not PERSONAL.search(column.name) or column.name == "cancel_reason", column.name
        if isinstance(column, models.CharField):
            assert column.choices or column.name in ("tag", "time_zone"), column.name
        assert not isinstance(column, models.TextField | models.JSONField | models.FileField)


def test_the_patients_store_has_boxes_and_nothing_else():
    """P4: no time, no practitioner, no reference, no sequence."""
    for model in apps.get_app_config("patients").get_models():
        kinds = {column.name: type(column).__name__ for column in model._meta.local_fields}
        assert kinds.pop("id") == "RandomKey"
        assert set(kinds.values()) == {"BinaryField"}
        assert not model._meta.indexes


def test_every_column_says_why_it_is_kept_and_until_when():
    for columns in COLUMNS.values():
        assert all(rule.reason and rule.until for rule in columns)


def test_whatever_is_of_a_patient_is_told_on_the_privacy_page():
    """Nothing but keys without a meaning, the sweep's and the worker's own notes is left out."""
    for label, columns in COLUMNS.items():
        if label.startswith(("booking.", "patients.")) and not label.endswith((".StoreCheck", ".Orphan", ".Chore")):
            assert {rule.reason.split(",")[0] for rule in columns if not rule.told} <= {"a random key"}, label
    assert LOG.told == "log"


def test_the_periods_that_the_practice_sets_are_those_of_the_declaration_and_begin_at_the_defaults():
    declared = {rule.period for columns in COLUMNS.values() for rule in columns if rule.period}
    assert declared == set(periods.EDITABLE)
    for period in declared:
        assert Practice._meta.get_field(period.field).default == period.default
        assert period.least <= period.default <= period.most
    assert (VISIT.period, VISIT.period and VISIT.period.default) == (periods.VISIT, 7)
    assert periods.IDENTITY.default == 120
    assert periods.LOG.default == 365
