puts missing
