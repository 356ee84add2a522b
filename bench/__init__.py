"""How fast Easel is, beside two reference views on the same server and database: `make bench`."""
