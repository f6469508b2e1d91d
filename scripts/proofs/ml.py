"""The proofs of the ML service at full strength: `make prove-ml`. A promise a line; its figure is measured here."""

from scripts.proofs.ledger import Proof, main
from scripts.proofs.rosters import self_checking_rosters
from scripts.proofs.targets import speed_and_memory

PROOFS = (
    Proof("4", "the design's figures of speed and memory", speed_and_memory),
    Proof("5", "rosters that check themselves, and a planted twin pair", self_checking_rosters),
)

if __name__ == "__main__":
    main("ml", PROOFS)
