"""Kill -9 at seeded moments while entries flow and the sinks flap: nothing lost, nothing doubled."""
