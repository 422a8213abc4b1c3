"""Who and what the story is about, by the keys they have in the files. Nobody here exists."""

from __future__ import annotations

# The people of the story, by employee number.
NURSE = "10001"
"""The nurse who needs the care system; has acknowledged the undertaking and holds nothing yet."""
REQUESTER = "10002"
"""The nurse's manager, who writes the request."""
HEAD_OF_DEPARTMENT = "10003"
"""Head of the care department; decides by delegation `DELEGATION`."""
DEPUTY = "10004"
"""Deputy in that delegation."""
EXPIRED_DELEGATE = "10005"
"""Decided by delegation `EXPIRED_DELEGATION` until a month ago."""
CHAIR = "10006"
"""Chair of the board that owns the care system."""
ADMINISTRATOR = "10007"
"""Administers the care system."""
TECHNICIAN = "10008"
HEAD_OF_IT = "10009"
SECURITY_COORDINATOR = "10010"
HR_OFFICER = "10011"
AUDITOR = "10012"
DATA_PROTECTION_OFFICER = "10013"
DIRECTOR = "10014"
"""The highest official; everybody's manager in the end."""

CARE_SYSTEM = "VARD"
READ = "LASA"
DOCUMENT = "DOKUMENTERA"
"""What the nurse needs; demands an acknowledged undertaking."""
ORDER_MEDICINE = "BESTALLA"
CHECK_MEDICINE = "KONTROLLERA"
"""Must not meet `ORDER_MEDICINE` in one person."""
CARE_ADMIN = "ADMIN"

DELEGATION = "D-VARD-1"
EXPIRED_DELEGATION = "D-VARD-2"

STORY = (
    (NURSE, "Linnéa", "Sandberg", "sjuksköterska"),
    (REQUESTER, "Göran", "Åkesson", "enhetschef"),
    (HEAD_OF_DEPARTMENT, "Birgitta", "Öhman", "förvaltningschef"),
    (DEPUTY, "Mikael", "Järvinen", "biträdande förvaltningschef"),
    (EXPIRED_DELEGATE, "Ulla", "Bäckström", "verksamhetschef"),
    (CHAIR, "Per-Olof", "Lindh", "ordförande"),
    (ADMINISTRATOR, "Samira", "Haddad", "systemförvaltare"),
    (TECHNICIAN, "Jonas", "Wikström", "nätverkstekniker"),
    (HEAD_OF_IT, "Anneli", "Forsgren", "IT-chef"),
    (SECURITY_COORDINATOR, "Tomas", "Hägg", "IT-säkerhetssamordnare"),
    (HR_OFFICER, "Karin", "Nyström", "personalhandläggare"),
    (AUDITOR, "Lars", "Edlund", "revisor"),
    (DATA_PROTECTION_OFFICER, "Maria", "Kovács", "dataskyddsombud"),
    (DIRECTOR, "Eva", "Stålhammar", "direktör"),
)
# Everybody in the story works under the care board but these, who work under the executive one.
CENTRAL = {
    TECHNICIAN,
    HEAD_OF_IT,
    SECURITY_COORDINATOR,
    HR_OFFICER,
    AUDITOR,
    DATA_PROTECTION_OFFICER,
    CHAIR,
    DIRECTOR,
}
