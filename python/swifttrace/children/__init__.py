"""Has the processes that a traced one starts traced too."""
