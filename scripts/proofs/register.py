"""The proofs of the register: `make prove-register`. Each line is a promise; its figure is measured here."""

import math
import os

from scripts.proofs.given_away import nothing_given_away
from scripts.proofs.imports import dirty_file, face_photos, formulas_in_a_spreadsheet, whole_school
from scripts.proofs.ledger import Proof, main
from scripts.proofs.privacy import audit_chain, erased_without_a_trace
from scripts.proofs.school import (
    authorisation_matrix,
    made_up_calls,
    session_in_many_hands,
    shared_codes,
    used_calls,
    whole_term,
)

MINUTES = 40
"""At most, of one run; each line is in full, and they fit on a machine with nothing else to do. `LONG=1` has no limit.
What takes minutes comes last."""
PROOFS = (
    Proof("1", "every route asked by everybody: allowed and refused as the table says", authorisation_matrix),
    Proof("3", "a session in several hands at once: no history lost, one record a student", session_in_many_hands),
    Proof(
        "4",
        "after an erasure nothing of the face is left, and a copy made before can't be read",
        erased_without_a_trace,
    ),
    Proof("6", "a dirty file of 2,000 rows: dry run, real run, report, nothing half-imported", dirty_file),
    Proof("6b", "an export opened by LibreOffice has no live formula", formulas_in_a_spreadsheet),
    Proof("6c", "a dirty OneRoster archive of 1,000 students in 60 classes: nothing half-imported", whole_school),
    Proof("7", "a code shared, reused, forged: refused and logged", shared_codes),
    Proof("8", "the audit chain holds, and one changed byte is named", audit_chain),
    Proof("11", "200 face photos with 20 bad ones: dry run, real run, report, consent first", face_photos),
    Proof("2", "a term of a whole school: totals and reports as an independent recount has them", whole_term),
    Proof("10", "the 20 most used calls with 150,000 records: each in a second, by an index, no count", used_calls),
    Proof("9", "calls made up from the OpenAPI, by everybody: no 500", made_up_calls),
    Proof("5", "no answer and no log gives a vector, a photo or a secret away", nothing_given_away),
)

if __name__ == "__main__":
    main("register", PROOFS, math.inf if os.environ.get("LONG") else MINUTES)
