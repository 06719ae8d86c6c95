"""Wirewatch: watches newswire feeds for your topics and tells you: soon, once, and with the sentence that matched."""

__version__ = "0.1.0"
