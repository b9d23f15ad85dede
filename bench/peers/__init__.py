"""The peers' own billing runs, each a script that runs in an environment of its own and prints one line of JSON."""
