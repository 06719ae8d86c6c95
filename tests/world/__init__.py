"""A small world round the real daemon: scripted feeds, sinks that flap, and the process itself. Loopback only."""
