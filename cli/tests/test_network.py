"""Where this machine is found on its network, as its own kernel says."""

import socket

import pytest

from attendance_cli.network import ANYWHERE, NoNetworkError, can_listen, free_port, lan_names, reachable


def test_the_address_is_that_of_the_way_out_and_the_name_comes_after_it() -> None:
    names = lan_names(ANYWHERE, far="127.0.0.1")

    assert names[0] == "127.0.0.1"
    assert all(name.endswith(".local") and name == name.lower() for name in names[1:])


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.178.25", "lab-pc.local"])
def test_who_listens_on_one_address_is_reached_there(host) -> None:
    assert lan_names(host) == [host]


def test_a_machine_without_a_network_says_what_to_do() -> None:
    # The kernel gives no ordinary socket a way to everybody at once.
    with pytest.raises(NoNetworkError, match=r"Connect it .* or name its own address with --host"):
        lan_names(ANYWHERE, far="255.255.255.255")


def test_a_server_for_everybody_answers_on_the_machine_itself() -> None:
    assert (reachable(ANYWHERE), reachable("192.168.178.25")) == ("127.0.0.1", "192.168.178.25")


def test_a_port_is_free_until_somebody_listens() -> None:
    port = free_port()
    before = can_listen("127.0.0.1", port)
    with socket.create_server(("127.0.0.1", port)):
        during = can_listen("127.0.0.1", port)

    assert (before, during) == (True, False)
