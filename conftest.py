"""For every test of the workspace: machines are shared, so no generated example fails for taking long."""

from hypothesis import settings

settings.register_profile("shared machine", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("shared machine")
