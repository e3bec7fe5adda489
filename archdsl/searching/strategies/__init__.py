"""How a search goes on from what it has seen: each algorithm proposes networks and is told what came of them."""
