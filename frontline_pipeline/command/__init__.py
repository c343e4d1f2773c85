"""What the `frontline` command does, one module per job.

Belongs here: the bodies of the commands: gather, call the rooms, print.
Does not: option parsing (cli.py), logic that an asset needs too (the other rooms).
"""
