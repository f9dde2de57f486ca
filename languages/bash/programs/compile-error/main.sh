echo "never"
if true; then
