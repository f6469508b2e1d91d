"""What holds for every test of the tree: nothing that may not leave the product does, in any answer or log."""

pytest_plugins = ["tests.leaks", "tests.crashes"]
