"""The words that the made-up municipality and region are put together from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Board:
    """A made-up body, its department, and how large a share of the employees works there."""

    key: str
    name: str
    department: str
    share: int
    units: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What a municipality or a region calls its parts. The first board is the executive one, the second cares."""

    key: str
    name: str
    domain: str
    council: tuple[str, str]
    boards: tuple[Board, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much is made up."""

    words: Vocabulary
    employees: int
    consultants: int
    systems: int
    grants: int
    people_in_a_unit: int


MUNICIPALITY = Vocabulary(
    key="exempelkommun",
    name="Exempelkommun (påhittad)",
    domain="exempelkommun.example",
    council=("KF", "Kommunfullmäktige"),
    boards=(
        Board(
            key="KS",
            name="Kommunstyrelsen",
            department="Kommunledningskontoret",
            share=6,
            units=("Kansliet", "Ekonomienheten", "HR-enheten", "IT-enheten"),
        ),
        Board(
            key="VON",
            name="Vård- och omsorgsnämnden",
            department="Vård- och omsorgsförvaltningen",
            share=33,
            units=("Hemsjukvården", "Hemtjänsten", "Särskilt boende", "Biståndsenheten", "Rehabenheten"),
        ),
        Board(
            key="BUN",
            name="Barn- och utbildningsnämnden",
            department="Utbildningsförvaltningen",
            share=42,
            units=("Förskolan", "Grundskolan", "Gymnasiet", "Elevhälsan", "Skolskjutsen"),
        ),
        Board(
            key="SN",
            name="Socialnämnden",
            department="Socialförvaltningen",
            share=8,
            units=("Barn och familj", "Försörjningsstöd", "Vuxenstöd"),
        ),
        Board(
            key="MBN",
            name="Miljö- och byggnadsnämnden",
            department="Miljö- och byggförvaltningen",
            share=3,
            units=("Bygglov", "Miljö och hälsa", "Kart och mät"),
        ),
        Board(
            key="TN",
            name="Tekniska nämnden",
            department="Tekniska förvaltningen",
            share=5,
            units=("Gata och park", "Vatten och avlopp", "Fastighet"),
        ),
        Board(
            key="KFN",
            name="Kultur- och fritidsnämnden",
            department="Kultur- och fritidsförvaltningen",
            share=3,
            units=("Biblioteket", "Fritid", "Kulturskolan"),
        ),
    ),
    titles=("handläggare", "assistent", "samordnare", "pedagog", "undersköterska", "lärare", "ingenjör", "sekreterare"),
)

REGION = Vocabulary(
    key="exempelregionen",
    name="Exempelregionen (påhittad)",
    domain="exempelregionen.example",
    council=("RF", "Regionfullmäktige"),
    boards=(
        Board(
            key="RS",
            name="Regionstyrelsen",
            department="Regionledningskontoret",
            share=6,
            units=("Kansliet", "Ekonomistaben", "HR-staben", "IT-staben"),
        ),
        Board(
            key="HSN",
            name="Hälso- och sjukvårdsnämnden",
            department="Hälso- och sjukvårdsförvaltningen",
            share=68,
            units=("Akuten", "Medicinkliniken", "Kirurgkliniken", "Barnkliniken", "Psykiatrin", "Vårdcentralerna"),
        ),
        Board(
            key="TVN",
            name="Tandvårdsnämnden",
            department="Folktandvården",
            share=8,
            units=("Allmäntandvård", "Specialisttandvård"),
        ),
        Board(
            key="TRN",
            name="Trafiknämnden",
            department="Trafikförvaltningen",
            share=8,
            units=("Busstrafik", "Sjukresor", "Planering"),
        ),
        Board(
            key="RUN",
            name="Regionala utvecklingsnämnden",
            department="Utvecklingsförvaltningen",
            share=5,
            units=("Folkhögskolor", "Näringsliv"),
        ),
        Board(
            key="KBN",
            name="Kultur- och bildningsnämnden",
            department="Kulturförvaltningen",
            share=5,
            units=("Museer", "Musik och scen"),
        ),
    ),
    titles=("sjuksköterska", "undersköterska", "läkare", "tandhygienist", "administratör", "planerare", "ingenjör"),
)

MUNICIPALITY_SCALE = Scale(
    words=MUNICIPALITY, employees=2_300, consultants=40, systems=80, grants=12_000, people_in_a_unit=35
)
REGION_SCALE = Scale(words=REGION, employees=14_000, consultants=300, systems=110, grants=70_000, people_in_a_unit=60)


# What a system is for: its key, and its name in the register.
PURPOSES = (
    ("ARENDE", "Ärendehantering"),
    ("ARKIV", "Arkiv"),
    ("BOKNING", "Bokning"),
    ("SCHEMA", "Schemaläggning"),
    ("FAKTURA", "Fakturering"),
    ("JOURNAL", "Journal"),
    ("REGISTER", "Register"),
    ("STATISTIK", "Statistik"),
    ("AVTAL", "Avtal"),
    ("KARTA", "Kartor"),
    ("LARM", "Larm"),
    ("LAGER", "Lager"),
    ("NYCKEL", "Nycklar och passage"),
    ("ENKAT", "Enkäter"),
    ("WEBB", "Webbpublicering"),
    ("AVVIKELSE", "Avvikelser"),
    ("TID", "Tidredovisning"),
    ("KOSTNAD", "Kalkyl"),
    ("DRIFT", "Driftövervakning"),
    ("UTBILDNING", "Utbildning"),
)
