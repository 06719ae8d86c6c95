"""The first watchlist of a desk, from a few answers: whole, right, and with a remark on each part.

Asking is the work of `cli/init.py`; what is written here goes through the loader before it is saved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wirewatch.config.edit import NewFeed, add_feeds
from wirewatch.config.references import is_reference, references_in
from wirewatch.config.splice import Value, brackets, scalar

CHAT_REFERENCE = "env:WIREWATCH_CHAT"  # where the chat address is looked for, if a plain one was given
RECEIVER = "desk"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a desk says of itself. words: of one topic, the first one names it; mail, chat: addresses to tell.

    chat: an Apprise address or a reference to one; a plain address is never written, a reference takes its place.
    """

    name: str
    words: tuple[str, ...]
    feeds: tuple[NewFeed, ...]
    timezone: str
    screen: bool = True
    mail: tuple[str, ...] = ()
    mail_server: str = ""
    chat: str = ""


def topic_key(title: str) -> str:
    """`Trump–Kim 2026` → `trump-kim-2026`; letters of every script stay."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-") or "topic"


def hides_chat(chat: str) -> bool:
    """Is this address kept out of the file, so that its owner has to put it where the reference says?"""
    return bool(chat) and not (is_reference(chat) or references_in(chat))


def first_watchlist(answers: Answers) -> str:
    """The text of the file."""
    title = answers.words[0].strip('="*') or answers.words[0]
    topic: dict[str, Value] = {"title": title, "any": list(answers.words)}
    text = _TEXT.format(
        name=scalar(answers.name),
        timezone=scalar(answers.timezone),
        key=scalar(topic_key(title)),
        title=scalar(title),
        words=brackets(topic["any"]),
        receiver="\n".join(_receiver(answers)),
        to=RECEIVER,
    )
    return add_feeds(text, answers.feeds)


def _receiver(answers: Answers) -> Sequence[str]:
    lines = [f"  {RECEIVER}:"]
    if answers.screen:
        lines.append("    console: yes                      # needs no account; in a service it is the journal")
    if answers.mail:
        sender = answers.mail[0]
        lines += [
            "    mail:",
            f"      server: {scalar(answers.mail_server)}",
            f"      from: {scalar(sender)}",
            f"      to: {brackets(list(answers.mail))}",
            *(["      security: none                  # right for a mail server on this machine, and nowhere else"]
              if _is_here(answers.mail_server) else
              ["      # user: wirewatch               # if the server asks who we are; the password stays outside:",
               "      # password: env:WIREWATCH_MAIL_PASSWORD"]),
        ]  # fmt: skip
    if answers.chat:
        kept = CHAT_REFERENCE if hides_chat(answers.chat) else answers.chat
        lines.append(f"    apprise: {scalar(kept)}      # the address is a secret: env:NAME, file:/path or cred:name")
    return lines


def _is_here(server: str) -> bool:
    host = server.rpartition(":")[0] if re.search(":[0-9]+$", server) else server
    return host in {"localhost", "127.0.0.1", "[::1]"}


_TEXT = """\
# A watchlist of Wirewatch: who we are, what we read, what we look for, who is told. It is yours to edit.
# Save the file and it is live in two seconds. A mistake changes nothing: the last good version goes on, and you are
# told the line, the column and the cure. To try the file without running it: wirewatch check

settings:
  name: {name}
  # contact: desk@example.org         # shown to publishers in our requests; fill in yours
  timezone: {timezone}
  database: sqlite:///wirewatch.db    # everything that is remembered; from the folder where the daemon is started
  keep: 400 days                      # a year and a month
  older_news: none                    # of what stood in a feed before we watched it: none | newest 5 | last 24h | all

# What is read.   Short form:   Name: address
#                 Long form:    Name: {{address: …, lang: ko, kind: wire, about: a-topic, poll: often}}
#                 A group:      Name: {{kind: press, feeds: {{…}}}}     its own keys hold for all of its feeds
# One more, asked first whether it is a feed:   wirewatch feeds add https://example.org/news
feeds:

# What is looked for.   any: one of these.   all: one from each list.   not: never with these.
# Words are found whole, in any capitals, with or without accents and hyphens. Korean words may carry endings.
#   troop*  any ending     =UN  exactly this     "quotation marks" round text that holds ": " or begins with * & @ [
topics:
  {key}:
    title: {title}
    any: {words}
    # not: []                         # phrases that only look like it
    # priority: high                  # low | normal | high | urgent
    # Headlines that must and must not fit are tried at every save; an edit that breaks one is refused.
    # examples:
    #   match: [A headline that you want]
    #   ignore: [A headline that you do not want]

# Who can be told, and by which ways. Passwords and chat addresses never stand here, only where they are:
# env:NAME in the environment, file:/path in a file, cred:name in a credential of the service.
receivers:
{receiver}

# Who is told what. The first route that fits decides; without conditions it fits everything.
routes:
  - to: {to}
    # topics: [{key}]    # only these
    # collect: 5 min                  # wait that long for more, so that a burst is one message; otherwise 1 min
"""
