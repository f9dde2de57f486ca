from attack import call
for i in range(100000):
    if call(64, 190, 0, 32000, 0o1600)[1]: break
raise SystemExit(1)
