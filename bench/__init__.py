"""How fast the server is, against the budgets of DESIGN §9: `make bench`. Never a test."""
