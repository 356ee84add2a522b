"""The pages about people: profile, organisation, members, invitations."""
