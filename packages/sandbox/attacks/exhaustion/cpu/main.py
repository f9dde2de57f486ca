from attack import children
def spin(_):
    while True: pass
children(30, spin)
spin(0)
