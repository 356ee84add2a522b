"""The samplers' arithmetic: how one walks from sigma to sigma, given what the picture would be
without noise. No family, no network, no schedule.
"""

from __future__ import annotations
