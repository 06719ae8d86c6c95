"""What would an edit of the watchlist change? Two watchlists over stored entries or saved feeds, counted."""
