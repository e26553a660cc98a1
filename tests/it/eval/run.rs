//! A whole evaluation, once triage stands on real text rooms.
