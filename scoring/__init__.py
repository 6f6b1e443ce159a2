"""From answers to a village's score (DOMAIN §5.2-5.4): pure, without clock, database or network."""
