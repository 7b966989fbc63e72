"""The patients' addresses, under a language prefix. Stable once published."""

from django.urls import path

from booking.views import appointment, earlier, holds, legal, lost_link, moving, offers, practice, proof, times, wishes

app_name = "booking"

urlpatterns = [
    path("", practice.practice, name="practice"),
    path("privacy/", legal.privacy, name="privacy"),
    path("legal/", legal.legal, name="legal"),
    path("accessibility/", legal.accessibility, name="accessibility"),
    path("lost/", lost_link.lost, name="lost"),
    path("hold/<str:token>/", holds.hold, name="hold"),
    path("hold/<str:token>/more/", holds.more_time, name="more_time"),
    path("hold/<str:token>/code/", proof.code, name="code"),
    path("hold/<str:token>/contact/", proof.other_contact, name="code_contact"),
    path("hold/<str:token>/release/", holds.let_go, name="let_go"),
    path("rdv/<str:token>/", appointment.appointment, name="appointment"),
    path("rdv/<str:token>/contact/", appointment.contact, name="contact"),
    path("rdv/<str:token>/reminders/", appointment.reminders, name="reminders"),
    path("rdv/<str:token>/cancel/", appointment.cancel, name="cancel"),
    path("rdv/<str:token>/move/", moving.move, name="move"),
    path("rdv/<str:token>/calendar.ics", appointment.calendar, name="calendar"),
    path("rdv/<str:token>/my-data.json", appointment.my_data, name="my_data"),
    path("rdv/<str:token>/erase/", appointment.erase, name="erase"),
    path("rdv/<str:token>/another/", appointment.another, name="another"),
    path("rdv/<str:token>/earlier/", earlier.earlier, name="earlier"),
    path("wish/<str:token>/", wishes.wish, name="wish"),
    path("offer/<str:token>/", offers.offer, name="offer"),
    path("lien/<str:token>/", times.by_link, name="by_link"),
    path("lien/<str:token>/wish/", wishes.leave_by_link, name="leave_wish_by_link"),
    path("<slug:slug>/", practice.practitioner, name="practitioner"),
    path("<slug:slug>/<slug:type_slug>/", times.times, name="times"),
    path("<slug:slug>/<slug:type_slug>/wish/", wishes.leave, name="leave_wish"),
]
