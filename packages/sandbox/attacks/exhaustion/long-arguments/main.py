import os, sys
words = ["x" * 100_000] * 100
while len(words) > 1:
    try: os.execve("/bin/true", words, {})
    except OSError: words.pop()
