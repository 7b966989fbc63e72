"""What the practice sets in the agenda's own look: who may, the forms, what is said of them. Pages are in `agenda.views.settings`.

Plans (openings, absences, holidays) change through `booking.plan_changes`; all else is saved here, under the same lock.
"""
