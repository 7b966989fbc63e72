"""The factors themselves: codes of a telephone, security keys, recovery codes. The arithmetic of each is allauth's.

allauth says "internal" of the modules used here, so they are used here only, and the lock file pins them.
"""

import struct
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from agenda.second_factor.adapter import Sealed, of
from booking import limits
from clicdocteur.framing import SealingError
from practitioners import keys
from practitioners.models import Staff

KIND = Authenticator.Type
SETTING_UP = "setting_up"
# Longer than a code is accepted: 30 seconds, and as many before and after.
USED_SECONDS = 300
# What a browser sends may be no credential at all.
NO_CREDENTIAL = (ValidationError, TypeError, ValueError, LookupError, AttributeError, struct.error)


def of_staff(staff: Staff) -> QuerySet[Authenticator]:
    """The factors that open the second step: not the recovery codes, which stand in for one that is lost."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=staff.pk).exclude(type=KIND.RECOVERY_CODES)
    return found.order_by("created_at", "pk")


def has_any(staff: Staff) -> bool:
    """Whether a staff member has set up a second factor."""
    return of_staff(staff).exists()


def who_has_one() -> set[int]:
    """Return everybody who has set up a second factor. One query."""
    return set(Authenticator.objects.exclude(type=KIND.RECOVERY_CODES).values_list("user_id", flat=True))


def has_key(staff: Staff) -> bool:
    """Whether one of them is a security key."""
    return of_staff(staff).filter(type=KIND.WEBAUTHN).exists()


# Codes: of the telephone, or of the recovery sheet.


def code_fits(staff: Staff, code: str) -> bool:
    """Whether a code is the telephone's of this moment, or a recovery code. Either is good for once."""
    with of(staff):
        for factor in Authenticator.objects.filter(user_id=staff.pk, type__in=[KIND.TOTP, KIND.RECOVERY_CODES]):
            if factor.type == KIND.RECOVERY_CODES:
                fits = RecoveryCodes(factor).validate_code(code)
            else:
                fits = totp.validate_totp_code(keys.open_factor(staff.pk, factor.data["secret"]), code)
                fits = fits and _first_use(staff, code)
            if fits:
                return True
    return False


def _first_use(staff: Staff, code: str) -> bool:
    """Count a code's use in the store: allauth counts in the memory of one process, and for less time than it accepts."""
    return limits.hit("code-used", str(staff.pk), normalize_user_code(code), limit=1, seconds=USED_SECONDS)


def begin_telephone(request: HttpRequest, staff: Staff) -> str:
    """Return the secret that is being set up in this session, a new one the first time. It waits there sealed."""
    box = request.session.get(SETTING_UP)
    if box is not None:
        return keys.open_factor(staff.pk, box)
    secret: str = totp.generate_totp_secret()
    request.session[SETTING_UP] = keys.seal_factor(staff.pk, secret)
    return secret


def telephone_address(staff: Staff, secret: str) -> str:
    """Return what the square says to the telephone."""
    return str(Sealed().build_totp_url(staff, secret))


def add_telephone(request: HttpRequest, staff: Staff, code: str) -> bool:
    """Keep the secret that is being set up, if the telephone shows its code; a former telephone goes."""
    secret = begin_telephone(request, staff)
    if not totp.validate_totp_code(secret, code) or not _first_use(staff, code):
        return False
    with of(staff), transaction.atomic():
        member = _locked(staff)
        Authenticator.objects.filter(user_id=member.pk, type=KIND.TOTP).delete()
        totp.TOTP.activate(member, secret)
    del request.session[SETTING_UP]
    return True


# Security keys. The challenge waits in the session of allauth's current request, which is ours.


def ask_key(staff: Staff) -> dict[str, Any]:
    """Return what a browser hands to the member's keys, with a new challenge."""
    return dict(webauthn.begin_authentication(staff))


def key_fits(staff: Staff, credential: Any) -> bool:
    """Whether one of the member's keys signed the challenge, which is good for once."""
    try:
        webauthn.parse_authentication_response(credential)
        webauthn.complete_authentication(staff, credential)
    except NO_CREDENTIAL:
        return False
    finally:
        webauthn.clear_state()
    return True


def begin_key(staff: Staff) -> dict[str, Any]:
    """Return what a browser hands to a new key, with a new challenge."""
    return dict(webauthn.begin_registration(staff, passwordless=False))


def add_key(staff: Staff, name: str, credential: Any) -> bool:
    """Keep a new key, if it answered the challenge."""
    try:
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except NO_CREDENTIAL:
        return False
    finally:
        webauthn.clear_state()
    with transaction.atomic():
        webauthn.WebAuthn.add(_locked(staff), name, credential)
    return True


# Recovery codes.


def new_codes(staff: Staff) -> list[str]:
    """Return ten new recovery codes, shown once. The former ones are void."""
    with of(staff), transaction.atomic():
        member = _locked(staff)
        Authenticator.objects.filter(user_id=member.pk, type=KIND.RECOVERY_CODES).delete()
        return [f"{code[:5]} {code[5:]}" for code in RecoveryCodes.activate(member).generate_codes()]


def codes_left(staff: Staff) -> int:
    """How many recovery codes were not used."""
    kept = Authenticator.objects.filter(user_id=staff.pk, type=KIND.RECOVERY_CODES).first()
    if kept is None:
        return 0
    with of(staff):
        return len(RecoveryCodes(kept).get_unused_codes())


# Taking away.


def put_away(request: HttpRequest) -> None:
    """Drop from the session what was being set up or asked: it is done."""
    request.session.pop(SETTING_UP, None)
    webauthn.clear_state()


def remove(staff: Staff, pk: int, *, last_too: bool) -> bool:
    """Remove one factor of a member's own; with the last one, if it may go, the recovery codes and the trust. Say if it went."""
    with transaction.atomic():
        _locked(staff)
        found = of_staff(staff).filter(pk=pk)
        others = of_staff(staff).exclude(pk=pk).exists()
        if not found or not (others or last_too):
            return False
        found.delete()
        if not others:
            forget(staff)
    return True


def renew_boxes() -> int:
    """Seal every factor's secret anew under the current server secret, before an older one goes; return how many factors.

    One that opens under none of the secrets is left as it is. Each is read and written under its own lock.
    """
    return sum(_renew(pk) for pk in Authenticator.objects.exclude(type=KIND.WEBAUTHN).values_list("pk", flat=True))


@transaction.atomic
def _renew(pk: int) -> int:
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if factor is None:
        return 0
    try:
        for name in {"secret", "seed"} & set(factor.data):
            factor.data[name] = keys.seal_factor(factor.user_id, keys.open_factor(factor.user_id, factor.data[name]))
    except (SealingError, ValueError):
        return 0
    factor.save(update_fields=["data"])
    return 1


def forget(staff: Staff) -> None:
    """Remove all factors of a member, with codes and trusted browsers: what a new invitation does."""
    Authenticator.objects.filter(user_id=staff.pk).delete()
    staff.trusted_browsers.all().delete()


def _locked(staff: Staff) -> Staff:
    """Return the member's row, locked: of two changes at once, the second waits."""
    return Staff.objects.select_for_update().get(pk=staff.pk)
