"""The one place where test data is built: one file a subject, and its letters in ``letters/``.

What only one test module builds stays in that module. The tests of the rules use these files too, and import no framework.
Therefore ``season``, ``surveys``, ``seats``, ``cohorts``, and ``reviews`` import tables and tasks inside of their functions.
"""
