"""Which galleries the ML service may hold, so that they can be forgotten when somebody in them is erased."""
