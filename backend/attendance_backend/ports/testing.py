"""Stand-ins for what a test has to steer. Everything else the tests take for real."""

from datetime import UTC, datetime, timedelta

from attendance_backend.ports.mail import Mail, MailNotTakenError

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


class ManualClock:
    """A `Clock` that stands still until it is told to go on."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def go_on(self, time: timedelta) -> None:
        self.moment += time


class RecordingMailer:
    """A `Mailer` that keeps what it is given, and takes nothing while it is told to fail."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.fails: MailNotTakenError | None = None

    async def send(self, mail: Mail) -> None:
        if self.fails:
            raise self.fails
        self.sent.append(mail)
