"""New tasks out of finished ones: again, varied, enlarged. Each shows its price before."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from catalog import access as catalog
from catalog.kinds import Kind
from generation import access, watch
from generation.errors import EaselError, NotFound
from generation.request import ImageRequest
from generation.studio import cards, quoting, sentences
from generation.studio.doors import member, wants_fragment
from generation.studio.results import again
from generation.studio.results.found import Found, visible
from generation.studio.results.panels import panel

FACTORS = ("2", "3", "4")


class UpscaleForm(forms.Form):
    factor = forms.TypedChoiceField(coerce=float)
    upscaler = forms.ChoiceField()

    def __init__(self, actor: Actor, found: Found, data: Any = None) -> None:
        super().__init__(data)
        longest = max(found.output.width, found.output.height)
        fitting = [each for each in FACTORS if longest * int(each) <= again.LONGEST_SIDE]
        self.factors = [(each, self._size(found, int(each))) for each in fitting]
        self.upscalers = upscalers(actor)
        self._choices("factor", fitting)
        self._choices("upscaler", self.upscalers)

    def _choices(self, name: str, values: list[str]) -> None:
        field = cast(forms.ChoiceField, self.fields[name])
        field.choices = [(each, each) for each in values]

    def _size(self, found: Found, factor: int) -> str:
        return f"{factor} × ({found.output.width * factor} × {found.output.height * factor})"


class CutoutForm(forms.Form):
    model = forms.ChoiceField(
        required=False,
        choices=(
            ("", gettext_lazy("Whatever stands in front")),
            ("person", gettext_lazy("A person")),
            ("object", gettext_lazy("A thing")),
        ),
    )
    feather = forms.TypedChoiceField(
        coerce=float,
        choices=(
            ("0", gettext_lazy("As it is")),
            ("4", gettext_lazy("A little softer")),
            ("12", gettext_lazy("Soft")),
        ),
    )


def upscalers(actor: Actor) -> list[str]:
    """Those that enlarge finished pictures; the latent ones only serve the second pass."""
    names = [entry.name for entry in catalog.choices(Kind.UPSCALER, actor.tenant_id)]
    return [name for name in names if name != "None" and not name.startswith("Latent")]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def vary(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    """GET: the choices with their prices. POST ``how``: same, subtle or strong."""
    found = visible(actor, task_id, index)
    if request.method == "POST":
        how = request.POST.get("how", "")
        if how not in ("same", *again.STRENGTHS):
            raise NotFound("no such change")
        change = cast(again.Change, how)
        return _send(
            request, actor, lambda: again.changed(actor, found.task, found.output, change), how
        )
    context = {
        "same": _priced(actor, lambda: again.changed(actor, found.task, found.output, "same")),
        "varied": _priced(actor, lambda: again.changed(actor, found.task, found.output, "strong")),
        "count": min(again.VARIATIONS, actor.limits.max_images),
    }
    return panel(request, actor, found, "vary", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def upscale(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    found = visible(actor, task_id, index)
    stored = found.file.file
    if request.method == "POST":
        form = UpscaleForm(actor, found, request.POST)
        if not form.is_valid():
            return _refused(request, actor, _("Choose a factor and an upscaler of the lists."))
        return _send(request, actor, lambda: again.enlarged(stored, **form.cleaned_data), "upscale")
    form = UpscaleForm(actor, found)
    context: dict[str, Any] = {"form": form}
    if form.factors and form.upscalers:
        first = again.enlarged(stored, factor=2.0, upscaler=form.upscalers[0])
        context["price"] = _priced(actor, lambda: first)
    return panel(request, actor, found, "upscale", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def cutout(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    found = visible(actor, task_id, index)
    stored = found.file.file
    if request.method == "POST":
        form = CutoutForm(request.POST)
        if not form.is_valid():
            return _refused(request, actor, _("Choose what stands in front and its edge."))
        return _send(request, actor, lambda: again.cut_out(stored, **form.cleaned_data), "cutout")
    price = _priced(actor, lambda: again.cut_out(stored, model="", feather=0))
    return panel(request, actor, found, "cutout", {"form": CutoutForm(), "price": price})


@require_POST
@member
def rerun(request: HttpRequest, actor: Actor, task_id: UUID) -> HttpResponseBase:
    """A finished task once more, whole: what "try again" does."""
    access.task(actor, task_id)
    task = watch.task(actor, task_id)
    if not task.is_final:
        raise NotFound("the task is unfinished")
    return _send(request, actor, lambda: again.whole(task), "again")


def _priced(actor: Actor, wanted: Any) -> quoting.Price | None:
    """None where there is nothing of the kind to be had."""
    try:
        asked: ImageRequest = wanted()
    except EaselError:
        return None
    if not actor.can("member"):
        return quoting.Price(reason=_("Your role may look, not create."), can_send=False)
    try:
        quoted = again.price(actor, asked)
    except EaselError as error:
        return quoting.Price(reason=sentences.of_error(error), can_send=False)
    short = quoted.balance < quoted.price
    reason = sentences.no_credit(price=quoted.price, balance=quoted.balance) if short else ""
    return quoting.Price(price=sentences.credits(quoted.price), reason=reason, can_send=not short)


def _send(request: HttpRequest, actor: Actor, wanted: Any, how: str) -> HttpResponse:
    """The new task's card and a toast; without scripts its page."""
    try:
        receipt = again.send(actor, wanted(), {"made": how})
    except EaselError as error:
        if isinstance(error, NotFound):
            raise
        return _refused(request, actor, sentences.of_error(error))
    if not wants_fragment(request):
        return redirect("studio:task", receipt.task_id)
    card = cards.live_card(watch.task(actor, receipt.task_id))
    context = {"card": card, "balance": quoting.balance_of(actor)}
    return render(request, "studio/results/_sent.html", context)


def _refused(request: HttpRequest, actor: Actor, sentence: str) -> HttpResponse:
    context = {"sentence": sentence, "actor": actor, "balance": quoting.balance_of(actor)}
    name = "_refused" if wants_fragment(request) else "refused"
    return render(request, f"studio/results/{name}.html", context, status=422)
