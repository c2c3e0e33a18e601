"""Other processes: what they are, what is in their memory, and how one gets into them."""
