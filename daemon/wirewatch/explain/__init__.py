"""Why was I (not) told? Match, routes and deliveries in one answer; and what a watchlist allows that may surprise."""
