from __future__ import annotations

from django.urls import path

from generation.studio.people import accepting, inviting, members, organisation, profile

urlpatterns = [
    path("account/profile", profile.profile, name="profile"),
    path("account/organisation", organisation.organisation, name="organisation"),
    path("account/organisations", organisation.organisations, name="organisations"),
    path("account/switch", organisation.switch, name="switch"),
    path("account/members", members.show, name="members"),
    path("account/members/leave", members.leave, name="leave"),
    path("account/members/<int:user_id>/role", members.role, name="member_role"),
    path("account/members/<int:user_id>/remove", members.remove, name="member_remove"),
    path("account/members/<int:user_id>/owner", members.hand_over, name="member_owner"),
    path("account/invitations", inviting.invite, name="invitations"),
    path("account/invitations/<int:invitation_id>/resend", inviting.resend, name="invitation_send"),
    path("account/invitations/<int:invitation_id>/revoke", inviting.revoke, name="invitation_end"),
    path("invitations/<str:token>", accepting.invitation, name="invitation"),
]
