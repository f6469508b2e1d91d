"""A plan gets real ports, or an error that says which option would help."""

import socket

import pytest

from attendance_cli.network import free_port
from attendance_cli.plan import Plan, PortTakenError


def test_where_any_port_will_do_each_program_gets_one_of_its_own(tmp_path) -> None:
    chosen = Plan(tmp_path, port=0, ml_port=0, lan=True, door_port=0).with_ports()

    ports = [port for _, port, _ in chosen.listeners()]
    assert len(set(ports)) == 3
    assert 0 not in ports


def test_the_doorway_can_not_have_the_port_of_the_app(tmp_path) -> None:
    port = free_port()

    with pytest.raises(PortTakenError, match=f"can't both have {port}: choose another with --door-port"):
        Plan(tmp_path, port=port, ml_port=0, lan=True, door_port=port).with_ports()


@pytest.mark.parametrize("lan", [True, False])
def test_the_port_of_the_doorway_matters_only_where_there_is_one(tmp_path, lan) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        plan = Plan(tmp_path, port=0, ml_port=0, lan=lan, door_port=other.getsockname()[1])
        try:
            refused = None if plan.with_ports() else "nothing"
        except PortTakenError as error:
            refused = str(error)

    assert (refused is not None and "--door-port" in refused) is lan
