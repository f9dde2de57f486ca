from collections import Counter


def count_words(text: str) -> Counter[str]:
    return Counter(word.strip(".,;:!?").lower() for word in text.split())


text = input("Type a sentence: ")

for word, count in count_words(text).most_common(5):
    print(f"{word:<12} {'█' * count} {count}")
