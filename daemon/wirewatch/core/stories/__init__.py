"""Stories: entries of several feeds about one event, told as one.

`report.py` holds the values and counts voices, `fingerprint.py` says what of a text is compared, `window.py` decides.
"""

from wirewatch.core.stories.report import Joined, JoinReason, Report, StoryId, Voices, count_voices
from wirewatch.core.stories.window import StoryWindow

__all__ = ["JoinReason", "Joined", "Report", "StoryId", "StoryWindow", "Voices", "count_voices"]
