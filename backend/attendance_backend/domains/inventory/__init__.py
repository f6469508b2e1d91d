"""Photos and the documents that tell of them, held against each other."""
