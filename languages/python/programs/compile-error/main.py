print("never printed")
def greet(:
    pass
