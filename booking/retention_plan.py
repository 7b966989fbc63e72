"""Every column of both stores: what it is, why it is kept, and until when. The tests refuse an undeclared one.

The one declaration that the purge, the privacy page and the tests read. Pure: columns by name, periods by value.
"""

from dataclasses import dataclass

from practitioners import periods
from practitioners.periods import Period


@dataclass(frozen=True, slots=True)
class Rule:
    """Why something is kept and until when; `period` when the practice sets the days.

    `told` is the line of the privacy page that says so, for what is a patient's; empty for what is not.
    """

    reason: str
    until: str
    period: Period | None = None
    told: str = ""


RANDOM = Rule("a random key, or one that points to one", "the row goes")
# Of the patients.
HOLD = Rule("keeps a time while the form is filled", "ten minutes, twice extended", told="hold")
CONTACT = Rule(
    "sealed; the server reads it to show and to write to the patient",
    "the visit is over, or cancelled and its last message has left",
    told="contact",
)
VISIT = Rule("what staff need for this one visit", "days after the visit", periods.VISIT, told="visit")
DAY_NOTE = Rule(
    "what staff leave for one another for a day, sealed", "days after the day", periods.VISIT, told="day_note"
)
TOLD = Rule(
    "what was and will be sent: its kind and hour, never a text", "days after the visit", periods.VISIT, told="messages"
)
IDENTITY = Rule("who comes, sealed: renewals must find them", "days after the visit", periods.IDENTITY, told="identity")
TIE = Rule("ties the slot to its record or link", "days after the visit", periods.IDENTITY, told="identity")
LAPSE = Rule(
    "that somebody did not come, sealed: the desk is told of repeated ones", "a year after the visit", told="lapses"
)
WHEN = Rule("the slot: it says nothing of a person", "it stays, anonymous", told="slot")
COUNTED = Rule(
    "how many visits of a type, state and days ahead in a month, and how full it was",
    "it stays: a number",
    told="counts",
)
LIMIT = Rule("a keyed tag of who did what too often", "the night after its window of a day at most", told="limits")
WISH = Rule(
    "what somebody of the waiting list would take, and what was offered to them",
    "a time is accepted, it is withdrawn or its last day is over",
    told="wish",
)
ERASED = Rule("that a record was erased, so that no backup brings it back", "31 days", told="backups")
CHORE = Rule("when the worker did what is due from time to time", "it does it again")
SWEEP = Rule("a record that no appointment knows", "the second sweep, an hour later")
LOST = Rule("a contact typed to have a link again, encrypted", "the worker has looked, seconds later", told="lost")
LOG = Rule("who was shown which appointment: opaque ids", "days after it was written", periods.LOG, told="log")
# Of the practice.
OWN = Rule("the practice's own, published or its plan", "the practice changes it")
MEMBER = Rule("a member of the practice", "they leave")
KEYS = Rule("key material: public, wrapped or sealed", "its holder leaves or it is rotated")
CHECK = Rule("whether the two stores and the secret belong together", "the next reconciliation")
SESSION = Rule("a staff session: half a key that opens nothing alone, and no name", "it ends")
UNDO = Rule("what a change of plan replaced: hours, opaque ids, states", "the night after it")
SETTING = Rule("who changed which setting of the practice", "the practice ends")
NO_HASH = Rule("always unusable: there is no hash", "they leave")
INVITED = Rule("who is invited to join, with a hash of the link", "it is used or revoked, or 30 days after its end")
WAITING = Rule(
    "an access that waits for a colleague", "it is given or refused, its last day is over or the member leaves"
)
FACTOR = Rule("a member's second factor; its secret is sealed", "they or a new invitation remove it")
TRUST = Rule("a browser that a member trusts", "30 days, or when they, a new password or a new invitation end it")
FEED = Rule("a member's subscription to busy times", "they end it, lose the agenda or leave")
UNUSED = Rule("allauth's; nothing writes it", "it stays empty")
DONE = Rule("when the instance was last saved, rehearsed, restored", "the next time")
DJANGO = Rule("Django's own; nothing of a patient", "the practice ends")

COLUMNS: dict[str, dict[Rule, str]] = {
    "booking.Appointment": {
        RANDOM: "id practitioner_id location_id",
        WHEN: "start end first_cell end_cell lane state discreet sequence time_zone",
        VISIT: "visit_type_id new_patient cancel_reason reach arrived_at persons proof",
        TIE: "key_version patient_ref link_hash",
        HOLD: "held_until extensions network_tag codes_sent code_tries",
    },
    "booking.Message": {
        RANDOM: "id appointment_id practitioner_id offer_id",
        TOLD: "kind state due again minutes attempts claimed_until channel error closed",
    },
    "booking.Wish": {
        RANDOM: "id practitioner_id visit_type_id appointment_id",
        WISH: "new_patient weekdays parts since until key_version patient_ref link_hash",
    },
    "booking.Offer": {RANDOM: "id wish_id place_id", WISH: "start made expires ended accepted link_hash"},
    "booking.OccupiedCell": {RANDOM: "id practitioner_id appointment_id", WHEN: "cell lane"},
    "booking.DayNote": {RANDOM: "id practitioner_id", DAY_NOTE: "day key_version box"},
    "booking.Lapse": {RANDOM: "id practitioner_id appointment_id", LAPSE: "key_version box"},
    "booking.MonthlyCount": {RANDOM: "id practitioner_id visit_type_id", COUNTED: "state month amount"},
    "booking.MonthlyLead": {RANDOM: "id practitioner_id visit_type_id", COUNTED: "ahead month amount"},
    "booking.MonthlyFill": {RANDOM: "id practitioner_id", COUNTED: "month open_minutes used_minutes counted_to"},
    "booking.Counter": {LIMIT: "tag amount expires"},
    "booking.LostLink": {RANDOM: "id", LOST: "box asked"},
    "booking.Erasure": {RANDOM: "id", ERASED: "box day"},
    "booking.Chore": {RANDOM: "id", CHORE: "kind due claimed_until done alarm"},
    "booking.OnlineBooking": {RANDOM: "id appointment_id", LIMIT: "hour network_tag"},
    "booking.Orphan": {SWEEP: "id record seen"},
    "upkeep.Milestone": {RANDOM: "id", DONE: "kind at well"},
    "patients.PatientRecord": {RANDOM: "id", IDENTITY: "identity_box", VISIT: "visit_box", CONTACT: "contact_box"},
    "patients.StoreCheck": {RANDOM: "id", CHECK: "check_box pairing"},
    "practitioners.StoreCheck": {RANDOM: "id", CHECK: "check_box pairing"},
    "practitioners.AccessEvent": {RANDOM: "id", LOG: "staff appointment action hour recorded session_tag flagged"},
    "practitioners.AccessSeal": {RANDOM: "id", LOG: "number minute rows total head checkpoint"},
    "practitioners.AgendaKey": {RANDOM: "id practitioner_id", KEYS: "version public_key retired renew_because altered"},
    "practitioners.KeyHolder": {
        RANDOM: "id staff_id sheet_of_id", KEYS: "public_key wrapped_private secret_box secret_tag confirmed",
    },
    "practitioners.Grant": {RANDOM: "id agenda_key_id holder_id", KEYS: "sealed_private starts_on ends_on binding"},
    "practitioners.Invitation": {RANDOM: "id staff_id made_by_id", INVITED: "token_hash expires carried tries"},
    "practitioners.PendingGrant": {
        RANDOM: "id staff_id practitioner_id invitation_id asked_by_id", WAITING: "starts_on ends_on own",
    },
    "practitioners.Staff": {
        RANDOM: "id practitioner_id", MEMBER: "login name role is_active ends_on minutes_per_row", NO_HASH: "password",
    },
    "practitioners.Practice": {
        RANDOM: "id",
        OWN: "name address phone phone_hours email time_zone holiday_zone controller data_contact host legal_text "
             "accessibility_contact offers_colleagues veil_after closes_minute requires_second_factor shown_per_hour visit_kept visit_kept_reason "
             "identity_kept identity_kept_reason log_kept log_kept_reason",
    },
    "practitioners.Location": {RANDOM: "id practice_id", OWN: "label address access"},
    "practitioners.Practitioner": {
        RANDOM: "id practice_id",
        OWN: "slug name speciality titles rpps sector payment languages introduction access emergency notice "
             "directory_url contact contact_code lapse_rule reminders summary_email waiting_list works_holidays published position",
    },
    "practitioners.VisitType": {
        RANDOM: "id practitioner_id",
        OWN: "name slug duration_new duration_known buffer colour notice horizon cancel_before max_per_day visibility "
             "link_hash accepts_new place asks_birth_date asks_message discreet reminders before after family_max position active",
    },
    "practitioners.Opening": {
        RANDOM: "id practitioner_id location_id",
        OWN: "weekday on replaces start_minute end_minute valid_from valid_to parity step places released_days "
             "released_minute without_appointment",
    },
    "practitioners.Opening_visit_types": {RANDOM: "opening_id visittype_id", OWN: "id"},
    "practitioners.Absence": {
        RANDOM: "id practitioner_id",
        OWN: "first_day last_day start_minute end_minute repeat_weeks repeat_until reason",
    },
    "practitioners.CalendarFeed": {RANDOM: "id staff_id practitioner_id", FEED: "token_hash"},
    "practitioners.PlanChange": {RANDOM: "id practitioner_id", UNDO: "staff at undone before after steps"},
    "practitioners.Replacement": {RANDOM: "id practitioner_id", OWN: "first_day last_day name text"},
    "practitioners.Wording": {RANDOM: "id practice_id", OWN: "kind language text"},
    "practitioners.TrustedBrowser": {RANDOM: "id staff_id", TRUST: "tag label expires"},
    "mfa.Authenticator": {RANDOM: "user_id", FACTOR: "id type data created_at", UNUSED: "last_used_at"},
    "account.EmailAddress": {UNUSED: "id user_id email verified primary"},
    "account.EmailConfirmation": {UNUSED: "id email_address_id created sent key"},
    "sessions.Session": {SESSION: "session_key session_data expire_date"},
    "admin.LogEntry": {
        SETTING: "id action_time user_id content_type_id object_id object_repr action_flag change_message",
    },
    "auth.Permission": {DJANGO: "id name content_type_id codename"},
    "auth.Group": {DJANGO: "id name"},
    "auth.Group_permissions": {DJANGO: "id group_id permission_id"},
    "contenttypes.ContentType": {DJANGO: "id app_label model"},
}  # fmt: skip


def kept_of_patients() -> list[Rule]:
    """Return the rules that the privacy page tells, each once, in the order of the declaration."""
    told: dict[str, Rule] = {}
    for columns in COLUMNS.values():
        for rule in columns:
            if rule.told:
                told.setdefault(rule.told, rule)
    return list(told.values())
