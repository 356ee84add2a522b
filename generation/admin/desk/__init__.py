"""The operators' desk: how everything is, what waits for a decision, and the switches.

figures      what the dashboard says, by bounded queries
looking      the dashboard as a page and as the fragment that it asks for every few seconds
switching    backends, tenants and the whole installation: on, off, drained
crediting    credits of a tenant, as entries of its books
reviewing    blocked, flagged, reported and appealed pictures
acting       acting as a user, with a trail
"""
