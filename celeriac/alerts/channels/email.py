"""Mail by SMTP: encrypted unless the operator says otherwise, with the certificate checked.

https://docs.python.org/3/library/smtplib.html
"""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

from celeriac.alerts.alert import Notice
from celeriac.alerts.channels import NotDelivered
from celeriac.alerts.channels.words import headline, line

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class Email:
    """A server, and who writes to whom."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    """Certificates of an authority of one's own; the system's by default."""
    timeout_s: float = 10

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Send one mail; raises NotDelivered."""
        try:
            with self._connected() as server:
                server.send_message(mail(notices, self.sender, self.to))
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(reason=self._reason(error)) from None

    def _connected(self) -> smtplib.SMTP:
        trusted = ssl.create_default_context(cafile=self.ca_file) if self.security != "none" else None
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=trusted)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        try:
            if self.security == "starttls":
                server.starttls(context=trusted)
            if self.user is not None:
                server.login(self.user, self.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _reason(self, error: Exception) -> str:
        """Say in our own words what happened: the server's may repeat what it was told."""
        match error:
            case smtplib.SMTPResponseException():
                return f"the mail server answered {error.smtp_code}"
            case smtplib.SMTPRecipientsRefused():
                return "the mail server refused every recipient"
            case smtplib.SMTPNotSupportedError():
                return "the mail server does not offer STARTTLS or the log-in"
            case ssl.SSLError():
                return "the mail server's certificate was not accepted"
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return f"the mail server did not answer within {self.timeout_s:g} s"
        return f"the mail server cannot be reached ({type(error).__name__})"


def mail(notices: Sequence[Notice], sender: str, to: Sequence[str]) -> EmailMessage:
    """Write the mail: one line a notice."""
    written = EmailMessage()
    # A line break in a subject would begin another header; EmailMessage refuses it.
    written["Subject"] = " ".join(f"Celeriac: {headline(notices)}".split())
    written["From"] = sender
    written["To"] = ", ".join(to)
    written["Date"] = formatdate()
    written["Message-ID"] = make_msgid(domain="celeriac.local")
    written["Auto-Submitted"] = "auto-generated"
    written.set_content("\n".join(line(notice) for notice in notices) + "\n")
    return written
