"""The addresses of the settings, under /agenda/settings/."""

from django.urls import path

import agenda.dates_in_addresses  # noqa: F401 - makes `day` known
from agenda.views.settings import (
    absences,
    changing,
    days,
    entry,
    holidays,
    links,
    page,
    practice,
    replacements,
    types,
    week,
)

urlpatterns = [
    path("", entry.entry, name="settings"),
    path("practice/", practice.practice, name="settings_practice"),
    path("places/", practice.places, name="settings_places"),
    path("places/new/", practice.place, name="new_place"),
    path("places/<int:pk>/", practice.place, name="settings_place"),
    path("places/<int:pk>/delete/", practice.delete_place, name="delete_place"),
    path("new/", entry.new_practitioner, name="new_practitioner"),
    path("<int:practitioner>/move/", entry.move_practitioner, name="move_practitioner"),
    path("<int:practitioner>/page/", page.page, name="settings_page"),
    path("<int:practitioner>/page/preview/", page.preview, name="preview_page"),
    path("<int:practitioner>/page/key/", page.make_key, name="make_key"),
    path("<int:practitioner>/page/publish/", page.publish, name="publish_page"),
    path("<int:practitioner>/types/", types.types, name="settings_types"),
    path("<int:practitioner>/types/new/", types.visit_type, name="new_type"),
    path("<int:practitioner>/types/<int:pk>/", types.visit_type, name="settings_type"),
    path("<int:practitioner>/types/<int:pk>/move/", types.move_type, name="move_type"),
    path("<int:practitioner>/types/<int:pk>/offer/", types.offer_type, name="offer_type"),
    path("<int:practitioner>/types/<int:pk>/delete/", types.delete_type, name="delete_type"),
    path("<int:practitioner>/types/<int:pk>/link/", links.new_link, name="new_link"),
    path("<int:practitioner>/types/<int:pk>/unlink/", links.revoke_link, name="revoke_link"),
    path("<int:practitioner>/week/", week.week, name="settings_week"),
    path("<int:practitioner>/days/", days.days, name="settings_days"),
    path("<int:practitioner>/days/<day:on>/", days.day, name="settings_day"),
    path("<int:practitioner>/absences/", absences.absences, name="settings_absences"),
    path("<int:practitioner>/absences/new/", absences.absence, name="new_absence"),
    path("<int:practitioner>/absences/<int:pk>/", absences.absence, name="settings_absence"),
    path("<int:practitioner>/absences/<int:pk>/delete/", absences.delete_absence, name="delete_absence"),
    path("<int:practitioner>/holidays/", holidays.holidays, name="settings_holidays"),
    path("<int:practitioner>/replacements/", replacements.replacements, name="settings_replacements"),
    path("<int:practitioner>/replacements/new/", replacements.replacement, name="new_replacement"),
    path("<int:practitioner>/replacements/<int:pk>/", replacements.replacement, name="settings_replacement"),
    path(
        "<int:practitioner>/replacements/<int:pk>/delete/", replacements.delete_replacement, name="delete_replacement"
    ),
    path("<int:practitioner>/undo/<int:pk>/", changing.undo, name="undo_change"),
]
