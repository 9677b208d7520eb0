"""The effects: everything that reads, writes or sends. Each step may be killed at any instruction and run again."""
