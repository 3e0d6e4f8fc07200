"""Scripts of the Makefile: wheels for others, and tests that need other environments."""
