"""Sites: land left becomes candidates with all that is known about them."""
