"""The way to the operator's OpenID Connect provider, also when it does not answer.

allauth opens the connection, and only to the provider that the settings name.
"""

from __future__ import annotations

import logging

import requests
from allauth.socialaccount.providers.openid_connect.views import login as allauth_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger(__name__)


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """allauth lets the failure of the discovery through; it is a page, not a fault of ours."""
    try:
        answer: HttpResponse = allauth_login(request, provider_id)
    except (requests.RequestException, ValueError, KeyError) as error:
        log.error("the OpenID Connect provider cannot be used: %s", error)
        return render(request, "socialaccount/authentication_error.html", status=502)
    return answer
