"""`wirewatch doctor`: is there all that a watch needs, on this machine and around it? Each check is a function."""
