"""Made stories and their wire copies: cut, retitled, sent again, begun otherwise. Nothing here was published."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SEED = 5
COPIES = 30
BEGIN = datetime(2026, 9, 7, 6, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled report of a set; `group` is its event, `lang` may be ""."""

    id: str
    group: str
    title: str
    text: str
    lang: str
    outlet: str
    at: datetime


# Headlines (the wire's own first, then those of desks), and the text, a sentence each.
STORIES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("North Korea fires two short-range missiles off east coast", "Pyongyang launches missiles into East Sea"),
        (
            "North Korea fired two short-range ballistic missiles toward the sea off its east coast on Monday.",
            "The projectiles flew about 350 kilometres from the Sunan area, South Korea's joint chiefs said.",
            "Japan's coast guard told ships to keep away from fallen objects.",
            "It was the first launch since the summer drills ended.",
        ),
    ),
    (
        ("Trump says letter to Kim Jong Un was returned unopened", "Letter to Kim came back, president says"),
        (
            "President Donald Trump said a letter he wrote to Kim Jong Un had come back unopened.",
            "Diplomats at the mission in New York declined to accept the envelope, he told reporters aboard his plane.",
            "He said he would try again and called the silence a negotiating trick.",
            "The White House gave no date for another attempt.",
        ),
    ),
    (
        ("Steam seen over Yongbyon laboratory, researchers say", "Satellite pictures hint at reprocessing"),
        (
            "Satellite pictures of the Yongbyon complex show steam rising from the radiochemical laboratory.",
            "Researchers at an institute in Vienna said the thermal plant had run for three weeks.",
            "Such a campaign could yield plutonium for two more warheads, they estimated.",
            "Clouds hid the cooling tower of the older reactor.",
        ),
    ),
    (
        ("Atomic agency chief asks for inspectors' return", "Inspectors should go back, agency chief tells board"),
        (
            "The head of the United Nations atomic agency told its board that inspectors must return to the country.",
            "They were expelled seventeen years ago and have relied on imagery ever since.",
            "A new enrichment hall at Kangson troubles him, he added, because its size matches a known design.",
            "Member states took note of the confidential paper without a vote.",
        ),
    ),
    (
        ("Flood cuts rail bridge at Sinuiju", "Yalu floods halt trains between Dandong and Sinuiju"),
        (
            "Heavy rain has washed away a pier of the rail bridge near Sinuiju, halting freight from Dandong.",
            "Traders said seventy wagons of fertiliser and flour stand on the Chinese bank.",
            "State television showed soldiers carrying villagers out of Uiju county on their backs.",
            "Forecasters expect the Yalu to crest on Wednesday night.",
        ),
    ),
    (
        ("Hackers took 120 million dollars from exchange, police say", "Police blame Lazarus for exchange theft"),
        (
            "Thieves drained 120 million dollars in tokens from a Singapore exchange within eleven minutes.",
            "Investigators traced the wallets to the Lazarus group, which they say works for Pyongyang.",
            "A forged job offer had planted malware on an engineer's laptop in March.",
            "The exchange promised to repay its customers from reserves.",
        ),
    ),
    (
        ("Defector crosses Imjin river at night", "Soldiers pick up man who swam across border river"),
        (
            "A man in his twenties swam across the Imjin estuary before dawn and gave himself up to marines.",
            "He carried a plastic bottle as a float and asked for asylum, the defence ministry said.",
            "Thermal cameras followed him for forty minutes.",
            "Loudspeaker broadcasts in that sector were suspended last year.",
        ),
    ),
    (
        ("Seoul proposes video reunions for divided families", "Minister offers reunions by video link"),
        (
            "The unification minister proposed reunions by video for families that the war divided.",
            "Fewer than 36,000 registered relatives are alive, most of them older than eighty.",
            "The liaison telephone at Panmunjom has not been answered since April 2023.",
            "Red Cross volunteers would bring tablets to nursing homes.",
        ),
    ),
    (
        ("Tokyo court orders damages over 'paradise' settlers", "Court awards damages to returnees from Japan"),
        (
            "A Tokyo district court ordered compensation for five plaintiffs who were lured aboard ships to Chongjin.",
            "They had been promised free housing in a paradise and were kept there for decades.",
            "The judge held that the recruiters' deceit and the detention formed one continuous wrong.",
            "Nobody appeared for the defendant.",
        ),
    ),
    (
        ("Guided destroyer launched at Nampho shipyard", "Kim Ju Ae breaks bottle on new warship"),
        (
            "A second 5,000-tonne destroyer slid into the water at Nampho in front of cheering workers.",
            "Kim Ju Ae broke the bottle while her father saluted, state media said.",
            "Analysts saw vertical cells for 74 weapons and a phased array copied from Russian frigates.",
            "The vessel is to join the fleet on Navy Day.",
        ),
    ),
    (
        ("Russia opens Moscow-Pyongyang flights twice a week", "Nordwind adds second weekly flight to Pyongyang"),
        (
            "Nordwind will fly between Sheremetyevo and Pyongyang twice a week from October.",
            "The trip takes eight hours and costs 44,700 roubles one way.",
            "Tourists may visit the Wonsan beach resort in groups of no more than thirty.",
            "Air Koryo keeps its service to Vladivostok.",
        ),
    ),
    (
        ("Rice price in Hyesan doubles within a month", "Market prices soar in northern towns"),
        (
            "A kilogram of rice costs 19,000 won in the markets of Hyesan, twice as much as in August.",
            "Brokers blame a weak currency and new limits on private stalls.",
            "Maize is scarce too, and households mix it with potato starch.",
            "The state granaries sell only to holders of a ration card.",
        ),
    ),
    (
        ("Taiwan chip plant shuts after transformer fire", "Fire stops wafer output in Hsinchu"),
        (
            "A transformer fire stopped production at a wafer plant in Hsinchu for at least four days.",
            "No one was hurt, but clean rooms filled with smoke and 30,000 wafers may be scrapped.",
            "Customers in car making hold stocks for six weeks, a broker wrote.",
            "Insurers sent assessors to the science park.",
        ),
    ),
    (
        ("European Union widens sanctions on arms shippers", "Brussels lists freighters that carried shells"),
        (
            "The European Union put nine freighters on its list for carrying artillery shells from Rajin to Dunai.",
            "Owners in Limassol and Dubai lose access to insurers and ports.",
            "Hungary abstained after a clause on nuclear fuel was taken out.",
            "The rules enter into force once they are printed in the Official Journal.",
        ),
    ),
    (
        ("Women's under-17 side reaches final on penalties", "Teenagers from Pyongyang win shoot-out"),
        (
            "Goalkeeper Pak Ju Mi saved three penalties as her under-17 side beat Nigeria to reach the final.",
            "Regular time had ended goalless after a header was ruled offside.",
            "Spain or Brazil waits on Saturday in Rabat.",
            "It would be a third title for the girls in red.",
        ),
    ),
    (
        ("Envoys of three allies meet in Honolulu over pact", "Allies discuss Moscow treaty in Hawaii"),
        (
            "Envoys of Washington, Seoul and Tokyo met in Honolulu to discuss the treaty with Moscow.",
            "They worry about drones and submarine reactors that might be given in return for troops.",
            "A hotline between the three staffs will be tested in November.",
            "Beijing called the gathering a small clique.",
        ),
    ),
    (
        ("Parliament in Pyongyang sets date for election", "Supreme assembly calls vote for new deputies"),
        (
            "The standing committee called elections of deputies to the Supreme People's Assembly for 15 March.",
            "Constituencies may test two candidates before a single name goes on the ballot.",
            "The last chamber sat two years beyond its term.",
            "Observers expect an amendment that names the South a hostile state.",
        ),
    ),
    (
        ("Aid convoy with tuberculosis drugs enters via Dandong", "First medicines in five years cross at Dandong"),
        (
            "Three lorries with medicines against resistant tuberculosis crossed at Dandong, a charity said.",
            "It is the first shipment since the border closed, and covers 4,000 patients.",
            "Foreign nurses have yet to receive visas.",
            "Vaccines for measles are planned before winter.",
        ),
    ),
    (
        ("Spy agency says Kim has put on weight again", "Lawmakers briefed on leader's health"),
        (
            "The intelligence service told lawmakers that Kim Jong Un weighs about 140 kilograms again.",
            "Aides look abroad for drugs against high blood pressure and sleeplessness.",
            "His daughter is being treated as the likely heir, one member quoted the briefing.",
            "Smoking and drink are blamed.",
        ),
    ),
    (
        ("Balloon with waste lands on Incheon runway", "Runway closed after rubbish balloon comes down"),
        (
            "A balloon loaded with paper scraps came down on a runway of Incheon airport and closed it for an hour.",
            "Eleven arrivals were sent round or diverted to Gimpo.",
            "Experts in protective suits found cigarette ends but nothing poisonous.",
            "Activists had flown leaflets northwards the day before.",
        ),
    ),
)
_DATELINES = ("", "SEOUL, Sept 7 (Newswire) - ", "GENEVA (NW) — ", "By our staff and agencies. ")
_PREFIXES = ("", "UPDATE 1-", "UPDATE 3-", "BREAKING: ", "(2nd LD) ")


def wire_copies() -> tuple[Item, ...]:
    """COPIES reports of each story within two days, in order of time; the first of a story is the wire's own."""
    chance = random.Random(SEED)
    items = [_copy(chance, number, copy) for number in range(len(STORIES)) for copy in range(COPIES)]
    return tuple(sorted(items, key=lambda item: (item.at, item.id)))


def _copy(chance: random.Random, number: int, copy: int) -> Item:
    titles, sentences = STORIES[number]
    group = f"made-{number}"
    at = BEGIN + timedelta(hours=number)
    if not copy:
        return Item(f"{group}.0", group, titles[0], " ".join(sentences), "en", "newswire", at)
    told = list(sentences)
    if chance.random() < 0.4:  # the lead reordered
        told[0], told[1] = told[1], told[0]
    told = told[: chance.choice((2, 2, 3, 4))]
    title = chance.choice(_PREFIXES) + chance.choice(titles)
    text = chance.choice(_DATELINES) + " ".join(told)
    if chance.random() < 0.2:  # cut in the middle of a word, as feeds do
        text = text[: max(90, len(text) * 2 // 3)] + "…"
    later = at + timedelta(minutes=chance.randint(1, 24 * 60))
    return Item(f"{group}.{copy}", group, title, text, "en", f"outlet{copy}", later)
