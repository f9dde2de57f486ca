read -rp "Your name? " name
read -rp "Your age? " age
# `read -p` asks only on a terminal; a program in a pipe says it itself.
[[ -t 0 ]] || printf 'Your name? Your age? '
echo "$name will be $((age + 1)) next year."
