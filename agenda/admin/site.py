"""Django's admin without its own doors: it has no sign-in, no sign-out and no password of its own."""

from collections.abc import Callable
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

# The admin's pages work with scripts of their own; everything else stays as strict as on the other pages.
POLICY = {
    "default-src": {NONE},
    "style-src": {SELF},
    "script-src": {SELF},
    "img-src": {SELF},
    "connect-src": {SELF},
    "form-action": {SELF},
}
# Passwords belong to keys (practitioners.keys); `view_on_site` redirects to wherever an id leads.
ABSENT = {"password_change", "password_change_done", "view_on_site"}


class SettingsSite(AdminSite):
    """The practice's settings, for managers."""

    site_header = _("Réglages du cabinet")
    site_title = _("Réglages")
    index_title = _("Que voulez-vous régler ?")
    site_url = None
    enable_nav_sidebar = False
    empty_value_display = "–"

    def get_urls(self) -> list[Any]:
        return [one for one in super().get_urls() if getattr(one, "name", None) not in ABSENT]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """List the settings in the order in which a practice makes them, which is the order of registration."""
        order = [model._meta.object_name for model in self._registry]
        found = super().get_app_list(request, app_label)
        for app in found:
            app["models"].sort(key=lambda one: order.index(one["object_name"]))
        return found

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        return csp_replace(POLICY)(super().admin_view(view, cacheable))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the agenda's sign-in; somebody signed in who may not come here goes back to the agenda."""
        if request.user.is_authenticated and not self.has_permission(request):
            return HttpResponseRedirect(resolve_url("agenda:day"))
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or resolve_url("admin:index")
        return redirect_to_login(wanted, resolve_url("agenda:sign_in"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Pass a POST on, as a POST, to the agenda's way out, which drops the keys."""
        return HttpResponseRedirect(resolve_url("agenda:sign_out"), preserve_request=True)
