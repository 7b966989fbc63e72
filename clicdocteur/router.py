"""Two stores: the agenda knows when, the patients store knows who."""

from typing import Any

from django.db.models import Model

PATIENTS = "patients"
AGENDA = "default"


class TwoStores:
    """Send the `patients` app, and nothing else, to the patients store."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return PATIENTS if model._meta.app_label == PATIENTS else AGENDA

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return self.db_for_read(type(one)) == self.db_for_read(type(other))

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == PATIENTS) == (app_label == PATIENTS)
