"""The demo: the real daemon on made news, on loopback alone, judged at the end."""
