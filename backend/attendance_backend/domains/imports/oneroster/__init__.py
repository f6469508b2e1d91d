"""OneRoster 1.2 archives: what a school's information system tells of terms, classes, people and enrolments."""
