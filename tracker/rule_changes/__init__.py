"""Other rules for a programme: tried out, proposed with what they change for whom, approved by a second person."""
