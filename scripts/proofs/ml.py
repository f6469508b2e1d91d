"""The proofs of the ML service at full strength: `make prove-ml`. A promise a line; its figure is measured here."""

from scripts.proofs.ledger import Proof, main

PROOFS: tuple[Proof, ...] = ()

if __name__ == "__main__":
    main("ml", PROOFS)
