"""Words too common to carry a story, and what stands round names: a short list for where no stored entries say it.

Data for `phrases.py`; for matching nothing is a stop word.
"""

from __future__ import annotations

import re
from typing import Final


def _listed(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


# Very common words that English, German, French, Spanish, Italian, Portuguese and Russian text capitalises, at the
# beginning of a sentence or always: they carry no story. Folded.
COMMON: Final = _listed(
    "a an the and but or nor so yet if as at by for from in into of off on over to up with without after before since",
    "until while when where why how what which who whose this that these those there here then now not no yes all any",
    "both each every few more most many much some such one two three four five first last next other he she it its",
    "his her their they them we our us you your i my me is are was were be been has have had do does did can could may",
    "might must shall should will would just still also even only about according against among amid during despite",
    "because although though however meanwhile instead perhaps let read see stay tuned monday tuesday wednesday",
    "thursday friday saturday sunday january february march april june july august september october november december",
    "today tomorrow yesterday spring summer autumn winter source sources analysis opinion editorial",
    "update updated breaking exclusive video photo photos watch live news report reports timeline summary interview",
    "english internet god christmas",
    "der die das den dem ein eine einen und oder aber in im am an auf bei mit nach von vor zu zum zur er sie es wir",
    "le la les l un une des du de et ou mais dans sur pour par avec il elle ils en au aux ce cette ses son sa",
    "el los las una y o pero con del al por para su sus se que como mas os um uma e com no na nos nas do",
    "lo gli uno di da nel nella per che si non",
    "в на и а но по с со к о об от из за до для не что как это его ее их он она они мы вы я при после под над или",
)
# What stands before a name and is not part of it. Folded.
TITLES: Final = _listed(
    "president vice prime foreign defense defence minister premier chancellor secretary general senator governor king",
    "queen prince princess pope leader chairman director ambassador envoy mr mrs ms dr prof professor gen sen rep gov",
    "lt col adm sir former acting deputy chief spokesman spokeswoman judge justice presidente ministro ministre",
    "prasident herr frau monsieur madame президент министр премьер господин глава лидер",
)

# Chinese words that hold a sentence together: a phrase goes over none of them.
HAN_GLUE: Final = re.compile(
    "[的了是在和与與也为為将將对對从從到以及或被把让讓就都而且但并並不没有沒于於这這那其之上下后後前时時说說称稱"
    "年月个個位名次等他她它们們我你]"
)
HAN_COMMON: Final = re.compile(
    "表示|进行|問題|问题|记者|記者|报道|報道|报导|報導|目前|已经|已經|可能|今年|去年|认为|認為|指出|方面|通过|通過|因此|总统|總統|大統領|首相|政府|会談|会议|會議|"
    "発表|今回|必要|関係|关系|關係|以来|同日|現在|新闻|新聞|消息|国际|國際|发生|宣布|情况|工作|开始|成为|继续|包括|要求|需要|重要|今天|昨天|明天|当地|透露|日电"
)
PARTICLES: Final = re.compile(
    "(?:에서는|에서도|으로는|으로서|으로써|에게서|이라고|라고|이라는|라는|이라며|에서|에게|으로|까지|부터|보다|처럼|이나|"
    "과의|와의|과는|와는|에는|에도|은|는|이|가|을|를|의|에|로|와|과|도|만|측)$"
)
HANGUL_VERB: Final = re.compile(
    "(?:다|.{2}고|했|한|된|하는|되는|하고|하며|되고|지만|면서|려고|했던|있는|없는|위해|대해|따라|통해)$"
)
HANGUL_COMMON: Final = _listed(
    "대통령 정부 오늘 내일 어제 이날 지난 지난해 올해 관련 기자 뉴스 보도 이번 우리 그는 그러 하지만 그러나 그리고",
    "또한 가운데 이후 이전 경우 때문 사실 상황 문제 관계자 현재 최근 당시 다시 모두 가장 이런 그런 어떤 여러 함께 계속",
)
