"""What was booked online in the last day, so that the practice can undo a flood: an hour and an opaque tag."""

from django.db import models

from booking.models.appointment import Appointment
from clicdocteur.fields import RandomKey


class OnlineBooking(models.Model):
    """In which hour an appointment was booked online, and a keyed tag of the network and the day. Gone after a day."""

    id = RandomKey()
    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="online")
    hour = models.DateTimeField(db_index=True)
    network_tag = models.BinaryField(max_length=16)

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}"
