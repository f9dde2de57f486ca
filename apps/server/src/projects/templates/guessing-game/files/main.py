import random

RED, BLUE, GREEN, GREY, RESET = "\033[91m", "\033[94m", "\033[92m", "\033[90m", "\033[0m"

secret = random.randint(1, 100)
print(f"I am thinking of a number from 1 to 100. {GREY}(An empty line gives up.){RESET}")

for attempt in range(1, 1000):
    answer = input(f"{attempt}. guess: ").strip()
    if not answer:
        print(f"It was {secret}. Next time!")
        break
    if not answer.isdecimal():
        print(f"{GREY}That is not a number.{RESET}")
        continue
    guess = int(answer)
    if guess == secret:
        verdict = "What luck!" if attempt < 5 else "Well done!" if attempt < 8 else "Got there in the end."
        print(f"{GREEN}★ {secret} it is, after {attempt} {'guess' if attempt == 1 else 'guesses'}. {verdict}{RESET}")
        break
    print(f"{RED}▼ too high{RESET}" if guess > secret else f"{BLUE}▲ too low{RESET}")
