"""Study file -> plan -> runs -> tables."""
