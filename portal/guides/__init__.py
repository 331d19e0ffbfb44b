"""How each client is pointed at us, with the very files that it reads. Tests run the clients with them."""
