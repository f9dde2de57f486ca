exec sh main.sh
