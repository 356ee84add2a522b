"""/account/profile: a person's name and language, and the way to the rest."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import verified
from accounts.actor import Actor
from accounts.models import User
from generation.studio.doors import member
from generation.studio.people.forms import ProfileForm
from generation.studio.people.showing import page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def profile(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    user = User.objects.get(pk=actor.user_id or 0)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=user)
    if request.method != "POST" or not form.is_valid():
        return page(request, actor, "profile", "profile", {"form": form, "person": user})
    user.save(update_fields=list(form.fields))
    verified.forget()
    answer = redirect("studio:profile")
    if user.language:
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language)
    else:
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    with translation.override(user.language or translation.get_language()):
        messages.success(request, _("Saved."))
    return answer
