"""Demo data, marked CONTOH everywhere: made through the same doors as real data (issue 2, point 1)."""
