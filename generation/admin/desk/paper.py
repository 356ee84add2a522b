"""A page with one form: what will happen, why, and a button."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(
    request: HttpRequest, template: str = "admin/desk/form.html", **values: Any
) -> HttpResponse:
    """In the admin's frame. ``title``, ``says``, ``form``, ``button``, ``is_danger``."""
    status = 422 if getattr(values.get("form"), "errors", None) else 200
    return render(request, template, admin.site.each_context(request) | values, status=status)
