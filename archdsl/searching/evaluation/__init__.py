"""How good is a network? By its costs, by what it shows untrained, by training it shortly, by a table, or by a function of one's own."""
