"""Class start: every class is shown a code, and all its students check in with it within a minute."""

import random
import time

import gevent
from gevent.event import Event
from locust import constant, task
from locust.contrib.fasthttp import FastResponse

from load.school import SCHOOL, Browser, succeeded

LOOKS_EVERY_SECONDS = 2
LOOKS_AT_THE_BOARD = 3
"""Who is refused, since the code has changed meanwhile, looks up and types again."""
_SHOWN = {teacher.session: Event() for teacher in SCHOOL.teachers}
_BOARD: dict[str, str] = {}
_OVER = Event()
"""Never set: who has checked in puts the phone away."""
_WAITING = len(SCHOOL.students)


class Teacher(Browser):
    """Shows the class a code that changes, until everybody has checked in."""

    people = SCHOOL.teachers
    fixed_count = len(SCHOOL.teachers)
    wait_time = constant(LOOKS_EVERY_SECONDS)

    def on_start(self) -> None:
        super().on_start()
        shown = self.insist("PUT", f"/sessions/{self.me.session}/code", "/sessions/…/code", json={"with_face": False})
        self.write_up(shown)

    @task
    def look(self) -> None:
        """The page asks for the next code when this one is over; asking every other second is a little more often."""
        self.write_up(self.call("GET", f"/sessions/{self.me.session}/code", "/sessions/…/code"))

    def write_up(self, shown: FastResponse) -> None:
        if succeeded(shown):
            _BOARD[self.me.session] = shown.json()["digits"]
            _SHOWN[self.me.session].set()


class Student(Browser):
    """Comes in at some moment of the minute, opens the app and types the digits on the board."""

    people = SCHOOL.students
    fixed_count = len(SCHOOL.students)

    @task
    def check_in(self) -> None:
        global _WAITING  # noqa: PLW0603  # greenlets of one thread count down together
        _SHOWN[self.me.session].wait()
        time.sleep(random.uniform(0, SCHOOL.within_seconds))
        self.call("GET", "/check-ins/open")
        for _ in range(LOOKS_AT_THE_BOARD):
            given = {"session_id": self.me.session, "digits": _BOARD[self.me.session]}
            me = {"student": self.me.own}
            if succeeded(self.insist("POST", "/check-ins", "/check-ins", json=given, context=me)):
                break
            time.sleep(LOOKS_EVERY_SECONDS)
        _WAITING -= 1
        if not _WAITING:
            gevent.spawn(self.environment.runner.quit)
        _OVER.wait()
