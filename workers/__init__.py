"""Workers: what happens in the background, one file of actors a domain, all of it claimed from due rows."""
