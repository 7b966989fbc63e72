"""All addresses: machines and staff at fixed ones, patients under their language."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from agenda.admin import site
from agenda.views import feeds
from clicdocteur import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("calendrier/<str:token>.ics", feeds.feed, name="calendar_feed"),
    path("agenda/admin/", site.urls),
    path("agenda/", include("agenda.urls")),
    *i18n_patterns(path("", include("booking.urls"))),
]

handler400 = "booking.views.errors.bad_request"
handler403 = "booking.views.errors.forbidden"
handler404 = "booking.views.errors.not_found"
handler500 = "booking.views.errors.server_error"
