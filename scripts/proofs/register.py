"""The proofs of the register: `make prove-register`. Each line is a promise; its figure is measured here."""

from scripts.proofs.imports import dirty_file, face_photos, formulas_in_a_spreadsheet
from scripts.proofs.ledger import Proof, main
from scripts.proofs.privacy import audit_chain, erased_without_a_trace

PROOFS = (
    Proof(
        "4",
        "after an erasure nothing of the face is left, and a copy made before can't be read",
        erased_without_a_trace,
    ),
    Proof("6", "a dirty file of 2,000 rows: dry run, real run, report, nothing half-imported", dirty_file),
    Proof("6b", "an export opened by LibreOffice has no live formula", formulas_in_a_spreadsheet),
    Proof("8", "the audit chain holds, and one changed byte is named", audit_chain),
    Proof("11", "200 face photos with 20 bad ones: dry run, real run, report, consent first", face_photos),
)

if __name__ == "__main__":
    main("register", PROOFS)
