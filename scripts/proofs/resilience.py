"""The proofs that nothing is lost: `make prove-resilience`. Each line is a promise; its figure is measured here."""

import math
import os

from scripts.proofs.backups import put_back_whole
from scripts.proofs.kills import killed_at_any_moment
from scripts.proofs.ledger import Proof, main
from scripts.proofs.load import class_start, morning, soak
from scripts.proofs.machine import calls_in_turns, machine_faults
from scripts.proofs.ml_faults import breaker_against_its_model, photos_under_faults
from scripts.proofs.reembedding import whole_school

MINUTES = 40
"""At most, of one run, on a machine with nothing else to do; the next run goes on where it ended. `LONG=1` has no
limit, and runs in full what is shorter without it. What takes minutes comes last."""


PROOFS = (
    Proof("1", "the breaker against a model of it: 5 failures, 60 s, one probe at a time", breaker_against_its_model),
    Proof(
        "2",
        "whatever the ML service does, a photo is recognised or queued in 5 s, and afterwards recognised once",
        photos_under_faults,
    ),
    Proof(
        "3",
        "kill -9 of backend, worker, ML service and database under 8 clients: acknowledged = stored, once",
        killed_at_any_moment,
    ),
    Proof("4", "ML service dead: what needs no ML answers as fast as before", calls_in_turns),
    Proof("10", "disk full, and the clock an hour back: a clear error, nothing corrupt", machine_faults),
    Proof("5", "backup under write load, restored and verified, erasures replayed", put_back_whole),
    Proof("7", "class start: 1,500 check-ins in 60 s, a backend killed too: none lost, none doubled", class_start),
    Proof("9", "re-embedding while attendance goes on: cancelled half way, killed, resumed, rolled back", whole_school),
    Proof("6", "the school morning of 50, 100 and 300 users: none of their calls fails; and where it breaks", morning),
    Proof("8", "ten minutes of mixed load: memory, handles and connections flat", soak),
)

if __name__ == "__main__":
    main("resilience", PROOFS, math.inf if os.environ.get("LONG") else MINUTES)
