"""The nouns: records, tables, policy, settings and the contracts of each input. No decisions, no effects."""
