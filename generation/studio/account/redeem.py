"""/account/redeem: a code becomes credit."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import redemption
from accounts.actor import Actor
from accounts.errors import EaselError
from accounts.models import Redemption
from generation.studio import sentences
from generation.studio.account.page import may_change, say, show
from generation.studio.doors import member

SHOWN = 10


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=100,
        label=gettext_lazy("Redemption code"),
        widget=forms.TextInput(
            attrs={
                "class": "input mono", "autocomplete": "off", "spellcheck": "false",
                "autocapitalize": "characters", "aria-describedby": "error-code",
                "placeholder": "EASEL-····-····-····-····",
            }
        ),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def redeem(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """``?code=`` fills the form: a code may be sent as a link."""
    may_change(actor)
    asked = request.method == "POST"
    form = CodeForm(request.POST if asked else None, initial={"code": request.GET.get("code", "")})
    if asked and form.is_valid():
        try:
            done = redemption.redeem(actor, form.cleaned_data["code"])
        except EaselError as error:
            form.add_error("code", sentences.of_error(error))
        else:
            words = {
                "amount": sentences.credits(done.amount),
                "left": sentences.credits(done.balance),
            }
            say(request, _("%(amount)s added. The balance is %(left)s now.") % words)
            return redirect("studio:redeem")
    rows = Redemption.objects.filter(tenant=actor.tenant_id).select_related("entry", "user", "code")
    context = {
        "form": form,
        "rows": [(row, sentences.credits(row.entry.amount)) for row in rows[:SHOWN]],
    }
    return show(request, actor, "redeem", "redeem", context)
