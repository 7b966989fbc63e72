"""Write the frozen stores of format 1, once: ``python -m tests.proofs.freeze``.

What an instance of November 2026 wrote has to open for ever: both stores as they were, with the server secret, the passwords and
the codes that go with them. A later format gets a folder of its own; this one is never written again, and the script refuses to.
"""

import json
import shutil
import tempfile
from pathlib import Path

from tests.processes import Instance

FROZEN = Path(__file__).with_name("frozen_1")

MADE = """
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from booking import appointments, identities
from booking.links import link_hash, new_token
from booking.models import Appointment, DayNote
from clicdocteur import framing
from patients import store
from practitioners import keys
from practitioners.access_log import chain
from practitioners.models import Invitation, Staff
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office
from tests.practitioners.cast import private_of

with time_machine.travel(NOW, tick=False) as clock:
    Staff.objects.all().delete()
    office = Office()
    Staff.objects.filter(pk=office.alice.pk).update(role="manager")
    office.alice.refresh_from_db()
    holder = office.alice.key_holder
    keys.holders.keep_secret(holder)
    holder.save()
    who = store.Identity((store.Person("Œuvrard-N’Diaye", "Élodie"),), store.Person("Þórbjörg"))
    said = {"email": "elodie@example.org", "message": "Une ordonnance ½"}
    sealed = office.book("09:00", TUESDAY, identity=who, contact=said)
    filed = office.book("09:30", TUESDAY, identity=who, contact={**said, "email": "filed@example.org"})
    corrected = office.book("10:00", TUESDAY, identity=who, contact={"email": "former@example.org"})
    appointments.correct_contact(corrected.token, store.Visit(phone="+33639980001"), NOW, language="fr")
    vault = keys.Vault(office.alice, private_of(office.alice), MONDAY, bytes(range(16)))
    identities.show(Appointment.objects.filter(pk=filed.pk), vault, "day", NOW)
    note = DayNote(practitioner=office.one, day=MONDAY, key_version=1)
    note.box = store.close_day_note(note.pk, "Vaccins à 9 h", office.private_one())
    note.save(force_insert=True)
    sheet = keys.new_recovery_sheet(office.one, office.private_one())
    keys.confirm_sheet(office.one, sheet[-4:])
    Authenticator.objects.create(user_id=office.bruno.pk, type="totp", data={"secret": keys.seal_factor(office.bruno.pk, "JBSWY3DP")})
    token, code = new_token(), framing.spoken_code()
    invited = Invitation(staff=office.chloe, made_by=office.alice, token_hash=link_hash(token), expires=NOW + timedelta(days=7))
    invited.carried = keys.carry(invited, token, code, {(office.one.pk, 1): office.private_one()})
    invited.save(force_insert=True)
    clock.move_to(NOW + timedelta(hours=1))
    chain.close(NOW + timedelta(hours=1))
    kept = {
        "sheet": sheet, "token": token, "code": code, "anchor": chain.head(),
        "sealed": str(sealed.pk), "filed": str(filed.pk), "corrected": str(corrected.pk), "link": sealed.token,
        "agenda_private": office.private_one().hex(), "secret": Path("secret").read_text().strip(),
    }
    Path("kept.json").write_text(json.dumps(kept, indent=1) + "\\n")
    for name, leave in (("default", ["contenttypes", "auth", "sessions"]), ("patients", [])):
        call_command("dumpdata", database=name, exclude=leave, indent=1, output=f"{name}.json", verbosity=0)
"""


def main() -> None:
    """Make an instance, dump it, and keep what opens it."""
    FROZEN.mkdir()
    with tempfile.TemporaryDirectory(prefix="clicdocteur-freeze-") as folder:
        instance = Instance(Path(folder)).set_up()
        done = instance.python(MADE)
        if done.returncode:
            raise SystemExit(done.stderr)
        for name in ("kept.json", "default.json", "patients.json"):
            json.loads((instance.folder / name).read_text())
            shutil.copyfile(instance.folder / name, FROZEN / name)


if __name__ == "__main__":
    main()
