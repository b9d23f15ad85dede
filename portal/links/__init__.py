"""Payment requests and the links that open them: tokens nobody can guess, kept only as a hash."""
