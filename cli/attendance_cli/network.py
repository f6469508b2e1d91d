"""Where this machine is found on its network. To find out it sends nothing."""

import re
import socket

ANYWHERE = "0.0.0.0"
"""Listening here is listening on every network the machine is on."""
LOOPBACK = "127.0.0.1"
_FAR = "192.0.2.1"
"""An address that documents use and nobody has (RFC 5737)."""
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


class NoNetworkError(Exception):
    """This machine has no address that another device could reach."""


def lan_names(host: str, far: str = _FAR) -> list[str]:
    """What others reach a server by that listens on `host`, the most certain first: address, then name.

    `far` is where to the way is looked up. Raises `NoNetworkError`.
    """
    if host != ANYWHERE:
        return [host]
    return [_own_address(far), *_own_name()]


def reachable(host: str) -> str:
    """The address at which a server that listens on `host` answers on this machine."""
    return LOOPBACK if host in {ANYWHERE, ""} else host


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def can_listen(host: str, port: int) -> bool:
    """Whether a server could bind there now."""
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True


def _own_address(far: str) -> str:
    """The address of the network that leads out: connecting a datagram socket only looks up the way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect((far, 9))
        except OSError as error:
            raise NoNetworkError(
                "This machine is on no network that leads anywhere. Connect it to the school's Wi-Fi or cable, or name "
                "its own address with --host."
            ) from error
        address: str = way.getsockname()[0]
    return address


def _own_name() -> list[str]:
    """The name by which devices that know multicast DNS find this machine, if it can be one."""
    label = socket.gethostname().split(".")[0]
    return [f"{label.lower()}.local"] if _LABEL.fullmatch(label) else []
