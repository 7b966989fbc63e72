"""What the agenda's templates ask of mappings."""
