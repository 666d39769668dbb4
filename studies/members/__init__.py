"""The people of a study: memberships, signing in, API tokens, their own account."""
