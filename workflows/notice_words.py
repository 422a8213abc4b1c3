"""What a case asks of somebody, in a few words for the subject and in a sentence for the letter, by the part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from language import Text
from models import Part

# In the subject, after the case's number.
WAITS: Final[Mapping[str, Text]] = {
    Part.SUBMIT: Text("a draft waits to be submitted"),
    Part.DECIDE: Text("a request waits for a decision"),
    Part.COMPLETE: Text("a question waits for an answer"),
    Part.EXECUTE: Text("a decision waits to be carried out"),
    Part.REGISTER: Text("what was carried out waits to be registered"),
    Part.SOLVE: Text("an obstacle waits to be removed"),
    Part.RELEASE: Text("a departure waits to be let go"),
    Part.BLOCK: Text("accounts wait to be blocked at once"),
    Part.CLOSE_ACCOUNTS: Text("accounts wait to be closed"),
    Part.RETURN_EQUIPMENT: Text("equipment waits to be taken back"),
    Part.REOPEN_ACCOUNTS: Text("accounts wait to be opened again"),
    Part.APPOINT: Text("a duty waits for a successor"),
    Part.PREPARE: Text("a release waits to be put forward"),
    Part.TEST: Text("a release waits to be tested"),
    Part.REVIEW: Text("a release waits for its security review"),
    Part.APPROVE: Text("a release waits for operational approval"),
    Part.COSIGN: Text("a release waits for your signature"),
    Part.DEPLOY: Text("a release waits to be deployed"),
    Part.FOLLOW_UP: Text("an urgent release waits to be reviewed afterwards"),
    Part.AGREE_DATE: Text("a date waits to be agreed to"),
    Part.CONFIRM_DATE: Text("a new date waits to be confirmed"),
    Part.SET_DATE: Text("a release waits for a new date"),
    "": Text("the case waits"),
}

# The same, when the case is about a release.
WAITS_AT_A_RELEASE: Final[Mapping[str, Text]] = {
    Part.DECIDE: Text("a release waits for a decision"),
    Part.REGISTER: Text("a deployed release waits to be registered"),
}

ASKS: Final[Mapping[str, Text]] = {
    Part.SUBMIT: Text("Finish the draft and submit it, or withdraw it."),
    Part.DECIDE: Text(
        "Decide on the request: approve it, approve less than was asked for, reject it, or ask the requester for more."
    ),
    Part.COMPLETE: Text("Answer the owner's question, so that the request can be decided on."),
    Part.EXECUTE: Text("Carry out exactly what was decided in the system, and note the account name."),
    Part.REGISTER: Text("Register exactly the decided profile, and note the service desk's ticket number."),
    Part.SOLVE: Text(
        "Something stands in the way of what was decided. Remove it so that the case can go on, "
        "send the case back for a new decision, or give it up."
    ),
    Part.RELEASE: Text("Let the departure go, or refuse it, and say why."),
    Part.BLOCK: Text(
        "Block the accounts now, before anything else is decided, and note the service desk's ticket number."
    ),
    Part.CLOSE_ACCOUNTS: Text(
        "Close the accounts in the directory and for mail when the last moment has come, and note the ticket number."
    ),
    Part.RETURN_EQUIPMENT: Text("Note what equipment came back, and that it is wiped."),
    Part.REOPEN_ACCOUNTS: Text(
        "They work on after all. Open the accounts again that were blocked or closed, and note the service desk's "
        "ticket number."
    ),
    Part.APPOINT: Text("Appoint somebody to what the leaver holds, and note who it is."),
    Part.PREPARE: Text("Put the release forward again when what was missing is there, or take it back."),
    Part.TEST: Text("Test the version, attach the protocol, and say whether the test is passed."),
    Part.REVIEW: Text("Review the security of the version, note what you find, and say when the review is done."),
    Part.APPROVE: Text("Approve the version for operation, send it back, or reject it."),
    Part.COSIGN: Text("See to it that the version works together with other systems, and sign that it does."),
    Part.DEPLOY: Text("Deploy exactly the approved version, inside the agreed window."),
    Part.FOLLOW_UP: Text("The version is in operation already. Review it now, and note what you find."),
    Part.AGREE_DATE: Text("Agree to the date, or set another one."),
    Part.CONFIRM_DATE: Text("The date was moved. Confirm it, or set another one."),
    Part.SET_DATE: Text("The planned date has passed. Set a new one, or take the release back."),
    "": Text("See in the case what it waits for."),
}

# What is carried out and registered when the case is about an end.
ASKS_AT_AN_END: Final[Mapping[str, Text]] = {
    Part.EXECUTE: Text("Remove the access in the system, and note the account name it was removed from."),
    Part.REGISTER: Text("Deregister the access, and note the service desk's ticket number."),
}

# What the same parts mean when the case is about a release.
ASKS_AT_A_RELEASE: Final[Mapping[str, Text]] = {
    Part.DECIDE: Text("Decide whether the version is to go ahead on that date, or reject it."),
    Part.REGISTER: Text("Register the installed version, and note the service desk's ticket number."),
}

# Who must appoint somebody when nobody can act.
REMEDIES: Final[Mapping[str, Text]] = {
    Part.REVIEW: Text("See to it that there is a security coordinator who is not party to the case."),
    Part.DECIDE: Text("See to it that the owner has a valid delegation or a deputy who is not party to the case."),
    Part.EXECUTE: Text("See to it that the system has an administrator who is not party to the case."),
    Part.REGISTER: Text("See to it that there is a technician who is not party to the case."),
}
