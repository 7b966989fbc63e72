"""The key hierarchy: a password opens a key-holder's private half, a grant sealed to it opens an agenda's, that opens names.

Nothing here is ever stored open. Besides this package only the patients store, the access log, the limits and the settings
touch the cryptography.
"""

from practitioners.keys.agendas import (
    Expired,
    agenda_private,
    expire,
    grant,
    held_on,
    is_pair,
    new_agenda_key,
    publishable,
    revoke,
    wear,
)
from practitioners.keys.bindings import is_bound
from practitioners.keys.carried import CODE_TRIES, carry, open_carried, renew_carried
from practitioners.keys.codes import carry_code, close_code, code_fits
from practitioners.keys.derivation import TooBusy
from practitioners.keys.factors import open_factor, seal_factor
from practitioners.keys.fingerprints import mark, own_six_words, six_words
from practitioners.keys.holders import (
    KeyAltered,
    drop_secret,
    enrol,
    install,
    join_halves,
    keep_secret,
    new_pair,
    practice_day,
    reseal_secrets,
    server_secrets,
    set_password,
    split_for_session,
    unlock,
)
from practitioners.keys.renewal import NobodyLeft, Renewed, let_go, renew
from practitioners.keys.sheets import (
    agenda_of_code,
    agendas_of_sheet,
    confirm_sheet,
    new_recovery_sheet,
    open_sheet,
    recover,
    sheet_from,
)
from practitioners.keys.vault import Vault
from practitioners.keys.waiting import close_for_page, open_from_page

__all__ = [
    "CODE_TRIES",
    "Expired",
    "KeyAltered",
    "NobodyLeft",
    "Renewed",
    "TooBusy",
    "Vault",
    "agenda_of_code",
    "agenda_private",
    "agendas_of_sheet",
    "carry",
    "carry_code",
    "close_code",
    "close_for_page",
    "code_fits",
    "confirm_sheet",
    "drop_secret",
    "enrol",
    "expire",
    "grant",
    "held_on",
    "install",
    "is_bound",
    "is_pair",
    "join_halves",
    "keep_secret",
    "let_go",
    "mark",
    "new_agenda_key",
    "new_pair",
    "new_recovery_sheet",
    "open_carried",
    "open_factor",
    "open_from_page",
    "open_sheet",
    "own_six_words",
    "practice_day",
    "publishable",
    "recover",
    "renew",
    "renew_carried",
    "reseal_secrets",
    "revoke",
    "seal_factor",
    "server_secrets",
    "set_password",
    "sheet_from",
    "six_words",
    "split_for_session",
    "unlock",
    "wear",
]
