"""Which ways out there are, switched on by the settings of the instance; and how a message may fail to take one."""

from django.conf import settings

from booking import words


class NotSent(Exception):
    """It certainly did not leave. `why` is a code of `Message.Error`; never the text of an exception, which holds addresses.

    `again` says that another attempt may do; `rest` that the whole channel is out of order, and better left alone a while.
    """

    def __init__(self, why: str, *, again: bool, rest: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.again = again
        self.rest = rest


class Doubtful(Exception):
    """It was being handed over, and no answer came: nobody knows whether it left."""


def mail_is_on() -> bool:
    """Whether this instance can send e-mail."""
    return bool(settings.EMAIL_HOST)


def sms_is_on() -> bool:
    """Whether this instance can send SMS."""
    return bool(settings.SMS_URL)


def way(channel: str, value: str) -> str:
    """Return by what a contact can be written to now: `email`, `sms`, or nothing. *channel* is `email` or `phone`."""
    if channel == "email" and value and mail_is_on():
        return "email"
    if channel == "phone" and sms_is_on() and words.is_mobile(value):
        return "sms"
    return ""
