"""What is typed at the desk while somebody is on the telephone: four fields, and the rest only when it is wanted."""

from agenda.desk_forms.known import DATE, Known, KnownField, known_line
from agenda.desk_forms.person import FirstTimesForm, PersonForm, SlotForm, filled_with, sought
from agenda.desk_forms.visit import AgainForm, AttestationForm, DayNoteForm, NoteForm, WeeksForm

__all__ = [
    "DATE",
    "AgainForm",
    "AttestationForm",
    "DayNoteForm",
    "FirstTimesForm",
    "Known",
    "KnownField",
    "NoteForm",
    "PersonForm",
    "SlotForm",
    "WeeksForm",
    "filled_with",
    "known_line",
    "sought",
]
