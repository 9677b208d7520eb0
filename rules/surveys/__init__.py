"""What a district's survey response asks for, and which district it means."""
