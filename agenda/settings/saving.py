"""Saving what is no plan: under the practitioners' lock, guarded against the other desk, and noted."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar, cast

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import construct_change_message
from django.db.models import Model
from django.forms import Form, ModelForm
from django.utils.translation import gettext as _

from agenda.settings.guarded import GuardedForm
from agenda.vault import StaffRequest
from booking.plan_changes import under_lock
from booking.refusals import Busy

F = TypeVar("F", bound=GuardedForm)
M = TypeVar("M", bound=Model)
SAVED, CHANGED_ELSEWHERE, INVALID, BUSY = 303, 409, 422, 503


def save(request: StaffRequest, practitioners: Collection[int], make: Callable[[], F]) -> tuple[F, int]:
    """Make a bound form anew under the lock, and save it if it is valid; return it and the status: 303 when saved."""

    def write() -> tuple[F, int]:
        form = make()
        if not form.is_valid():
            return form, CHANGED_ELSEWHERE if form.is_stale else INVALID
        is_new = form.instance._state.adding
        form.save()
        if is_new or form.changed_data:
            note(request, form.instance, changed(form, new=is_new), new=is_new)
        return form, SAVED

    try:
        return under_lock(practitioners, write)
    except Busy:
        form = make()
        form.add_error(None, _("La base est occupée : rien n’a été changé. Recommencez."))
        return form, BUSY


def delete(
    request: StaffRequest,
    practitioners: Collection[int],
    find: Callable[[], M],
    why: Callable[[M], str] = lambda _row: "",
) -> str:
    """Delete a row under the lock, and note it; or return why it stays, and leave it. Raises Busy."""

    def write() -> str:
        row = find()
        stays = why(row)
        if not stays:
            note(request, row, gone=True)
            row.delete()
        return stays

    return under_lock(practitioners, write)


def note(request: StaffRequest, row: Model, message: Any = "", *, new: bool = False, gone: bool = False) -> None:
    """Note who changed which setting, where Django's admin notes it too."""
    flag = DELETION if gone else ADDITION if new else CHANGE
    LogEntry.objects.log_actions(request.user.pk, [row], flag, change_message=message, single_object=True)  # type: ignore[list-item]


def changed(form: "ModelForm[Any]", *, new: bool) -> Any:
    """Return what a form changed, as Django's admin notes it: names of fields, no values."""
    return construct_change_message(cast("Form", form), [], new)
