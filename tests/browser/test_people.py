"""People in a browser: invited, joined on another device, changed, switched, removed; signed in
with a second factor and with a passkey."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import Membership, Role
from tests.browser.conftest import look_accessible, watched
from tests.browser.entering import entered
from tests.generation.dialects.live import Live, door, live
from tests.people import Person

__all__ = ["door", "live"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PASSWORD = "seven green pears"


@pytest.fixture(autouse=True, scope="module")
def rows_beside_a_browser() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, in which Django refuses the ORM; nothing of
    this test runs in that loop."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def fits(page: Page) -> None:
    look_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def fill_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def enter(context: BrowserContext, live: Live, person: Person, path: str) -> Page:
    page = entered(context, person.user, live.url, path)
    expect(page.locator(".account")).to_be_visible()
    return page


def enter_by_hand(context: BrowserContext, live: Live, person: Person, path: str) -> Page:
    person.user.set_password(PASSWORD)
    person.user.save()
    page = context.new_page()
    page.goto(f"{live.url}{path}")
    fill_in(page, person.user.email)
    expect(page.locator(".account")).to_be_visible()
    return page


def invite(page: Page, email: str) -> str:
    """The link; first with an error, which loses nothing."""
    page.get_by_label("E-mail").fill("nobody")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("#error-email")).not_to_be_empty()
    fits(page)
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("status").filter(has_text=f"{email} is invited")).to_be_visible()
    fits(page)
    page.get_by_role("button", name=f"Copy the link for {email}").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def join(context: BrowserContext, link: str) -> Page:
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="Join Studio")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Name").fill("Nora New")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    fits(page)
    page.get_by_role("button", name="Create the account").click()
    expect(page.locator(".header")).to_be_visible()
    return page


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_invited_joined_promoted_switched_removed(
    screen: str,
    request: pytest.FixtureRequest,
    browser: Browser,
    live: Live,
    alice: Person,
    charlie: Person,
) -> None:
    context: BrowserContext = request.getfixturevalue(screen)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = enter(context, live, alice, "/account/members")
    link = invite(page, "nora@example.com")
    size = page.viewport_size or {"width": 390, "height": 844}
    for other in watched(browser, size["width"], size["height"]):
        theirs = join(other, link)
        nora = Membership.objects.get(user__email="nora@example.com")
        Membership.objects.create(tenant=charlie.tenant, user=nora.user, role=Role.VIEWER)

        page.reload()
        page.get_by_label("Role of Nora New", exact=True).select_option("admin")
        page.get_by_role("button", name="Change the role of Nora New").click()
        expect(page.get_by_role("status").filter(has_text="has changed")).to_be_visible()
        theirs.goto(f"{live.url}/account/organisation")
        expect(theirs.get_by_role("button", name="Save")).to_be_visible()
        fits(theirs)

        theirs.locator("summary.avatar").click()
        theirs.get_by_role("button", name="Elsewhere").click()
        theirs.goto(f"{live.url}/account/organisation")
        expect(theirs.get_by_role("heading", name="Elsewhere", level=1)).to_be_visible()
        expect(theirs.get_by_role("button", name="Save")).to_have_count(0)

        page.get_by_role("link", name="Remove Nora New").click()
        asked = page.get_by_role("dialog")
        expect(asked.get_by_role("link", name="Cancel")).to_be_focused()
        fits(page)
        asked.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("status").filter(has_text="is removed")).to_be_visible()
        theirs.goto(f"{live.url}/account/organisations")
        expect(theirs.get_by_role("listitem").filter(has_text="Studio")).to_have_count(0)


def confirmed(page: Page, path: str) -> None:
    """A page that asks for the password again."""
    page.goto(path)
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()


def code_of(secret: str, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time() // 30) + steps)))


def test_a_second_factor_and_a_passkey(wide: BrowserContext, live: Live, alice: Person) -> None:
    home = live.url.replace("127.0.0.1", "localhost")  # a passkey belongs to a name
    live = Live(home, live.house)
    page = enter_by_hand(wide, live, alice, "/accounts/2fa/")
    fits(page)
    devices = wide.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})

    confirmed(page, f"{home}/accounts/2fa/totp/activate/")
    secret = page.locator("#totp-secret").inner_text()
    fits(page)
    page.get_by_label("Authenticator code").fill(code_of(secret, -1))
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    fits(page)
    confirmed(page, f"{home}/accounts/2fa/webauthn/add/")
    page.get_by_label("Passwordless").check()
    fits(page)
    page.get_by_role("button", name="Add").click()
    expect(page).not_to_have_url(re.compile("/add/"))

    sign_out(page, home)
    fill_in(page, alice.user.email)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    fits(page)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".header")).to_be_visible()

    sign_out(page, home)
    fits(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".header")).to_be_visible()
    page.goto(f"{home}/accounts/sessions/")
    expect(page.get_by_text("This one")).to_be_visible()
    fits(page)


def sign_out(page: Page, home: str) -> None:
    page.goto(f"{home}/account/profile")
    page.locator("summary.avatar").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{home}/account/profile")
    expect(page.get_by_label("E-mail")).to_be_visible()
