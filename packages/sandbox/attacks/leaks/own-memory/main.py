from attack import escaped
# Written backwards, so that this text itself is not what is found.
name, value = bytes(reversed(b"=YRANAC_REILETA")), bytes(reversed(b"-terces"))
memory = open("/proc/self/mem", "rb", 0)
for line in open("/proc/self/maps"):
    span, mode = line.split()[:2]
    if "r" not in mode or "[v" in line: continue
    start, end = (int(part, 16) for part in span.split("-"))
    try:
        memory.seek(start); data = memory.read(min(end - start, 64_000_000))
    except (OSError, ValueError, OverflowError): continue
    at = data.find(name)
    while at >= 0:
        if data[at + len(name):].startswith(value): escaped("the server's environment is in our memory")
        at = data.find(name, at + 1)
