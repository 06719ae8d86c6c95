"""What Wirewatch knows, as pure functions on frozen values: no clock, no randomness, no I/O, no logging."""
