"""The proofs of the ML service at full strength: `make prove-ml`. A promise a line; its figure is measured here."""

from scripts.proofs.accuracy import accuracy
from scripts.proofs.ledger import Proof, main
from scripts.proofs.liveness import liveness
from scripts.proofs.models import campus_search, replica_killed_at_work, runtimes_agree, two_models_at_once
from scripts.proofs.robustness import hostile_photos_and_calls, small_faces_and_close_ups
from scripts.proofs.rosters import self_checking_rosters
from scripts.proofs.serving import efficiency, load
from scripts.proofs.targets import speed_and_memory

PROOFS = (
    Proof("1", "people told apart on LFW, classes with strangers, the old engine beside ours", accuracy),
    Proof("2", "small faces and a close-up on twelve megapixels", small_faces_and_close_ups),
    Proof("3", "load in a closed loop, beside the old engine", load),
    Proof("4", "the design's figures of speed and memory", speed_and_memory),
    Proof("4b", "40 faces against 100,000 vectors in 150 ms", campus_search),
    Proof("5", "rosters that check themselves, and a planted twin pair", self_checking_rosters),
    Proof("6", "throughput of the service against its networks alone", efficiency),
    Proof("7", "hostile photos and calls: no crash, no 500, no growth", hostile_photos_and_calls),
    Proof("8", "from one model to another while serving, never compared", two_models_at_once),
    Proof("9", "a still photo fails the challenge, a head turn passes; passive error rates", liveness),
    Proof("10", "one of two replicas killed loses no request", replica_killed_at_work),
    Proof("11", "vectors of all runtimes and precisions agree", runtimes_agree),
)

if __name__ == "__main__":
    main("ml", PROOFS)
