"""E-mail: plain text and simple HTML, with a way to stop it at one click (RFC 8058)."""

import smtplib
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from django.template.loader import render_to_string
from django.utils import translation

from participants.messaging.channels.base import (
    TIMEOUT_SECONDS,
    Delivery,
    DeliveryFailed,
    DeliveryUnknown,
    Receipt,
)


class Email:
    """Through Django's mail, and so through whatever ``EMAIL_URL`` names."""

    name: ClassVar[str] = "email"
    repeatable: ClassVar[bool] = False

    def send(self, delivery: Delivery) -> Receipt:
        """Raises: DeliveryFailed, DeliveryUnknown, as ``Channel.send``."""
        message = compose(delivery)
        connection = mail.get_connection(timeout=TIMEOUT_SECONDS)
        try:
            connection.open()
        except (OSError, smtplib.SMTPException):
            raise DeliveryFailed("no_connection") from None
        # "from None" throughout: what mail servers say names the address.
        try:
            connection.send_messages([message])
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _words in error.recipients.values()]
            for_good = all(code >= 500 for code in codes)
            raise DeliveryFailed(f"smtp_{max(codes)}", for_good=for_good) from None
        except smtplib.SMTPResponseException as error:
            for_good = error.smtp_code >= 500
            raise DeliveryFailed(f"smtp_{error.smtp_code}", for_good=for_good) from None
        except (OSError, smtplib.SMTPException):
            raise DeliveryUnknown("connection_lost") from None
        finally:
            _close(connection)
        return Receipt(provider_id=str(message.extra_headers["Message-ID"]))


def compose(delivery: Delivery) -> mail.EmailMultiAlternatives:
    """The mail: its ``Message-ID`` is made of the delivery's key, so it is known before it goes."""
    context = {"delivery": delivery, "words": delivery.words}
    with translation.override(delivery.language):
        text = render_to_string("participants/messaging/my/email/mail.txt", context)
        html = render_to_string("participants/messaging/my/email/mail.html", context)
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{delivery.key}@{host}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": delivery.language,
    }
    if delivery.off_link:
        headers["List-Unsubscribe"] = f"<{delivery.off_link}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = mail.EmailMultiAlternatives(
        subject=delivery.words.title,
        body=text,
        to=[delivery.to],
        reply_to=[delivery.reply_to] if delivery.reply_to else None,
        headers=headers,
    )
    message.attach_alternative(html, "text/html")
    return message


def _close(connection: object) -> None:
    """Say good-bye; what the server answers to that no longer matters."""
    try:
        connection.close()  # type: ignore[attr-defined]
    except (OSError, smtplib.SMTPException):
        return
