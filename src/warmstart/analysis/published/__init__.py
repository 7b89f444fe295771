"""Result tables that others have published, in the tidy form of this project."""
