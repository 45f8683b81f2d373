"""Who looks at pages, in tests of what they show."""

from sequences.access.role import PeopleVisible, Role
from sequences.access.viewer import Viewer

DANA = Viewer("u1", "dana@agency.example", "Dana Reed", Role.RECRUITER, "o1", "Europe/London")
"""A recruiter who sees everybody and works with her own people."""
OWN = Viewer("u2", "dana@agency.example", "Dana Reed", Role.RECRUITER, "o1", "UTC", PeopleVisible.OWN)
"""The same in an organisation in which recruiters see their own people."""
ADMIN = Viewer("u3", "kim@agency.example", "Kim Lee", Role.ADMIN)
AUDITOR = Viewer("u4", "audit@agency.example", "Audit", Role.AUDITOR)
